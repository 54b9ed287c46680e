/*
 * The expression language of rp-syntax(7), compiled once and evaluated on
 * records. Each record type has a program of its own, in which field offsets,
 * words and numbers are resolved: a number is compared by one interval test,
 * exactly, whatever its exponent. Names of symbols and sources are matched
 * once a frame, not once a record.
 */
#ifndef RP_EXPR_EXPR_H
#define RP_EXPR_EXPR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/time.h"
#include "wire/frame.h"

struct rp_expr;

/* How much of a frame passes, as far as one can know without its records. */
enum rp_verdict { RP_PASS_NONE, RP_PASS_SOME, RP_PASS_ALL };

/*
 * Compile text against all record types. zone (NULL: UTC) is for times
 * without one and stays the caller's while the expression lives. err says what
 * is wrong and where: "column 9: no field named ...". RP_ERR_USAGE,
 * RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_expr_compile(struct rp_expr **expr,
    const char *text, struct rp_zone *zone, struct rp_error *err);

/*
 * Names in it that are no field of any type, and so must be those of features,
 * which only a stream's schemas know: with what is to be said if none has them.
 */
struct rp_guess {
	const char *name; /* not terminated */
	size_t len;
	char message[200];
};
size_t rp_expr_guesses(
    const struct rp_expr *expr, const struct rp_guess **guesses);

/* expr may be NULL. */
void rp_expr_free(struct rp_expr *expr);

/*
 * Start on a DATA frame, decoded or not: decide from header and directory what
 * can be decided. RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_expr_frame(
    struct rp_expr *expr, const struct rp_frame *f, enum rp_verdict *verdict);

/* Does a record of the frame that was started on pass? */
bool rp_expr_record(struct rp_expr *expr, const struct rp_frame *f,
    const struct rp_record *rec);

/* Has every [ of a pattern its ]? One that has none stands for itself. */
bool rp_glob_is_closed(const char *pattern, size_t len);

/* Does a name match a pattern of *, ?, [a-z], [!a-z] and \ before any? */
bool rp_glob_match(
    const char *pattern, size_t pattern_len, const char *text, size_t len);

#endif
