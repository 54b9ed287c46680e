/*
 * Comma-separated values (RFC 4180): fields are quoted where they hold the
 * delimiter, a quote or a line break, or begin or end with a blank. Lines end
 * with a line feed alone. An absent value is an empty field.
 */
#ifndef RP_COLUMNS_CSV_H
#define RP_COLUMNS_CSV_H

#include "base/error.h"
#include "columns/out.h"
#include "columns/plan.h"
#include "wire/record.h"

/* An rp_quote_fn. */
size_t rp_csv_quote(
    char *out, const char *text, size_t len, const struct rp_quoting *quoting);

/* What lines are made with: how values are written, and the columns. */
struct rp_csv {
	struct rp_cell_style style;
	struct rp_plan plan;
	bool deep; /* a book had more levels than the plan: they are cut */
	struct rp_hidden hidden;
};

/* An all-default one, delimiter ','; the caller then sets style and plan. */
void rp_csv_init(struct rp_csv *csv);
void rp_csv_free(struct rp_csv *csv);

/* Which types are written; wanted NULL: all. */
struct rp_csv_types {
	bool (*wanted)(const void *arg, uint16_t type);
	const void *arg;
};

/* The line of column names of a type. RP_ERR_NOMEM, or out->error. */
RP_CHECKED enum rp_status rp_csv_header(
    struct rp_csv *csv, struct rp_out *out, uint16_t type);

/* The lines of a frame's records of the types that are wanted; the same. */
RP_CHECKED enum rp_status rp_csv_frame(struct rp_csv *csv, struct rp_out *out,
    const struct rp_frame *f, const struct rp_csv_types *types);

#endif
