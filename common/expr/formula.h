/*
 * A formula: NAME[:EXP] = VALUE, a value in the language of rp-syntax(7) of
 * numbers that somebody else has, computed as base/number.h does. It remembers
 * nothing from one time to the next.
 */
#ifndef RP_EXPR_FORMULA_H
#define RP_EXPR_FORMULA_H

#include "base/number.h"

#define RP_FORMULA_EXP (-9) /* of a result without another */
#define RP_FORMULA_NUMBERS 64 /* different ones that one may read */

struct rp_formula;

/*
 * Parse the text, without looking at what its words mean. err says what is
 * wrong, and in which column. RP_ERR_USAGE, RP_ERR_NOMEM; *f is to be freed
 * either way.
 */
RP_CHECKED enum rp_status rp_formula_parse(
    struct rp_formula **f, const char *text, struct rp_error *err);
void rp_formula_free(struct rp_formula *f);

/* Letters, digits and _, begun by none of the digits; not terminated. */
const char *rp_formula_name(const struct rp_formula *f, size_t *len);
/* Of the result. */
int rp_formula_exp(const struct rp_formula *f);

/*
 * What is a word that is no number? lag: it stands in lag(word). *number
 * becomes its place among the numbers that rp_formula_value is given, below
 * RP_FORMULA_NUMBERS. RP_ERR_USAGE: it is nothing, and err says why, to which
 * the column is added.
 */
typedef enum rp_status rp_formula_find(void *arg, const char *word, size_t len,
    bool lag, uint32_t *number, struct rp_error *err);

/* Once, before values. RP_ERR_USAGE, RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_formula_resolve(struct rp_formula *f,
    rp_formula_find *find, void *arg, struct rp_error *err);

/* The value of numbers, in units of 10^rp_formula_exp. False: there is none. */
bool rp_formula_value(const struct rp_formula *f,
    const struct rp_number *numbers, int64_t *value);

#endif
