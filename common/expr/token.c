/* The text of an expression, token by token. */
#include <string.h>

#include "base/bytes.h"
#include "expr/parser.h"

static const struct {
	const char *text;
	enum expr_token token;
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
	{ ";", TOKEN_SEMICOLON, 0 },
};

static bool
is_word(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || c >= 0x80 ||
	    (c != 0 && strchr("_.-+:@#$/%*?[]", c) != NULL);
}

/* "size+=1" is a name, and what is done to it. */
static bool
begins_assignment(const char *p)
{
	return (*p == '+' || *p == '-' || *p == '*') && p[1] == '=' &&
	    p[2] != '=';
}

static uint32_t
column_of(struct expr_parser *p, const char *at)
{
	for (; p->counted < at; p->counted++)
		p->characters += (*p->counted & 0xc0) != 0x80;
	return p->characters + 1;
}

/* Quoted text, its escapes undone where it stands. */
static enum rp_status
quoted(struct expr_parser *p)
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

bool
rp_expr_is_keyword(const struct expr_parser *p, const char *keyword)
{
	return p->token == TOKEN_WORD && !p->word.quoted &&
	    p->word.len == strlen(keyword) &&
	    memcmp(p->word.text, keyword, p->word.len) == 0;
}

bool
rp_expr_is_equals(const struct expr_parser *p)
{
	return p->token == TOKEN_COMPARE && p->op == EXPR_EQ &&
	    p->at - p->begin == 1;
}

enum rp_status
rp_expr_next(struct expr_parser *p)
{
	size_t i, n;

	p->at += strspn(p->at, " \t\r\n");
	p->begin = p->at;
	p->column = column_of(p, p->at);
	p->word = (struct expr_word){ .text = p->at, .column = p->column };
	p->token = TOKEN_WORD;
	if (*p->at == '"' || *p->at == '\'')
		return quoted(p);
	while (is_word((unsigned char)*p->at) &&
	    (p->at == p->begin || !begins_assignment(p->at)))
		p->at++;
	p->word.len = (uint32_t)(p->at - p->word.text);
	if (p->word.len != 0) {
		if (rp_expr_is_keyword(p, "and"))
			p->token = TOKEN_AND;
		else if (rp_expr_is_keyword(p, "or"))
			p->token = TOKEN_OR;
		else if (rp_expr_is_keyword(p, "not"))
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

enum rp_status
rp_expr_expected(struct expr_parser *p, const char *what)
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

void
rp_expr_parser_init(struct expr_parser *p, char *text, struct rp_error *err)
{
	*p = (struct expr_parser){ .at = text, .counted = text, .err = err };
}
