/* Programs, run on frames and on records. */
#include <string.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "expr/program.h"

static int
order(__int128 a, __int128 b)
{
	return (a > b) - (a < b);
}

static bool
met_by_text(const struct expr_test *t, const char *text, size_t len)
{
	const struct expr_word *w = &t->right;
	int cmp;

	if (t->op == EXPR_LIKE || t->op == EXPR_UNLIKE)
		return rp_glob_match(w->text, w->len, text, len) ==
		    (t->op == EXPR_LIKE);
	cmp = memcmp(text, w->text, len < w->len ? len : w->len);
	return rp_expr_order(t->op, cmp != 0 ? cmp : order(len, w->len));
}

/* ---- steps ---- */

static inline bool
met_by_integer(const struct step *s, uint64_t v)
{
	const struct range *r = &s->range;
	bool in;

	v = (v & r->mask) ^ r->bias;
	in = v - r->lo <= r->span;
	return s->negate ? !in && v - r->present <= r->present_span : in;
}

static inline bool
met_by_decimal(
    const struct step *s, const struct interval *by_exp, const uint8_t *p)
{
	unsigned exp = (unsigned)((int8_t)p[s->exp_at] - RP_EXP_MIN);
	int64_t m = (int64_t)rp_le64(p + s->off);
	bool in;

	if (exp >= INTERVALS)
		return false;
	in = m >= by_exp[exp].lo && m <= by_exp[exp].hi;
	return s->negate ? !in && m != RP_ABSENT : in;
}

static bool
met_by_daytime(struct rp_expr *e, const struct step *s, int64_t ns)
{
	const struct interval *i = &e->literals[s->test].of_day;
	int64_t of_day;

	if (ns == RP_ABSENT)
		return false;
	of_day = rp_time_of_day(e->zone, ns);
	return (of_day >= i->lo && of_day <= i->hi) != s->negate;
}

bool
rp_expr_number_of(const struct rp_value *v, rp_wide *m, int *exp)
{
	*exp = v->kind == RP_VALUE_DECIMAL || v->kind == RP_VALUE_WIDE ? v->exp
								       : 0;
	switch (v->kind) {
	case RP_VALUE_UINT:
		*m = v->u;
		return true;
	case RP_VALUE_INT:
	case RP_VALUE_TIME:
		*m = v->i;
		return true;
	case RP_VALUE_DECIMAL:
		*m = v->i;
		return *exp >= RP_EXP_MIN && *exp <= RP_EXP_MAX;
	case RP_VALUE_WIDE:
		*m = v->wide;
		return *exp >= 2 * RP_EXP_MIN && *exp <= 2 * RP_EXP_MAX;
	default:
		return false;
	}
}

static bool
met_by_id(const struct literal *l, const struct rp_value *v, uint8_t op)
{
	bool equal;

	if (v->kind != RP_VALUE_ID)
		return false;
	equal = (l->id_forms >> v->form & 1) != 0 &&
	    l->id_hi[v->form] == v->id.hi && l->id_lo[v->form] == v->id.lo;
	return equal == (op == EXPR_EQ);
}

static bool
met_by_fields(const struct step *s, const struct rp_field *other,
    const struct rp_value *v, const struct rp_frame *f,
    const struct rp_record *rec)
{
	struct rp_value w;
	__int128 a, b;
	int a_exp, b_exp;

	rp_field_get(other, f, rec, &w);
	return rp_expr_number_of(v, &a, &a_exp) &&
	    rp_expr_number_of(&w, &b, &b_exp) &&
	    rp_expr_order(s->cmp, rp_wide_compare(a, a_exp, b, b_exp));
}

/* The steps that take a field's value as others see it. */
static bool
met_by_value(struct rp_expr *e, const struct step *s, const struct rp_frame *f,
    const struct rp_record *rec)
{
	const struct rp_field *fields = (const struct rp_field *)e->fields.data;
	const struct literal *l = &e->literals[s->test];
	struct rp_value v;
	__int128 m;
	int exp;

	rp_field_get(&fields[s->field], f, rec, &v);
	switch (s->op) {
	case STEP_PRESENT:
		return (v.kind != RP_VALUE_ABSENT) != s->negate;
	case STEP_NUMBER:
		return rp_expr_number_of(&v, &m, &exp) &&
		    rp_expr_order(
			s->cmp, rp_wide_compare(m, exp, l->mantissa, l->exp));
	case STEP_ID:
		return met_by_id(l, &v, s->cmp);
	case STEP_TEXT:
		return v.kind == RP_VALUE_TEXT &&
		    met_by_text(expr_test(&e->syntax, s->test), v.text, v.len);
	case STEP_FIELDS:
		return met_by_fields(s, &fields[s->other], &v, f, rec);
	default:
		return false;
	}
}

static inline bool
met(struct rp_expr *e, const struct step *s, const struct rp_frame *f,
    const struct rp_record *rec)
{
	const struct literal *l = &e->literals[s->test];
	const uint8_t *p = (const uint8_t *)rec, *v = p + s->off;
	uint32_t name;

	/* what lies beyond a short payload is absent */
	if (s->end > sizeof(*rec) + (uint64_t)rec->len)
		return false;
	switch (s->op) {
	case STEP_BYTES1:
		return met_by_integer(s, *v);
	case STEP_BYTES2:
		return met_by_integer(s, rp_le16(v));
	case STEP_BYTES4:
		return met_by_integer(s, rp_le32(v));
	case STEP_BYTES8:
		return met_by_integer(s, rp_le64(v));
	case STEP_DECIMAL:
		return met_by_decimal(s, l->by_exp, p);
	case STEP_NAME:
		name = rp_le32(v);
		return name < e->memo_row &&
		    e->memo.data[(size_t)l->name * e->memo_row + name] != 0;
	case STEP_DAYTIME:
		return met_by_daytime(e, s, (int64_t)rp_le64(v));
	default:
		return met_by_value(e, s, f, rec);
	}
}

/* The program of a type; every type of the frame in hand has one. */
static uint32_t
entry_of(const struct rp_expr *e, uint16_t type)
{
	const struct program *p = (const struct program *)e->programs.data;
	size_t i, n = e->programs.len / sizeof(*p);

	for (i = 0; i < n; i++)
		if (p[i].type == type)
			return p[i].entry;
	return EXPR_NONE;
}

static void
enter(struct rp_expr *e, uint16_t type)
{
	uint32_t entry = entry_of(e, type);

	e->type = type;
	e->entry = entry != EXPR_NONE ? entry : STEP_REJECT;
}

bool
rp_expr_record(
    struct rp_expr *e, const struct rp_frame *f, const struct rp_record *rec)
{
	const struct step *steps = (const struct step *)e->steps.data;
	uint32_t at;

	if (rec->type != e->type)
		enter(e, rec->type);
	for (at = e->entry; at >= STEP_FIRST;)
		at = met(e, &steps[at], f, rec) ? steps[at].yes : steps[at].no;
	return at == STEP_ACCEPT;
}

/* ---- frames ---- */

/* Match the frame's names against the tests of symbols and sources. */
static enum rp_status
match_names(struct rp_expr *e, const struct rp_frame *f)
{
	uint32_t n = (uint32_t)(e->syntax.tests.len / sizeof(struct expr_test));
	uint32_t i, j;
	enum rp_status st;

	e->memo_row = f->n_names;
	if (e->n_names == 0 || f->n_names == 0)
		return RP_OK;
	if ((st = rp_buffer_reserve(
		 &e->memo, (size_t)e->n_names * f->n_names)) != RP_OK)
		return st;
	for (i = 0; i < n; i++) {
		const struct expr_test *t = expr_test(&e->syntax, i);
		const struct literal *l = &e->literals[i];
		uint8_t *row = e->memo.data + (size_t)l->name * f->n_names;

		if (l->name == EXPR_NONE)
			continue;
		for (j = 0; j < f->n_names; j++) {
			const struct rp_label *name = &f->names[j];

			row[j] = name->class == l->class &&
			    (t->op == EXPR_EQ && name->hash != l->hash
				    ? false
				    : met_by_text(t, name->text, name->len));
		}
	}
	return RP_OK;
}

enum outcome { CAN_BE_NO = 1, CAN_BE_YES = 2, CAN_BE_BOTH = 3 };

/* A header field that all of the frame's records have in [min, max]. */
static enum outcome
outcome_of_range(const struct step *s, uint64_t min, uint64_t max)
{
	const struct range *r = &s->range;
	uint64_t present_end = r->present + r->present_span;

	min ^= r->bias;
	max ^= r->bias;
	if (min < r->present || max > present_end)
		return CAN_BE_BOTH;
	if (min >= r->lo && max <= r->lo + r->span)
		return s->negate ? CAN_BE_NO : CAN_BE_YES;
	if (max < r->lo || min > r->lo + r->span)
		return s->negate ? CAN_BE_YES : CAN_BE_NO;
	return CAN_BE_BOTH;
}

static enum outcome
outcome_of_name(
    const struct rp_expr *e, const struct literal *l, const struct rp_frame *f)
{
	const uint8_t *row = e->memo.data + (size_t)l->name * e->memo_row;
	uint64_t records = 0;
	bool any = false;
	uint32_t i;

	for (i = 0; i < e->memo_row; i++)
		if (row[i] != 0) {
			any = true;
			records += f->names[i].records;
		}
	if (!any)
		return CAN_BE_NO;
	return records == f->head.records ? CAN_BE_YES : CAN_BE_BOTH;
}

/* What header and directory know about a step. */
static enum outcome
outcome(const struct rp_expr *e, const struct step *s, const struct rp_frame *f)
{
	if (s->op == STEP_NAME)
		return outcome_of_name(e, &e->literals[s->test], f);
	if (s->op == STEP_BYTES8 && s->off == offsetof(struct rp_record, seq))
		return outcome_of_range(s, f->head.seq_min, f->head.seq_max);
	if (s->op == STEP_BYTES8 &&
	    s->off == offsetof(struct rp_record, ts_recv))
		return outcome_of_range(
		    s, (uint64_t)f->head.ts_min, (uint64_t)f->head.ts_max);
	return CAN_BE_BOTH;
}

/* Follow all that can happen, from the entries of the frame's types. */
static enum rp_verdict
follow(const struct rp_expr *e, uint8_t *reached, const struct rp_frame *f)
{
	const struct step *s = (const struct step *)e->steps.data;
	size_t at = e->steps.len / sizeof(*s);

	while (--at >= STEP_FIRST) {
		enum outcome o;

		if (reached[at] == 0)
			continue;
		o = outcome(e, &s[at], f);
		reached[s[at].yes] |= (o & CAN_BE_YES) != 0;
		reached[s[at].no] |= (o & CAN_BE_NO) != 0;
	}
	if (reached[STEP_ACCEPT] == 0)
		return RP_PASS_NONE;
	return reached[STEP_REJECT] == 0 ? RP_PASS_ALL : RP_PASS_SOME;
}

/*
 * Types without a table get their programs when they first come. Those of one
 * frame are kept, not those of all that a hostile stream may hold.
 */
static enum rp_status
add_programs(struct rp_expr *e, const struct rp_frame *f)
{
	enum rp_status st;
	uint32_t i, entry;

	if (e->programs.len >
	    e->known.programs + RP_MAX_TYPES * sizeof(struct program)) {
		e->programs.len = e->known.programs;
		e->steps.len = e->known.steps;
		e->fields.len = e->known.fields;
	}
	for (i = 0; i < f->n_types; i++)
		if (entry_of(e, f->types[i].type) == EXPR_NONE &&
		    (st = rp_expr_program(e, f->types[i].type,
			 rp_type_by_id(f->types[i].type), &entry)) != RP_OK)
			return st;
	return RP_OK;
}

enum rp_status
rp_expr_frame(
    struct rp_expr *e, const struct rp_frame *f, enum rp_verdict *verdict)
{
	enum rp_status st;
	uint32_t i;
	size_t n;

	if ((st = add_programs(e, f)) != RP_OK)
		return st;
	n = e->steps.len / sizeof(struct step);
	if ((st = match_names(e, f)) != RP_OK ||
	    (st = rp_buffer_reserve(&e->reached, n)) != RP_OK)
		return st;
	memset(e->reached.data, 0, n);
	for (i = 0; i < f->n_types; i++)
		e->reached.data[entry_of(e, f->types[i].type)] = 1;
	*verdict = follow(e, e->reached.data, f);
	enter(e, f->n_types != 0 ? f->types[0].type : 0);
	return RP_OK;
}
