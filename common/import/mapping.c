/* A mapping file to struct rp_mapping. */
#include "import/mapping.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "import/mapping_lex.h"

/* Fields that a mapping assigns, those that are common once for a record. */
#define MAX_FIELDS 4096

struct parser {
	struct rp_mapping *m;
	struct rp_lexer lx;
	struct rp_error *err;
	struct rp_buffer fields; /* in the order of the file */
	size_t n_common; /* of them, before the first record */
	bool table; /* a column that is no JSON pointer was named */
	bool has_zone; /* of the tz database */
	char zone[64];
};

static enum rp_status
fail_at(struct parser *p, unsigned line, const char *fmt, const char *what,
    size_t len)
{
	char why[200];

	snprintf(why, sizeof(why), fmt, len < 60 ? (int)len : 60, what);
	return rp_error_set(
	    p->err, RP_ERR_USAGE, "%s:%u: %s", p->lx.name, line, why);
}

/* fmt has one %.*s, for the token at hand. */
static enum rp_status
fail(struct parser *p, const char *fmt)
{
	const struct rp_token *t = &p->lx.token;

	if (t->kind == RP_TOKEN_NEWLINE || t->kind == RP_TOKEN_END)
		return fail_at(p, p->lx.line, fmt, "the end of the line", 19);
	return fail_at(p, p->lx.line, fmt, t->text.text, t->text.len);
}

static enum rp_status
no_memory(struct parser *p)
{
	return rp_error_set(p->err, RP_ERR_NOMEM, "out of memory");
}

static enum rp_status
next(struct parser *p)
{
	return rp_lexer_next(&p->lx, p->err);
}

static bool
at_end(const struct parser *p)
{
	return p->lx.token.kind == RP_TOKEN_NEWLINE ||
	    p->lx.token.kind == RP_TOKEN_END;
}

/* A word or a constant. */
static bool
at_value(const struct parser *p)
{
	return p->lx.token.kind == RP_TOKEN_WORD ||
	    p->lx.token.kind == RP_TOKEN_QUOTED;
}

static enum rp_status
append(struct parser *p, struct rp_buffer *b, const void *item, size_t size)
{
	return rp_buffer_add(b, item, size) == RP_OK ? RP_OK : no_memory(p);
}

/* ---- columns and values ---- */

/* The number of a column, which is new or was named before. */
static enum rp_status
number_column(struct parser *p, struct rp_buffer *columns, struct rp_cell name,
    uint32_t *n)
{
	const struct rp_cell *c = RP_MAPPING_ITEMS(*columns, struct rp_cell);
	size_t count = RP_MAPPING_COUNT(*columns, struct rp_cell);

	for (*n = 0; *n < count; ++*n)
		if (c[*n].len == name.len &&
		    memcmp(c[*n].text, name.text, name.len) == 0)
			return RP_OK;
	return append(p, columns, &name, sizeof(name));
}

/* $3: a column by its number, from 1. */
static bool
is_number(const struct rp_cell *c)
{
	size_t i = 1;

	if (c->len < 2 || c->len > 6 || c->text[0] != '$' || c->text[1] == '0')
		return false;
	while (i < c->len && c->text[i] >= '0' && c->text[i] <= '9')
		i++;
	return i == c->len;
}

/* The token at hand as a column. */
static enum rp_status
read_column(struct parser *p, struct rp_mapping_term *term)
{
	const struct rp_token *t = &p->lx.token;
	struct rp_mapping *m = p->m;
	bool pointer = t->text.len > 0 && t->text.text[0] == '/';

	if ((t->kind != RP_TOKEN_WORD && t->kind != RP_TOKEN_COLUMN) ||
	    t->text.len == 0)
		return fail(p, "a column is expected, not '%.*s'");
	if (t->kind == RP_TOKEN_WORD && t->text.text[0] == '$' &&
	    !is_number(&t->text))
		return fail(p, "'%.*s' is no number of a column");
	*term = (struct rp_mapping_term){ .inner = rp_cell_is(&t->text, ".") ||
		    (t->text.len > 1 && memcmp(t->text.text, "./", 2) == 0) };
	if (pointer || term->inner)
		m->json = true;
	else
		p->table = true;
	if (m->json && p->table)
		return fail(p,
		    "JSON pointers and columns of a table do not mix: '%.*s'");
	return number_column(
	    p, term->inner ? &m->inner : &m->columns, t->text, &term->column);
}

static enum rp_status
add_value(struct parser *p, size_t *n)
{
	struct rp_cell value = p->lx.token.text;

	if (!at_value(p))
		return fail(p, "a value is expected, not '%.*s'");
	++*n;
	return append(p, &p->m->values, &value, sizeof(value));
}

/* VALUE, ...: where they begin among all, and how many. */
static enum rp_status
read_values(struct parser *p, size_t *first, size_t *n)
{
	enum rp_status st;

	*first = RP_MAPPING_COUNT(p->m->values, struct rp_cell);
	*n = 0;
	for (;;) {
		if ((st = add_value(p, n)) != RP_OK || (st = next(p)) != RP_OK)
			return st;
		if (!rp_token_is(&p->lx.token, ","))
			return RP_OK;
		if ((st = next(p)) != RP_OK)
			return st;
	}
}

/* COLUMN = VALUE, ... and COLUMN != VALUE, ... */
static enum rp_status
read_tests(struct parser *p, struct rp_mapping_when *when)
{
	enum rp_status st;

	when->tests = RP_MAPPING_COUNT(p->m->tests, struct rp_mapping_test);
	for (;;) {
		struct rp_mapping_test test = { 0 };

		if ((st = read_column(p, &test.term)) != RP_OK ||
		    (st = next(p)) != RP_OK)
			return st;
		test.unequal = rp_token_is(&p->lx.token, "!=");
		if (!test.unequal && !rp_token_is(&p->lx.token, "="))
			return fail(p, "= or != is expected, not '%.*s'");
		if ((st = next(p)) != RP_OK ||
		    (st = read_values(p, &test.values, &test.n_values)) !=
			RP_OK ||
		    (st = append(p, &p->m->tests, &test, sizeof(test))) !=
			RP_OK)
			return st;
		when->n_tests++;
		if (!rp_token_is_word(&p->lx.token, "and"))
			return RP_OK;
		if ((st = next(p)) != RP_OK)
			return st;
	}
}

/* ---- assignments ---- */

/* A process has one zone of the tz database. */
static enum rp_status
open_zone(struct parser *p, struct rp_cell name, struct rp_zone *zone)
{
	struct rp_error err = { 0 };
	char text[64];

	if (name.len == 0 || name.len >= sizeof(text))
		return fail_at(p, p->lx.line, "'%.*s' is no time zone",
		    name.text, name.len);
	memcpy(text, name.text, name.len);
	text[name.len] = '\0';
	if (rp_zone_open(zone, text, &err) != RP_OK)
		return rp_error_set(p->err, RP_ERR_USAGE, "%s:%u: %s",
		    p->lx.name, p->lx.line, err.text);
	if (!zone->database)
		return RP_OK;
	if (p->has_zone && strcmp(p->zone, text) != 0)
		return fail_at(p, p->lx.line,
		    "'%.*s' is a second zone: use one, and offsets (+01:00)",
		    name.text, name.len);
	p->has_zone = true;
	memcpy(p->zone, text, name.len + 1);
	return RP_OK;
}

static enum rp_status
read_scale(struct parser *p, struct rp_mapping_field *f)
{
	const struct rp_cell *t = &p->lx.token.text;

	f->scaled = true;
	if (p->lx.token.kind != RP_TOKEN_WORD ||
	    rp_decimal_parse(t->text, t->len, &f->scale) != RP_OK)
		return fail(p, "* is followed by a number, not '%.*s'");
	return RP_OK;
}

static enum rp_status
read_time_form(struct parser *p, struct rp_mapping_field *f)
{
	static const struct {
		const char *name;
		int64_t unit;
	} units[] = { { "s", RP_SECOND }, { "ms", 1000000 }, { "us", 1000 },
		{ "ns", 1 } };
	const struct rp_token *t = &p->lx.token;

	if (t->kind == RP_TOKEN_QUOTED) {
		f->time = RP_MAPPING_TIME_PATTERN;
		f->pattern = t->text;
		return rp_mapping_pattern_fault(&t->text) == NULL
		    ? RP_OK
		    : fail_at(p, p->lx.line, "%.*s",
			  rp_mapping_pattern_fault(&t->text), 60);
	}
	if (rp_token_is_word(t, "iso"))
		return RP_OK;
	f->time = RP_MAPPING_TIME_EPOCH;
	for (size_t i = 0; i < RP_LEN(units); i++)
		if (rp_token_is_word(t, units[i].name))
			f->unit = units[i].unit;
	return f->unit != 0
	    ? RP_OK
	    : fail(p,
		  "as is followed by s, ms, us, ns, iso or a \"pattern\", "
		  "not '%.*s'");
}

static enum rp_status
read_shift(struct parser *p, struct rp_mapping_field *f, bool minus)
{
	const struct rp_cell *t = &p->lx.token.text;

	if (p->lx.token.kind != RP_TOKEN_WORD ||
	    rp_span_parse(t->text, t->len, &f->shift) != RP_OK)
		return fail(p,
		    "a span such as 1m or 250us is expected, not "
		    "'%.*s'");
	if (minus)
		f->shift = -f->shift;
	return RP_OK;
}

static enum rp_status
skip_newlines(struct parser *p)
{
	enum rp_status st = RP_OK;

	while (st == RP_OK && p->lx.token.kind == RP_TOKEN_NEWLINE)
		st = next(p);
	return st;
}

/* A side of a pair: *any is set for the asterisk. */
static enum rp_status
read_side(struct parser *p, struct rp_cell *cell)
{
	*cell = (struct rp_cell){ 0 };
	if (rp_token_is(&p->lx.token, "*"))
		return next(p);
	if (!at_value(p))
		return fail(p, "a value or * is expected, not '%.*s'");
	*cell = p->lx.token.text;
	return next(p);
}

/* { FROM: TO, ... }, over several lines if that is nicer. */
static enum rp_status
read_words(struct parser *p, struct rp_mapping_field *f)
{
	struct rp_mapping_word w;
	enum rp_status st;

	f->worded = true;
	f->words = RP_MAPPING_COUNT(p->m->words, w);
	while ((st = skip_newlines(p)) == RP_OK &&
	    !rp_token_is(&p->lx.token, "}")) {
		if ((st = read_side(p, &w.from)) != RP_OK)
			return st;
		if (!rp_token_is(&p->lx.token, ":"))
			return fail(p, "a colon is expected, not '%.*s'");
		if ((st = next(p)) != RP_OK ||
		    (st = read_side(p, &w.to)) != RP_OK ||
		    (st = append(p, &p->m->words, &w, sizeof(w))) != RP_OK ||
		    (st = skip_newlines(p)) != RP_OK)
			return st;
		f->n_words++;
		if (rp_token_is(&p->lx.token, ","))
			st = next(p);
		else if (!rp_token_is(&p->lx.token, "}"))
			return fail(p, "a comma or } is expected, not '%.*s'");
		if (st != RP_OK)
			return st;
	}
	return st;
}

/* What may follow the terms of an assignment, each once; the token behind its
 * word is at hand. */
static enum rp_status
read_modifier(
    struct parser *p, struct rp_mapping_field *f, const struct rp_token *word)
{
	bool minus = rp_token_is_word(word, "minus");

	if (rp_token_is(word, "*") && !f->scaled)
		return read_scale(p, f);
	if (rp_token_is(word, "{") && !f->worded)
		return read_words(p, f);
	if (rp_token_is_word(word, "as") && f->time == 0 && f->unit == 0)
		return read_time_form(p, f);
	if (rp_token_is_word(word, "in") && at_value(p))
		return open_zone(p, p->lx.token.text, &f->zone);
	if ((minus || rp_token_is_word(word, "plus")) && f->shift == 0)
		return read_shift(p, f, minus);
	if (rp_token_is_word(word, "default") && !f->has_fallback) {
		f->has_fallback = true;
		f->fallback = p->lx.token.text;
		return at_value(p) ? RP_OK
				   : fail(p,
					 "a value is expected, not "
					 "'%.*s'");
	}
	return fail_at(p, p->lx.line, "'%.*s' does not belong here",
	    word->text.text, word->text.len);
}

/* TERM + ..., the first of them at hand. */
static enum rp_status
read_terms(struct parser *p, struct rp_mapping_field *f)
{
	struct rp_mapping_term *t;
	enum rp_status st;

	for (;;) {
		if (f->n_terms == RP_MAPPING_MAX_TERMS)
			return fail(p, "too many texts to join: '%.*s'");
		t = &f->terms[f->n_terms++];
		if (p->lx.token.kind == RP_TOKEN_QUOTED)
			t->constant = p->lx.token.text;
		else if ((st = read_column(p, t)) != RP_OK)
			return st;
		if ((st = next(p)) != RP_OK || !rp_token_is(&p->lx.token, "+"))
			return st;
		if ((st = next(p)) != RP_OK)
			return st;
	}
}

/* FIELD = ..., behind the sign. */
static enum rp_status
read_assignment(struct parser *p, struct rp_cell name)
{
	struct rp_mapping_field f = {
		.name = name, .line = p->lx.line, .zone = p->m->zone
	};
	const size_t n_records =
	    RP_MAPPING_COUNT(p->m->records, struct rp_mapping_record);
	struct rp_token word;
	enum rp_status st;

	if (p->fields.len / sizeof(f) == MAX_FIELDS)
		return fail_at(
		    p, f.line, "too many fields: '%.*s'", name.text, name.len);
	if ((st = next(p)) != RP_OK || (st = read_terms(p, &f)) != RP_OK)
		return st;
	while (!at_end(p)) {
		word = p->lx.token;
		if ((st = next(p)) != RP_OK ||
		    (st = read_modifier(p, &f, &word)) != RP_OK ||
		    (st = next(p)) != RP_OK)
			return st;
	}
	if (n_records == 0)
		p->n_common++;
	else
		RP_MAPPING_ITEMS(p->m->records, struct rp_mapping_record)
	[n_records - 1].n_fields++;
	return append(p, &p->fields, &f, sizeof(f));
}

/* ---- directives ---- */

/* record TYPE [each POINTER] [when TESTS] */
static enum rp_status
read_record(struct parser *p)
{
	struct rp_mapping_record r = { .line = p->lx.line };
	const struct rp_cell *name = &p->lx.token.text;
	struct rp_mapping_term term;
	enum rp_status st;

	if (p->lx.token.kind != RP_TOKEN_WORD ||
	    !rp_type_by_name(name->text, name->len, &r.type) ||
	    (r.t = rp_type_by_id(r.type)) == NULL)
		return fail(p, "'%.*s' is no record type (rp-types(5))");
	if ((st = next(p)) != RP_OK)
		return st;
	if (rp_token_is_word(&p->lx.token, "each")) {
		if ((st = next(p)) != RP_OK ||
		    (st = read_column(p, &term)) != RP_OK)
			return st;
		if (!p->m->json || term.inner)
			return fail(p,
			    "each is followed by a JSON pointer, "
			    "not '%.*s'");
		r.has_each = true;
		r.each = term.column;
		if ((st = next(p)) != RP_OK)
			return st;
	}
	if (rp_token_is_word(&p->lx.token, "when") &&
	    ((st = next(p)) != RP_OK || (st = read_tests(p, &r.when)) != RP_OK))
		return st;
	return append(p, &p->m->records, &r, sizeof(r));
}

static enum rp_status
read_skip(struct parser *p)
{
	struct rp_mapping_when when = { 0 };
	enum rp_status st = read_tests(p, &when);

	for (size_t i = 0; st == RP_OK && i < when.n_tests; i++)
		if (RP_MAPPING_ITEMS(
			p->m->tests, struct rp_mapping_test)[when.tests + i]
			.term.inner)
			return fail(p, "skip looks at rows, not at elements");
	return st == RP_OK ? append(p, &p->m->skips, &when, sizeof(when)) : st;
}

static enum rp_status
read_choice(
    struct parser *p, const char *const *choices, size_t n, size_t *value)
{
	for (size_t i = 0; i < n; i++)
		if (rp_token_is_word(&p->lx.token, choices[i])) {
			*value = i;
			return next(p);
		}
	return fail(p, "'%.*s' is none of the values that this can have");
}

static enum rp_status
read_skip_lines(struct parser *p)
{
	const struct rp_cell *t = &p->lx.token.text;

	if (p->lx.token.kind != RP_TOKEN_WORD ||
	    rp_u64_parse(t->text, t->len, &p->m->skip_lines) != RP_OK)
		return fail(p, "a number of lines is expected, not '%.*s'");
	return next(p);
}

/* A directive whose value is a sign, as it stands: delimiter ; */
static enum rp_status
read_sign(struct parser *p, char *sign)
{
	const struct rp_cell rest = rp_lexer_rest(&p->lx);

	if (rp_cell_is(&rest, "tab"))
		*sign = '\t';
	else if (rp_cell_is(&rest, "blank"))
		*sign = ' ';
	else if (rest.len == 1 && rest.text[0] != '"' &&
	    (unsigned char)rest.text[0] < 0x80)
		*sign = rest.text[0];
	else
		return fail_at(p, p->lx.line,
		    "one character, tab or blank is expected, not '%.*s'",
		    rest.text, rest.len);
	return next(p);
}

static enum rp_status
read_zone(struct parser *p)
{
	enum rp_status st = open_zone(p, rp_lexer_rest(&p->lx), &p->m->zone);

	return st == RP_OK ? next(p) : st;
}

/* A directive whose value is the rest of its line, as it stands; *known: it is
 * one of these. */
static enum rp_status
read_line(struct parser *p, const struct rp_token *word, bool *known)
{
	struct rp_mapping *m = p->m;

	*known = true;
	if (rp_token_is_word(word, "delimiter"))
		return read_sign(p, &m->delimiter);
	if (rp_token_is_word(word, "comment"))
		return read_sign(p, &m->comment);
	if (rp_token_is_word(word, "decimal"))
		return read_sign(p, &m->point);
	if (rp_token_is_word(word, "thousands"))
		return read_sign(p, &m->thousands);
	if (rp_token_is_word(word, "zone"))
		return read_zone(p);
	*known = false;
	return RP_OK;
}

/* Any other; what follows its word is at hand. */
static enum rp_status
read_directive(struct parser *p, const struct rp_token *word)
{
	static const char *const truths[] = { "no", "yes" };
	static const char *const events[] = { "row", "time", "none" };
	struct rp_mapping *m = p->m;
	enum rp_status st;
	size_t value = 0;

	if (rp_token_is_word(word, "record"))
		return read_record(p);
	if (rp_token_is_word(word, "skip"))
		return read_skip(p);
	if (rp_token_is_word(word, "skip-lines"))
		return read_skip_lines(p);
	if (rp_token_is_word(word, "null"))
		return read_values(p, &m->nulls, &m->n_nulls);
	if (rp_token_is_word(word, "header")) {
		st = read_choice(p, truths, RP_LEN(truths), &value);
		m->header = value != 0;
	} else if (rp_token_is_word(word, "quotes")) {
		st = read_choice(p, truths, RP_LEN(truths), &value);
		m->quotes = value != 0;
	} else if (rp_token_is_word(word, "event")) {
		st = read_choice(p, events, RP_LEN(events), &value);
		m->event = (enum rp_mapping_event)value;
	} else {
		st = fail_at(p, p->lx.line,
		    "'%.*s' is neither a directive nor followed by =",
		    word->text.text, word->text.len);
	}
	return st;
}

static enum rp_status
read_statement(struct parser *p)
{
	const struct rp_token word = p->lx.token;
	enum rp_status st;
	bool known;

	if (word.kind != RP_TOKEN_WORD)
		return fail(
		    p, "a field or a directive is expected, not '%.*s'");
	if ((st = read_line(p, &word, &known)) != RP_OK)
		return st;
	if (!known && (st = next(p)) == RP_OK)
		st = rp_token_is(&p->lx.token, "=")
		    ? read_assignment(p, word.text)
		    : read_directive(p, &word);
	if (st == RP_OK && !at_end(p))
		st = fail(p, "'%.*s' does not belong here");
	return st;
}

/* ---- all of it ---- */

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

/* A field of a record: its kind, which must suit what it was told. */
static enum rp_status
settle_field(struct parser *p, const struct rp_mapping_record *r,
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
	if (f->scaled && !is_decimal(f->kind))
		return fail_at(p, f->line,
		    "%.*s is no price or size, and cannot be scaled",
		    f->name.text, f->name.len);
	if (timed && !is_time(f->kind))
		return fail_at(p, f->line,
		    "%.*s is no time: as, plus and minus do not belong here",
		    f->name.text, f->name.len);
	if (!r->has_each)
		for (size_t i = 0; i < f->n_terms; i++)
			if (f->terms[i].inner)
				return fail_at(p, f->line,
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
settle_record(struct parser *p, struct rp_mapping_record *r,
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
			st = append(p, &p->m->fields, f, sizeof(*f));
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
		return fail_at(p, r->line,
		    "record %.*s has neither ts_recv nor ts_event", r->t->name,
		    strlen(r->t->name));
	struct rp_mapping_field recv = *event;
	recv.name = (struct rp_cell){ "ts_recv", 7 };
	recv.kind = RP_KIND_TS_RECV;
	r->recv_inferred = true;
	r->n_fields++;
	return append(p, &p->m->fields, &recv, sizeof(recv));
}

static enum rp_status
settle(struct parser *p)
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
	if (n > 1 && n * p->n_common > MAX_FIELDS)
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
reserve_arrays(struct parser *p)
{
	struct rp_mapping *m = p->m;
	struct rp_buffer *const arrays[] = { &m->columns, &m->inner,
		&m->values, &m->words, &m->tests, &m->skips, &m->fields,
		&m->records, &p->fields };

	for (size_t i = 0; i < RP_LEN(arrays); i++)
		if (rp_buffer_reserve(arrays[i], 64) != RP_OK)
			return no_memory(p);
	return RP_OK;
}

static enum rp_status
parse(struct rp_mapping *m, struct rp_error *err)
{
	struct parser p = { .m = m, .err = err };
	enum rp_status st;

	m->delimiter = ',';
	m->point = '.';
	m->header = m->quotes = true;
	p.lx = (struct rp_lexer){ .name = m->name,
		.at = (char *)m->text.data,
		.end = (char *)m->text.data + m->text.len,
		.line = 1 };
	if ((st = reserve_arrays(&p)) == RP_OK)
		st = next(&p);
	while (st == RP_OK && (st = skip_newlines(&p)) == RP_OK &&
	    p.lx.token.kind != RP_TOKEN_END)
		st = read_statement(&p);
	if (st == RP_OK)
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
		return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
	return parse(m, err);
}

static enum rp_status
read_file(struct rp_mapping *m, const char *path, struct rp_error *err)
{
	enum rp_status st = RP_OK;
	ssize_t n = 1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return rp_error_errno(err, "%s", path);
	while (st == RP_OK && n != 0 && m->text.len <= RP_MAX_MAPPING) {
		st = rp_buffer_reserve(&m->text, m->text.len + 4096);
		if (st == RP_OK &&
		    (n = read(fd, m->text.data + m->text.len, 4096)) < 0)
			st = rp_error_errno(err, "%s", path);
		if (st == RP_OK)
			m->text.len += (size_t)n;
	}
	close(fd);
	if (st == RP_OK && n != 0)
		st = rp_error_set(err, RP_ERR_LIMIT,
		    "%s: a mapping is at most %d bytes long", path,
		    RP_MAX_MAPPING);
	return st;
}

enum rp_status
rp_mapping_read(struct rp_mapping *m, const char *path, struct rp_error *err)
{
	enum rp_status st;

	*m = (struct rp_mapping){ .name = path };
	if ((st = read_file(m, path, err)) != RP_OK)
		return rp_error_set(err, st, "%s: out of memory", path);
	return parse(m, err);
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
