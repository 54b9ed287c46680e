/*
 * The one writer of a log (rp-log(5)): numbers records, rolls segments, seals
 * them with END and index, syncs by policy. What is on disk is at any time a log
 * that can be read up to its last whole frame.
 */
#ifndef RP_LOG_WRITER_H
#define RP_LOG_WRITER_H

#include "base/error.h"
#include "wire/writer.h"

enum rp_log_sync {
	RP_SYNC_NEVER,
	RP_SYNC_ROLL, /* when a segment is sealed */
	RP_SYNC_INTERVAL, /* also every so often */
	RP_SYNC_FRAME /* after every frame */
};

struct rp_log_options {
	struct rp_writer_options frames; /* assign_seq is ignored */
	uint64_t roll_size; /* bytes; 0: RP_LOG_ROLL_SIZE */
	int64_t roll_time; /* ns of ts_recv, aligned to the epoch; 0: never */
	enum rp_log_sync sync;
	int64_t sync_interval; /* ns; 0: one second */
	bool append; /* go on with a log that holds records */
};

#define RP_LOG_ROLL_SIZE (UINT64_C(256) << 20)

struct rp_log_writer;

/*
 * Open a log in directory dir, which is made if it is missing. A segment that
 * was not closed is recovered; *recovered says so and how. RP_ERR_EXISTS: it
 * holds segments, and append is not set. RP_ERR_BUSY: it has a writer.
 */
RP_CHECKED enum rp_status rp_log_writer_open(struct rp_log_writer **lw,
    const char *dir, const struct rp_log_options *opt, bool *recovered,
    struct rp_error *err);

/* Add a decoded DATA frame: recoded whole, or gathered with others if small.
 * A NOTE is copied; other kinds are ignored. */
RP_CHECKED enum rp_status rp_log_writer_frame(
    struct rp_log_writer *lw, const struct rp_frame *f);

RP_CHECKED enum rp_status rp_log_writer_note(
    struct rp_log_writer *lw, const char *text, size_t len);

/* For rp_reader_on_wait. */
int rp_log_writer_idle(void *lw);

/*
 * Seal and close. lost: the input broke off; a gap record follows what there
 * is, and the segment says RECOVERED. After a failure to write, the torn end
 * is cut off and sealed if the disk allows; the first error is returned.
 */
RP_CHECKED enum rp_status rp_log_writer_close(
    struct rp_log_writer *lw, uint32_t end_flags, bool lost);

/* Instead of close: remove the segment in hand and, if this run made it, the
 * log. For an input that broke off before its first record. */
void rp_log_writer_discard(struct rp_log_writer *lw);

/* What was written so far, in this run. */
struct rp_log_totals {
	uint64_t records, bytes;
	uint64_t first_seq, next_seq; /* of what was put, written or not */
};
const struct rp_log_totals *rp_log_writer_totals(
    const struct rp_log_writer *lw);

const struct rp_error *rp_log_writer_error(const struct rp_log_writer *lw);
void rp_log_writer_free(struct rp_log_writer *lw);

#endif
