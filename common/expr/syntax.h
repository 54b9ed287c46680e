/* Inside expr/: the text of an expression as a tree. */
#ifndef RP_EXPR_SYNTAX_H
#define RP_EXPR_SYNTAX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

/* A word or quoted text of the expression; quotes and escapes are gone. */
struct expr_word {
	const char *text;
	uint32_t len;
	uint32_t column; /* from 1, in characters */
	bool quoted;
};

enum expr_op {
	EXPR_EQ,
	EXPR_NE,
	EXPR_LT,
	EXPR_LE,
	EXPR_GT,
	EXPR_GE,
	EXPR_LIKE, /* ~ */
	EXPR_UNLIKE, /* !~ */
	EXPR_HAS,
	EXPR_PRESENT, /* no right side, as the next */
	EXPR_ABSENT
};

struct expr_test {
	enum expr_op op;
	struct expr_word left, right;
};

enum expr_node_kind { EXPR_TEST, EXPR_NOT, EXPR_AND, EXPR_OR };

struct expr_node {
	enum expr_node_kind kind;
	uint32_t test; /* EXPR_TEST: its index */
	uint32_t last; /* else the node's last child ... */
	uint32_t prev; /* ... and each child's elder, or EXPR_NONE */
};
#define EXPR_NONE UINT32_MAX

struct expr_line { /* of a file of values */
	struct expr_line *next;
	char text[];
};

struct expr_syntax {
	char *text; /* a copy, which the words point into ... */
	struct expr_line *lines; /* ... or into these */
	struct rp_buffer nodes; /* struct expr_node */
	struct rp_buffer tests; /* struct expr_test */
	uint32_t root;
};

/* RP_ERR_USAGE with the column, RP_ERR_NOMEM; s is to be freed either way. */
RP_CHECKED enum rp_status rp_expr_parse(
    struct expr_syntax *s, const char *text, struct rp_error *err);
void rp_expr_syntax_free(struct expr_syntax *s);

static inline const struct expr_node *
expr_node(const struct expr_syntax *s, uint32_t i)
{
	return (const struct expr_node *)s->nodes.data + i;
}

static inline const struct expr_test *
expr_test(const struct expr_syntax *s, uint32_t i)
{
	return (const struct expr_test *)s->tests.data + i;
}

#endif
