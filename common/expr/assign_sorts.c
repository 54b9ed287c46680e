/* Values as ops: what they are made of, and whether that goes together. */
#include <string.h>

#include "expr/assign_resolve.h"
#include "types/schema.h"

enum rp_status
rp_assign_wrong(
    struct assign_resolver *r, const struct expr_word *w, const char *what)
{
	return rp_error_set(
	    r->err, RP_ERR_USAGE, "column %u: %s", w->column, what);
}

enum rp_status
rp_assign_wrong_word(
    struct assign_resolver *r, const struct expr_word *w, const char *what)
{
	return rp_error_set(r->err, RP_ERR_USAGE,
	    "column %u: \"%.*s\" is not %s", w->column, (int)w->len, w->text,
	    what);
}

static enum rp_status
push(struct assign_resolver *r, const struct value_op *op)
{
	if (op->op < OP_VALUE && ++r->depth > VALUE_STACK)
		return rp_assign_wrong(
		    r, &r->s->target, "a value of too many parts");
	return rp_buffer_add(&r->p->ops, op, sizeof(*op));
}

enum rp_status
rp_assign_push_number(struct assign_resolver *r, rp_wide mantissa, int exp)
{
	const struct value_op op = {
		.op = OP_NUMBER, .mantissa = mantissa, .exp = exp
	};

	return push(r, &op);
}

/* ---- words ---- */

static enum rp_status
push_field(struct assign_resolver *r, const struct expr_word *w,
    const struct rp_field *field, enum sort *sort)
{
	struct value_op op = { .op = OP_FIELD, .field = *field };

	switch (rp_expr_class_of(field)) {
	case CLASS_NUMBER:
		*sort = SORT_NUMBER;
		break;
	case CLASS_TIME:
		*sort = SORT_TIME;
		break;
	case CLASS_TEXT:
		*sort = SORT_TEXT;
		op.op = OP_FIELD_TEXT;
		break;
	case CLASS_ID:
		*sort = SORT_ID;
		r->p->from = *field;
		return RP_OK;
	default:
		return rp_assign_wrong_word(r, w, "a number, a time or a text");
	}
	op.off = (uint16_t)(sizeof(struct rp_record) + field->off);
	if (field->kind == RP_KIND_PRICE || field->kind == RP_KIND_SIZE) {
		op.op = OP_PRICE;
		op.exp_at = (uint8_t)(sizeof(struct rp_record) +
		    (field->kind == RP_KIND_PRICE ? RP_EV_PX_EXP
						  : RP_EV_QTY_EXP));
	} else if (*sort == SORT_TIME) {
		op.op = OP_TIME;
		if (field->kind == RP_KIND_TS_RECV)
			op.off = offsetof(struct rp_record, ts_recv);
	}
	r->other |= field->kind != RP_KIND_SYMBOL;
	return push(r, &op);
}

static enum rp_status
push_text(struct assign_resolver *r, const struct expr_word *w, enum sort *sort)
{
	const struct value_op op = {
		.op = OP_TEXT, .text = w->text, .len = w->len
	};

	*sort = SORT_TEXT;
	if (w->len > RP_MAX_NAME)
		return rp_assign_wrong(r, w, "a text of more than 255 bytes");
	return push(r, &op);
}

/* "5h", "-5h" */
static bool
read_span(const struct expr_word *w, int64_t *ns)
{
	bool minus = w->len > 0 && *w->text == '-';

	if (rp_span_parse(w->text + minus, w->len - minus, ns) != RP_OK)
		return false;
	*ns = minus ? -*ns : *ns;
	return true;
}

bool
rp_assign_read_time(
    struct assign_resolver *r, const struct expr_word *w, int64_t *ns)
{
	struct rp_when when;

	if (rp_when_parse(
		w->text, w->len, r->a->zone, r->a->now, &when, NULL) != RP_OK)
		return false;
	*ns = when.ns;
	return when.kind == RP_WHEN_AT;
}

/* It is no field of the type. */
static enum rp_status
unknown(struct assign_resolver *r, const struct expr_word *w)
{
	char hint[80];

	if (rp_expr_is_field(w))
		return RP_EMPTY;
	if (w->len > 1 && strchr("0123456789", *w->text) == NULL &&
	    memchr(w->text + 1, '*', w->len - 1) == NULL &&
	    strchr("+-*/", *w->text) == NULL) {
		rp_expr_suggest_field(w, false, hint, sizeof(hint));
		return rp_error_set(r->err, RP_ERR_USAGE,
		    "column %u: \"%.*s\" is neither a field nor a number nor "
		    "a time (a text needs quotes)%s",
		    w->column, (int)w->len, w->text, hint);
	}
	return rp_assign_wrong_word(r, w,
	    "a number, a span or a time (+ - * / need blanks around them)");
}

/* Only a schema may know the word: noted once, by its place. */
static enum rp_status
guess(struct assign_resolver *r, const struct expr_word *w)
{
	const struct rp_guess *known = (const void *)r->a->guesses.data;
	size_t n = r->a->guesses.len / sizeof(*known);
	struct rp_guess g = { .name = w->text, .len = w->len };

	for (size_t i = 0; i < n; i++)
		if (known[i].name == w->text)
			return RP_OK;
	rp_expr_no_field(w, false, g.message, sizeof(g.message));
	return rp_buffer_add(&r->a->guesses, &g, sizeof(g));
}

static enum rp_status
push_word(struct assign_resolver *r, const struct expr_word *w, enum sort *sort)
{
	struct rp_field field;
	enum rp_status st;
	rp_wide mantissa;
	int64_t ns;
	int exp;

	if (w->quoted)
		return push_text(r, w, sort);
	if (rp_type_field(r->type, w->text, w->len, &field))
		return push_field(r, w, &field, sort);
	st = rp_wide_parse(w->text, w->len, &mantissa, &exp);
	*sort = SORT_LITERAL;
	if (st == RP_OK)
		return rp_assign_push_number(r, mantissa, exp);
	if (st == RP_ERR_LIMIT)
		return rp_assign_wrong_word(r, w, "a number that can be held");
	*sort = SORT_SPAN;
	if (read_span(w, &ns))
		return rp_assign_push_number(r, ns, 0);
	*sort = SORT_TIME;
	if (rp_assign_read_time(r, w, &ns))
		return rp_assign_push_number(r, ns, 0);
	if (r->a->fields_only ||
	    !rp_schema_field(r->type, w->text, w->len, &field))
		return unknown(r, w);
	if ((st = guess(r, w)) != RP_OK)
		return st;
	return push_field(r, w, &field, sort);
}

/* ---- operators ---- */

/* What a sum is; false: these cannot be added. */
static bool
sort_of_sum(enum value_kind kind, enum sort a, enum sort b, enum sort *sum)
{
	bool minus = kind == VALUE_SUB;

	if (is_number(a) && is_number(b))
		*sum = SORT_NUMBER;
	else if (a == SORT_SPAN && b == SORT_SPAN)
		*sum = SORT_SPAN;
	else if (a == SORT_TIME && b == SORT_TIME && minus)
		*sum = SORT_SPAN;
	else if (a == SORT_TIME && (b == SORT_SPAN || b == SORT_NUMBER))
		*sum = SORT_TIME;
	else if (b == SORT_TIME && (a == SORT_SPAN || a == SORT_NUMBER) &&
	    !minus)
		*sum = SORT_TIME;
	else if (a == SORT_TEXT && b == SORT_TEXT && !minus)
		*sum = SORT_TEXT;
	else
		return false;
	return true;
}

static bool
sort_of_product(enum value_kind kind, enum sort a, enum sort b, enum sort *sort)
{
	*sort = a == SORT_SPAN || b == SORT_SPAN ? SORT_SPAN : SORT_NUMBER;
	if (is_number(b))
		return is_number(a) || a == SORT_SPAN;
	return kind == VALUE_MUL && is_number(a) && b == SORT_SPAN;
}

static enum rp_status
check_sorts(struct assign_resolver *r, const struct value_node *n,
    const enum sort *in, enum sort *sort)
{
	bool fits = in[0] == SORT_TEXT;

	*sort = in[0];
	switch (n->kind) {
	case VALUE_NEG:
	case VALUE_ABS:
		return is_number(in[0]) || in[0] == SORT_SPAN
		    ? RP_OK
		    : rp_assign_wrong(
			  r, &n->word, "this takes a number or a span");
	case VALUE_ADD:
	case VALUE_SUB:
		if (sort_of_sum(n->kind, in[0], in[1], sort))
			return RP_OK;
		if (in[0] == SORT_TIME || in[1] == SORT_TIME)
			return rp_assign_wrong(r, &n->word,
			    "a time is moved by a span with a unit (5h, "
			    "250us)");
		return rp_assign_wrong(r, &n->word, "these cannot be added");
	case VALUE_MUL:
	case VALUE_DIV:
		if (sort_of_product(n->kind, in[0], in[1], sort))
			return RP_OK;
		return rp_assign_wrong(
		    r, &n->word, "these cannot be multiplied");
	case VALUE_REPLACE:
		fits = fits && in[1] == SORT_TEXT && in[2] == SORT_TEXT;
		break;
	default:
		break;
	}
	return fits ? RP_OK : rp_assign_wrong(r, &n->word, "this takes texts");
}

static enum rp_status
push_value(struct assign_resolver *r, uint32_t index, enum sort *sort)
{
	const struct value_node *n = assign_node(r, index);
	struct value_op op = { .op = (uint8_t)(OP_VALUE + n->kind) };
	enum sort in[3];
	enum rp_status st;
	unsigned i, count = value_operands(n->kind);

	if (n->kind == VALUE_WORD)
		return push_word(r, &n->word, sort);
	for (i = 0; i < count; i++)
		if ((st = push_value(r, n->operand[i], &in[i])) != RP_OK)
			return st;
	if ((st = check_sorts(r, n, in, sort)) != RP_OK)
		return st;
	r->depth -= count - 1;
	return push(r, &op);
}

enum rp_status
rp_assign_push_value(struct assign_resolver *r, enum sort *sort)
{
	const uint32_t *values = (const uint32_t *)r->s->values.data;
	const struct value_node n = { .kind = r->s->how,
		.word = assign_node(r, values[0])->word };
	struct value_op op = { .op = (uint8_t)(OP_VALUE + n.kind) };
	enum sort in[3];
	enum rp_status st;

	if (r->s->values.len > sizeof(uint32_t))
		return rp_assign_wrong(r, &assign_node(r, values[1])->word,
		    "only flags are a list");
	if (r->s->how == VALUE_WORD)
		return push_value(r, values[0], sort);
	if ((st = push_word(r, &r->s->target, &in[0])) != RP_OK ||
	    (st = push_value(r, values[0], &in[1])) != RP_OK ||
	    (st = check_sorts(r, &n, in, sort)) != RP_OK)
		return st;
	return push(r, &op);
}
