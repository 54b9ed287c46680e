/*
 * The files of a log (rp-log(5)): segments named by their first seq, and their
 * index files.
 */
#ifndef RP_LOG_SEGMENT_H
#define RP_LOG_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "log/index.h"
#include "log/remote.h"

#define RP_SEGMENT_NAME 32 /* bytes for "00000000000000000001.rps" */

struct rp_segment {
	uint64_t first_seq; /* by its name */
	char name[RP_SEGMENT_NAME];
	uint64_t size; /* bytes, when it was listed; 0: that is not known */
	const struct rp_log_remote *remote; /* as it was listed with */
};

struct rp_segments { /* ascending by first_seq */
	struct rp_segment *item;
	size_t n;
};

/* Whether dir is a directory that can hold a log. */
bool rp_log_is_directory(const char *path);

/* RP_ERR_EXISTS: dir holds a file that is none of a log's. */
RP_CHECKED enum rp_status rp_log_check_files(
    const char *dir, struct rp_error *err);

/* The segments in dir; none is RP_OK. Free with rp_segments_free. */
RP_CHECKED enum rp_status rp_segments_list(
    struct rp_segments *s, const char *dir, struct rp_error *err);
/* The same, also of what is no directory. remote may be NULL, and must outlive
 * the segments. */
RP_CHECKED enum rp_status rp_segments_find(struct rp_segments *s,
    const char *dir, const struct rp_log_remote *remote, struct rp_error *err);
void rp_segments_free(struct rp_segments *s);

/* "DIR/NAME" with suffix in place of .rps (NULL: as it is); the caller frees. */
char *rp_segment_path(
    const char *dir, const struct rp_segment *s, const char *suffix);

/* Whether a file name is a segment's, and of which seq. */
bool rp_segment_parse_name(const char *name, uint64_t *first_seq);

void rp_segment_name(char name[static RP_SEGMENT_NAME], uint64_t first_seq);

/* Where a segment that was moved lies, a path or URL; NULL: in dir. The caller
 * frees. */
char *rp_segment_place(const char *dir, const struct rp_segment *s);

/*
 * Open a segment to read. RP_EMPTY: it is gone. RP_ERR_IO: it cannot be
 * opened, such as one that was moved to where nothing is now.
 */
RP_CHECKED enum rp_status rp_segment_open(const char *dir,
    const struct rp_segment *s, struct rp_readable *b, struct rp_error *err);

/*
 * The value of a key of the NOTE that a segment begins with, as text of less
 * than size bytes. RP_EMPTY: there is none, or it cannot be read.
 */
RP_CHECKED enum rp_status rp_segment_note(const char *dir,
    const struct rp_segment *s, const char *key, char *text, size_t size,
    struct rp_error *err);

/*
 * The UUID of a log as 36 characters, from the first NOTE of its first segment
 * that has one; RP_ERR_CORRUPT: none has.
 */
RP_CHECKED enum rp_status rp_log_uuid(const char *dir,
    const struct rp_log_remote *remote, char uuid[static 37],
    struct rp_error *err);

/* The value of key in the text of a NOTE, or NULL; *len bytes. */
const char *rp_note_value(
    const char *text, size_t text_len, const char *key, size_t *len);

/*
 * The index of a segment: from its file if that agrees with the segment, else
 * built from the segment's own headers. b is the open segment. What is
 * indexed ends with the last whole frame; *built says that no file served.
 */
RP_CHECKED enum rp_status rp_segment_index(struct rp_index *x, const char *dir,
    const struct rp_segment *s, const struct rp_readable *b, bool *built,
    struct rp_error *err);

/*
 * Only length, range, END and hashes of the index, cheaply; false if there is no
 * index file that agrees with the segment. b NULL: that is not looked at.
 */
bool rp_segment_summary(struct rp_index *x, const char *dir,
    const struct rp_segment *s, const struct rp_readable *b);

/* The index from the segment's headers and directories alone. */
RP_CHECKED enum rp_status rp_segment_scan(struct rp_index *x,
    const struct rp_readable *b, const char *name, struct rp_error *err);

/* Whether the index file of a segment is, byte for byte, this one. */
bool rp_segment_has_index(
    const struct rp_index *x, const char *dir, const struct rp_segment *s);

/* The last seq of a segment, by its index; an empty one uses up its own. */
uint64_t rp_segment_last_seq(
    const struct rp_index *x, const struct rp_segment *s);

/* Write DIR/NAME.rpx by a temporary file; synced if sync. */
RP_CHECKED enum rp_status rp_segment_write_index(const struct rp_index *x,
    const char *dir, const struct rp_segment *s, bool sync,
    struct rp_error *err);

/* Make the index of a sealed segment anew, from its own headers. */
RP_CHECKED enum rp_status rp_segment_reindex(
    const char *dir, const struct rp_segment *s, struct rp_error *err);

#endif
