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

enum token {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COMMA,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_COMPARE
};

struct parser {
	struct expr_syntax *s;
	struct rp_error *err;
	char *at; /* the text behind the token in hand */
	const char *begin; /* of the token in hand */
	enum token token;
	enum expr_op op; /* TOKEN_COMPARE */
	struct expr_word word;
	uint32_t column; /* of the token in hand */
	const char *counted; /* text up to which characters are counted ... */
	uint32_t characters; /* ... and how many they are */
	unsigned depth;
};

/* ---- tokens ---- */

static const struct {
	const char *text;
	enum token token;
	enum expr_op op;
} symbols[] = {
	{ "&&", TOKEN_AND, 0 },
	{ "||", TOKEN_OR, 0 },
	{ "==", TOKEN_COMPARE, EXPR_EQ },
	{ "!=", TOKEN_COMPARE, EXPR_NE },
	{ "!~", TOKEN_COMPARE, EXPR_UNLIKE },
	{ "<=", TOKEN_COMPARE, EXPR_LE },
	{ ">=", TOKEN_COMPARE, EXPR_GE },
	{ "<", TOKEN_COMPARE, EXPR_LT },
	{ ">", TOKEN_COMPARE, EXPR_GT },
	{ "=", TOKEN_COMPARE, EXPR_EQ },
	{ "~", TOKEN_COMPARE, EXPR_LIKE },
	{ "!", TOKEN_NOT, 0 },
	{ "(", TOKEN_OPEN, 0 },
	{ ")", TOKEN_CLOSE, 0 },
	{ ",", TOKEN_COMMA, 0 },
};

static bool
is_word(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || c >= 0x80 ||
	    (c != 0 && strchr("_.-+:@#$/%*?[]", c) != NULL);
}

static uint32_t
column_of(struct parser *p, const char *at)
{
	for (; p->counted < at; p->counted++)
		p->characters += (*p->counted & 0xc0) != 0x80;
	return p->characters + 1;
}

/* Quoted text, its escapes undone where it stands. */
static enum rp_status
quoted(struct parser *p)
{
	char quote = *p->at++, *out = p->at;

	p->word.text = out;
	while (*p->at != quote) {
		if (*p->at == '\\' && (p->at[1] == quote || p->at[1] == '\\'))
			p->at++;
		if (*p->at == '\0')
			return rp_error_set(p->err, RP_ERR_USAGE,
			    "column %u: this quote is not closed", p->column);
		(void)column_of(p, p->at); /* before it is overwritten */
		*out++ = *p->at++;
	}
	p->at++;
	p->word.len = (uint32_t)(out - p->word.text);
	p->word.quoted = true;
	return RP_OK;
}

static bool
is_keyword(const struct parser *p, const char *keyword)
{
	return p->token == TOKEN_WORD && !p->word.quoted &&
	    p->word.len == strlen(keyword) &&
	    memcmp(p->word.text, keyword, p->word.len) == 0;
}

static enum rp_status
next(struct parser *p)
{
	size_t i, n;

	p->at += strspn(p->at, " \t\r\n");
	p->begin = p->at;
	p->column = column_of(p, p->at);
	p->word = (struct expr_word){ .text = p->at, .column = p->column };
	p->token = TOKEN_WORD;
	if (*p->at == '"' || *p->at == '\'')
		return quoted(p);
	while (is_word((unsigned char)*p->at))
		p->at++;
	p->word.len = (uint32_t)(p->at - p->word.text);
	if (p->word.len != 0) {
		if (is_keyword(p, "and"))
			p->token = TOKEN_AND;
		else if (is_keyword(p, "or"))
			p->token = TOKEN_OR;
		else if (is_keyword(p, "not"))
			p->token = TOKEN_NOT;
		return RP_OK;
	}
	p->token = TOKEN_END;
	if (*p->at == '\0')
		return RP_OK;
	for (i = 0; i < RP_LEN(symbols); i++) {
		n = strlen(symbols[i].text);
		if (strncmp(p->at, symbols[i].text, n) == 0) {
			p->token = symbols[i].token;
			p->op = symbols[i].op;
			p->at += n;
			return RP_OK;
		}
	}
	return rp_error_set(p->err, RP_ERR_USAGE,
	    "column %u: a character that means nothing here: '%c'", p->column,
	    *p->at);
}

static enum rp_status
expected(struct parser *p, const char *what)
{
	int n = (int)(p->at - p->begin);

	if (p->token == TOKEN_END)
		return rp_error_set(p->err, RP_ERR_USAGE,
		    "column %u: the expression ends where %s is expected",
		    p->column, what);
	return rp_error_set(p->err, RP_ERR_USAGE,
	    "column %u: \"%.*s\" where %s is expected", p->column,
	    n < 40 ? n : 40, p->begin, what);
}

/* ---- the tree ---- */

static enum rp_status
add_node(struct parser *p, const struct expr_node *node, uint32_t *index)
{
	*index = (uint32_t)(p->s->nodes.len / sizeof(*node));
	return rp_buffer_add(&p->s->nodes, node, sizeof(*node));
}

static enum rp_status
add_test(struct parser *p, const struct expr_test *test, uint32_t *index)
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
join(struct parser *p, enum expr_node_kind kind, uint32_t *parent,
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

static enum rp_status parse_or(struct parser *p, uint32_t *node);

/* A list: any of its values (in), or none of them (not in). */
struct list {
	struct parser *p;
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
	struct parser *p = l->p;
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
	return next(p);
}

static enum rp_status
list_values(struct list *l)
{
	struct parser *p = l->p;
	enum rp_status st;

	do {
		if ((st = next(p)) != RP_OK)
			return st;
		if (p->token != TOKEN_WORD)
			return expected(p, "a value");
		l->test.right = p->word;
		if ((st = list_value(l)) != RP_OK || (st = next(p)) != RP_OK)
			return st;
	} while (p->token == TOKEN_COMMA);
	if (p->token != TOKEN_CLOSE)
		return expected(p, "\",\" or \")\"");
	return next(p);
}

/* Behind "in": "(" value { "," value } ")" or @FILE. */
static enum rp_status
parse_list(struct parser *p, struct expr_test *test, bool none, uint32_t *node)
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
		return expected(p, "\"(\" and a list, or @FILE");
	*node = l.parent != EXPR_NONE ? l.parent : l.first;
	return st;
}

/* Behind "is": [not] absent | present. */
static enum rp_status
parse_is(struct parser *p, struct expr_test *test, uint32_t *node)
{
	bool negated = p->token == TOKEN_NOT, absent;
	enum rp_status st;

	if (negated && (st = next(p)) != RP_OK)
		return st;
	absent = is_keyword(p, "absent");
	if (!absent && !is_keyword(p, "present"))
		return expected(p, "absent or present");
	test->op = absent != negated ? EXPR_ABSENT : EXPR_PRESENT;
	if ((st = next(p)) != RP_OK)
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
parse_comparison(struct parser *p, struct expr_test *test, uint32_t *node)
{
	enum rp_status st;

	test->op = p->op;
	if ((st = next(p)) != RP_OK)
		return st;
	if (p->token != TOKEN_WORD)
		return expected(p, "a value");
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
	if ((st = next(p)) != RP_OK)
		return st;
	return add_test(p, test, node);
}

static enum rp_status
parse_test(struct parser *p, uint32_t *node)
{
	struct expr_test test = { 0 };
	enum rp_status st;
	bool negated;

	if (p->token != TOKEN_WORD)
		return expected(p, "a field");
	test.left = p->word;
	if ((st = next(p)) != RP_OK)
		return st;
	if (p->token == TOKEN_COMPARE)
		return parse_comparison(p, &test, node);
	if (is_keyword(p, "has") || is_keyword(p, "glob")) {
		p->op = *p->word.text == 'h' ? EXPR_HAS : EXPR_LIKE;
		return parse_comparison(p, &test, node);
	}
	if (is_keyword(p, "is"))
		return (st = next(p)) != RP_OK ? st : parse_is(p, &test, node);
	negated = p->token == TOKEN_NOT;
	if (negated && (st = next(p)) != RP_OK)
		return st;
	if (negated && is_keyword(p, "glob")) {
		p->op = EXPR_UNLIKE;
		return parse_comparison(p, &test, node);
	}
	if (is_keyword(p, "in"))
		return (st = next(p)) != RP_OK
		    ? st
		    : parse_list(p, &test, negated, node);
	return expected(p,
	    negated ? "in or glob"
		    : "an operator (== != < <= > >= ~ !~ glob in has is)");
}

static enum rp_status
parse_unary(struct parser *p, uint32_t *node)
{
	uint32_t child, parent = EXPR_NONE;
	bool odd = false;
	enum rp_status st;

	for (; p->token == TOKEN_NOT; odd = !odd)
		if ((st = next(p)) != RP_OK)
			return st;
	if (p->token == TOKEN_OPEN) {
		if (++p->depth > RP_MAX_EXPR_DEPTH)
			return rp_error_set(p->err, RP_ERR_USAGE,
			    "column %u: parentheses nested deeper than %d",
			    p->column, RP_MAX_EXPR_DEPTH);
		if ((st = next(p)) != RP_OK ||
		    (st = parse_or(p, &child)) != RP_OK)
			return st;
		if (p->token != TOKEN_CLOSE)
			return expected(p, "\")\", and or or");
		p->depth--;
		st = next(p);
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
parse_chain(struct parser *p, enum token token, enum expr_node_kind kind,
    enum rp_status (*operand)(struct parser *, uint32_t *), uint32_t *node)
{
	uint32_t parent = EXPR_NONE, first, child;
	enum rp_status st;

	if ((st = operand(p, &first)) != RP_OK)
		return st;
	while (p->token == token)
		if ((st = next(p)) != RP_OK ||
		    (st = operand(p, &child)) != RP_OK ||
		    (st = join(p, kind, &parent, first, child)) != RP_OK)
			return st;
	*node = parent != EXPR_NONE ? parent : first;
	return RP_OK;
}

static enum rp_status
parse_and(struct parser *p, uint32_t *node)
{
	return parse_chain(p, TOKEN_AND, EXPR_AND, parse_unary, node);
}

static enum rp_status
parse_or(struct parser *p, uint32_t *node)
{
	return parse_chain(p, TOKEN_OR, EXPR_OR, parse_and, node);
}

enum rp_status
rp_expr_parse(struct expr_syntax *s, const char *text, struct rp_error *err)
{
	struct parser p = { .s = s, .err = err };
	enum rp_status st;

	*s = (struct expr_syntax){ 0 };
	if (strlen(text) > RP_MAX_EXPR)
		return rp_error_set(err, RP_ERR_USAGE,
		    "an expression of more than %d bytes", RP_MAX_EXPR);
	if ((s->text = strdup(text)) == NULL)
		return RP_ERR_NOMEM;
	p.at = s->text;
	p.counted = s->text;
	if ((st = next(&p)) != RP_OK || (st = parse_or(&p, &s->root)) != RP_OK)
		return st;
	return p.token == TOKEN_END ? RP_OK
				    : expected(&p, "and, or or the end");
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
