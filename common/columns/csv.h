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

/* The line of column names. */
RP_CHECKED enum rp_status rp_csv_header(
    struct rp_out *out, const struct rp_row *row);

/* The line of a record of the row's type, of the style's frame. */
RP_CHECKED enum rp_status rp_csv_record(
    struct rp_out *out, struct rp_row *row, const struct rp_record *rec);

#endif
