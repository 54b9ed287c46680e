/* The grammar of assignments, by recursive descent, as in parse.c. */
#include <stdlib.h>

#include "expr/assign_work.h"

struct maker {
	struct value_parser v;
	struct rp_assign *a;
	struct assign_stmt s;
};

/* "=", "+=", "-=" or "*=" */
static enum rp_status
parse_how(struct maker *m)
{
	enum rp_status st;

	m->s.how = VALUE_WORD;
	if (m->v.p.token == TOKEN_WORD && *m->v.p.at == '=') {
		m->s.how = rp_expr_operator(&m->v.p);
		if (m->s.how != VALUE_WORD && m->s.how != VALUE_DIV &&
		    (st = rp_expr_next(&m->v.p)) != RP_OK)
			return st;
	}
	if (!rp_expr_is_equals(&m->v.p))
		return rp_expr_expected(&m->v.p, "= += -= or *=");
	return rp_expr_next(&m->v.p);
}

/* value { "," value } */
static enum rp_status
parse_values(struct maker *m)
{
	enum rp_status st;
	uint32_t node;

	for (;;) {
		if ((st = rp_expr_parse_value(&m->v, &node)) != RP_OK ||
		    (st = rp_buffer_add(&m->s.values, &node, sizeof(node))) !=
			RP_OK)
			return st;
		if (m->v.p.token != TOKEN_COMMA)
			return RP_OK;
		if ((st = rp_expr_next(&m->v.p)) != RP_OK)
			return st;
	}
}

static enum rp_status
parse_where(struct maker *m)
{
	enum rp_status st;

	if ((m->s.where = rp_expr_new(m->a->zone, m->a->now)) == NULL)
		return RP_ERR_NOMEM;
	m->v.p.s = &m->s.where->syntax;
	if ((st = rp_expr_next(&m->v.p)) != RP_OK ||
	    (st = rp_expr_parse_or(&m->v.p, &m->v.p.s->root)) != RP_OK)
		return st;
	return rp_expr_build(m->s.where, m->v.p.err);
}

static enum rp_status
parse_statement(struct maker *m)
{
	bool drop = rp_expr_is_keyword(&m->v.p, "drop");
	enum rp_status st;

	if (drop && (st = rp_expr_next(&m->v.p)) != RP_OK)
		return st;
	if (m->v.p.token != TOKEN_WORD)
		return rp_expr_expected(&m->v.p, "a field");
	m->s.kind = drop ? ASSIGN_DROP : ASSIGN_SET;
	m->s.target = m->v.p.word;
	if ((st = rp_expr_next(&m->v.p)) != RP_OK ||
	    (!drop &&
		((st = parse_how(m)) != RP_OK ||
		    (st = parse_values(m)) != RP_OK)))
		return st;
	if (rp_expr_is_keyword(&m->v.p, "where") &&
	    (st = parse_where(m)) != RP_OK)
		return st;
	if (m->v.p.token == TOKEN_END || m->v.p.token == TOKEN_SEMICOLON)
		return RP_OK;
	return rp_expr_expected(&m->v.p,
	    m->s.where != NULL ? "and, or, \";\" or the end"
			       : "where, \";\" or the end");
}

enum rp_status
rp_assign_parse(struct rp_assign *a, char *text, struct rp_error *err)
{
	struct maker m = { .a = a,
		.v = { .language = VALUE_OF_ASSIGN, .nodes = &m.s.nodes } };
	enum rp_status st;

	rp_expr_parser_init(&m.v.p, text, err);
	do {
		if ((st = rp_expr_next(&m.v.p)) != RP_OK)
			return st;
		if (m.v.p.token == TOKEN_END && a->stmts.len != 0)
			return RP_OK; /* behind the last ";" */
		m.s = (struct assign_stmt){ 0 };
		st = parse_statement(&m);
		if (rp_buffer_add(&a->stmts, &m.s, sizeof(m.s)) != RP_OK) {
			rp_assign_free_statement(&m.s);
			return RP_ERR_NOMEM;
		}
	} while (st == RP_OK && m.v.p.token == TOKEN_SEMICOLON);
	return st;
}

enum rp_status
rp_assign_parse_list(struct rp_assign *a, char *text, struct assign_stmt *list,
    struct rp_error *err)
{
	struct maker m = { .a = a,
		.v = { .language = VALUE_OF_ASSIGN, .nodes = &m.s.nodes } };
	enum rp_status st;

	rp_expr_parser_init(&m.v.p, text, err);
	if ((st = rp_expr_next(&m.v.p)) == RP_OK &&
	    (st = parse_values(&m)) == RP_OK && m.v.p.token != TOKEN_END)
		st = rp_expr_expected(&m.v.p, "\",\", + - * / or the end");
	*list = m.s;
	return st;
}
