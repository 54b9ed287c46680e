/* Values of a row to the texts of fields. */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "import/mapping.h"
#include "import/mapping_time.h"

/* Bytes that a converted number or time may take. */
#define ROOM 128

/* "FIELD: 'TEXT' why" */
static enum rp_status
bad(const struct rp_mapping_field *f, const struct rp_cell *text,
    enum rp_status st, const char *why, struct rp_error *err)
{
	return rp_error_set(err, st, "%.*s: '%.*s' %s", (int)f->name.len,
	    f->name.text, text->len < 60 ? (int)text->len : 60, text->text,
	    why);
}

static struct rp_cell
term_text(const struct rp_mapping_term *t, const struct rp_mapping_row *row)
{
	if (t->constant.text != NULL)
		return t->constant;
	return t->inner ? row->inner[t->column] : row->columns[t->column];
}

/* An empty cell, or one that stands for nothing. */
static bool
is_null(const struct rp_mapping *m, const struct rp_cell *text)
{
	const struct rp_cell *nulls =
	    RP_MAPPING_ITEMS(m->values, struct rp_cell) + m->nulls;

	if (text->text == NULL || text->len == 0)
		return true;
	for (size_t i = 0; i < m->n_nulls; i++)
		if (nulls[i].len == text->len &&
		    memcmp(nulls[i].text, text->text, text->len) == 0)
			return true;
	return false;
}

size_t
rp_mapping_room(
    const struct rp_mapping_field *f, const struct rp_mapping_row *row)
{
	size_t len = f->longest;

	for (size_t i = 0; i < f->n_terms; i++)
		len += term_text(&f->terms[i], row).len;
	/* as joined, once more in the way of the C locale, and the result */
	return 2 * len + ROOM;
}

static bool
same(const struct rp_cell *a, const struct rp_cell *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

bool
rp_mapping_holds(const struct rp_mapping *m, const struct rp_mapping_when *when,
    const struct rp_mapping_row *row)
{
	const struct rp_mapping_test *t =
	    RP_MAPPING_ITEMS(m->tests, struct rp_mapping_test) + when->tests;
	const struct rp_cell *values =
	    RP_MAPPING_ITEMS(m->values, struct rp_cell);
	static const struct rp_cell nothing = { "", 0 };

	for (size_t i = 0; i < when->n_tests; i++, t++) {
		struct rp_cell text;
		bool found = false;

		if (t->term.inner && row->inner == NULL)
			continue;
		text = term_text(&t->term, row);
		if (text.text == NULL)
			text = nothing;
		for (size_t j = 0; j < t->n_values && !found; j++)
			found = same(&text, &values[t->values + j]);
		if (found == t->unequal)
			return false;
	}
	return true;
}

/* What the scratch holds from at on, which ends at to. */
static struct rp_cell
keep(struct rp_buffer *scratch, const char *at, const char *to)
{
	scratch->len = (size_t)(to - (const char *)scratch->data);
	return (struct rp_cell){ at, (size_t)(to - at) };
}

/* The terms as one text; text NULL if any says nothing. */
static struct rp_cell
join(const struct rp_mapping *m, const struct rp_mapping_field *f,
    const struct rp_mapping_row *row, struct rp_buffer *scratch)
{
	char *start = (char *)scratch->data + scratch->len, *to = start;
	struct rp_cell text = term_text(&f->terms[0], row);

	if (f->n_terms == 1)
		return text;
	for (size_t i = 0; i < f->n_terms; i++) {
		text = term_text(&f->terms[i], row);
		if (f->terms[i].constant.text == NULL && is_null(m, &text))
			return (struct rp_cell){ 0 };
		memcpy(to, text.text, text.len);
		to += text.len;
	}
	return keep(scratch, start, to);
}

static enum rp_status
translate(const struct rp_mapping *m, const struct rp_mapping_field *f,
    struct rp_cell *text, struct rp_error *err)
{
	const struct rp_mapping_word *w =
	    RP_MAPPING_ITEMS(m->words, struct rp_mapping_word) + f->words;

	for (size_t i = 0; i < f->n_words; i++)
		if (w[i].from.text == NULL || same(&w[i].from, text)) {
			if (w[i].to.text != NULL)
				*text = w[i].to;
			return RP_OK;
		}
	return bad(f, text, RP_ERR_USAGE, "has no entry in the mapping", err);
}

/* A number in the way of the C locale. */
static void
plain_number(
    const struct rp_mapping *m, struct rp_cell *text, struct rp_buffer *scratch)
{
	char *start = (char *)scratch->data + scratch->len, *to = start;

	for (size_t i = 0; i < text->len; i++) {
		char c = text->text[i];

		/* a point that is not the decimal one stays, to be refused */
		if (c == m->thousands && m->thousands != 0)
			continue;
		*to++ = c == m->point ? '.' : c == '.' ? ',' : c;
	}
	*text = keep(scratch, start, to);
}

static enum rp_status
rescale(const struct rp_mapping_field *f, struct rp_cell *text,
    struct rp_buffer *scratch, struct rp_error *err)
{
	char *start = (char *)scratch->data + scratch->len;
	enum rp_status st;
	rp_wide v;
	int exp;

	if ((st = rp_wide_parse(text->text, text->len, &v, &exp)) != RP_OK)
		return bad(f, text, st,
		    st == RP_ERR_LIMIT ? "has too many digits"
				       : "is not a number",
		    err);
	exp += f->scale.exp;
	if (__builtin_mul_overflow(v, f->scale.mantissa, &v) || exp < -36 ||
	    exp > 36)
		return bad(f, text, RP_ERR_LIMIT,
		    "has too many digits once it is scaled", err);
	*text = keep(scratch, start,
	    start + rp_wide_format(start, v, exp, RP_DIGITS_KEEP));
	return RP_OK;
}

static enum rp_status
read_time(struct rp_mapping_field *f, struct rp_cell *text,
    struct rp_buffer *scratch, struct rp_error *err)
{
	char *start = (char *)scratch->data + scratch->len;
	enum rp_status st;
	int64_t ns = 0;

	st = rp_mapping_time(f, text, &ns);
	if (st == RP_OK &&
	    (__builtin_add_overflow(ns, f->shift, &ns) || ns == RP_ABSENT))
		st = RP_ERR_LIMIT;
	if (st != RP_OK)
		return bad(f, text, st,
		    st == RP_ERR_LIMIT ? "is out of the range of times, or "
					 "finer than a nanosecond"
				       : "is not a time of that form",
		    err);
	*text = keep(scratch, start, start + rp_i64_format(start, ns));
	return RP_OK;
}

static bool
is_utf8(const struct rp_cell *text)
{
	uint32_t code;
	size_t n = 1;

	for (size_t i = 0; i < text->len && n > 0; i += n)
		n = rp_utf8_decode(text->text + i, text->len - i, &code);
	return n > 0;
}

enum rp_status
rp_mapping_text(const struct rp_mapping *m, struct rp_mapping_field *f,
    const struct rp_mapping_row *row, struct rp_buffer *scratch,
    struct rp_cell *text, struct rp_error *err)
{
	enum rp_status st = RP_OK;

	*text = join(m, f, row, scratch);
	if (is_null(m, text) && f->has_fallback)
		*text = f->fallback;
	else if (f->worded && text->text != NULL)
		st = translate(m, f, text, err);
	if (st != RP_OK || is_null(m, text)) {
		*text = (struct rp_cell){ 0 };
		return st;
	}
	switch (f->kind) {
	case RP_KIND_TS_RECV:
	case RP_KIND_TIME:
		return read_time(f, text, scratch, err);
	case RP_KIND_PRICE:
	case RP_KIND_SIZE:
	case RP_KIND_TURNOVER:
	case RP_KIND_LEVEL_PX:
	case RP_KIND_LEVEL_SZ:
		if (m->point != '.' || m->thousands != 0)
			plain_number(m, text, scratch);
		return f->scaled ? rescale(f, text, scratch, err) : RP_OK;
	case RP_KIND_CHARS:
		return is_utf8(text)
		    ? RP_OK
		    : bad(f, text, RP_ERR_USAGE, "is not UTF-8", err);
	default:
		return RP_OK;
	}
}
