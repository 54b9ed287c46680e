#include "gaps.h"

#include <inttypes.h>

#include "base/time.h"
#include "types/gap.h"

/* With --on-gap fail: say where, for whom and why. */
static enum rp_status
fail(const struct gaps *g, const struct rp_frame *f,
    const struct rp_record *rec, const struct rp_label *symbol,
    const char *what)
{
	const struct rp_event *ev = (const struct rp_event *)rec->payload;
	struct rp_time_text utc = { 0 };
	char time[RP_TIME_ROOM];

	if (!g->fail)
		return RP_OK;
	(void)rp_error_set(&g->cli->error, RP_ERR_CORRUPT,
	    "%.*s%s%s (ts_recv %.*s, sequence %" PRIu64 ")",
	    symbol != NULL ? symbol->len : 0,
	    symbol != NULL ? symbol->text : "", symbol != NULL ? ": " : "",
	    what, (int)rp_time_format(&utc, time, rec->ts_recv), time,
	    ev->sequence);
	rp_sift_place(g->sift, f, rec);
	return RP_ERR_CORRUPT;
}

/* ---- gap records ---- */

/* Does one without a symbol or without a source speak of a book? */
static bool
is_meant(const struct book *b, const struct rp_label *symbol,
    const struct rp_label *source)
{
	return (symbol == NULL ||
		   (b->symbol != NULL && rp_label_same(b->symbol, symbol))) &&
	    (source == NULL ||
		(b->source != NULL && rp_label_same(b->source, source)));
}

enum rp_status
gaps_record(
    const struct gaps *g, const struct rp_frame *f, const struct rp_record *rec)
{
	const struct rp_label *symbol = rp_frame_name(f, rec->symbol);
	const struct rp_label *source = rp_frame_name(f, rec->source);
	struct books *bs = g->books;
	struct book *b;
	enum rp_status st;

	if (symbol != NULL && source != NULL) {
		if ((b = books_find(bs, f, rec)) == NULL)
			return rp_error_no_memory(&g->cli->error);
		rp_lob_break(&b->lob, RP_FAULT_GAP);
	} else {
		for (size_t i = 0; i < bs->n; i++)
			if (is_meant(bs->all[i], symbol, source))
				rp_lob_break(&bs->all[i]->lob, RP_FAULT_GAP);
		bs->from_empty = false; /* books to come have missed it */
	}
	if ((st = emissions_put(g->emissions, f, rec)) != RP_OK)
		return st;
	return fail(g, f, rec, symbol, "a gap record: updates are missing");
}

/* ---- as a book finds out ---- */

/* What the update was that does not follow: numbers it lacks, if it says. */
static void
set_lost(struct rp_gap *gap, const struct rp_record *rec, uint64_t before)
{
	const struct rp_level *l = (const struct rp_level *)rec->payload;
	uint64_t last = l->prev_sequence;

	if (rec->len >= sizeof(*l) && l->first_sequence != 0)
		last = l->first_sequence - 1;
	if (last <= before)
		return;
	gap->first_lost = before + 1;
	gap->last_lost = last;
}

enum rp_status
gaps_tell(const struct gaps *g, const struct rp_frame *f,
    const struct rp_record *rec, const struct book *book, rp_faults faults,
    uint64_t before)
{
	enum rp_gap_reason reason = RP_GAP_UNDECODABLE;
	const char *what = "a number that the book cannot hold";
	union rp_gap_row row;
	struct rp_gap *gap;
	enum rp_status st;

	if (faults & 1u << RP_FAULT_CHAIN) {
		reason = RP_GAP_VENUE;
		what = "an update does not follow the one before";
	} else if (faults & 1u << RP_FAULT_CHECKSUM) {
		reason = RP_GAP_CHECKSUM;
		what = "the book's checksum is not the venue's";
	} else if (faults & 1u << RP_FAULT_GAP) {
		reason = RP_GAP_VENUE;
		what = "a book that says it is stale";
	}
	gap = rp_gap_before(&row, rec, reason, book->cause.ts_recv);
	if (faults & 1u << RP_FAULT_CHAIN)
		set_lost(gap, rec, before);
	st = emissions_add(g->emissions, &row.rec, book->symbol, book->source);
	return st == RP_OK ? fail(g, f, rec, book->symbol, what) : st;
}
