/*
 * Inside expr/: values as trees: sums, products and functions of words.
 * Assignments compute them exactly, formulas with rounding.
 */
#ifndef RP_EXPR_VALUE_H
#define RP_EXPR_VALUE_H

#include "base/limits.h"
#include "expr/parser.h"

enum value_kind {
	VALUE_WORD,
	VALUE_NEG, /* the first with one operand ... */
	VALUE_ABS,
	VALUE_UPPER,
	VALUE_LOWER,
	VALUE_SQRT,
	VALUE_LOG,
	VALUE_LAG,
	VALUE_ADD, /* ... with two ... */
	VALUE_SUB,
	VALUE_MUL,
	VALUE_DIV,
	VALUE_MIN,
	VALUE_MAX,
	VALUE_COALESCE,
	VALUE_REPLACE /* ... with three */
};

struct value_node {
	enum value_kind kind;
	struct expr_word word; /* VALUE_WORD; else where the operator stands */
	uint32_t operand[3];
};

/* Entries of a stack that any tree can be computed on. */
enum { VALUE_STACK = 2 * RP_MAX_EXPR_DEPTH + 8 };

/* Whose functions there are. */
enum value_language { VALUE_OF_ASSIGN = 1, VALUE_OF_FORMULA = 2 };

struct value_parser {
	struct expr_parser p;
	enum value_language language;
	struct rp_buffer *nodes; /* struct value_node */
};

/* A value, up to the first token that is no part of it. RP_ERR_USAGE,
 * RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_expr_parse_value(
    struct value_parser *v, uint32_t *node);

/* VALUE_ADD, SUB, MUL or DIV if the token in hand is that, else VALUE_WORD. */
enum value_kind rp_expr_operator(const struct expr_parser *p);

static inline unsigned
value_operands(enum value_kind kind)
{
	if (kind == VALUE_REPLACE)
		return 3;
	return kind < VALUE_ADD ? kind > VALUE_WORD : 2;
}

#endif
