/*
 * Records as text for people: a line a record, the fields of a type below
 * each other. A column is as wide as its widest value so far. What is absent
 * is "-". Control characters are shown as \x1b, so that no stream can play
 * with a terminal.
 */
#ifndef RP_COLUMNS_LINES_H
#define RP_COLUMNS_LINES_H

#include <stdbool.h>

#include "base/error.h"
#include "columns/out.h"
#include "columns/plan.h"
#include "wire/record.h"

struct rp_lines {
	struct rp_plan *plan; /* the caller's */
	bool colour;
	struct rp_lines_row *rows; /* by type, as the plan's */
	size_t n_rows;
	struct rp_hidden hidden;
};

void rp_lines_init(struct rp_lines *lines, struct rp_plan *plan, bool colour);
void rp_lines_free(struct rp_lines *lines);

/* An rp_quote_fn: text that is safe on a terminal. */
size_t rp_lines_quote(
    char *out, const char *text, size_t len, const struct rp_quoting *quoting);

/* A record of the style's frame, after the names of its columns if it is the
 * first of its type. RP_ERR_NOMEM, or out->error. */
RP_CHECKED enum rp_status rp_lines_record(
    struct rp_lines *lines, struct rp_out *out, const struct rp_record *rec);

#endif
