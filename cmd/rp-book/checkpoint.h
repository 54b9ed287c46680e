/*
 * Checkpoints of a run (book/checkpoint.h): one that it begins with, and those
 * that it takes: every so often, each in place of the one before, and at the
 * end. They are of one log, whose seqs come in order.
 *
 * What a checkpoint reflects has been written out before it is in place.
 */
#ifndef RP_BOOK_CHECKPOINTS_H
#define RP_BOOK_CHECKPOINTS_H

#include "book/checkpoint.h"
#include "cli/cli.h"
#include "emit.h"

struct checkpoints {
	/* the caller's */
	struct rp_cli *cli;
	struct rp_input *in;
	struct books *books;
	struct emissions *emissions;
	uint64_t *other; /* kept along */
	const char *path; /* NULL: none are taken */
	const char *resume; /* NULL: it begins without one */
	const char *every; /* a span of event time, or records; NULL */
	const char *on_gap;
	const struct rp_list *formulas;

	char *options; /* what must be the same to go on */
	int64_t span; /* of every; 0: not by time */
	uint64_t records; /* of every; 0: not by them */
	int64_t due; /* by span: when; RP_ABSENT: not known yet */
	uint64_t left; /* by records: until the next */
	bool wanted; /* one is to be taken when an event is over */
	struct rp_output out; /* the next one */
	struct rp_archive archive;
	struct rp_checkpoint at; /* where the run is; log is "" at first */
	uint64_t resumed; /* at.seq of the checkpoint it began with, or 0 */
};

/* Is the place in the log of interest? */
static inline bool
checkpoints_on(const struct checkpoints *c)
{
	return c->path != NULL || c->resume != NULL;
}

/* Look at the options, which are parsed: RP_ERR_USAGE, told. */
RP_CHECKED enum rp_status checkpoints_check(struct checkpoints *c);

/* Once the outputs are open: go on from resume. */
RP_CHECKED enum rp_status checkpoints_begin(struct checkpoints *c);
void checkpoints_free(struct checkpoints *c);

/* A DATA frame comes. RP_EMPTY: it is reflected already, and to be left out. */
RP_CHECKED enum rp_status checkpoints_frame(
    struct checkpoints *c, const struct rp_frame *f);

/*
 * A record of it comes, before it is applied; last: the book of the one before
 * that had one. RP_EMPTY: as above.
 */
RP_CHECKED enum rp_status checkpoints_record(struct checkpoints *c,
    const struct rp_record *rec, const struct book *last);

/* A DATA frame, or a MARK, is done with. */
void checkpoints_past(struct checkpoints *c, const struct rp_frame *f);

/* The input is over: keep how things are, before the emissions finish. */
RP_CHECKED enum rp_status checkpoints_keep(struct checkpoints *c);
/* ... and put it in place once all that was written is. */
RP_CHECKED enum rp_status checkpoints_end(struct checkpoints *c);

#endif
