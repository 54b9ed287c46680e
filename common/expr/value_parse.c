/* The grammar of values, by recursive descent, as in parse.c. */
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "expr/value.h"

static enum rp_status
add_node(struct value_parser *v, const struct value_node *node, uint32_t *index)
{
	*index = (uint32_t)(v->nodes->len / sizeof(*node));
	if (*index >= RP_MAX_EXPR_TESTS)
		return rp_error_set(v->p.err, RP_ERR_USAGE,
		    "column %u: more than %d values", node->word.column,
		    RP_MAX_EXPR_TESTS);
	return rp_buffer_add(v->nodes, node, sizeof(*node));
}

/* An operator is a word of its own: "a * b", for a*b may be a name. */
enum value_kind
rp_expr_operator(const struct expr_parser *p)
{
	if (rp_expr_is_keyword(p, "+"))
		return VALUE_ADD;
	if (rp_expr_is_keyword(p, "-"))
		return VALUE_SUB;
	if (rp_expr_is_keyword(p, "*"))
		return VALUE_MUL;
	return rp_expr_is_keyword(p, "/") ? VALUE_DIV : VALUE_WORD;
}

static enum rp_status
enter(struct value_parser *v)
{
	if (++v->p.depth > RP_MAX_EXPR_DEPTH)
		return rp_error_set(v->p.err, RP_ERR_USAGE,
		    "column %u: parentheses nested deeper than %d", v->p.column,
		    RP_MAX_EXPR_DEPTH);
	return rp_expr_next(&v->p);
}

static enum rp_status
leave(struct value_parser *v)
{
	if (v->p.token != TOKEN_CLOSE)
		return rp_expr_expected(&v->p, "\")\" or + - * /");
	v->p.depth--;
	return rp_expr_next(&v->p);
}

static const struct function {
	const char *name;
	enum value_kind kind;
	unsigned languages;
	bool open_ended; /* f(a, b, c) is f(f(a, b), c) */
} functions[] = {
	{ "abs", VALUE_ABS, VALUE_OF_ASSIGN | VALUE_OF_FORMULA, false },
	{ "upper", VALUE_UPPER, VALUE_OF_ASSIGN, false },
	{ "lower", VALUE_LOWER, VALUE_OF_ASSIGN, false },
	{ "replace", VALUE_REPLACE, VALUE_OF_ASSIGN, false },
	{ "min", VALUE_MIN, VALUE_OF_FORMULA, true },
	{ "max", VALUE_MAX, VALUE_OF_FORMULA, true },
	{ "sqrt", VALUE_SQRT, VALUE_OF_FORMULA, false },
	{ "log", VALUE_LOG, VALUE_OF_FORMULA, false },
	{ "lag", VALUE_LAG, VALUE_OF_FORMULA, false },
	{ "coalesce", VALUE_COALESCE, VALUE_OF_FORMULA, true },
};

/* "," value */
static enum rp_status
parse_next_argument(struct value_parser *v, uint32_t *index)
{
	enum rp_status st;

	if (v->p.token != TOKEN_COMMA)
		return rp_expr_expected(&v->p, "\",\"");
	if ((st = rp_expr_next(&v->p)) != RP_OK)
		return st;
	return rp_expr_parse_value(v, index);
}

/* Behind a function's name: "(" value { "," value } ")". */
static enum rp_status
parse_arguments(
    struct value_parser *v, const struct function *f, struct value_node *node)
{
	enum rp_status st = enter(v);
	uint32_t first = 0;

	node->kind = f->kind;
	if (st == RP_OK)
		st = rp_expr_parse_value(v, &node->operand[0]);
	for (unsigned i = 1; st == RP_OK && i < value_operands(f->kind); i++)
		st = parse_next_argument(v, &node->operand[i]);
	while (st == RP_OK && f->open_ended && v->p.token == TOKEN_COMMA) {
		if ((st = add_node(v, node, &first)) == RP_OK)
			st = parse_next_argument(v, &node->operand[1]);
		node->operand[0] = first;
	}
	return st == RP_OK ? leave(v) : st;
}

static enum rp_status
no_function(struct value_parser *v, const struct expr_word *w)
{
	char known[128] = "";
	size_t at = 0;

	for (size_t i = 0; i < RP_LEN(functions); i++)
		if ((functions[i].languages & v->language) != 0)
			at += (size_t)snprintf(known + at, sizeof(known) - at,
			    "%s%s", at > 0 ? ", " : "", functions[i].name);
	return rp_error_set(v->p.err, RP_ERR_USAGE,
	    "column %u: no function \"%.*s\" (%s)", w->column, (int)w->len,
	    w->text, known);
}

static enum rp_status
parse_function(struct value_parser *v, struct value_node *node)
{
	const struct expr_word *w = &node->word;

	for (size_t i = 0; i < RP_LEN(functions); i++)
		if ((functions[i].languages & v->language) != 0 &&
		    w->len == strlen(functions[i].name) &&
		    memcmp(w->text, functions[i].name, w->len) == 0)
			return parse_arguments(v, &functions[i], node);
	return no_function(v, w);
}

static enum rp_status
parse_factor(struct value_parser *v, uint32_t *index)
{
	struct value_node node = { .kind = VALUE_WORD, .word = v->p.word };
	enum rp_status st;

	if (v->p.token == TOKEN_OPEN) {
		if ((st = enter(v)) != RP_OK ||
		    (st = rp_expr_parse_value(v, index)) != RP_OK)
			return st;
		return leave(v);
	}
	if (v->p.token != TOKEN_WORD)
		return rp_expr_expected(&v->p, "a value");
	if (rp_expr_operator(&v->p) == VALUE_SUB) {
		node.kind = VALUE_NEG;
		if ((st = enter(v)) != RP_OK ||
		    (st = parse_factor(v, &node.operand[0])) != RP_OK)
			return st;
		v->p.depth--;
		return add_node(v, &node, index);
	}
	if (rp_expr_operator(&v->p) != VALUE_WORD)
		return rp_expr_expected(&v->p, "a value");
	if ((st = rp_expr_next(&v->p)) != RP_OK)
		return st;
	if (v->p.token == TOKEN_OPEN && !node.word.quoted &&
	    (st = parse_function(v, &node)) != RP_OK)
		return st;
	return add_node(v, &node, index);
}

/* operand { operator operand }, with the operators from low to high */
static enum rp_status
parse_chain(struct value_parser *v, enum value_kind low, enum value_kind high,
    enum rp_status (*operand)(struct value_parser *, uint32_t *),
    uint32_t *index)
{
	enum rp_status st = operand(v, index);

	while (st == RP_OK && v->p.token == TOKEN_WORD) {
		struct value_node node = { .kind = rp_expr_operator(&v->p),
			.word = v->p.word,
			.operand = { *index } };

		if (node.kind < low || node.kind > high)
			return RP_OK;
		if ((st = rp_expr_next(&v->p)) == RP_OK &&
		    (st = operand(v, &node.operand[1])) == RP_OK)
			st = add_node(v, &node, index);
	}
	return st;
}

static enum rp_status
parse_product(struct value_parser *v, uint32_t *node)
{
	return parse_chain(v, VALUE_MUL, VALUE_DIV, parse_factor, node);
}

enum rp_status
rp_expr_parse_value(struct value_parser *v, uint32_t *node)
{
	return parse_chain(v, VALUE_ADD, VALUE_SUB, parse_product, node);
}
