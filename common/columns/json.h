/*
 * Records as JSON, an object a line (NDJSON), so that import/ndjson.c makes
 * the same records of them again.
 *
 * Each field of the record's type that its payload reaches is a member, in the
 * order of the table, after those of the header; an absent value is null. A
 * payload that this would not bring back - its length is between two
 * fields, unknown bytes are not zero, text is not UTF-8 - is the member "raw"
 * instead, in hex digits; bytes behind the last known field are "tail". The
 * levels of a book are bid_px_00, bid_sz_00, bid_ct_00, ask_px_00 and so on. Of
 * a feature whose schema the frame has, that is the member "schema" as text, and
 * each value a member of its name.
 *
 * 64-bit integers, times and decimals are strings, since many readers know no
 * numbers but doubles.
 */
#ifndef RP_COLUMNS_JSON_H
#define RP_COLUMNS_JSON_H

#include <stdbool.h>

#include "base/error.h"
#include "columns/out.h"
#include "columns/plan.h"
#include "wire/record.h"

struct rp_json {
	struct rp_plan
	    *plan; /* the caller's: set ALL, or NAMED (not aligned) */
	bool numbers; /* write numbers bare, however large */
	struct rp_json_row *rows; /* by type, as the plan's */
	size_t n_rows;
};

void rp_json_init(struct rp_json *json, struct rp_plan *plan, bool numbers);
void rp_json_free(struct rp_json *json);

/* An rp_quote_fn: text as a JSON string; what is not UTF-8 is U+FFFD. */
size_t rp_json_quote(
    char *out, const char *text, size_t len, const struct rp_quoting *quoting);

/* A record of the style's frame as a line. RP_ERR_NOMEM, or out->error. */
RP_CHECKED enum rp_status rp_json_record(
    struct rp_json *json, struct rp_out *out, const struct rp_record *rec);

#endif
