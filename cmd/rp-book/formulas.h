/*
 * Features of one's own: formulas (expr/formula.h) over the numbers of a book
 * that has just had an event: its features, its best prices and levels, the
 * event, and the formulas before. What they remember is the record before.
 */
#ifndef RP_BOOK_FORMULAS_H
#define RP_BOOK_FORMULAS_H

#include "book/features.h"
#include "book/views.h"
#include "cli/cli.h"
#include "expr/formula.h"

#define FORMULAS_MAX 32
/* Values: those of a set of features, then from here on those of formulas. */
#define FORMULAS_AT RP_FEATURES_MAX
#define VALUES_MAX (RP_FEATURES_MAX + FORMULAS_MAX)

struct values {
	int64_t v[VALUES_MAX];
	uint64_t valid; /* a bit for each */
	int8_t px_exp, qty_exp; /* of the book */
};

struct formulas {
	struct formula *all; /* n */
	uint32_t n;
};

/* Read what --feature says. RP_ERR_USAGE; they are to be freed either way. */
RP_CHECKED enum rp_status formulas_parse(
    struct formulas *fs, const struct rp_list *texts, struct rp_cli *cli);
/* Find the numbers they read; features of these are added to the set. */
RP_CHECKED enum rp_status formulas_resolve(
    struct formulas *fs, struct rp_feature_set *set, struct rp_cli *cli);
void formulas_free(struct formulas *fs);

/* "x:-9,y:-6", for a schema; its length. */
size_t formulas_schema(
    const struct formulas *fs, char text[static RP_FEATURES_TEXT]);

/*
 * Add the formulas' values to those of the set of features; before is the
 * book's record before, all zero if there is none.
 */
void formulas_get(const struct formulas *fs, const struct rp_feature_set *set,
    const struct rp_lob *b, const struct rp_cause *cause,
    const struct values *before, struct values *values);

/* Has one changed that the book decides alone, without sums and lag? */
bool formulas_moved(const struct formulas *fs, const struct values *before,
    const struct values *values);

#endif
