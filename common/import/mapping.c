/* A mapping file to struct rp_mapping: each record gets all its fields, which
 * must suit its type. */
#include "import/mapping.h"

#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "import/mapping_parse.h"

static bool
is_decimal(enum rp_kind kind)
{
	return kind == RP_KIND_PRICE || kind == RP_KIND_SIZE ||
	    kind == RP_KIND_TURNOVER || kind == RP_KIND_LEVEL_PX ||
	    kind == RP_KIND_LEVEL_SZ;
}

static bool
is_time(enum rp_kind kind)
{
	return kind == RP_KIND_TIME || kind == RP_KIND_TS_RECV;
}

/* The longest text that the mapping itself may give a field. */
static size_t
longest_text(const struct rp_mapping *m, const struct rp_mapping_field *f)
{
	const struct rp_mapping_word *w =
	    RP_MAPPING_ITEMS(m->words, struct rp_mapping_word) + f->words;
	size_t longest = f->fallback.len;

	for (size_t i = 0; i < f->n_words; i++)
		if (w[i].to.len > longest)
			longest = w[i].to.len;
	return longest;
}

/* A field of a record: its kind, which must suit what it was told. */
static enum rp_status
settle_field(struct rp_parser *p, const struct rp_mapping_record *r,
    struct rp_mapping_field *f)
{
	const bool timed = f->time != RP_MAPPING_TIME_PLAIN || f->shift != 0;
	struct rp_field field;

	if (!rp_type_field(r->t, f->name.text, f->name.len, &field) ||
	    field.kind == RP_KIND_TYPE)
		return rp_error_set(p->err, RP_ERR_USAGE,
		    "%s:%u: type %s has no field '%.*s' to set", p->lx.name,
		    f->line, r->t->name,
		    f->name.len < 60 ? (int)f->name.len : 60, f->name.text);
	f->kind = field.kind;
	f->longest = longest_text(p->m, f);
	if (f->scaled && !is_decimal(f->kind))
		return rp_parser_fail(p, f->line,
		    "%.*s is no price or size, and cannot be scaled",
		    f->name.text, f->name.len);
	if (timed && !is_time(f->kind))
		return rp_parser_fail(p, f->line,
		    "%.*s is no time: as, plus and minus do not belong here",
		    f->name.text, f->name.len);
	if (!r->has_each)
		for (size_t i = 0; i < f->n_terms; i++)
			if (f->terms[i].inner)
				return rp_parser_fail(p, f->line,
				    "%.*s: a pointer that begins with a dot "
				    "needs a record with each",
				    f->name.text, f->name.len);
	return RP_OK;
}

static const struct rp_mapping_field *
find_field(
    const struct rp_mapping_field *f, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (f[i].name.len == len &&
		    memcmp(f[i].name.text, name, len) == 0)
			return &f[i];
	return NULL;
}

/* The fields of a record: those that are common, then its own. */
static enum rp_status
settle_record(struct rp_parser *p, struct rp_mapping_record *r,
    const struct rp_mapping_field *common, const struct rp_mapping_field *own)
{
	const size_t n_own = r->n_fields;
	const struct rp_mapping_field *f, *event;
	struct rp_mapping_field *all;
	enum rp_status st = RP_OK;

	r->fields = RP_MAPPING_COUNT(p->m->fields, *f);
	for (size_t i = 0; st == RP_OK && i < p->n_common + n_own; i++) {
		f = i < p->n_common ? &common[i] : &own[i - p->n_common];
		/* what the record says itself goes before */
		if (i >= p->n_common ||
		    find_field(own, n_own, f->name.text, f->name.len) == NULL)
			st = rp_parser_append(p, &p->m->fields, f, sizeof(*f));
	}
	if (st != RP_OK)
		return st;
	all =
	    RP_MAPPING_ITEMS(p->m->fields, struct rp_mapping_field) + r->fields;
	r->n_fields = RP_MAPPING_COUNT(p->m->fields, *f) - r->fields;
	for (size_t i = 0; st == RP_OK && i < r->n_fields; i++)
		st = settle_field(p, r, &all[i]);
	if (st != RP_OK)
		return st;
	r->own_flags = find_field(all, r->n_fields, "flags", 5) != NULL;
	if (find_field(all, r->n_fields, "ts_recv", 7) != NULL)
		return RP_OK;
	/* what was not received is dated by the venue */
	if ((event = find_field(all, r->n_fields, "ts_event", 8)) == NULL)
		return rp_parser_fail(p, r->line,
		    "record %.*s has neither ts_recv nor ts_event", r->t->name,
		    strlen(r->t->name));
	struct rp_mapping_field recv = *event;
	recv.name = (struct rp_cell){ "ts_recv", 7 };
	recv.kind = RP_KIND_TS_RECV;
	r->recv_inferred = true;
	r->n_fields++;
	return rp_parser_append(p, &p->m->fields, &recv, sizeof(recv));
}

static enum rp_status
settle(struct rp_parser *p)
{
	struct rp_mapping *m = p->m;
	struct rp_mapping_record *r =
	    RP_MAPPING_ITEMS(m->records, struct rp_mapping_record);
	size_t n = RP_MAPPING_COUNT(m->records, *r);
	const struct rp_mapping_field *f =
	    RP_MAPPING_ITEMS(p->fields, struct rp_mapping_field);
	size_t at = p->n_common;
	enum rp_status st = RP_OK;

	if (n == 0)
		return rp_error_set(
		    p->err, RP_ERR_USAGE, "%s: it has no record", p->lx.name);
	if (n > 1 && n * p->n_common > RP_MAPPING_MAX_FIELDS)
		return rp_error_set(p->err, RP_ERR_USAGE,
		    "%s: too many records and fields", p->lx.name);
	for (size_t i = 0, own; st == RP_OK && i < n; i++, at += own) {
		own = r[i].n_fields;
		st = settle_record(p, &r[i], f, f + at);
	}
	return st;
}

/* No array is a null pointer, to which nothing may be added. */
static enum rp_status
reserve_arrays(struct rp_parser *p)
{
	struct rp_mapping *m = p->m;
	struct rp_buffer *const arrays[] = { &m->columns, &m->inner, &m->values,
		&m->words, &m->tests, &m->skips, &m->fields, &m->records,
		&p->fields };

	for (size_t i = 0; i < RP_LEN(arrays); i++)
		if (rp_buffer_reserve(arrays[i], 64) != RP_OK)
			return rp_parser_no_memory(p);
	return RP_OK;
}

static enum rp_status
parse(struct rp_mapping *m, struct rp_error *err)
{
	struct rp_parser p = { .m = m, .err = err };
	enum rp_status st;

	m->delimiter = ',';
	m->point = '.';
	m->header = m->quotes = true;
	p.lx = (struct rp_lexer){ .name = m->name,
		.at = (char *)m->text.data,
		.end = (char *)m->text.data + m->text.len,
		.line = 1 };
	if ((st = reserve_arrays(&p)) == RP_OK &&
	    (st = rp_parser_statements(&p)) == RP_OK)
		st = settle(&p);
	rp_buffer_free(&p.fields);
	return st;
}

enum rp_status
rp_mapping_parse(struct rp_mapping *m, const char *name, const char *text,
    size_t len, struct rp_error *err)
{
	*m = (struct rp_mapping){ .name = name };
	if (rp_buffer_add(&m->text, text, len) != RP_OK)
		return rp_error_no_memory(err);
	return parse(m, err);
}

enum rp_status
rp_mapping_read(struct rp_mapping *m, const char *path, struct rp_error *err)
{
	enum rp_status st;

	*m = (struct rp_mapping){ .name = path };
	st = rp_file_read(path, RP_MAX_MAPPING, &m->text, err);
	return st == RP_OK ? parse(m, err) : st;
}

void
rp_mapping_free(struct rp_mapping *m)
{
	rp_buffer_free(&m->text);
	rp_buffer_free(&m->columns);
	rp_buffer_free(&m->inner);
	rp_buffer_free(&m->values);
	rp_buffer_free(&m->words);
	rp_buffer_free(&m->tests);
	rp_buffer_free(&m->skips);
	rp_buffer_free(&m->fields);
	rp_buffer_free(&m->records);
}
