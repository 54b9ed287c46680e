/* Inside expr/: a set of names and globs, matched against a frame's names. */
#ifndef RP_EXPR_NAMES_H
#define RP_EXPR_NAMES_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"
#include "wire/record.h"

/* All zero is an empty set; a name or glob keeps its own copy. */
struct rp_names {
	struct rp_buffer exact; /* by hash, once sorted */
	struct rp_buffer globs;
	bool sorted;
};

/* A name, a glob, or @FILE with one of them a line ("#" starts a comment;
 * "\@" and "\#" stand for themselves). */
RP_CHECKED enum rp_status rp_names_add(
    struct rp_names *n, const char *pattern, struct rp_error *err);

/* Call fn for pattern, or for each line of @FILE, without blanks around it. */
RP_CHECKED enum rp_status rp_names_each(const char *pattern,
    enum rp_status (*fn)(
	void *arg, const char *text, size_t len, struct rp_error *err),
    void *arg, struct rp_error *err);

bool rp_names_match(struct rp_names *n, const struct rp_label *name);

void rp_names_free(struct rp_names *n);

#endif
