/* Inside cli/logs: the logs that are read one after the other, and all. */
#ifndef RP_CLI_LOGS_WORK_H
#define RP_CLI_LOGS_WORK_H

#include "base/buffer.h"
#include "cli/logs.h"
#include "log/reader.h"
#include "log/span.h"
#include "types/gap.h"

struct rp_one_log {
	const char *dir;
	struct rp_log_span span;
	struct rp_one_log *next; /* of its chain */
};

/* Logs that are read one after the other: an input of the merge. */
struct rp_log_chain {
	struct rp_logs *ls;
	struct rp_one_log *log,
	    *last; /* the one being read; NULL: at the end */
	int64_t end; /* highest ts_recv of the last */
	struct rp_log_reader *reader; /* NULL: log is still to be opened */
	bool some; /* of the frame in hand: not all of it is selected */
	struct rp_buffer rows; /* what is */
	struct rp_held_frame {
		struct rp_frame frame;
		bool some;
	} held[2]; /* n_held: what was read, but not handed out yet */
	size_t n_held;
	union rp_gap_row gap;
	/* following */
	bool idle, ordered;
	int64_t high, marked; /* of what came; of the last MARK made */
	int64_t heard; /* when it last had something, monotonic */
};

struct rp_logs {
	struct rp_cli *cli;
	struct rp_logs_options opt;
	struct rp_log_range range;
	bool tell_lost, bounded, all;
	struct rp_one_log *log; /* n_logs */
	struct rp_log_chain *chain; /* n_chains */
	size_t n, n_logs, n_chains; /* n: that were named */
	struct rp_merge *m; /* NULL: there is but one chain */
	struct rp_frame lone; /* of that */
	/* highest ts_recv that was read, and that a MARK of ours named */
	int64_t newest, marked;
	uint64_t late, last_seq;
	uint32_t end_flags;
};

/*
 * The next frame of the chain's logs; for a merge only what is selected of it.
 * RP_EMPTY: there is none for now.
 */
RP_CHECKED enum rp_status rp_log_chain_next(
    struct rp_log_chain *c, struct rp_frame *f);

/* Take over the error of the log that is being read. */
RP_CHECKED enum rp_status rp_log_chain_checked(
    struct rp_log_chain *c, enum rp_status st);

void rp_log_chain_close(struct rp_log_chain *c);

#endif
