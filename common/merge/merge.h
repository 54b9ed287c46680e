/*
 * Many ordered inputs as one: a k-way merge by a loser tree, without copying a
 * record. By default the order is ts_recv; of equal ones the source's name, then
 * seq, then the number of the input. The records of one input never change
 * places.
 *
 * A whole frame that lies before all that the other inputs have is handed out
 * undecoded, by the range that its header states; where inputs overlap, records
 * come in runs of one input.
 *
 *	m = rp_merge_new(inputs, n, NULL);
 *	while ((st = rp_merge_next(m, &run)) == RP_OK)
 *		if (run.first == NULL)        a whole frame, of any kind
 *			rp_merge_body(m, &run), pass it
 *		else
 *			for (rec = run.first; rec < run.end;
 *			     rec = rp_record_after(rec))
 *				put(run.frame, rec)
 */
#ifndef RP_MERGE_MERGE_H
#define RP_MERGE_MERGE_H

#include "wire/frame.h"

/*
 * An input: frames as rp_reader_head, _body and _rows hand them out, with arg
 * in the reader's place. head may also give RP_EMPTY: nothing there yet. Who
 * fails keeps the error.
 */
struct rp_merge_input {
	void *arg;
	enum rp_status (*head)(void *arg, struct rp_frame *f);
	enum rp_status (*body)(void *arg, struct rp_frame *f);
	enum rp_status (*rows)(void *arg, struct rp_frame *f);
};

/* An order that is not that of ts_recv. */
struct rp_merge_order {
	/* what counts first; INT64_MIN: the key of the record before it.
	 * NULL: ts_recv, with all that a frame's header tells of it */
	int64_t (*key)(
	    void *arg, const struct rp_frame *f, const struct rp_record *rec);
	/* of two records with one key: below 0, 0, above; NULL: as by ts_recv */
	int (*tie)(void *arg, const struct rp_frame *f,
	    const struct rp_record *rec, const struct rp_frame *g,
	    const struct rp_record *other);
	void *arg;
};

/* The usual order of two records with one key: by source, then seq. */
int rp_merge_tie(const struct rp_frame *f, const struct rp_record *rec,
    const struct rp_frame *g, const struct rp_record *other);

/*
 * By ts_event, for which a record without one has that of the record before it;
 * of equal ones the venue's sequence, then source and seq. So the lines of one
 * feed come out in the venue's own order, whenever each was received.
 */
extern const struct rp_merge_order rp_merge_by_event;

struct rp_merge;

/* The inputs are copied; order may be NULL. n is at least 1. NULL: no memory. */
struct rp_merge *rp_merge_new(const struct rp_merge_input *inputs, size_t n,
    const struct rp_merge_order *order);
void rp_merge_free(struct rp_merge *m);

/* What comes next. Everything in it is valid until the next call. */
struct rp_merge_run {
	size_t input; /* number */
	struct rp_frame *frame;
	const struct rp_record *first, *end; /* of its rows; NULL: all of it */
	/* how far the first lies below the highest key handed out; then it is
	 * alone in its run; 0: it is in order */
	uint64_t late;
	int64_t before; /* no other input has a key below */
};

/*
 * RP_END: all inputs have ended. RP_EMPTY: input run->input has nothing yet; a
 * later call may find more. A failure is that of input run->input, but for
 * RP_ERR_NOMEM, which may be the merge's own.
 *
 * Of frames other than DATA, NOTEs and unknown kinds are handed out. A MARK
 * lets the others go on up to its time, until its section ends; all of them
 * together are rp_merge_low. END is kept.
 */
RP_CHECKED enum rp_status rp_merge_next(
    struct rp_merge *m, struct rp_merge_run *run);

/* Load the frame of a run without records: body or rows of its input. */
RP_CHECKED enum rp_status rp_merge_body(
    struct rp_merge *m, struct rp_merge_run *run);
RP_CHECKED enum rp_status rp_merge_rows(
    struct rp_merge *m, struct rp_merge_run *run);

/*
 * While it is awaited what comes next: no input has more below this key, but
 * for what is late. INT64_MIN: nothing is known.
 */
int64_t rp_merge_low(const struct rp_merge *m);

/* The highest key handed out; INT64_MIN: none. */
int64_t rp_merge_high(const struct rp_merge *m);

#endif
