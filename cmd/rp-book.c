/*
 * rp-book: order books, and what people compute from them.
 *
 * Reads streams of orders (mbo), price levels (level) or whole books (book), and
 * writes views of their books (rp-book/emit.h), to a stream each or to one for all. Memory: a
 * frame in, a frame for each output, and for each source and symbol its book:
 * some 66 bytes a live order, some 60 a price level.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/sift.h"
#include "rp-book/books.h"
#include "rp-book/checkpoint.h"
#include "rp-book/emit.h"
#include "rp-book/gaps.h"
#include "rp-book/ladder.h"
#include "rp-book/report.h"

struct opts {
	const char *output, *on_gap;
	struct rp_list emit, queues, features, formulas;
	bool bbo, from_empty, allow_thinned, state_hash, ladder;
	const char *checkpoint, *every, *resume, *ladder_symbol;
};

static const struct rp_tool tool = {
	.name = "rp-book",
	.usage = "[--bbo] [--emit KIND[:PARAM]...[:FILE]] [-o FILE]\n"
		 "               [--on-gap mark|drop|fail] [--from-empty] "
		 "[FILE ...]",
	.summary = "build order books and write what they show",
	.flags = RP_TOOL_STATS | RP_TOOL_ERRORS | RP_TOOL_NOTES | RP_TOOL_FORCE,
};

struct builder {
	const struct opts *o;
	struct rp_cli *cli;
	struct books books;
	struct emissions emissions;
	struct rp_input in;
	struct rp_sift sift;
	struct gaps gaps;
	struct checkpoints checkpoints;
	struct ladder ladder;
	struct book *last; /* of the last record that had one */
	uint64_t other; /* records of another type than their book's */
};

static enum rp_status
no_memory(struct builder *x)
{
	return rp_error_set(&x->cli->error, RP_ERR_NOMEM, "out of memory");
}

/* ---- the end of a venue event ---- */

static enum rp_status
end_event(struct builder *x, struct book *b, const struct rp_record *rec)
{
	const struct emissions *es = &x->emissions;
	enum rp_status st = RP_OK;

	b->open = false;
	x->books.open--;
	book_set_cause(b, rec);
	b->faults |= rp_lob_crossing(&b->lob);
	for (size_t i = 0; i < es->n_on_event && st == RP_OK; i++)
		st = es->on_event[i]->kind->event(es->on_event[i], b);
	ladder_event(&x->ladder, b);
	return st;
}

/* ---- records ---- */

static enum rp_status
apply(struct builder *x, const struct rp_frame *f, const struct rp_record *rec,
    struct book *b)
{
	const void *p = rec->payload;
	uint64_t before = b->lob.sequence;
	bool valid = b->lob.state == RP_LOB_VALID;
	rp_faults faults,
	    breaks = 1u << RP_FAULT_CHAIN | 1u << RP_FAULT_CHECKSUM |
	    1u << RP_FAULT_GAP;
	enum rp_status st;

	if (!b->open) {
		b->open = true;
		b->faults = 0;
		x->books.open++;
	}
	b->records++;
	if (rec->type == RP_MBO)
		st = rp_lob_mbo(&b->lob, p, rec->flags, &faults);
	else if (rec->type == RP_BOOK)
		st = rp_lob_book(&b->lob, p, &faults);
	else
		st = rp_lob_level(&b->lob, p, rec->len, rec->flags, &faults);
	if (st != RP_OK)
		return no_memory(x);
	b->faults |= faults;
	if (valid) /* what does not fit breaks it once */
		breaks |= 1u << RP_FAULT_OVERFLOW;
	if (faults & breaks)
		st = gaps_tell(&x->gaps, f, rec, b, faults, before);
	return st;
}

static enum rp_status
market(struct builder *x, const struct rp_frame *f, const struct rp_record *rec)
{
	const struct emissions *es = &x->emissions;
	struct book *b = books_find(&x->books, f, rec);
	int64_t ts_event = (int64_t)rp_le64(rec->payload + RP_EV_TS_EVENT);
	enum rp_status st = RP_OK;

	if (b == NULL)
		return no_memory(x);
	x->last = b;
	if (rec->type != RP_TRADE) {
		if (b->type == 0)
			b->type = rec->type;
		if (b->type != rec->type) {
			x->other++;
			return RP_OK;
		}
	}
	/* orders of a snapshot have the times of their entry */
	if (ts_event >= es->due && ts_event != RP_ABSENT &&
	    (rec->flags & RP_SNAPSHOT) == 0)
		st = emissions_tick(&x->emissions, rec, ts_event);
	for (size_t i = 0; i < es->n_on_record && st == RP_OK; i++)
		st = es->on_record[i]->kind->record(es->on_record[i], b, rec);
	if (st == RP_ERR_LIMIT)
		rp_sift_place(&x->sift, f, rec);
	ladder_record(&x->ladder, b, rec);
	if (st != RP_OK || rec->type == RP_TRADE)
		return st;
	st = apply(x, f, rec, b);
	if (st == RP_OK && (rec->flags & RP_LAST) != 0)
		st = end_event(x, b, rec);
	return st;
}

static enum rp_status
one_record(
    struct builder *x, const struct rp_frame *f, const struct rp_record *rec)
{
	switch (rec->type) {
	case RP_MBO:
	case RP_LEVEL:
	case RP_BOOK:
	case RP_TRADE:
		return market(x, f, rec);
	case RP_GAP:
		return gaps_record(&x->gaps, f, rec);
	default:
		return RP_OK;
	}
}

static enum rp_status
each_record(struct builder *x, const struct rp_frame *f)
{
	const bool tracked = checkpoints_on(&x->checkpoints);
	const struct rp_record *rec = NULL;
	enum rp_status st = RP_OK;

	books_frame(&x->books);
	while (st >= 0 && (rec = rp_frame_next(f, rec)) != NULL) {
		st = RP_OK;
		if (tracked)
			st = checkpoints_record(&x->checkpoints, rec, x->last);
		if (st == RP_OK)
			st = one_record(x, f, rec);
	}
	return st < 0 ? st : RP_OK;
}

/* ---- frames ---- */

static bool
is_wanted(const struct rp_frame *f)
{
	for (uint32_t i = 0; i < f->n_types; i++)
		switch (f->types[i].type) {
		case RP_MBO:
		case RP_LEVEL:
		case RP_BOOK:
		case RP_TRADE:
		case RP_GAP:
			return true;
		}
	return false;
}

static enum rp_status
build_data(struct builder *x, struct rp_frame *f)
{
	enum rp_status st;

	if (checkpoints_on(&x->checkpoints) &&
	    (st = checkpoints_frame(&x->checkpoints, f)) != RP_OK)
		return st;
	if (f->head.flags & RP_FRAME_THINNED) {
		if (!x->o->allow_thinned)
			return rp_error_set(&x->cli->error, RP_ERR_CORRUPT,
			    "%s: frame %" PRIu64
			    ": records were left out on purpose, and a book "
			    "without them is wrong (--allow-thinned)",
			    rp_input_label(&x->in), f->number);
		emissions_thin(&x->emissions);
	}
	if (!is_wanted(f))
		return RP_OK;
	if ((st = rp_sift_rows(&x->sift, f)) != RP_OK)
		return st;
	return each_record(x, f);
}

static enum rp_status
build_other(struct builder *x, struct rp_frame *f)
{
	enum rp_status st = rp_input_body(&x->in, f);

	if (st == RP_OK && f->head.kind == RP_NOTE)
		rp_input_note(&x->in, f);
	return st == RP_OK ? emissions_forward(&x->emissions, f) : st;
}

static enum rp_status
build(struct builder *x)
{
	struct rp_frame f;
	enum rp_status st;

	while ((st = rp_input_head(&x->in, &f)) == RP_OK) {
		if (f.head.kind == RP_DATA)
			st = build_data(x, &f);
		else if (f.head.kind != RP_END_FRAME)
			st = build_other(x, &f);
		if (st < 0)
			return st;
		checkpoints_past(&x->checkpoints, &f);
	}
	return st;
}

/* ---- the ends ---- */

/* Read the input, and take checkpoints. */
static enum rp_status
work(struct builder *x)
{
	enum rp_status st = emissions_open(&x->emissions);

	if (st == RP_OK)
		st = checkpoints_begin(&x->checkpoints);
	if (st == RP_OK && x->o->ladder)
		ladder_open(&x->ladder, x->cli, x->o->ladder_symbol, &x->in);
	if (st == RP_OK)
		st = ladder_result(&x->ladder, build(x));
	if (st == RP_END)
		st = checkpoints_keep(&x->checkpoints);
	rp_input_close(&x->in);
	st = ladder_close(&x->ladder, st);
	st = emissions_close(&x->emissions, st, x->in.end_flags);
	return st == RP_OK ? checkpoints_end(&x->checkpoints) : st;
}

static enum rp_status
run(struct rp_cli *cli, const struct opts *o)
{
	const char *on_gap = o->on_gap != NULL ? o->on_gap : "mark";
	struct builder x = { .o = o,
		.cli = cli,
		.gaps = { .cli = cli,
		    .sift = &x.sift,
		    .books = &x.books,
		    .emissions = &x.emissions,
		    .fail = strcmp(on_gap, "fail") == 0 } };
	enum rp_status st;

	if (o->ladder_symbol != NULL && !o->ladder)
		return rp_cli_usage(cli, "--ladder-symbol goes with --ladder");
	books_init(&x.books, o->from_empty);
	rp_input_init(&x.in, cli, false);
	rp_sift_init(&x.sift, &x.in, NULL);
	st = emissions_parse(&x.emissions, cli, &x.books,
	    &(struct emissions_options){ .texts = &o->emit,
		.queues = &o->queues,
		.features = &o->features,
		.formulas = &o->formulas,
		.bbo = o->bbo,
		.output = o->output,
		.ladder = o->ladder,
		.drop = strcmp(on_gap, "drop") == 0 });
	x.checkpoints = (struct checkpoints){ .cli = cli,
		.in = &x.in,
		.books = &x.books,
		.emissions = &x.emissions,
		.other = &x.other,
		.path = o->checkpoint,
		.resume = o->resume,
		.every = o->every,
		.on_gap = on_gap,
		.formulas = &o->formulas };
	if (st == RP_OK)
		st = checkpoints_check(&x.checkpoints);
	if (st == RP_OK) {
		st = work(&x);
		report_books(&(struct report){ .cli = cli,
				 .books = &x.books,
				 .views = x.emissions.n_on_event > 0,
				 .goes_on = o->checkpoint != NULL,
				 .hash = o->state_hash,
				 .other = x.other },
		    st != RP_OK);
	}
	checkpoints_free(&x.checkpoints);
	emissions_free(&x.emissions);
	books_free(&x.books);
	rp_sift_free(&x.sift);
	return st;
}

int
main(int argc, char **argv)
{
	struct opts o = { 0 };
	const struct rp_option options[] = {
		{ 0, "bbo", RP_OPT_FLAG, &o.bbo, NULL,
		    "short for --emit bbo, which is the default", NULL },
		{ 0, "emit", RP_OPT_LIST, &o.emit, "KIND...",
		    "what to write: KIND[:PARAM]...[:FILE]; repeatable", NULL },
		{ 0, "queue", RP_OPT_LIST, &o.queues, "ORDER_ID",
		    "short for --emit queue:ORDER_ID; repeatable", NULL },
		{ 0, "features", RP_OPT_LIST, &o.features, "NAME,...",
		    "short for --emit features:NAME,...; repeatable", NULL },
		{ 0, "feature", RP_OPT_LIST, &o.formulas, "NAME=VALUE",
		    "a feature of your own, 'x = mid - bid_px'; repeatable",
		    NULL },
		{ 0, "ladder", RP_OPT_FLAG, &o.ladder, NULL,
		    "draw a book on the terminal as it changes", NULL },
		{ 0, "ladder-symbol", RP_OPT_STRING, &o.ladder_symbol, "NAME",
		    "the one to draw, a name or glob (default: the first)",
		    NULL },
		{ 'o', "output", RP_OPT_STRING, &o.output, "FILE",
		    "write to FILE, whole or not at all", NULL },
		{ 0, "on-gap", RP_OPT_STRING, &o.on_gap, "WHAT",
		    "of a book with a gap: mark its views (default), drop, "
		    "fail",
		    "mark|drop|fail" },
		{ 0, "from-empty", RP_OPT_FLAG, &o.from_empty, NULL,
		    "books are empty, not unknown, before their first record",
		    NULL },
		{ 0, "allow-thinned", RP_OPT_FLAG, &o.allow_thinned, NULL,
		    "take input from which records were left out", NULL },
		{ 0, "checkpoint", RP_OPT_STRING, &o.checkpoint, "FILE",
		    "keep in FILE what a run needs to go on from the end",
		    NULL },
		{ 0, "checkpoint-every", RP_OPT_STRING, &o.every, "T",
		    "and before, at each span of event time or N records",
		    NULL },
		{ 0, "resume", RP_OPT_STRING, &o.resume, "FILE",
		    "go on from a checkpoint, with rp-read --after FILE",
		    NULL },
		{ 0, "state-hash", RP_OPT_FLAG, &o.state_hash, NULL,
		    "say a hash of all books at the end", NULL },
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
