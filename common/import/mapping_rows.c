/* Rows to records, as a mapping says. */
#include <stdlib.h>
#include <string.h>

#include "import/mapping.h"

/* A record of the row: where it lies in made, and what goes with it. */
struct mark {
	size_t at;
	struct rp_label *symbol, *source;
	bool own_flags;
};

static const struct rp_mapping_record *
record_of(const struct rp_mapping_rows *r, size_t i)
{
	return RP_MAPPING_ITEMS(r->m->records, struct rp_mapping_record) + i;
}

static struct rp_mapping_field *
fields_of(
    const struct rp_mapping_rows *r, const struct rp_mapping_record *record)
{
	return RP_MAPPING_ITEMS(r->m->fields, struct rp_mapping_field) +
	    record->fields;
}

/* ---- set up ---- */

static enum rp_status
init_maker(struct rp_mapping_rows *r, size_t i, struct rp_error *err)
{
	const struct rp_mapping_record *record = record_of(r, i);
	const struct rp_mapping_field *f = fields_of(r, record);
	struct rp_mapping_maker *mk = &r->makers[i];
	struct rp_json_member *m;
	char why[200] = "";

	mk->compose.sparse = true;
	mk->compose.symbols = &r->symbols;
	mk->compose.sources = &r->sources;
	m = calloc(record->n_fields + 1, sizeof(*m));
	if ((mk->members = m) == NULL)
		return rp_error_no_memory(err);
	m[0] = (struct rp_json_member){ .key = "type",
		.key_len = 4,
		.text = record->t->name,
		.len = (uint32_t)strlen(record->t->name),
		.string = true };
	for (size_t j = 0; j < record->n_fields; j++)
		m[j + 1] = (struct rp_json_member){ .key = f[j].name.text,
			.key_len = (uint32_t)f[j].name.len,
			.string = true };
	if (rp_compose_survey(&mk->compose, m, record->n_fields + 1, why,
		sizeof(why)) != RP_OK)
		return rp_error_no_memory(err);
	return why[0] == '\0' ? RP_OK
			      : rp_error_set(err, RP_ERR_USAGE, "%s:%u: %s",
				    r->m->name, record->line, why);
}

enum rp_status
rp_mapping_rows_init(
    struct rp_mapping_rows *r, const struct rp_mapping *m, struct rp_error *err)
{
	size_t n = RP_MAPPING_COUNT(m->records, struct rp_mapping_record);
	enum rp_status st = RP_OK;

	*r = (struct rp_mapping_rows){ .m = m };
	r->symbols.class = RP_NAME_SYMBOL;
	r->sources.class = RP_NAME_SOURCE;
	if ((r->makers = calloc(n, sizeof(*r->makers))) == NULL)
		return rp_error_no_memory(err);
	for (size_t i = 0; st == RP_OK && i < n; i++)
		st = init_maker(r, i, err);
	return st;
}

void
rp_mapping_rows_free(struct rp_mapping_rows *r)
{
	size_t n = r->makers == NULL
	    ? 0
	    : RP_MAPPING_COUNT(r->m->records, struct rp_mapping_record);

	for (size_t i = 0; i < n; i++) {
		rp_compose_free(&r->makers[i].compose);
		free(r->makers[i].members);
	}
	free(r->makers);
	rp_labels_free(&r->symbols);
	rp_labels_free(&r->sources);
	rp_buffer_free(&r->scratch);
	rp_buffer_free(&r->made);
	rp_buffer_free(&r->marks);
	rp_held_free(&r->held);
}

/* ---- records ---- */

/* The texts of all fields, to the maker's members. */
static enum rp_status
read_texts(
    struct rp_mapping_rows *r, size_t i, const struct rp_mapping_row *row)
{
	const struct rp_mapping_record *record = record_of(r, i);
	struct rp_mapping_field *f = fields_of(r, record);
	struct rp_json_member *m = r->makers[i].members + 1;
	struct rp_cell text;
	size_t room = 0;
	enum rp_status st;

	for (size_t j = 0; j < record->n_fields; j++)
		room += rp_mapping_room(&f[j], row);
	r->scratch.len = 0;
	if (rp_buffer_reserve(&r->scratch, room) != RP_OK)
		return RP_ERR_NOMEM;
	for (size_t j = 0; j < record->n_fields; j++) {
		st = rp_mapping_text(
		    r->m, &f[j], row, &r->scratch, &text, &r->error);
		if (st != RP_OK)
			return st;
		m[j].text = text.text;
		m[j].len = (uint32_t)text.len;
	}
	return RP_OK;
}

/* Add the record to those of the row. */
static enum rp_status
keep(struct rp_mapping_rows *r, size_t i, struct rp_record *rec)
{
	const struct rp_mapping_record *record = record_of(r, i);
	const struct rp_compose *c = &r->makers[i].compose;
	struct mark mark = { .at = r->made.len,
		.symbol = c->symbol,
		.source = c->source,
		.own_flags = record->own_flags };

	if (rec->ts_recv == RP_ABSENT)
		return rp_error_set(
		    &r->error, RP_ERR_USAGE, "ts_recv cannot be absent");
	if (record->recv_inferred && r->received != RP_ABSENT)
		rec->ts_recv = r->received;
	else if (record->recv_inferred)
		rec->flags |= RP_TS_RECV_INFERRED;
	if (rp_buffer_add(&r->made, rec, rp_record_size(rec)) != RP_OK ||
	    rp_buffer_add(&r->marks, &mark, sizeof(mark)) != RP_OK)
		return RP_ERR_NOMEM;
	return RP_OK;
}

enum rp_status
rp_mapping_make(
    struct rp_mapping_rows *r, size_t i, const struct rp_mapping_row *row)
{
	const struct rp_mapping_record *record = record_of(r, i);
	struct rp_mapping_maker *mk = &r->makers[i];
	struct rp_record *rec;
	enum rp_status st;

	if (!rp_mapping_holds(r->m, &record->when, row))
		return RP_EMPTY;
	if ((st = read_texts(r, i, row)) != RP_OK)
		return st;
	if (r->watch != NULL)
		r->watch(r->watch_arg, i, row, mk->members + 1);
	st = rp_compose_record(
	    &mk->compose, mk->members, record->n_fields + 1, &rec, &r->error);
	return st == RP_OK ? keep(r, i, rec) : st;
}

/* ---- rows ---- */

/* Write a record, of which the row may have more. */
static enum rp_status
write_record(struct rp_mapping_rows *r, struct rp_import *im,
    const struct mark *mark, bool last)
{
	struct rp_record *rec =
	    (struct rp_record *)(void *)(r->made.data + mark->at);
	struct rp_record *room;
	enum rp_status st;

	if (r->m->event == RP_MAPPING_EVENT_TIME && !mark->own_flags) {
		if ((room = rp_held_room(&r->held, rec->len)) == NULL)
			return RP_ERR_NOMEM;
		memcpy(room, rec, rp_record_size(rec));
		return rp_held_put(&r->held, im, mark->symbol, mark->source);
	}
	if ((st = rp_held_flush(&r->held, im, true)) != RP_OK)
		return st;
	if (r->m->event == RP_MAPPING_EVENT_ROW && last && !mark->own_flags)
		rec->flags |= RP_LAST;
	return rp_writer_add(im->out, rec, mark->symbol, mark->source) == RP_OK
	    ? RP_OK
	    : rp_import_write_failed(im);
}

static bool
is_skipped(const struct rp_mapping *m, const struct rp_mapping_row *row)
{
	const struct rp_mapping_when *when =
	    RP_MAPPING_ITEMS(m->skips, struct rp_mapping_when);

	for (size_t i = 0; i < RP_MAPPING_COUNT(m->skips, *when); i++)
		if (rp_mapping_holds(m, &when[i], row))
			return true;
	return false;
}

static enum rp_status
make_all(struct rp_mapping_rows *r, const struct rp_mapping_row *row,
    enum rp_status (*each)(void *arg, size_t record), void *arg)
{
	size_t n = RP_MAPPING_COUNT(r->m->records, struct rp_mapping_record);
	bool any = false;
	enum rp_status st;

	for (size_t i = 0; i < n; i++) {
		st = record_of(r, i)->has_each ? each(arg, i)
					       : rp_mapping_make(r, i, row);
		if (st != RP_OK && st != RP_EMPTY)
			return st;
		any |= st == RP_OK;
	}
	return any ? RP_OK
		   : rp_error_set(&r->error, RP_ERR_USAGE,
			 "no record of the mapping is for this row (skip "
			 "leaves rows out)");
}

enum rp_status
rp_mapping_put(struct rp_mapping_rows *r, struct rp_import *im,
    const struct rp_mapping_row *row,
    enum rp_status (*each)(void *arg, size_t record), void *arg)
{
	const struct mark *mark;
	enum rp_status st;
	size_t n;

	if (is_skipped(r->m, row)) {
		r->skipped++;
		return RP_OK;
	}
	r->received = im->options.now != NULL
	    ? im->options.now(im->options.now_arg)
	    : RP_ABSENT;
	r->made.len = r->marks.len = 0;
	st = make_all(r, row, each, arg);
	mark = RP_MAPPING_ITEMS(r->marks, struct mark);
	n = RP_MAPPING_COUNT(r->marks, *mark);
	for (size_t i = 0; st == RP_OK && i < n; i++)
		st = write_record(r, im, &mark[i], i + 1 == n);
	return st == RP_ERR_NOMEM ? rp_import_no_memory(im) : st;
}

enum rp_status
rp_mapping_finish(struct rp_mapping_rows *r, struct rp_import *im, bool ended)
{
	if (r->skipped > 0)
		rp_import_count(im, "rows skipped", r->skipped);
	r->skipped = 0;
	return rp_held_flush(&r->held, im, ended);
}
