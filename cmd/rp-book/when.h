/*
 * When a kind of emission shows a book: on change, every so many records, or
 * at times. Then one clock of event time is for all books, and each that has
 * had an event since it was shown last is shown as it was before the first
 * record from that time on; the view has that time as its ts_event, and
 * ts_recv and seq of that record. An event that is open at the time is waited
 * for.
 *
 * A kind has struct when first in its options, struct when_own as its own, and
 * struct when_state first in its state; its hooks are those below, and its
 * show writes a view.
 */
#ifndef RP_BOOK_WHEN_H
#define RP_BOOK_WHEN_H

#include "base/time.h"
#include "emit.h"

struct when {
	uint64_t records; /* every so many; 0: not by them */
	int64_t span; /* every so long; 0: not by it */
	struct rp_when *at; /* n_at; resolved once the stream has begun */
	size_t n_at;
};

struct when_own {
	/* number + 1 of the books that changed, in a list by their state */
	uint64_t first, last;
	uint64_t at; /* the next of the times */
};

struct when_state {
	uint64_t records; /* of the book when it was shown */
	int64_t boundary; /* late: the time of the view */
	uint32_t next; /* of the books that changed: number + 1 */
	bool changed; /* it is one of them */
	bool late; /* an event was open at the boundary */
	bool shown; /* the kind's: what it keeps is of the last view; false
		       again once there was something not to be shown */
};

static inline bool
when_on_change(const struct when *w)
{
	return w->records == 0 && w->span == 0 && w->n_at == 0;
}

/* every=N, every=SPAN, at=TIME */
#define WHEN_PARAMS "[:every=N|SPAN][:at=T]..."
RP_CHECKED enum rp_status when_param(
    struct emission *e, const char *text, size_t *len);
RP_CHECKED enum rp_status when_check(struct emission *e);
RP_CHECKED enum rp_status when_start(
    struct emission *e, const struct rp_record *rec);
RP_CHECKED enum rp_status when_tick(
    struct emission *e, const struct rp_record *rec);
RP_CHECKED enum rp_status when_event(struct emission *e, struct book *book);
void when_free(struct emission *e);

/* For checkpoints: options and own; state. */
void when_archive(struct emission *e, struct rp_archive *ar);
void when_archive_state(struct rp_archive *ar, struct when_state *w);

#endif
