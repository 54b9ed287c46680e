/*
 * Another file in the place of a sealed segment: recompressed, moved to another
 * directory, or gone. What is killed at any step leaves the segment whole, and
 * what says in the log's directory which files are to be removed (rp-log(5)).
 */
#ifndef RP_LOG_REPLACE_H
#define RP_LOG_REPLACE_H

#include "log/segment.h"

struct rp_replacement {
	const char *dir;
	const struct rp_segment *segment;
	char *staged; /* DIR/NAME.rps.new: the file, or a link to its target */
	char *path; /* the file as it is written */
	char *target; /* what it will be called if not as in dir; or NULL */
	int fd; /* to write to, and to read back */
};

/*
 * Begin. link: where the file will lie, as the symbolic link in dir says it
 * (relative to dir); NULL: where the segment lies now. Directories above it
 * but one exist. RP_ERR_EXISTS: a file of that name is there already.
 */
RP_CHECKED enum rp_status rp_replacement_open(struct rp_replacement *r,
    const char *dir, const struct rp_segment *s, const char *link,
    struct rp_error *err);

/* Sync it and put it in the segment's place. */
RP_CHECKED enum rp_status rp_replacement_commit(
    struct rp_replacement *r, struct rp_error *err);

/* Close, and remove what was not committed. Harmless twice. */
void rp_replacement_discard(struct rp_replacement *r);

/*
 * Copy a segment to where link says, and put that link in its place. Its index
 * stays where it is.
 */
RP_CHECKED enum rp_status rp_segment_move(const char *dir,
    const struct rp_segment *s, const char *link, struct rp_error *err);

/*
 * The same to a URL, which the segment's remote puts it at. Killed before the
 * link is there it leaves the object, which the next such call takes over.
 */
RP_CHECKED enum rp_status rp_segment_move_far(const char *dir,
    const struct rp_segment *s, const char *url, struct rp_error *err);

/* Remove the files of a segment, here and where it was moved to. */
RP_CHECKED enum rp_status rp_segment_remove(
    const char *dir, const struct rp_segment *s, struct rp_error *err);

/*
 * Call found with the name of each file in dir that an upkeep which was
 * killed left there, and remove them, with what their links lead to, unless dry.
 */
RP_CHECKED enum rp_status rp_log_clean(const char *dir, bool dry,
    void (*found)(void *arg, const char *name), void *arg,
    struct rp_error *err);

#endif
