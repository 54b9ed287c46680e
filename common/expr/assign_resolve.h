/* Inside expr/: a statement while it becomes the program of a type. */
#ifndef RP_EXPR_ASSIGN_RESOLVE_H
#define RP_EXPR_ASSIGN_RESOLVE_H

#include "expr/assign_work.h"

/* What a value is, once its fields are known. */
enum sort {
	SORT_NUMBER,
	SORT_LITERAL, /* a number that was written without a unit */
	SORT_SPAN,
	SORT_TIME,
	SORT_TEXT,
	SORT_ID
};

struct assign_resolver {
	struct rp_assign *a;
	const struct assign_stmt *s;
	const struct rp_type *type;
	struct assign_program *p;
	struct rp_error *err;
	unsigned depth; /* of the stack */
	bool other; /* a field that is not the symbol is in the value */
};

static inline const struct value_node *
assign_node(const struct assign_resolver *r, uint32_t i)
{
	return (const struct value_node *)r->s->nodes.data + i;
}

/* RP_ERR_USAGE: "column 9: what", "column 9: "abc" is not what" */
enum rp_status rp_assign_wrong(
    struct assign_resolver *r, const struct expr_word *w, const char *what);
enum rp_status rp_assign_wrong_word(
    struct assign_resolver *r, const struct expr_word *w, const char *what);

/* A time that is no time of day, as users write it. */
bool rp_assign_read_time(
    struct assign_resolver *r, const struct expr_word *w, int64_t *ns);

/* The ops that push a number, or the whole value of the statement (of += and
 * the like, the field and the value). RP_EMPTY: the type has no such field. */
RP_CHECKED enum rp_status rp_assign_push_number(
    struct assign_resolver *r, rp_wide mantissa, int exp);
RP_CHECKED enum rp_status rp_assign_push_value(
    struct assign_resolver *r, enum sort *sort);

static inline bool
is_number(enum sort s)
{
	return s == SORT_NUMBER || s == SORT_LITERAL;
}

#endif
