/* The statements of a mapping file. */
#include "import/mapping_parse.h"

#include <stdio.h>
#include <string.h>

enum rp_status
rp_parser_fail(struct rp_parser *p, unsigned line, const char *fmt,
    const char *what, size_t len)
{
	char why[200];

	snprintf(why, sizeof(why), fmt, len < 60 ? (int)len : 60, what);
	return rp_error_set(
	    p->err, RP_ERR_USAGE, "%s:%u: %s", p->lx.name, line, why);
}

/* fmt has one %.*s, for the token at hand. */
static enum rp_status
fail(struct rp_parser *p, const char *fmt)
{
	const struct rp_token *t = &p->lx.token;

	if (t->kind == RP_TOKEN_NEWLINE || t->kind == RP_TOKEN_END)
		return rp_parser_fail(
		    p, p->lx.line, fmt, "the end of the line", 19);
	return rp_parser_fail(p, p->lx.line, fmt, t->text.text, t->text.len);
}

enum rp_status
rp_parser_no_memory(struct rp_parser *p)
{
	return rp_error_no_memory(p->err);
}

static enum rp_status
next(struct rp_parser *p)
{
	return rp_lexer_next(&p->lx, p->err);
}

static bool
at_end(const struct rp_parser *p)
{
	return p->lx.token.kind == RP_TOKEN_NEWLINE ||
	    p->lx.token.kind == RP_TOKEN_END;
}

/* A word or a constant. */
static bool
at_value(const struct rp_parser *p)
{
	return p->lx.token.kind == RP_TOKEN_WORD ||
	    p->lx.token.kind == RP_TOKEN_QUOTED;
}

enum rp_status
rp_parser_append(
    struct rp_parser *p, struct rp_buffer *b, const void *item, size_t size)
{
	return rp_buffer_add(b, item, size) == RP_OK ? RP_OK
						     : rp_parser_no_memory(p);
}

/* ---- columns and values ---- */

/* The number of a column, which is new or was named before. */
static enum rp_status
number_column(struct rp_parser *p, struct rp_buffer *columns,
    struct rp_cell name, uint32_t *n)
{
	const struct rp_cell *c = RP_MAPPING_ITEMS(*columns, struct rp_cell);
	size_t count = RP_MAPPING_COUNT(*columns, struct rp_cell);

	for (*n = 0; *n < count; ++*n)
		if (c[*n].len == name.len &&
		    memcmp(c[*n].text, name.text, name.len) == 0)
			return RP_OK;
	return rp_parser_append(p, columns, &name, sizeof(name));
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
read_column(struct rp_parser *p, struct rp_mapping_term *term)
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
add_value(struct rp_parser *p, size_t *n)
{
	struct rp_cell value = p->lx.token.text;

	if (!at_value(p))
		return fail(p, "a value is expected, not '%.*s'");
	++*n;
	return rp_parser_append(p, &p->m->values, &value, sizeof(value));
}

/* VALUE, ...: where they begin among all, and how many. */
static enum rp_status
read_values(struct rp_parser *p, size_t *first, size_t *n)
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
read_tests(struct rp_parser *p, struct rp_mapping_when *when)
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
		    (st = rp_parser_append(
			 p, &p->m->tests, &test, sizeof(test))) != RP_OK)
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
open_zone(struct rp_parser *p, struct rp_cell name, struct rp_zone *zone)
{
	struct rp_error err = { 0 };
	char text[64];

	if (name.len == 0 || name.len >= sizeof(text))
		return rp_parser_fail(p, p->lx.line, "'%.*s' is no time zone",
		    name.text, name.len);
	memcpy(text, name.text, name.len);
	text[name.len] = '\0';
	if (rp_zone_open(zone, text, &err) != RP_OK)
		return rp_error_set(p->err, RP_ERR_USAGE, "%s:%u: %s",
		    p->lx.name, p->lx.line, err.text);
	if (!zone->database)
		return RP_OK;
	if (p->has_zone && strcmp(p->zone, text) != 0)
		return rp_parser_fail(p, p->lx.line,
		    "'%.*s' is a second zone: use one, and offsets (+01:00)",
		    name.text, name.len);
	p->has_zone = true;
	memcpy(p->zone, text, name.len + 1);
	return RP_OK;
}

static enum rp_status
read_scale(struct rp_parser *p, struct rp_mapping_field *f)
{
	const struct rp_cell *t = &p->lx.token.text;

	f->scaled = true;
	if (p->lx.token.kind != RP_TOKEN_WORD ||
	    rp_decimal_parse(t->text, t->len, &f->scale) != RP_OK)
		return fail(p, "* is followed by a number, not '%.*s'");
	return RP_OK;
}

static enum rp_status
read_time_form(struct rp_parser *p, struct rp_mapping_field *f)
{
	static const struct {
		const char *name;
		int64_t unit;
	} units[] = { { "s", RP_SECOND }, { "ms", 1000000 }, { "us", 1000 },
		{ "ns", 1 } };
	const struct rp_token *t = &p->lx.token;
	const char *why;

	if (t->kind == RP_TOKEN_QUOTED) {
		f->time = RP_MAPPING_TIME_PATTERN;
		f->pattern = t->text;
		if ((why = rp_mapping_pattern_fault(&t->text)) == NULL)
			return RP_OK;
		return rp_error_set(p->err, RP_ERR_USAGE, "%s:%u: %s",
		    p->lx.name, p->lx.line, why);
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
read_shift(struct rp_parser *p, struct rp_mapping_field *f, bool minus)
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
skip_newlines(struct rp_parser *p)
{
	enum rp_status st = RP_OK;

	while (st == RP_OK && p->lx.token.kind == RP_TOKEN_NEWLINE)
		st = next(p);
	return st;
}

/* A side of a pair: *any is set for the asterisk. */
static enum rp_status
read_side(struct rp_parser *p, struct rp_cell *cell)
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
read_words(struct rp_parser *p, struct rp_mapping_field *f)
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
		    (st = rp_parser_append(p, &p->m->words, &w, sizeof(w))) !=
			RP_OK ||
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
read_modifier(struct rp_parser *p, struct rp_mapping_field *f,
    const struct rp_token *word)
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
	return rp_parser_fail(p, p->lx.line, "'%.*s' does not belong here",
	    word->text.text, word->text.len);
}

/* TERM + ..., the first of them at hand. */
static enum rp_status
read_terms(struct rp_parser *p, struct rp_mapping_field *f)
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

/* The record at hand, or what is common, has a field of this name. */
static bool
has_field(const struct rp_parser *p, struct rp_cell name)
{
	const struct rp_mapping_record *r =
	    RP_MAPPING_ITEMS(p->m->records, struct rp_mapping_record);
	const size_t n_records = RP_MAPPING_COUNT(p->m->records, *r);
	const struct rp_mapping_field *f =
	    RP_MAPPING_ITEMS(p->fields, struct rp_mapping_field);
	const size_t n_fields = RP_MAPPING_COUNT(p->fields, *f);
	size_t n = n_records == 0 ? p->n_common : r[n_records - 1].n_fields;

	for (; n > 0; n--)
		if (f[n_fields - n].name.len == name.len &&
		    memcmp(f[n_fields - n].name.text, name.text, name.len) == 0)
			return true;
	return false;
}

/* FIELD = ..., behind the sign. */
static enum rp_status
read_assignment(struct rp_parser *p, struct rp_cell name)
{
	struct rp_mapping_field f = {
		.name = name, .line = p->lx.line, .zone = p->m->zone
	};
	const size_t n_records =
	    RP_MAPPING_COUNT(p->m->records, struct rp_mapping_record);
	struct rp_token word;
	enum rp_status st;

	if (p->fields.len / sizeof(f) == RP_MAPPING_MAX_FIELDS)
		return rp_parser_fail(
		    p, f.line, "too many fields: '%.*s'", name.text, name.len);
	if (has_field(p, name))
		return rp_parser_fail(
		    p, f.line, "'%.*s' is there twice", name.text, name.len);
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
	return rp_parser_append(p, &p->fields, &f, sizeof(f));
}

/* ---- directives ---- */

/* record TYPE [each POINTER] [when TESTS] */
static enum rp_status
read_record(struct rp_parser *p)
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
	return rp_parser_append(p, &p->m->records, &r, sizeof(r));
}

static enum rp_status
read_skip(struct rp_parser *p)
{
	struct rp_mapping_when when = { 0 };
	enum rp_status st = read_tests(p, &when);

	for (size_t i = 0; st == RP_OK && i < when.n_tests; i++)
		if (RP_MAPPING_ITEMS(
			p->m->tests, struct rp_mapping_test)[when.tests + i]
			.term.inner)
			return fail(p, "skip looks at rows, not at elements");
	return st == RP_OK
	    ? rp_parser_append(p, &p->m->skips, &when, sizeof(when))
	    : st;
}

static enum rp_status
read_choice(
    struct rp_parser *p, const char *const *choices, size_t n, size_t *value)
{
	for (size_t i = 0; i < n; i++)
		if (rp_token_is_word(&p->lx.token, choices[i])) {
			*value = i;
			return next(p);
		}
	return fail(p, "'%.*s' is none of the values that this can have");
}

static enum rp_status
read_skip_lines(struct rp_parser *p)
{
	const struct rp_cell *t = &p->lx.token.text;

	if (p->lx.token.kind != RP_TOKEN_WORD ||
	    rp_u64_parse(t->text, t->len, &p->m->skip_lines) != RP_OK)
		return fail(p, "a number of lines is expected, not '%.*s'");
	return next(p);
}

/* A directive whose value is a sign, as it stands: delimiter ; */
static enum rp_status
read_sign(struct rp_parser *p, char *sign)
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
		return rp_parser_fail(p, p->lx.line,
		    "one character, tab or blank is expected, not '%.*s'",
		    rest.text, rest.len);
	return next(p);
}

static enum rp_status
read_zone(struct rp_parser *p)
{
	enum rp_status st = open_zone(p, rp_lexer_rest(&p->lx), &p->m->zone);

	return st == RP_OK ? next(p) : st;
}

/* A directive whose value is the rest of its line, as it stands; *known: it is
 * one of these. */
static enum rp_status
read_line(struct rp_parser *p, const struct rp_token *word, bool *known)
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
read_directive(struct rp_parser *p, const struct rp_token *word)
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
		st = rp_parser_fail(p, p->lx.line,
		    "'%.*s' is neither a directive nor followed by =",
		    word->text.text, word->text.len);
	}
	return st;
}

static enum rp_status
read_statement(struct rp_parser *p)
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

enum rp_status
rp_parser_statements(struct rp_parser *p)
{
	enum rp_status st = next(p);

	while (st == RP_OK && (st = skip_newlines(p)) == RP_OK &&
	    p->lx.token.kind != RP_TOKEN_END)
		st = read_statement(p);
	return st;
}
