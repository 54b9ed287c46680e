/*
 * The grammar of rp-syntax(7), by recursive descent; nesting is capped, and
 * chains of and, or and lists are loops, so that the stack is bounded.
 */
#include "expr/syntax.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "expr/expr.h"
#include "expr/names.h"
#include "expr/parser.h"

/* ---- the tree ---- */

static enum rp_status
add_node(struct expr_parser *p, const struct expr_node *node, uint32_t *index)
{
	*index = (uint32_t)(p->s->nodes.len / sizeof(*node));
	return rp_buffer_add(&p->s->nodes, node, sizeof(*node));
}

static enum rp_status
add_test(struct expr_parser *p, const struct expr_test *test, uint32_t *index)
{
	struct expr_node node = { .kind = EXPR_TEST, .prev = EXPR_NONE };
	enum rp_status st;

	node.test = (uint32_t)(p->s->tests.len / sizeof(*test));
	if (node.test >= RP_MAX_EXPR_TESTS)
		return rp_error_set(p->err, RP_ERR_USAGE,
		    "column %u: more than %d comparisons", test->left.column,
		    RP_MAX_EXPR_TESTS);
	if ((st = rp_buffer_add(&p->s->tests, test, sizeof(*test))) != RP_OK)
		return st;
	return add_node(p, &node, index);
}

/* Make next_child the last child of *parent, which is made of its first. */
static enum rp_status
join(struct expr_parser *p, enum expr_node_kind kind, uint32_t *parent,
    uint32_t first, uint32_t next_child)
{
	struct expr_node node = { .kind = kind, .prev = EXPR_NONE };
	struct expr_node *nodes;
	enum rp_status st;

	if (*parent == EXPR_NONE) {
		node.last = first;
		if ((st = add_node(p, &node, parent)) != RP_OK)
			return st;
	}
	if (next_child == EXPR_NONE)
		return RP_OK;
	nodes = (struct expr_node *)p->s->nodes.data;
	nodes[next_child].prev = nodes[*parent].last;
	nodes[*parent].last = next_child;
	return RP_OK;
}

/* ---- the grammar ---- */

/* A list: any of its values (in), or none of them (not in). */
struct list {
	struct expr_parser *p;
	struct expr_test test;
	enum expr_node_kind kind;
	uint32_t parent, first;
};

static enum rp_status
list_value(struct list *l)
{
	uint32_t child;
	enum rp_status st;

	if ((st = add_test(l->p, &l->test, &child)) != RP_OK)
		return st;
	if (l->first != EXPR_NONE)
		return join(l->p, l->kind, &l->parent, l->first, child);
	l->first = child;
	return RP_OK;
}

/* A line of @FILE, kept as long as the tree. */
static enum rp_status
list_line(void *arg, const char *text, size_t len, struct rp_error *err)
{
	struct list *l = arg;
	struct expr_syntax *s = l->p->s;
	struct expr_line *line = malloc(sizeof(*line) + len);

	(void)err;
	if (line == NULL)
		return RP_ERR_NOMEM;
	line->next = s->lines;
	s->lines = line;
	memcpy(line->text, text, len);
	l->test.right.text = line->text;
	l->test.right.len = (uint32_t)len;
	return list_value(l);
}

static enum rp_status
list_file(struct list *l)
{
	struct expr_parser *p = l->p;
	char *pattern = strndup(p->word.text, p->word.len);
	uint32_t column = p->column;
	struct rp_error err = { 0 };
	enum rp_status st;

	if (pattern == NULL)
		return RP_ERR_NOMEM;
	l->test.right = p->word;
	st = rp_names_each(pattern, list_line, l, &err);
	free(pattern);
	if (st == RP_OK && l->first == EXPR_NONE)
		st = rp_error_set(&err, RP_ERR_USAGE, "%.*s: an empty list",
		    (int)p->word.len - 1, p->word.text + 1);
	if (st != RP_OK)
		return st == RP_ERR_NOMEM
		    ? st
		    : rp_error_set(
			  p->err, st, "column %u: %s", column, err.text);
	return rp_expr_next(p);
}

static enum rp_status
list_values(struct list *l)
{
	struct expr_parser *p = l->p;
	enum rp_status st;

	do {
		if ((st = rp_expr_next(p)) != RP_OK)
			return st;
		if (p->token != TOKEN_WORD)
			return rp_expr_expected(p, "a value");
		l->test.right = p->word;
		if ((st = list_value(l)) != RP_OK ||
		    (st = rp_expr_next(p)) != RP_OK)
			return st;
	} while (p->token == TOKEN_COMMA);
	if (p->token != TOKEN_CLOSE)
		return rp_expr_expected(p, "\",\" or \")\"");
	return rp_expr_next(p);
}

/* Behind "in": "(" value { "," value } ")" or @FILE. */
static enum rp_status
parse_list(
    struct expr_parser *p, struct expr_test *test, bool none, uint32_t *node)
{
	struct list l = { .p = p,
		.test = *test,
		.kind = none ? EXPR_AND : EXPR_OR,
		.parent = EXPR_NONE,
		.first = EXPR_NONE };
	enum rp_status st;

	l.test.op = none ? EXPR_NE : EXPR_EQ;
	if (p->token == TOKEN_OPEN)
		st = list_values(&l);
	else if (p->token == TOKEN_WORD && !p->word.quoted && p->word.len > 1 &&
	    *p->word.text == '@')
		st = list_file(&l);
	else
		return rp_expr_expected(p, "\"(\" and a list, or @FILE");
	*node = l.parent != EXPR_NONE ? l.parent : l.first;
	return st;
}

/* Behind "is": [not] absent | present. */
static enum rp_status
parse_is(struct expr_parser *p, struct expr_test *test, uint32_t *node)
{
	bool negated = p->token == TOKEN_NOT, absent;
	enum rp_status st;

	if (negated && (st = rp_expr_next(p)) != RP_OK)
		return st;
	absent = rp_expr_is_keyword(p, "absent");
	if (!absent && !rp_expr_is_keyword(p, "present"))
		return rp_expr_expected(p, "absent or present");
	test->op = absent != negated ? EXPR_ABSENT : EXPR_PRESENT;
	if ((st = rp_expr_next(p)) != RP_OK)
		return st;
	return add_test(p, test, node);
}

/* Can the word be a field's name? Numbers and times cannot. */
static bool
is_name(const struct expr_word *w)
{
	return !w->quoted && w->len != 0 &&
	    strchr("0123456789+-@.", *w->text) == NULL;
}

/* value op field is field op' value */
static void
flip(struct expr_test *test)
{
	static const enum expr_op flipped[] = { EXPR_EQ, EXPR_NE, EXPR_GT,
		EXPR_GE, EXPR_LT, EXPR_LE };
	struct expr_word w = test->left;

	test->left = test->right;
	test->right = w;
	test->op = flipped[test->op];
}

static enum rp_status
parse_comparison(struct expr_parser *p, struct expr_test *test, uint32_t *node)
{
	enum rp_status st;

	test->op = p->op;
	if ((st = rp_expr_next(p)) != RP_OK)
		return st;
	if (p->token != TOKEN_WORD)
		return rp_expr_expected(p, "a value");
	test->right = p->word;
	if ((test->op == EXPR_LIKE || test->op == EXPR_UNLIKE) &&
	    !rp_glob_is_closed(p->word.text, p->word.len))
		return rp_error_set(p->err, RP_ERR_USAGE,
		    "column %u: this glob has a [ without its ] "
		    "(\\[ stands for itself)",
		    p->column);
	if (test->op <= EXPR_GE && !is_name(&test->left) &&
	    is_name(&test->right))
		flip(test);
	if ((st = rp_expr_next(p)) != RP_OK)
		return st;
	return add_test(p, test, node);
}

static enum rp_status
parse_test(struct expr_parser *p, uint32_t *node)
{
	struct expr_test test = { 0 };
	enum rp_status st;
	bool negated;

	if (p->token != TOKEN_WORD)
		return rp_expr_expected(p, "a field");
	test.left = p->word;
	if ((st = rp_expr_next(p)) != RP_OK)
		return st;
	if (p->token == TOKEN_COMPARE)
		return parse_comparison(p, &test, node);
	if (rp_expr_is_keyword(p, "has") || rp_expr_is_keyword(p, "glob")) {
		p->op = *p->word.text == 'h' ? EXPR_HAS : EXPR_LIKE;
		return parse_comparison(p, &test, node);
	}
	if (rp_expr_is_keyword(p, "is"))
		return (st = rp_expr_next(p)) != RP_OK
		    ? st
		    : parse_is(p, &test, node);
	negated = p->token == TOKEN_NOT;
	if (negated && (st = rp_expr_next(p)) != RP_OK)
		return st;
	if (negated && rp_expr_is_keyword(p, "glob")) {
		p->op = EXPR_UNLIKE;
		return parse_comparison(p, &test, node);
	}
	if (rp_expr_is_keyword(p, "in"))
		return (st = rp_expr_next(p)) != RP_OK
		    ? st
		    : parse_list(p, &test, negated, node);
	return rp_expr_expected(p,
	    negated ? "in or glob"
		    : "an operator (== != < <= > >= ~ !~ glob in has is)");
}

static enum rp_status
parse_unary(struct expr_parser *p, uint32_t *node)
{
	uint32_t child, parent = EXPR_NONE;
	bool odd = false;
	enum rp_status st;

	for (; p->token == TOKEN_NOT; odd = !odd)
		if ((st = rp_expr_next(p)) != RP_OK)
			return st;
	if (p->token == TOKEN_OPEN) {
		if (++p->depth > RP_MAX_EXPR_DEPTH)
			return rp_error_set(p->err, RP_ERR_USAGE,
			    "column %u: parentheses nested deeper than %d",
			    p->column, RP_MAX_EXPR_DEPTH);
		if ((st = rp_expr_next(p)) != RP_OK ||
		    (st = rp_expr_parse_or(p, &child)) != RP_OK)
			return st;
		if (p->token != TOKEN_CLOSE)
			return rp_expr_expected(p, "\")\", and or or");
		p->depth--;
		st = rp_expr_next(p);
	} else {
		st = parse_test(p, &child);
	}
	if (st != RP_OK)
		return st;
	*node = child;
	if (!odd)
		return RP_OK;
	st = join(p, EXPR_NOT, &parent, child, EXPR_NONE);
	*node = parent;
	return st;
}

/* operand { token operand } */
static enum rp_status
parse_chain(struct expr_parser *p, enum expr_token token,
    enum expr_node_kind kind,
    enum rp_status (*operand)(struct expr_parser *, uint32_t *), uint32_t *node)
{
	uint32_t parent = EXPR_NONE, first, child;
	enum rp_status st;

	if ((st = operand(p, &first)) != RP_OK)
		return st;
	while (p->token == token)
		if ((st = rp_expr_next(p)) != RP_OK ||
		    (st = operand(p, &child)) != RP_OK ||
		    (st = join(p, kind, &parent, first, child)) != RP_OK)
			return st;
	*node = parent != EXPR_NONE ? parent : first;
	return RP_OK;
}

static enum rp_status
parse_and(struct expr_parser *p, uint32_t *node)
{
	return parse_chain(p, TOKEN_AND, EXPR_AND, parse_unary, node);
}

enum rp_status
rp_expr_parse_or(struct expr_parser *p, uint32_t *node)
{
	return parse_chain(p, TOKEN_OR, EXPR_OR, parse_and, node);
}

enum rp_status
rp_expr_parse(struct expr_syntax *s, const char *text, struct rp_error *err)
{
	struct expr_parser p;
	enum rp_status st;

	*s = (struct expr_syntax){ 0 };
	if (strlen(text) > RP_MAX_EXPR)
		return rp_error_set(err, RP_ERR_USAGE,
		    "an expression of more than %d bytes", RP_MAX_EXPR);
	if ((s->text = strdup(text)) == NULL)
		return RP_ERR_NOMEM;
	rp_expr_parser_init(&p, s->text, err);
	p.s = s;
	if ((st = rp_expr_next(&p)) != RP_OK ||
	    (st = rp_expr_parse_or(&p, &s->root)) != RP_OK)
		return st;
	return p.token == TOKEN_END
	    ? RP_OK
	    : rp_expr_expected(&p, "and, or or the end");
}

void
rp_expr_syntax_free(struct expr_syntax *s)
{
	struct expr_line *line;

	while ((line = s->lines) != NULL) {
		s->lines = line->next;
		free(line);
	}
	free(s->text);
	rp_buffer_free(&s->nodes);
	rp_buffer_free(&s->tests);
	*s = (struct expr_syntax){ 0 };
}
