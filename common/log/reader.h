/*
 * Frames of a log, segment by segment, as rp_reader hands them out; with
 * seeking by index, and following a log that is being written.
 */
#ifndef RP_LOG_READER_H
#define RP_LOG_READER_H

#include "log/index.h"
#include "log/remote.h"
#include "wire/reader.h"

struct rp_log_reader;

struct rp_log_reader_options {
	const struct rp_log_remote *remote; /* or NULL; outlives the reader */
	bool follow; /* go on behind the end as the log grows: of directories */
	bool from_end; /* start there */
	/* only segments that can hold such records; NULL: all */
	const struct rp_log_range *range;
	bool tell_lost; /* what range begins with may be gone: see _lost */
	/* whether a frame is wanted, by its header and directory, which may come
	 * from an index; NULL: all. Unwanted frames are not handed out. */
	bool (*want)(void *arg, const struct rp_frame *f);
	void *want_arg;
};

RP_CHECKED enum rp_status rp_log_reader_open(struct rp_log_reader **lr,
    const char *dir, const struct rp_log_reader_options *opt,
    struct rp_error *err);
void rp_log_reader_free(struct rp_log_reader *lr);

/*
 * The next DATA or NOTE frame: header and directory. RP_END: the end of the
 * log as it was when it was opened. RP_EMPTY (following): nothing there yet.
 * A missing segment, or one that was not closed and has no writer, is an error.
 */
RP_CHECKED enum rp_status rp_log_reader_head(
    struct rp_log_reader *lr, struct rp_frame *f);
RP_CHECKED enum rp_status rp_log_reader_body(
    struct rp_log_reader *lr, struct rp_frame *f);
RP_CHECKED enum rp_status rp_log_reader_rows(
    struct rp_log_reader *lr, struct rp_frame *f);

/*
 * What retention took away (log/trim.h) of what was asked for, before the frame
 * handed out last: at the beginning of the log, with tell_lost, or while it
 * was read. False if there is nothing, or it was told.
 */
bool rp_log_reader_lost(struct rp_log_reader *lr, struct rp_log_range *lost);

/*
 * Wait until the log may have grown, ms at most (negative: a second). Also
 * returns early on a signal.
 */
void rp_log_reader_wait(struct rp_log_reader *lr, int ms);

/* The same for any of n logs. */
void rp_log_readers_wait(struct rp_log_reader *const *lr, size_t n, int ms);

/* The last seq of what was read or passed over so far. */
uint64_t rp_log_reader_last_seq(const struct rp_log_reader *lr);

/* Flags of the ENDs that were read (RECOVERED, LOSSY, ...). */
uint32_t rp_log_reader_end_flags(const struct rp_log_reader *lr);

const struct rp_error *rp_log_reader_error(const struct rp_log_reader *lr);

#endif
