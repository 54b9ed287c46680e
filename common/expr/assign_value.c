/* Values of assignments: exact numbers of 128 bits, and texts. */
#include <string.h>

#include "base/bytes.h"
#include "expr/assign_work.h"

static const char too_large[] = "the value exceeds 128 bits";

struct number {
	rp_wide m;
	int exp;
};

enum rp_status
rp_assign_scale(rp_wide *mantissa, int from, int to, const char **why)
{
	if (*mantissa == 0)
		return RP_OK;
	for (; from > to; from--)
		if (__builtin_mul_overflow(*mantissa, 10, mantissa)) {
			*why = "the value is out of range";
			return RP_ERR_LIMIT;
		}
	for (; from < to; from++) {
		if (*mantissa % 10 != 0) {
			*why = "the value has more decimals than the exponent "
			       "leaves";
			return RP_ERR_LIMIT;
		}
		*mantissa /= 10;
	}
	return RP_OK;
}

/* ---- arithmetic ---- */

static bool
add(struct number *a, struct number b, bool minus)
{
	const char *why;
	int exp = a->exp < b.exp ? a->exp : b.exp;

	if (a->exp != b.exp &&
	    (rp_assign_scale(&a->m, a->exp, exp, &why) != RP_OK ||
		rp_assign_scale(&b.m, b.exp, exp, &why) != RP_OK))
		return false;
	a->exp = exp;
	return minus ? !__builtin_sub_overflow(a->m, b.m, &a->m)
		     : !__builtin_add_overflow(a->m, b.m, &a->m);
}

static bool
multiply(struct number *a, struct number b)
{
	a->exp += b.exp;
	if (a->m == (int64_t)a->m && b.m == (int64_t)b.m) {
		a->m = (rp_wide)(int64_t)a->m * (int64_t)b.m;
		return true;
	}
	return !__builtin_mul_overflow(a->m, b.m, &a->m);
}

/* Exact, with as many digits as that takes. */
static const char *
divide(struct number *a, struct number b)
{
	if (b.m == 0)
		return "a division by 0";
	a->exp -= b.exp;
	while (a->m % b.m != 0) {
		if (__builtin_mul_overflow(a->m, 10, &a->m))
			return "a quotient that is not exact";
		a->exp--;
	}
	if (b.m == -1)
		return __builtin_sub_overflow((rp_wide)0, a->m, &a->m)
		    ? too_large
		    : NULL;
	a->m /= b.m;
	return NULL;
}

/* The result in a; NULL, or why there is none. */
static const char *
calculate(unsigned kind, struct number *a, const struct number *b)
{
	bool fits = true;

	switch (kind) {
	case VALUE_NEG:
		fits = !__builtin_sub_overflow((rp_wide)0, a->m, &a->m);
		break;
	case VALUE_ABS:
		if (a->m < 0)
			fits = !__builtin_sub_overflow((rp_wide)0, a->m, &a->m);
		break;
	case VALUE_ADD:
	case VALUE_SUB:
		fits = add(a, *b, kind == VALUE_SUB);
		break;
	case VALUE_MUL:
		fits = multiply(a, *b);
		break;
	default:
		return divide(a, *b);
	}
	return fits ? NULL : too_large;
}

/* ---- numbers ---- */

/* A price, size or time, of 8 bytes. */
static bool
get_i64(
    const struct value_op *op, const struct rp_record *rec, struct number *n)
{
	const uint8_t *p = (const uint8_t *)rec;
	int64_t m;

	if (op->off + sizeof(m) > sizeof(*rec) + (size_t)rec->len)
		return false;
	m = (int64_t)rp_le64(p + op->off);
	n->m = m;
	n->exp = op->op == OP_PRICE ? (int8_t)p[op->exp_at] : 0;
	return m != RP_ABSENT && n->exp >= RP_EXP_MIN && n->exp <= RP_EXP_MAX;
}

static bool
get_number(const struct value_op *op, const struct rp_frame *f,
    const struct rp_record *rec, struct number *n)
{
	struct rp_value v;

	switch (op->op) {
	case OP_NUMBER:
		n->m = op->mantissa;
		n->exp = op->exp;
		return true;
	case OP_PRICE:
	case OP_TIME:
		return get_i64(op, rec, n);
	default:
		rp_field_get(&op->field, f, rec, &v);
		return rp_expr_number_of(&v, &n->m, &n->exp);
	}
}

enum rp_status
rp_assign_number(const struct assign_program *p, const struct rp_frame *f,
    const struct rp_record *rec, rp_wide *mantissa, int *exp, const char **why)
{
	const struct value_op *op = (const struct value_op *)p->ops.data;
	const struct value_op *end = op + p->ops.len / sizeof(*op);
	struct number stack[VALUE_STACK], *top = stack;

	for (; op < end; op++) {
		if (op->op < OP_VALUE) {
			if (!get_number(op, f, rec, top++))
				return RP_EMPTY;
			continue;
		}
		if (op->op >= OP_VALUE + VALUE_ADD)
			top--;
		if ((*why = calculate(op->op - OP_VALUE, top - 1, top)) != NULL)
			return RP_ERR_LIMIT;
	}
	*mantissa = stack[0].m;
	*exp = stack[0].exp;
	return RP_OK;
}

/* ---- texts ---- */

static bool
append(struct assign_text *t, const char *text, size_t len)
{
	if (len > sizeof(t->text) - t->len)
		return false;
	memcpy(t->text + t->len, text, len);
	t->len += len;
	return true;
}

/* ASCII letters only: the others of UTF-8 stay as they are. */
static void
change_case(struct assign_text *t, char from, char to)
{
	size_t i;

	for (i = 0; i < t->len; i++)
		if (t->text[i] >= from && t->text[i] <= from + 25)
			t->text[i] = (char)(t->text[i] - from + to);
}

/* All that equals old, from left to right; of no bytes: nothing does. */
static bool
replace(struct assign_text *t, const struct assign_text *old,
    const struct assign_text *new)
{
	const struct assign_text in = *t;
	size_t i = 0;
	bool fits = true;

	if (old->len == 0)
		return true;
	t->len = 0;
	while (fits && i < in.len)
		if (old->len <= in.len - i &&
		    memcmp(in.text + i, old->text, old->len) == 0) {
			fits = append(t, new->text, new->len);
			i += old->len;
		} else {
			fits = append(t, &in.text[i++], 1);
		}
	return fits;
}

static bool
get_text(const struct value_op *op, const struct rp_frame *f,
    const struct rp_record *rec, struct assign_text *t)
{
	struct rp_value v = { .text = op->text, .len = op->len };

	t->len = 0;
	if (op->op == OP_FIELD_TEXT) {
		rp_field_get(&op->field, f, rec, &v);
		if (v.kind != RP_VALUE_TEXT)
			return false;
	}
	return append(t, v.text, v.len);
}

/* Operate on the last texts of the stack, which then ends with the result. */
static bool
operate(unsigned kind, struct assign_text **top)
{
	struct assign_text *t;

	switch (kind) {
	case VALUE_UPPER:
		change_case(*top - 1, 'a', 'A');
		return true;
	case VALUE_LOWER:
		change_case(*top - 1, 'A', 'a');
		return true;
	case VALUE_ADD:
		t = --*top;
		return append(t - 1, t->text, t->len);
	default:
		t = *top -= 2;
		return replace(t - 1, t, t + 1);
	}
}

enum rp_status
rp_assign_text(const struct assign_program *p, const struct rp_frame *f,
    const struct rp_record *rec, struct assign_text *t, const char **why)
{
	const struct value_op *op = (const struct value_op *)p->ops.data;
	const struct value_op *end = op + p->ops.len / sizeof(*op);
	struct assign_text stack[VALUE_STACK], *top = stack;

	for (; op < end; op++) {
		if (op->op < OP_VALUE) {
			if (!get_text(op, f, rec, top++))
				return RP_EMPTY;
		} else if (!operate(op->op - OP_VALUE, &top)) {
			*why = "a text of more than 255 bytes";
			return RP_ERR_LIMIT;
		}
	}
	*t = stack[0];
	return RP_OK;
}
