#include "emit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

static const struct emission_kind *const kinds[] = {
	&emission_bbo,
	&emission_book,
	&emission_level,
	&emission_tbbo,
	&emission_cbbo,
	&emission_snapshot,
	&emission_queue,
	&emission_features,
	&emission_bars,
};

/* ---- the user's words ---- */

static const struct emission_kind *
find_kind(const char *text, size_t len)
{
	for (size_t i = 0; i < RP_LEN(kinds); i++)
		if (strlen(kinds[i]->name) == len &&
		    memcmp(kinds[i]->name, text, len) == 0)
			return kinds[i];
	return NULL;
}

/* "word=...", "5", "5:x": parameters that are none, rather than a file's name. */
static bool
is_like_param(const char *text)
{
	size_t word = strspn(text, "abcdefghijklmnopqrstuvwxyz_");
	size_t number = strspn(text, "0123456789");
	size_t first = strcspn(text, ":/");

	return (word > 0 && text[word] == '=') || text[number] == '\0' ||
	    text[first] == ':';
}

static enum rp_status
parse_rest(struct emission *e, const char *p)
{
	enum rp_status st = RP_OK;
	size_t len;

	while (*p == ':') {
		p++;
		len = strcspn(p, ":");
		st = e->kind->param != NULL ? e->kind->param(e, p, &len)
					    : RP_EMPTY;
		if (st != RP_OK)
			break;
		p += len;
	}
	if (st < 0 || *p == '\0')
		return st == RP_EMPTY
		    ? rp_cli_usage(
			  e->cli, "--emit %s: a file has no name", e->text)
		    : st;
	if (is_like_param(p))
		return rp_cli_usage(e->cli,
		    "--emit %s: '%s' is no parameter: %s%s (a file: ./%s)",
		    e->text, p, e->kind->name, e->kind->params, p);
	e->path = p;
	e->what = (size_t)(p - 1 - e->text);
	return RP_OK;
}

static enum rp_status
parse(struct emission *e)
{
	size_t len = strcspn(e->text, ":");
	enum rp_status st;

	e->due = EMISSION_NEVER;
	e->what = strlen(e->text);
	if ((e->kind = find_kind(e->text, len)) == NULL)
		return rp_cli_usage(e->cli,
		    "--emit %.*s: there is no such kind", (int)len, e->text);
	e->options = calloc(1, e->kind->options_size + 1);
	e->own = calloc(1, e->kind->own_size + 1);
	if (e->options == NULL || e->own == NULL)
		return emission_no_memory(e);
	st = parse_rest(e, e->text + len);
	return st == RP_OK && e->kind->check != NULL ? e->kind->check(e) : st;
}

/* ---- all of them ---- */

static enum rp_status
allocate(struct emissions *es, struct rp_cli *cli, size_t n)
{
	es->all = calloc(n, sizeof(*es->all));
	es->sinks = calloc(n, sizeof(*es->sinks));
	es->on_record = calloc(n, sizeof(struct emission *));
	es->on_event = calloc(n, sizeof(struct emission *));
	if (es->all == NULL || es->sinks == NULL || es->on_record == NULL ||
	    es->on_event == NULL)
		return rp_error_set(&cli->error, RP_ERR_NOMEM, "out of memory");
	return RP_OK;
}

/* Give it its place among the others, and in the books. */
static void
enlist(struct emissions *es, struct emission *e)
{
	e->state = e->books->state_size;
	e->books->state_size += rp_align8(e->kind->state_size);
	if (e->kind->record != NULL)
		es->on_record[es->n_on_record++] = e;
	if (e->kind->event != NULL)
		es->on_event[es->n_on_event++] = e;
}

static enum rp_status
add(struct emissions *es, struct rp_cli *cli, struct books *books,
    const char *kind, const char *params, const struct emissions_options *o)
{
	const char *main_path = o->output != NULL ? o->output : "-";
	struct emission *e = &es->all[es->n++];
	enum rp_status st;

	*e = (struct emission){ .cli = cli,
		.books = books,
		.formulas = o->formulas,
		.drop = o->drop };
	if (asprintf(&e->text, "%s%s", kind, params) < 0) {
		e->text = NULL;
		return emission_no_memory(e);
	}
	if ((st = parse(e)) != RP_OK)
		return st;
	if (e->path == NULL)
		e->path = main_path;
	e->is_main = rp_output_same(e->path, main_path);
	es->has_main |= e->is_main;
	enlist(es, e);
	return RP_OK;
}

/* Two emissions whose records nobody could tell apart. */
static enum rp_status
check_apart(const struct emissions *es, struct rp_cli *cli)
{
	for (const struct emission *b = es->all; b < es->all + es->n; b++)
		for (const struct emission *a = es->all; a < b; a++)
			if (a->kind == b->kind &&
			    rp_output_same(a->path, b->path) &&
			    (a->kind->differ == NULL || !a->kind->differ(a, b)))
				return rp_cli_usage(cli,
				    "--emit %.*s and --emit %.*s go to one "
				    "output, where they cannot be told apart: "
				    "give one of them a file",
				    (int)a->what, a->text, (int)b->what,
				    b->text);
	return RP_OK;
}

static bool
is_none(const struct emissions_options *o)
{
	return o->texts->n + o->queues->n + o->features->n + o->formulas->n ==
	    0;
}

static bool
has_features(const struct emissions *es)
{
	for (size_t i = 0; i < es->n; i++)
		if (es->all[i].kind == &emission_features)
			return true;
	return false;
}

enum rp_status
emissions_parse(struct emissions *es, struct rp_cli *cli, struct books *books,
    const struct emissions_options *o)
{
	enum rp_status st;

	*es = (struct emissions){ .due = INT64_MIN };
	st = allocate(es, cli, o->texts->n + o->queues->n + o->features->n + 2);
	if (st == RP_OK && (o->bbo || (is_none(o) && !o->ladder)))
		st = add(es, cli, books, "bbo", "", o);
	for (size_t i = 0; i < o->texts->n && st == RP_OK; i++)
		st = add(es, cli, books, o->texts->item[i], "", o);
	for (size_t i = 0; i < o->queues->n && st == RP_OK; i++)
		st = add(es, cli, books, "queue:", o->queues->item[i], o);
	for (size_t i = 0; i < o->features->n && st == RP_OK; i++)
		st = add(es, cli, books, "features:", o->features->item[i], o);
	if (st == RP_OK && o->formulas->n > 0 && !has_features(es))
		st = add(es, cli, books, "features", "", o);
	if (st == RP_OK)
		st = check_apart(es, cli);
	if (st == RP_OK && o->output != NULL && !es->has_main)
		return rp_cli_usage(cli, "-o %s: %s", o->output,
		    es->n > 0 ? "each --emit has a file of its own"
			      : "--ladder writes no stream (add --bbo)");
	if (st == RP_OK && o->ladder && o->output == NULL && es->has_main)
		return rp_cli_usage(cli,
		    "--ladder is drawn on standard output: write with -o, or "
		    "--emit KIND:FILE");
	return st;
}

static enum rp_status
open_sink(struct emissions *es, struct emission *e)
{
	for (size_t i = 0; i < es->n_sinks && e->sink == NULL; i++)
		for (struct emission *o = es->all; o < e; o++)
			if (o->sink == &es->sinks[i] &&
			    rp_output_same(o->path, e->path))
				e->sink = o->sink;
	if (e->sink != NULL)
		return RP_OK;
	e->sink = &es->sinks[es->n_sinks++];
	return rp_sink_open(e->sink, e->cli, e->path, NULL);
}

enum rp_status
emissions_open(struct emissions *es)
{
	enum rp_status st = RP_OK;

	/* the main output is the one that is opened first */
	for (int main = 1; main >= 0; main--)
		for (size_t i = 0; i < es->n && st == RP_OK; i++)
			if (es->all[i].is_main == main)
				st = open_sink(es, &es->all[i]);
	return st;
}

enum rp_status
emissions_close(struct emissions *es, enum rp_status st, uint32_t end_flags)
{
	for (size_t i = 0; i < es->n && st >= 0; i++)
		if (es->all[i].kind->finish != NULL)
			st = es->all[i].kind->finish(&es->all[i]);
	/* the main output last: it says that all is done */
	for (size_t i = es->n_sinks; i-- > 0;)
		st = rp_sink_close(&es->sinks[i], st, end_flags);
	return st;
}

static void
release(struct emission *e)
{
	const struct emission_kind *kind = e->kind;

	for (size_t i = 0; kind != NULL && i < e->books->n; i++)
		if (kind->forget != NULL)
			kind->forget(e, e->books->all[i]);
	if (kind != NULL && kind->free != NULL && e->options != NULL)
		kind->free(e);
	free(e->options);
	free(e->own);
	free(e->text);
}

void
emissions_free(struct emissions *es)
{
	for (size_t i = 0; i < es->n; i++)
		release(&es->all[i]);
	free(es->all);
	free(es->sinks);
	free(es->on_record);
	free(es->on_event);
	*es = (struct emissions){ 0 };
}

/* ---- time ---- */

static enum rp_status
start(struct emissions *es, const struct rp_record *rec)
{
	enum rp_status st = RP_OK;

	es->started = true;
	for (size_t i = 0; i < es->n && st == RP_OK; i++)
		if (es->all[i].kind->start != NULL)
			st = es->all[i].kind->start(&es->all[i], rec);
	return st;
}

enum rp_status
emissions_tick(
    struct emissions *es, const struct rp_record *rec, int64_t ts_event)
{
	enum rp_status st = es->started ? RP_OK : start(es, rec);
	struct emission *e;

	es->due = EMISSION_NEVER;
	for (e = es->all; e < es->all + es->n && st == RP_OK; e++) {
		if (ts_event >= e->due && e->due != EMISSION_NEVER)
			st = e->kind->tick(e, rec);
		if (e->due < es->due)
			es->due = e->due;
	}
	return st;
}

/* ---- what goes into every output ---- */

enum rp_status
emissions_put(
    struct emissions *es, const struct rp_frame *f, const struct rp_record *rec)
{
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < es->n_sinks && st == RP_OK; i++)
		st = rp_sink_put(&es->sinks[i], f, rec);
	return st;
}

enum rp_status
emissions_add(struct emissions *es, const struct rp_record *rec,
    struct rp_label *symbol, struct rp_label *source)
{
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < es->n_sinks && st == RP_OK; i++)
		st = rp_sink_add(&es->sinks[i], rec, symbol, source);
	return st;
}

enum rp_status
emissions_forward(struct emissions *es, const struct rp_frame *f)
{
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < es->n_sinks && st == RP_OK; i++)
		st = rp_sink_forward(&es->sinks[i], f);
	return st;
}

void
emissions_thin(struct emissions *es)
{
	for (size_t i = 0; i < es->n_sinks; i++)
		rp_writer_thin(es->sinks[i].w);
	es->thinned = true;
}

/* ---- checkpoints ---- */

enum rp_status
emissions_flush(struct emissions *es)
{
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < es->n_sinks && st == RP_OK; i++)
		st = rp_sink_flush(&es->sinks[i]);
	return st;
}

static void
archive(struct emission *e, struct rp_archive *ar)
{
	const struct emission_kind *kind = e->kind;

	rp_archive_i64(ar, &e->due);
	rp_archive_check(ar, kind->tick != NULL || e->due == EMISSION_NEVER);
	if (kind->archive != NULL)
		kind->archive(e, ar);
	for (size_t i = 0; kind->archive_book != NULL && i < e->books->n; i++)
		kind->archive_book(e, e->books->all[i], ar);
}

void
emissions_archive(struct emissions *es, struct rp_archive *ar)
{
	bool thinned = es->thinned;

	rp_archive_bool(ar, &thinned);
	if (ar->loading && thinned)
		emissions_thin(es);
	rp_archive_bool(ar, &es->started);
	if (es->started)
		es->due = EMISSION_NEVER;
	for (struct emission *e = es->all; e < es->all + es->n; e++) {
		archive(e, ar);
		if (e->due < es->due)
			es->due = e->due;
	}
}

/* ---- for kinds ---- */

uint16_t
emission_tflags(const struct book *book)
{
	return (
	    uint16_t)((book->lob.state != RP_LOB_VALID ? RP_VIEW_STALE : 0) |
	    (book->faults & 1u << RP_FAULT_CROSSED ? RP_VIEW_CROSSED : 0) |
	    (book->faults & 1u << RP_FAULT_LOCKED ? RP_VIEW_LOCKED : 0));
}

enum rp_status
emission_no_memory(struct emission *e)
{
	return rp_error_set(&e->cli->error, RP_ERR_NOMEM, "out of memory");
}

struct rp_record *
emission_place(struct emission *e, const struct rp_cause *cause, uint16_t type,
    uint32_t len)
{
	struct rp_record *r;

	if (rp_sink_note(e->sink) != RP_OK)
		return NULL;
	if ((r = rp_writer_place(e->sink->w, len)) == NULL) {
		const struct rp_error *err = rp_writer_error(e->sink->w);

		rp_error_set(&e->cli->error, err->status, "%s", err->text);
		return NULL;
	}
	r->seq = cause->seq;
	r->len = len;
	r->type = type;
	r->flags = cause->flags | RP_LAST;
	r->ts_recv = cause->ts_recv;
	return r;
}

enum rp_status
emission_add(struct emission *e, struct rp_record *rec, const struct book *book)
{
	return rp_sink_add(e->sink, rec, book->symbol, book->source);
}
