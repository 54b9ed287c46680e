/* The grammar of assignments, by recursive descent, as in parse.c. */
#include <stdlib.h>
#include <string.h>

#include "expr/assign_work.h"
#include "expr/parser.h"

struct maker {
	struct expr_parser p;
	struct rp_assign *a;
	struct assign_stmt s;
};

static enum rp_status parse_sum(struct maker *m, uint32_t *node);

static enum rp_status
add_node(struct maker *m, const struct value_node *node, uint32_t *index)
{
	*index = (uint32_t)(m->s.nodes.len / sizeof(*node));
	if (*index >= RP_MAX_EXPR_TESTS)
		return rp_error_set(m->p.err, RP_ERR_USAGE,
		    "column %u: more than %d values", node->word.column,
		    RP_MAX_EXPR_TESTS);
	return rp_buffer_add(&m->s.nodes, node, sizeof(*node));
}

/* An operator is a word of its own: "a * b", for a*b may be a name. */
static enum value_kind
operator_of(const struct expr_parser *p)
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
enter(struct maker *m)
{
	if (++m->p.depth > RP_MAX_EXPR_DEPTH)
		return rp_error_set(m->p.err, RP_ERR_USAGE,
		    "column %u: parentheses nested deeper than %d", m->p.column,
		    RP_MAX_EXPR_DEPTH);
	return rp_expr_next(&m->p);
}

static enum rp_status
leave(struct maker *m)
{
	if (m->p.token != TOKEN_CLOSE)
		return rp_expr_expected(&m->p, "\")\" or + - * /");
	m->p.depth--;
	return rp_expr_next(&m->p);
}

/* Behind a function's name: "(" value { "," value } ")". */
static enum rp_status
parse_arguments(struct maker *m, struct value_node *node, unsigned n)
{
	enum rp_status st = enter(m);
	unsigned i;

	for (i = 0; st == RP_OK && i < n; i++) {
		if (i > 0 && m->p.token != TOKEN_COMMA)
			return rp_expr_expected(&m->p, "\",\"");
		if (i > 0)
			st = rp_expr_next(&m->p);
		if (st == RP_OK)
			st = parse_sum(m, &node->operand[i]);
	}
	return st == RP_OK ? leave(m) : st;
}

static enum rp_status
parse_function(struct maker *m, struct value_node *node)
{
	static const struct {
		const char *name;
		enum value_kind kind;
		unsigned arguments;
	} functions[] = {
		{ "abs", VALUE_ABS, 1 },
		{ "upper", VALUE_UPPER, 1 },
		{ "lower", VALUE_LOWER, 1 },
		{ "replace", VALUE_REPLACE, 3 },
	};
	size_t i;

	for (i = 0; i < RP_LEN(functions); i++)
		if (node->word.len == strlen(functions[i].name) &&
		    memcmp(node->word.text, functions[i].name,
			node->word.len) == 0) {
			node->kind = functions[i].kind;
			return parse_arguments(m, node, functions[i].arguments);
		}
	return rp_error_set(m->p.err, RP_ERR_USAGE,
	    "column %u: no function \"%.*s\" (abs, upper, lower, replace)",
	    node->word.column, (int)node->word.len, node->word.text);
}

static enum rp_status
parse_factor(struct maker *m, uint32_t *index)
{
	struct value_node node = { .kind = VALUE_WORD, .word = m->p.word };
	enum rp_status st;

	if (m->p.token == TOKEN_OPEN) {
		if ((st = enter(m)) != RP_OK ||
		    (st = parse_sum(m, index)) != RP_OK)
			return st;
		return leave(m);
	}
	if (m->p.token != TOKEN_WORD)
		return rp_expr_expected(&m->p, "a value");
	if (operator_of(&m->p) == VALUE_SUB) {
		node.kind = VALUE_NEG;
		if ((st = enter(m)) != RP_OK ||
		    (st = parse_factor(m, &node.operand[0])) != RP_OK)
			return st;
		m->p.depth--;
		return add_node(m, &node, index);
	}
	if (operator_of(&m->p) != VALUE_WORD)
		return rp_expr_expected(&m->p, "a value");
	if ((st = rp_expr_next(&m->p)) != RP_OK)
		return st;
	if (m->p.token == TOKEN_OPEN && !node.word.quoted &&
	    (st = parse_function(m, &node)) != RP_OK)
		return st;
	return add_node(m, &node, index);
}

/* operand { operator operand }, with the operators from low to high */
static enum rp_status
parse_chain(struct maker *m, enum value_kind low, enum value_kind high,
    enum rp_status (*operand)(struct maker *, uint32_t *), uint32_t *index)
{
	enum rp_status st = operand(m, index);

	while (st == RP_OK && m->p.token == TOKEN_WORD) {
		struct value_node node = { .kind = operator_of(&m->p),
			.word = m->p.word,
			.operand = { *index } };

		if (node.kind < low || node.kind > high)
			return RP_OK;
		if ((st = rp_expr_next(&m->p)) == RP_OK &&
		    (st = operand(m, &node.operand[1])) == RP_OK)
			st = add_node(m, &node, index);
	}
	return st;
}

static enum rp_status
parse_product(struct maker *m, uint32_t *node)
{
	return parse_chain(m, VALUE_MUL, VALUE_DIV, parse_factor, node);
}

static enum rp_status
parse_sum(struct maker *m, uint32_t *node)
{
	return parse_chain(m, VALUE_ADD, VALUE_SUB, parse_product, node);
}

/* ---- statements ---- */

/* "=", which "==" is not. */
static bool
is_equals(const struct maker *m)
{
	return m->p.token == TOKEN_COMPARE && m->p.op == EXPR_EQ &&
	    m->p.at - m->p.begin == 1;
}

/* "=", "+=", "-=" or "*=" */
static enum rp_status
parse_how(struct maker *m)
{
	enum rp_status st;

	m->s.how = VALUE_WORD;
	if (m->p.token == TOKEN_WORD && *m->p.at == '=') {
		m->s.how = operator_of(&m->p);
		if (m->s.how != VALUE_WORD && m->s.how != VALUE_DIV &&
		    (st = rp_expr_next(&m->p)) != RP_OK)
			return st;
	}
	if (!is_equals(m))
		return rp_expr_expected(&m->p, "= += -= or *=");
	return rp_expr_next(&m->p);
}

static enum rp_status
parse_values(struct maker *m)
{
	enum rp_status st;
	uint32_t node;

	if ((st = parse_how(m)) != RP_OK)
		return st;
	for (;;) {
		if ((st = parse_sum(m, &node)) != RP_OK ||
		    (st = rp_buffer_add(&m->s.values, &node, sizeof(node))) !=
			RP_OK)
			return st;
		if (m->p.token != TOKEN_COMMA)
			return RP_OK;
		if ((st = rp_expr_next(&m->p)) != RP_OK)
			return st;
	}
}

static enum rp_status
parse_where(struct maker *m)
{
	enum rp_status st;

	if ((m->s.where = rp_expr_new(m->a->zone, m->a->now)) == NULL)
		return RP_ERR_NOMEM;
	m->p.s = &m->s.where->syntax;
	if ((st = rp_expr_next(&m->p)) != RP_OK ||
	    (st = rp_expr_parse_or(&m->p, &m->p.s->root)) != RP_OK)
		return st;
	return rp_expr_build(m->s.where, m->p.err);
}

static enum rp_status
parse_statement(struct maker *m)
{
	bool drop = rp_expr_is_keyword(&m->p, "drop");
	enum rp_status st;

	if (drop && (st = rp_expr_next(&m->p)) != RP_OK)
		return st;
	if (m->p.token != TOKEN_WORD)
		return rp_expr_expected(&m->p, "a field");
	m->s.kind = drop ? ASSIGN_DROP : ASSIGN_SET;
	m->s.target = m->p.word;
	if ((st = rp_expr_next(&m->p)) != RP_OK ||
	    (!drop && (st = parse_values(m)) != RP_OK))
		return st;
	if (rp_expr_is_keyword(&m->p, "where") &&
	    (st = parse_where(m)) != RP_OK)
		return st;
	if (m->p.token == TOKEN_END || m->p.token == TOKEN_SEMICOLON)
		return RP_OK;
	return rp_expr_expected(&m->p,
	    m->s.where != NULL ? "and, or, \";\" or the end"
			       : "where, \";\" or the end");
}

enum rp_status
rp_assign_parse(struct rp_assign *a, char *text, struct rp_error *err)
{
	struct maker m = { .a = a };
	enum rp_status st;

	rp_expr_parser_init(&m.p, text, err);
	do {
		if ((st = rp_expr_next(&m.p)) != RP_OK)
			return st;
		if (m.p.token == TOKEN_END && a->stmts.len != 0)
			return RP_OK; /* behind the last ";" */
		m.s = (struct assign_stmt){ 0 };
		st = parse_statement(&m);
		if (rp_buffer_add(&a->stmts, &m.s, sizeof(m.s)) != RP_OK) {
			rp_assign_free_statement(&m.s);
			return RP_ERR_NOMEM;
		}
	} while (st == RP_OK && m.p.token == TOKEN_SEMICOLON);
	return st;
}
