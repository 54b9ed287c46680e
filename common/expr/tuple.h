/*
 * What a list of values of rp-syntax(7) is for each record, as one text: "lower
 * (symbol)", "symbol, channel". For who tells records apart by more than a
 * field.
 */
#ifndef RP_EXPR_TUPLE_H
#define RP_EXPR_TUPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "wire/frame.h"

struct rp_tuple;

/* err says what is wrong, and in which column. RP_ERR_USAGE, RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_tuple_compile(
    struct rp_tuple **v, const char *text, struct rp_error *err);
void rp_tuple_free(struct rp_tuple *v);

/* Do they depend on nothing but names of this class? */
bool rp_tuple_are_of(const struct rp_tuple *v, enum rp_name_class class);

/* ... on nothing but names? */
bool rp_tuple_are_of_names(const struct rp_tuple *v);

/*
 * Those of a record: fields and numbers as rp-csv writes them, without zeros at
 * the end, with a tab between any two. RP_EMPTY: one is absent; RP_ERR_LIMIT:
 * one cannot be told, *why; RP_ERR_NOMEM. The text is valid until the next
 * call, and as long as the frame is.
 */
RP_CHECKED enum rp_status rp_tuple_text(struct rp_tuple *v,
    const struct rp_frame *f, const struct rp_record *rec, const char **text,
    size_t *len, const char **why);

#endif
