/*
 * Logs as one stream: what is selected of each of them, merged by time. Logs
 * that cannot have what is selected are not opened, and those that do not
 * overlap in time are read one after the other.
 */
#ifndef RP_CLI_LOGS_H
#define RP_CLI_LOGS_H

#include "cli/cli.h"
#include "expr/select.h"
#include "log/tree.h"
#include "merge/merge.h"

struct rp_logs_options {
	struct rp_select *select;
	const struct rp_log_remote *remote; /* of URLs; or NULL */
	uint64_t after; /* of a lone log: only what has a higher seq */
	bool follow, from_end; /* as of a log's reader */
	/* following several: how long one that is idle holds the others, ns */
	int64_t hold;
};

struct rp_logs;

RP_CHECKED enum rp_status rp_logs_open(struct rp_logs **ls, struct rp_cli *cli,
    const struct rp_log_names *names, const struct rp_logs_options *opt);

/* Closes them. Returns the flags of their ENDs. NULL is harmless. */
uint32_t rp_logs_close(struct rp_logs *ls);

struct rp_logs_run {
	struct rp_merge_run run; /* of the merge (merge/merge.h) */
	/* records of a whole frame must still be selected: rp_logs_wants */
	bool some;
	struct rp_select *select;
	uint64_t after;
};

/*
 * What comes next: a NOTE, a whole DATA frame, or records of one. RP_EMPTY
 * (following): nothing for now. Counts what comes in, and shows progress.
 */
RP_CHECKED enum rp_status rp_logs_next(
    struct rp_logs *ls, struct rp_logs_run *run);

/* Load a whole frame, to be copied (rows false) or to be walked. */
RP_CHECKED enum rp_status rp_logs_load(
    struct rp_logs *ls, struct rp_logs_run *run, bool rows);

/* Whether a record of a frame that has but some is selected. */
static inline bool
rp_logs_wants(const struct rp_logs_run *run, const struct rp_record *rec)
{
	return !run->some ||
	    (rec->seq > run->after &&
		rp_select_record(run->select, run->run.frame, rec));
}

/* Wait until one of them may have grown, ms at most (negative: a second). */
void rp_logs_wait(struct rp_logs *ls, int ms);

/* Following is over: idle logs hold up nothing from now on. */
void rp_logs_let_go(struct rp_logs *ls);

/* No record that comes has a ts_recv below; INT64_MIN: that is not known. */
int64_t rp_logs_low(const struct rp_logs *ls);

/* Of a lone log the last seq read or passed over, if its end is not cut off by
 * the selection; else 0. */
uint64_t rp_logs_last_seq(const struct rp_logs *ls);

/* Records of a log that came after later ones of others (hold). */
uint64_t rp_logs_late(const struct rp_logs *ls);

#endif
