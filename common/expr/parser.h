/*
 * Inside expr/: the tokens of a text, and what else its parsers have in hand.
 */
#ifndef RP_EXPR_PARSER_H
#define RP_EXPR_PARSER_H

#include "expr/syntax.h"

enum expr_token {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COMMA,
	TOKEN_SEMICOLON,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_COMPARE
};

struct expr_parser {
	struct expr_syntax *s;
	struct rp_error *err;
	char *at; /* the text behind the token in hand */
	const char *begin; /* of the token in hand */
	enum expr_token token;
	enum expr_op op; /* TOKEN_COMPARE */
	struct expr_word word;
	uint32_t column; /* of the token in hand */
	const char *counted; /* text up to which characters are counted ... */
	uint32_t characters; /* ... and how many they are */
	unsigned depth;
};

/* Start on a text, which is written to and stays the caller's. */
void rp_expr_parser_init(
    struct expr_parser *p, char *text, struct rp_error *err);

/* The next token. RP_ERR_USAGE. */
RP_CHECKED enum rp_status rp_expr_next(struct expr_parser *p);

/* Is the token in hand this word, without quotes? */
bool rp_expr_is_keyword(const struct expr_parser *p, const char *keyword);

/* Is it "=", which "==" is not? */
bool rp_expr_is_equals(const struct expr_parser *p);

/* RP_ERR_USAGE: the token in hand is not what is expected. */
enum rp_status rp_expr_expected(struct expr_parser *p, const char *what);

/* An expression of conditions, up to the first token that is no part of it, as
 * nodes of p->s. RP_ERR_USAGE, RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_expr_parse_or(
    struct expr_parser *p, uint32_t *node);

#endif
