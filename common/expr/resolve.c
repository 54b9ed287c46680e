/* A comparison as a step of a program: what it means for one record type. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "expr/program.h"
#include "types/schema.h"
#include "types/text.h"

#define HEAD ((uint32_t)sizeof(struct rp_record))

struct resolver {
	struct rp_expr *e;
	const struct expr_test *test;
	struct literal *literal;
	const struct rp_type *type;
	uint16_t id;
	struct rp_field field;
	struct step *step;
	enum step_kind *kind;
	struct rp_error *err;
	__int128 mantissa; /* the value on the right ... */
	int exp; /* ... and its exponent */
};

static enum rp_status
wrong(struct resolver *r, const char *what)
{
	return rp_error_set(
	    r->err, RP_ERR_USAGE, "column %u: %s", r->test->right.column, what);
}

/* "column 9: "abc" is not <what>" */
static enum rp_status
wrong_value(struct resolver *r, const char *what)
{
	const struct expr_word *w = &r->test->right;

	return rp_error_set(r->err, RP_ERR_USAGE,
	    "column %u: \"%.*s\" is not %s", w->column, (int)w->len, w->text,
	    what);
}

static enum rp_status
wrong_operator(struct resolver *r, const char *use)
{
	const struct expr_word *w = &r->test->left;

	return rp_error_set(r->err, RP_ERR_USAGE,
	    "column %u: %.*s is compared by %s", w->column, (int)w->len,
	    w->text, use);
}

static enum rp_status
made(struct resolver *r, enum step_op op)
{
	r->step->op = (uint8_t)op;
	*r->kind = STEP_IS_MADE;
	return RP_OK;
}

/* The same for steps that get the field's value by rp_field_get. */
static enum rp_status
made_of_field(struct resolver *r, enum step_op op)
{
	r->step->field = (uint32_t)(r->e->fields.len / sizeof(struct rp_field));
	(void)made(r, op);
	return rp_buffer_add(&r->e->fields, &r->field, sizeof(r->field));
}

/* Where a value of the payload is. */
static void
place(struct resolver *r)
{
	r->step->off = HEAD + r->field.off;
	r->step->end = r->step->off + r->field.size;
}

static bool
is_bare_name(const struct expr_word *w)
{
	return !w->quoted && w->len != 0 &&
	    ((*w->text >= 'a' && *w->text <= 'z') || *w->text == '_');
}

/* ---- integers ---- */

/* What an integer field holds beside its values. */
enum absence { NEVER_ABSENT, ABSENT_LOWEST, ABSENT_HIGHEST };

static struct wide_interval
cut(struct wide_interval i, __int128 min, __int128 max)
{
	i.lo = i.lo < min ? min : i.lo;
	i.hi = i.hi > max ? max : i.hi;
	return i;
}

static enum rp_status
made_of_range(struct resolver *r, bool is_signed, enum absence absence,
    struct wide_interval i)
{
	unsigned bits = 8u * (r->step->end - r->step->off);
	struct range *range = &r->step->range;
	__int128 size = (__int128)1 << bits;
	__int128 min = is_signed ? -size / 2 : 0, max = min + size - 1;

	if (absence == ABSENT_LOWEST)
		min++;
	if (absence == ABSENT_HIGHEST)
		max--;
	i = cut(i, min, max);
	r->step->negate = r->test->op == EXPR_NE;
	if (i.lo > i.hi) {
		if (!r->step->negate)
			return RP_OK; /* false */
		r->step->negate = false;
		i.lo = min;
		i.hi = max;
	}
	range->bias = is_signed ? UINT64_C(1) << (bits - 1) : 0;
	range->mask = UINT64_MAX >> (64 - bits);
	range->lo = ((uint64_t)i.lo & range->mask) ^ range->bias;
	range->span = (uint64_t)(i.hi - i.lo);
	range->present = ((uint64_t)min & range->mask) ^ range->bias;
	range->present_span = (uint64_t)(max - min);
	switch (bits) {
	case 8:
		return made(r, STEP_BYTES1);
	case 16:
		return made(r, STEP_BYTES2);
	case 32:
		return made(r, STEP_BYTES4);
	default:
		return made(r, STEP_BYTES8);
	}
}

/* The integers that the test asks for, given its number. */
static struct wide_interval
numbers(const struct resolver *r)
{
	return rp_expr_interval(r->test->op, r->mantissa, r->exp, 0);
}

static struct wide_interval
just(__int128 v)
{
	return (struct wide_interval){ v, v };
}

/* ---- one field against another ---- */

enum expr_class
rp_expr_class_of(const struct rp_field *f)
{
	switch (f->kind) {
	case RP_KIND_TS_RECV:
	case RP_KIND_TIME:
		return CLASS_TIME;
	case RP_KIND_ENUM:
	case RP_KIND_CHAR:
		return CLASS_WORD;
	case RP_KIND_FLAGS:
	case RP_KIND_RECORD_FLAGS:
		return CLASS_FLAGS;
	case RP_KIND_ID:
		return CLASS_ID;
	case RP_KIND_SYMBOL:
	case RP_KIND_SOURCE:
	case RP_KIND_CHARS:
	case RP_KIND_TEXT:
		return CLASS_TEXT;
	case RP_KIND_TYPE:
		return CLASS_TYPE;
	case RP_KIND_BYTES:
		return CLASS_BYTES;
	default:
		return CLASS_NUMBER;
	}
}

bool
rp_expr_is_field(const struct expr_word *w)
{
	return rp_schema_is_known(w->text, w->len);
}

/* The right side is neither what the left one is compared with nor quoted. */
static enum rp_status
resolve_fields(struct resolver *r, const char *what)
{
	const struct expr_word *w = &r->test->right;
	struct rp_field other;
	char text[200];
	enum rp_status st;

	if (!rp_schema_field(r->type, w->text, w->len, &other)) {
		if (rp_expr_is_field(w))
			return wrong(r, "no record type has both fields");
		rp_expr_neither(w, what, text, sizeof(text));
		return rp_error_set(r->err, RP_ERR_USAGE, "%s", text);
	}
	if (rp_expr_class_of(&other) != rp_expr_class_of(&r->field))
		return wrong(r, "these fields hold different kinds of values");
	r->literal->guessed = other.kind == RP_KIND_VALUE;
	r->step->cmp = (uint8_t)r->test->op;
	if ((st = made_of_field(r, STEP_FIELDS)) != RP_OK)
		return st;
	r->step->other = r->step->field + 1;
	return rp_buffer_add(&r->e->fields, &other, sizeof(other));
}

/* ---- numbers ---- */

static struct interval
narrow(struct wide_interval i, int64_t min, int64_t max)
{
	i = cut(i, min, max);
	if (i.lo > i.hi)
		return (struct interval){ 1, 0 };
	return (struct interval){ (int64_t)i.lo, (int64_t)i.hi };
}

/* The intervals of a literal for mantissas of every exponent, once. */
static enum rp_status
intervals(struct resolver *r)
{
	struct literal *l = r->literal;
	int unit;

	if (l->by_exp != NULL)
		return RP_OK;
	l->by_exp = malloc(INTERVALS * sizeof(*l->by_exp));
	if (l->by_exp == NULL)
		return RP_ERR_NOMEM;
	for (unit = RP_EXP_MIN; unit <= RP_EXP_MAX; unit++) {
		struct wide_interval i =
		    rp_expr_interval(r->test->op, r->mantissa, r->exp, unit);

		l->by_exp[unit - RP_EXP_MIN] =
		    narrow(i, RP_ABSENT + 1, INT64_MAX);
	}
	return RP_OK;
}

static enum rp_status
resolve_decimal(struct resolver *r, uint8_t exp_at)
{
	enum rp_status st;

	if ((st = intervals(r)) != RP_OK)
		return st;
	r->step->exp_at = (uint8_t)(HEAD + exp_at);
	r->step->negate = r->test->op == EXPR_NE;
	return made(r, STEP_DECIMAL);
}

static enum rp_status
resolve_number(struct resolver *r)
{
	const struct expr_word *w = &r->test->right;
	enum rp_status st;

	if (r->test->op > EXPR_GE)
		return wrong_operator(r, "== != < <= > >=");
	st = rp_wide_parse(w->text, w->len, &r->mantissa, &r->exp);
	if (st == RP_ERR_LIMIT)
		return wrong_value(r, "a number that a field can hold");
	if (st != RP_OK && is_bare_name(w))
		return resolve_fields(r, "a number");
	if (st != RP_OK)
		return wrong_value(r, "a number");
	place(r);
	switch (r->field.kind) {
	case RP_KIND_SEQ:
		r->step->off = offsetof(struct rp_record, seq);
		r->step->end = r->step->off + 8;
		return made_of_range(r, false, ABSENT_LOWEST, numbers(r));
	case RP_KIND_UINT:
		return made_of_range(r, false,
		    r->field.optional ? ABSENT_HIGHEST : NEVER_ABSENT,
		    numbers(r));
	case RP_KIND_INT:
		return made_of_range(r, true,
		    r->field.optional ? ABSENT_LOWEST : NEVER_ABSENT,
		    numbers(r));
	case RP_KIND_PRICE:
		return resolve_decimal(r, RP_EV_PX_EXP);
	case RP_KIND_SIZE:
		return resolve_decimal(r, RP_EV_QTY_EXP);
	default:
		r->step->cmp = (uint8_t)r->test->op;
		r->literal->mantissa = r->mantissa;
		r->literal->exp = r->exp;
		return made_of_field(r, STEP_NUMBER);
	}
}

/* ---- times ---- */

static enum rp_status
resolve_time(struct resolver *r)
{
	const struct expr_word *w = &r->test->right;
	struct rp_error why = { 0 };
	struct rp_when when;
	enum rp_status st;
	int64_t ns;

	if (r->test->op > EXPR_GE)
		return wrong_operator(r, "== != < <= > >=");
	if (r->field.kind == RP_KIND_TS_RECV) {
		r->step->off = offsetof(struct rp_record, ts_recv);
		r->step->end = r->step->off + 8;
	} else {
		place(r);
	}
	st = rp_when_parse(w->text, w->len, r->e->zone, r->e->now, &when, &why);
	/* a number as --time ns writes it; of eight digits it is a date */
	if (st != RP_OK && rp_i64_parse(w->text, w->len, &ns) == RP_OK) {
		when = (struct rp_when){ RP_WHEN_AT, ns };
		st = RP_OK;
	}
	if (st != RP_OK && is_bare_name(w))
		return resolve_fields(r, "a time");
	if (st == RP_ERR_LIMIT)
		return wrong(r, why.text);
	if (st != RP_OK || when.kind == RP_WHEN_AFTER)
		return wrong_value(
		    r, "a time (2023-12-25T23:00, 14:30, now-1h, @EPOCH)");
	if (when.kind == RP_WHEN_AT) {
		r->mantissa = when.ns;
		return made_of_range(r, true, ABSENT_LOWEST, numbers(r));
	}
	r->literal->of_day =
	    narrow(rp_expr_interval(r->test->op, when.ns, 0, 0), 0, RP_DAY - 1);
	r->step->negate = r->test->op == EXPR_NE;
	return made(r, STEP_DAYTIME);
}

/* ---- words and flags ---- */

/* A word's value, a CHAR's letter, or a number where no word is. */
static bool
word_value(struct resolver *r, __int128 *v)
{
	const struct expr_word *w = &r->test->right;
	uint32_t value;
	uint64_t n;

	if (rp_field_word(&r->field, w->text, w->len, &value)) {
		*v = value;
		return true;
	}
	if (rp_u64_parse(w->text, w->len, &n) == RP_OK && !w->quoted) {
		*v = n;
		return n >> (8 * r->field.size - 1) >> 1 == 0;
	}
	*v = (unsigned char)*w->text;
	return r->field.kind == RP_KIND_CHAR && w->len == 1;
}

static enum rp_status
unknown_word(struct resolver *r)
{
	const struct expr_word *w = &r->test->right, *left = &r->test->left;
	char hint[300];

	if (r->field.kind == RP_KIND_CHAR)
		return wrong_value(r, "a letter, as this field holds");
	rp_expr_suggest_word(w, &r->field, hint, sizeof(hint));
	return rp_error_set(r->err, RP_ERR_USAGE,
	    "column %u: no word \"%.*s\" in %.*s%s", w->column, (int)w->len,
	    w->text, (int)left->len, left->text, hint);
}

static enum rp_status
resolve_word(struct resolver *r)
{
	const struct wide_interval nothing = { 1, 0 };
	enum absence absence =
	    r->field.kind == RP_KIND_CHAR ? ABSENT_LOWEST : NEVER_ABSENT;
	enum rp_status st;

	if (r->test->op > EXPR_NE)
		return wrong_operator(r, "== != in");
	place(r);
	if (word_value(r, &r->mantissa))
		return made_of_range(r, false, absence, just(r->mantissa));
	/* another type may know the word: here it is no field's value */
	st = made_of_range(r, false, absence, nothing);
	return st != RP_OK ? st : unknown_word(r);
}

/*
 * The bits that say whether a flag is set. A word of some bits of one before
 * it (the forms of ids) is meant only where that one is not.
 */
static uint32_t
flag_bits(const struct rp_field *f, uint32_t value)
{
	size_t i;

	for (i = 0; i < f->n_words && f->words[i].value != value; i++)
		if ((f->words[i].value & value) == value)
			return f->words[i].value;
	return value;
}

static enum rp_status
resolve_flags(struct resolver *r)
{
	const struct expr_word *w = &r->test->right;
	enum rp_status st;
	uint32_t value;
	uint64_t n;

	place(r);
	if (r->field.kind == RP_KIND_RECORD_FLAGS) {
		r->step->off = offsetof(struct rp_record, flags);
		r->step->end = r->step->off + 2;
	}
	if (r->test->op == EXPR_HAS) {
		if (!rp_field_word(&r->field, w->text, w->len, &value))
			return unknown_word(r);
		r->mantissa = value;
		st = made_of_range(r, false, NEVER_ABSENT, just(r->mantissa));
		r->step->range.mask = flag_bits(&r->field, value);
		return st;
	}
	if (r->test->op > EXPR_NE ||
	    rp_u64_parse(w->text, w->len, &n) != RP_OK || n > UINT32_MAX)
		return wrong_operator(
		    r, "has and a word, or by == and a number");
	r->mantissa = n;
	return made_of_range(r, false, NEVER_ABSENT, numbers(r));
}

/* ---- ids and text ---- */

static enum rp_status
resolve_id(struct resolver *r)
{
	const struct expr_word *w = &r->test->right;
	struct literal *l = r->literal;
	unsigned form;

	if (r->test->op > EXPR_NE)
		return wrong_operator(r, "== != in");
	l->id_forms = 0;
	for (form = 0; form < RP_LEN(l->id_hi); form++)
		if (rp_text_read_id(w->text, w->len, (uint8_t)form,
			&l->id_hi[form], &l->id_lo[form]) == RP_OK)
			l->id_forms |= (uint8_t)(1u << form);
	if (l->id_forms == 0)
		return wrong_value(r,
		    "an id (a number, a UUID, up to 16 "
		    "characters, or 0x and a hash)");
	r->step->cmp = (uint8_t)r->test->op;
	return made_of_field(r, STEP_ID);
}

static enum rp_status
resolve_text(struct resolver *r)
{
	const struct expr_word *w = &r->test->right;
	struct literal *l = r->literal;

	if (r->test->op == EXPR_HAS)
		return wrong_operator(r, "== != < <= > >= ~ !~ in");
	r->step->cmp = (uint8_t)r->test->op;
	if (r->field.kind == RP_KIND_CHARS || r->field.kind == RP_KIND_TEXT)
		return made_of_field(r, STEP_TEXT);
	if (l->name == EXPR_NONE) {
		l->name = r->e->n_names++;
		l->hash = rp_hash(w->text, w->len);
		l->class = r->field.kind == RP_KIND_SYMBOL ? RP_NAME_SYMBOL
							   : RP_NAME_SOURCE;
	}
	r->step->off = r->field.kind == RP_KIND_SYMBOL
	    ? offsetof(struct rp_record, symbol)
	    : offsetof(struct rp_record, source);
	r->step->end = r->step->off + 4;
	return made(r, STEP_NAME);
}

static enum rp_status
resolve_type(struct resolver *r)
{
	const struct expr_word *w = &r->test->right;
	char number[8], hint[80];
	const char *name = rp_type_name(r->id, number);
	bool equal;
	uint16_t id;

	if (r->test->op == EXPR_LIKE || r->test->op == EXPR_UNLIKE) {
		equal = rp_glob_match(w->text, w->len, name, strlen(name)) ==
		    (r->test->op == EXPR_LIKE);
	} else if (r->test->op > EXPR_NE) {
		return wrong_operator(r, "== != ~ !~ in");
	} else if (rp_type_by_name(w->text, w->len, &id)) {
		equal = (id == r->id) == (r->test->op == EXPR_EQ);
	} else {
		rp_expr_suggest_type(w, hint, sizeof(hint));
		return rp_error_set(r->err, RP_ERR_USAGE,
		    "column %u: no record type named \"%.*s\"%s", w->column,
		    (int)w->len, w->text, hint);
	}
	*r->kind = equal ? STEP_IS_TRUE : STEP_IS_FALSE;
	return RP_OK;
}

static enum rp_status
resolve_bytes(struct resolver *r)
{
	return wrong_operator(r, "is present and is absent only");
}

enum rp_status
rp_expr_resolve(struct rp_expr *e, uint32_t test, const struct rp_type *type,
    uint16_t id, struct step *step, enum step_kind *kind, struct rp_error *err)
{
	static enum rp_status (*const by_class[])(struct resolver *) = {
		[CLASS_NUMBER] = resolve_number,
		[CLASS_TIME] = resolve_time,
		[CLASS_WORD] = resolve_word,
		[CLASS_FLAGS] = resolve_flags,
		[CLASS_ID] = resolve_id,
		[CLASS_TEXT] = resolve_text,
		[CLASS_TYPE] = resolve_type,
		[CLASS_BYTES] = resolve_bytes,
	};
	const struct expr_test *t = expr_test(&e->syntax, test);
	struct resolver r = { .e = e,
		.test = t,
		.literal = &e->literals[test],
		.type = type,
		.id = id,
		.step = step,
		.kind = kind,
		.err = err };

	*step = (struct step){ .test = test };
	*kind = t->op == EXPR_ABSENT ? STEP_IS_TRUE : STEP_IS_FALSE;
	if (t->left.quoted ||
	    !rp_schema_field(type, t->left.text, t->left.len, &r.field))
		return RP_EMPTY;
	if (t->op < EXPR_PRESENT)
		return by_class[rp_expr_class_of(&r.field)](&r);
	if (r.field.kind == RP_KIND_TYPE) {
		*kind = t->op == EXPR_ABSENT ? STEP_IS_FALSE : STEP_IS_TRUE;
		return RP_OK;
	}
	step->negate = t->op == EXPR_ABSENT;
	return made_of_field(&r, STEP_PRESENT);
}
