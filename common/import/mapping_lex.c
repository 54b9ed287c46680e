#include "import/mapping_lex.h"

static enum rp_status
fail(const struct rp_lexer *lx, struct rp_error *err, const char *why)
{
	return rp_error_set(
	    err, RP_ERR_USAGE, "%s:%u: %s", lx->name, lx->line, why);
}

/* A character that ends a word. */
static bool
is_special(char c)
{
	return (unsigned char)c <= ' ' || strchr(",=+*{}:\"`", c) != NULL;
}

/* A text up to its closing quote; a backslash stands before a quote or a
 * backslash, and makes \t a tabulator. */
static enum rp_status
read_quoted(struct rp_lexer *lx, struct rp_error *err)
{
	char quote = *lx->at++, *to = lx->at;

	lx->token.kind = quote == '"' ? RP_TOKEN_QUOTED : RP_TOKEN_COLUMN;
	lx->token.text.text = to;
	for (; lx->at < lx->end && *lx->at != quote; lx->at++) {
		if (*lx->at == '\n')
			break;
		if (*lx->at == '\\' && lx->at + 1 < lx->end) {
			lx->at++;
			if (*lx->at == 't')
				*lx->at = '\t';
			else if (*lx->at != '\\' && *lx->at != quote)
				return fail(lx, err,
				    "a backslash stands before a quote, a "
				    "backslash or t");
		}
		*to++ = *lx->at;
	}
	if (lx->at == lx->end || *lx->at != quote)
		return fail(lx, err, "a quoted text does not end in its line");
	lx->token.text.len = (size_t)(to - lx->token.text.text);
	lx->at++;
	return RP_OK;
}

static void
read_word(struct rp_lexer *lx)
{
	char *start = lx->at;

	while (lx->at < lx->end && !is_special(*lx->at) &&
	    !(*lx->at == '!' && lx->end - lx->at > 1 && lx->at[1] == '='))
		lx->at++;
	lx->token.kind = RP_TOKEN_WORD;
	lx->token.text = (struct rp_cell){ start, (size_t)(lx->at - start) };
}

static void
read_sign(struct rp_lexer *lx, size_t len)
{
	lx->token.kind = RP_TOKEN_SIGN;
	lx->token.text = (struct rp_cell){ lx->at, len };
	lx->at += len;
}

enum rp_status
rp_lexer_next(struct rp_lexer *lx, struct rp_error *err)
{
	/* a line ends behind its newline */
	if (lx->token.kind == RP_TOKEN_NEWLINE)
		lx->line++;
	while (lx->at < lx->end &&
	    (*lx->at == ' ' || *lx->at == '\t' || *lx->at == '\r'))
		lx->at++;
	if (lx->at < lx->end && *lx->at == '#')
		while (lx->at < lx->end && *lx->at != '\n')
			lx->at++;
	if (lx->at == lx->end) {
		lx->token = (struct rp_token){ RP_TOKEN_END, { lx->at, 0 } };
		return RP_OK;
	}
	if (*lx->at == '\n') {
		lx->token =
		    (struct rp_token){ RP_TOKEN_NEWLINE, { lx->at++, 1 } };
		return RP_OK;
	}
	if (*lx->at == '"' || *lx->at == '`')
		return read_quoted(lx, err);
	if (*lx->at == '!' && lx->end - lx->at > 1 && lx->at[1] == '=')
		read_sign(lx, 2);
	else if ((unsigned char)*lx->at < ' ')
		return fail(lx, err, "a control character");
	else if (is_special(*lx->at))
		read_sign(lx, 1);
	else
		read_word(lx);
	return RP_OK;
}

struct rp_cell
rp_lexer_rest(struct rp_lexer *lx)
{
	char *start = lx->at, *stop;

	while (lx->at < lx->end && *lx->at != '\n')
		lx->at++;
	stop = lx->at;
	while (start < stop && (*start == ' ' || *start == '\t'))
		start++;
	while (stop > start &&
	    (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r'))
		stop--;
	return (struct rp_cell){ start, (size_t)(stop - start) };
}
