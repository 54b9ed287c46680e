#include "expr/formula.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "expr/value.h"
#include "types/schema.h"

struct formula_op {
	enum value_kind kind; /* VALUE_WORD: push */
	bool constant; /* of it: this number, or the one at this place */
	uint32_t at;
	struct rp_number number;
};

struct rp_formula {
	char *text;
	const char *name; /* in text */
	size_t name_len;
	int exp;
	uint32_t root;
	struct rp_buffer nodes; /* struct value_node */
	struct rp_buffer ops; /* struct formula_op */
};

/* ---- the text ---- */

/* "name" or "name:-6" */
static enum rp_status
read_name(struct rp_formula *f, const struct expr_parser *p)
{
	const struct expr_word *w = &p->word;
	const char *colon = memchr(w->text, ':', w->len);
	int64_t exp = RP_FORMULA_EXP;

	if (p->token != TOKEN_WORD || w->quoted)
		return rp_error_set(p->err, RP_ERR_USAGE,
		    "column %u: a feature is NAME = VALUE", w->column);
	f->name = w->text;
	f->name_len = colon != NULL ? (size_t)(colon - w->text) : w->len;
	if (!rp_schema_is_name(f->name, f->name_len))
		return rp_error_set(p->err, RP_ERR_USAGE,
		    "column %u: \"%.*s\" is no name of letters, digits and _",
		    w->column, (int)w->len, w->text);
	if (colon != NULL &&
	    (rp_i64_parse(colon + 1, w->len - f->name_len - 1, &exp) != RP_OK ||
		exp < RP_EXP_MIN || exp > RP_EXP_MAX))
		return rp_error_set(p->err, RP_ERR_USAGE,
		    "column %u: \"%.*s\": an exponent is from %d to %d",
		    w->column, (int)w->len, w->text, RP_EXP_MIN, RP_EXP_MAX);
	f->exp = (int)exp;
	return RP_OK;
}

static enum rp_status
parse(struct rp_formula *f, struct rp_error *err)
{
	struct value_parser v = { .language = VALUE_OF_FORMULA,
		.nodes = &f->nodes };
	struct expr_parser *p = &v.p;
	enum rp_status st;

	rp_expr_parser_init(p, f->text, err);
	if ((st = rp_expr_next(p)) != RP_OK ||
	    (st = read_name(f, p)) != RP_OK || (st = rp_expr_next(p)) != RP_OK)
		return st;
	if (!rp_expr_is_equals(p))
		return rp_expr_expected(p, "=");
	if ((st = rp_expr_next(p)) != RP_OK ||
	    (st = rp_expr_parse_value(&v, &f->root)) != RP_OK)
		return st;
	return p->token == TOKEN_END
	    ? RP_OK
	    : rp_expr_expected(p, "+ - * / (with blanks) or the end");
}

enum rp_status
rp_formula_parse(
    struct rp_formula **out, const char *text, struct rp_error *err)
{
	struct rp_formula *f = *out = calloc(1, sizeof(*f));

	if (f == NULL)
		return RP_ERR_NOMEM;
	if (strlen(text) > RP_MAX_EXPR)
		return rp_error_set(err, RP_ERR_USAGE,
		    "a formula of more than %d bytes", RP_MAX_EXPR);
	if ((f->text = strdup(text)) == NULL)
		return RP_ERR_NOMEM;
	return parse(f, err);
}

void
rp_formula_free(struct rp_formula *f)
{
	if (f == NULL)
		return;
	rp_buffer_free(&f->nodes);
	rp_buffer_free(&f->ops);
	free(f->text);
	free(f);
}

const char *
rp_formula_name(const struct rp_formula *f, size_t *len)
{
	*len = f->name_len;
	return f->name;
}

int
rp_formula_exp(const struct rp_formula *f)
{
	return f->exp;
}

/* ---- what its words are ---- */

struct resolver {
	struct rp_formula *f;
	rp_formula_find *find;
	void *arg;
	unsigned depth; /* of the stack */
	struct rp_error *err;
};

static enum rp_status
push(struct resolver *r, const struct expr_word *w, struct formula_op *op)
{
	op->kind = VALUE_WORD;
	if (++r->depth > VALUE_STACK)
		return rp_error_set(r->err, RP_ERR_USAGE,
		    "column %u: a value of too many parts", w->column);
	return rp_buffer_add(&r->f->ops, op, sizeof(*op));
}

/* A number, or a span as ns. */
static bool
read_constant(const struct expr_word *w, struct rp_number *number)
{
	rp_wide m;
	int64_t ns;
	int exp = 0;

	if (rp_wide_parse(w->text, w->len, &m, &exp) != RP_OK) {
		if (rp_span_parse(w->text, w->len, &ns) != RP_OK)
			return false;
		m = ns;
	}
	*number = rp_number_of(m, exp);
	return true;
}

static enum rp_status
push_word(struct resolver *r, const struct expr_word *w, bool lag)
{
	struct formula_op op = { .constant = true };
	struct rp_error why = { 0 };
	enum rp_status st;

	if (w->quoted)
		return rp_error_set(r->err, RP_ERR_USAGE,
		    "column %u: a text is no number", w->column);
	if (!lag && read_constant(w, &op.number))
		return push(r, w, &op);
	op.constant = false;
	st = r->find(r->arg, w->text, w->len, lag, &op.at, &why);
	if (st == RP_OK)
		return push(r, w, &op);
	return st == RP_ERR_NOMEM
	    ? st
	    : rp_error_set(r->err, st, "column %u: %s", w->column, why.text);
}

static enum rp_status
push_value(struct resolver *r, uint32_t index)
{
	const struct value_node *n =
	    (const struct value_node *)r->f->nodes.data + index;
	const struct formula_op op = { .kind = n->kind };
	unsigned count = value_operands(n->kind);
	enum rp_status st = RP_OK;

	if (n->kind == VALUE_WORD)
		return push_word(r, &n->word, false);
	if (n->kind == VALUE_LAG) {
		n = (const struct value_node *)r->f->nodes.data + n->operand[0];
		return n->kind == VALUE_WORD
		    ? push_word(r, &n->word, true)
		    : rp_error_set(r->err, RP_ERR_USAGE,
			  "column %u: lag is of a feature's name",
			  n->word.column);
	}
	for (unsigned i = 0; st == RP_OK && i < count; i++)
		st = push_value(r, n->operand[i]);
	if (st != RP_OK)
		return st;
	r->depth -= count - 1;
	return rp_buffer_add(&r->f->ops, &op, sizeof(op));
}

enum rp_status
rp_formula_resolve(struct rp_formula *f, rp_formula_find *find, void *arg,
    struct rp_error *err)
{
	struct resolver r = { .f = f, .find = find, .arg = arg, .err = err };

	f->ops.len = 0;
	return push_value(&r, f->root);
}

/* ---- values ---- */

/* What the least or greatest of two numbers is. */
static struct rp_number
choose(struct rp_number a, struct rp_number b, bool greatest)
{
	if (rp_number_is_absent(a) || rp_number_is_absent(b))
		return rp_number_is_absent(a) ? a : b;
	return (rp_number_compare(a, b) < 0) == greatest ? b : a;
}

static struct rp_number
calculate(enum value_kind kind, struct rp_number a, struct rp_number b)
{
	switch (kind) {
	case VALUE_NEG:
		return rp_number_negate(a);
	case VALUE_ABS:
		return a.m < 0 ? rp_number_negate(a) : a;
	case VALUE_SQRT:
		return rp_number_sqrt(a);
	case VALUE_LOG:
		return rp_number_log(a);
	case VALUE_ADD:
		return rp_number_add(a, b);
	case VALUE_SUB:
		return rp_number_add(a, rp_number_negate(b));
	case VALUE_MUL:
		return rp_number_multiply(a, b);
	case VALUE_DIV:
		return rp_number_divide(a, b);
	case VALUE_MIN:
	case VALUE_MAX:
		return choose(a, b, kind == VALUE_MAX);
	default: /* VALUE_COALESCE */
		return rp_number_is_absent(a) ? b : a;
	}
}

bool
rp_formula_value(
    const struct rp_formula *f, const struct rp_number *numbers, int64_t *value)
{
	const struct formula_op *op = (const struct formula_op *)f->ops.data;
	const struct formula_op *end = op + f->ops.len / sizeof(*op);
	struct rp_number stack[VALUE_STACK], *top = stack;

	for (; op < end; op++) {
		if (op->kind == VALUE_WORD) {
			*top++ = op->constant ? op->number : numbers[op->at];
			continue;
		}
		top -= value_operands(op->kind) - 1;
		top[-1] = calculate(op->kind, top[-1], top[0]);
	}
	return rp_number_at(stack[0], f->exp, value);
}
