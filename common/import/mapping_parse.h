/* Inside import/: a mapping file on its way to struct rp_mapping. */
#ifndef RP_IMPORT_MAPPING_PARSE_H
#define RP_IMPORT_MAPPING_PARSE_H

#include "import/mapping.h"
#include "import/mapping_lex.h"

/* Fields that a mapping assigns, those that are common once for a record. */
#define RP_MAPPING_MAX_FIELDS 4096

struct rp_parser {
	struct rp_mapping *m;
	struct rp_lexer lx;
	struct rp_error *err;
	struct rp_buffer fields; /* in the order of the file */
	size_t n_common; /* of them, before the first record */
	bool table; /* a column that is no JSON pointer was named */
	bool has_zone; /* of the tz database */
	char zone[64];
};

/* What is wrong at a line; fmt has one %.*s, for the text. */
enum rp_status rp_parser_fail(struct rp_parser *p, unsigned line,
    const char *fmt, const char *what, size_t len);
enum rp_status rp_parser_no_memory(struct rp_parser *p);

/* Add an item to an array of the mapping. */
RP_CHECKED enum rp_status rp_parser_append(
    struct rp_parser *p, struct rp_buffer *b, const void *item, size_t size);

/* Read all statements: fields stay in p->fields, records know how many are
 * theirs. */
RP_CHECKED enum rp_status rp_parser_statements(struct rp_parser *p);

#endif
