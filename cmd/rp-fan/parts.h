/*
 * The parts of rp-fan: a stream to each worker, of the records that are dealt to
 * it, and of all frames that are no DATA.
 */
#ifndef RP_FAN_PARTS_H
#define RP_FAN_PARTS_H

#include "deal.h"
#include "workers.h"

struct part;

/* Its calls return the first failure of a worker or of its output, if there is
 * any (workers_status), before their own. */
struct parts {
	struct rp_cli *cli;
	struct workers *ws;
	struct deal *deal;
	struct part *part; /* of each worker, once they are open */
	uint64_t to_all; /* records that went to all */
};

/* ps: cli, ws, with its workers started, and deal. */
RP_CHECKED enum rp_status parts_open(struct parts *ps);
void parts_free(struct parts *ps);

/* A DATA frame of in, of which the head was read. */
RP_CHECKED enum rp_status parts_deal(
    struct parts *ps, struct rp_input *in, struct rp_frame *f);

/* To all of them: a whole frame, a note, a MARK of time, END. */
RP_CHECKED enum rp_status parts_pass(
    struct parts *ps, const struct rp_frame *f);
RP_CHECKED enum rp_status parts_note(
    struct parts *ps, const char *text, size_t len);
RP_CHECKED enum rp_status parts_mark(struct parts *ps, int64_t ts);
RP_CHECKED enum rp_status parts_finish(struct parts *ps, uint32_t flags);

/* Send what has waited for long enough; ms until there is more of it, or -1.
 * Failures are kept by the writers, and seen later. */
int parts_idle(struct parts *ps);

/* What went to each worker and how it ended, over these seconds, to --stats and
 * --stats-json; with totals the parts are the output of the tool. */
void parts_report(const struct parts *ps, double seconds, bool totals);

#endif
