/* Inside import/: the words of a mapping file. */
#ifndef RP_IMPORT_MAPPING_LEX_H
#define RP_IMPORT_MAPPING_LEX_H

#include "base/error.h"
#include "import/cells.h"

enum rp_token_kind {
	RP_TOKEN_END,
	RP_TOKEN_NEWLINE,
	RP_TOKEN_WORD,
	RP_TOKEN_QUOTED, /* "constant" */
	RP_TOKEN_COLUMN, /* `column` */
	RP_TOKEN_SIGN /* one of , = + * { } : or "!=" */
};

struct rp_token {
	enum rp_token_kind kind;
	struct rp_cell text; /* without quotes and escapes */
};

struct rp_lexer {
	const char *name; /* of the file, for messages */
	char *at, *end; /* quoted texts are unescaped in place */
	unsigned line;
	struct rp_token token; /* at hand */
};

/* Go to the next token. RP_ERR_USAGE: err says where, and what is wrong. */
RP_CHECKED enum rp_status rp_lexer_next(
    struct rp_lexer *lx, struct rp_error *err);

/* The rest of the line behind the token at hand, as it stands there. */
struct rp_cell rp_lexer_rest(struct rp_lexer *lx);

static inline bool
rp_token_is(const struct rp_token *t, const char *sign)
{
	return t->kind == RP_TOKEN_SIGN && rp_cell_is(&t->text, sign);
}

static inline bool
rp_token_is_word(const struct rp_token *t, const char *word)
{
	return t->kind == RP_TOKEN_WORD && rp_cell_is(&t->text, word);
}

#endif
