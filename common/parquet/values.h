/*
 * The values of a batch's column as Parquet stores them: without those that are
 * absent, as numbers or as spans of bytes, and the least and greatest of them.
 */
#ifndef RP_PARQUET_VALUES_H
#define RP_PARQUET_VALUES_H

#include "columns/batch.h"
#include "parquet/dict.h"
#include "parquet/format.h"

/* How a kind of column is stored. */
struct rp_storage {
	enum rp_column_kind kind;
	enum rp_parquet_type type;
	uint8_t width; /* bytes of a value; 0: each has its own length */
	bool spans; /* else numbers */
	uint64_t flip; /* of a number, so that the order is that of i64 */
};

struct rp_storage rp_storage_of(const struct rp_column *c);

/* A value as statistics have it: PLAIN, without its length. */
enum { RP_BOUND_MAX = 255 };
struct rp_bound {
	uint8_t len;
	uint8_t bytes[RP_BOUND_MAX];
};

enum rp_bounds_state {
	RP_BOUNDS_NONE, /* no value is there */
	RP_BOUNDS_SET,
	RP_BOUNDS_LONG /* a value is longer than RP_BOUND_MAX */
};
struct rp_bounds {
	enum rp_bounds_state state;
	struct rp_bound low, high;
};

/* Below 0, 0 or above: in the order of the column's type. */
int rp_bound_compare(const struct rp_storage *s, const struct rp_bound *a,
    const struct rp_bound *b);

/* Widen *to by more. */
void rp_bounds_join(const struct rp_storage *s, struct rp_bounds *to,
    const struct rp_bounds *more);

/* Room that is used again; all zero is valid. */
struct rp_values {
	size_t n; /* values that are there */
	const uint64_t *numbers; /* n; into the batch or into room */
	/* of spans: value i is spans[which[i]], or spans[i] without which */
	const struct rp_span *spans;
	const uint32_t *which;
	size_t n_spans;
	struct rp_buffer number_room, span_room, which_room, fixed_room;
	struct rp_buffer map; /* of a dictionary's numbers */
};
void rp_values_free(struct rp_values *v);

/* Take the rows of a column. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_values_take(struct rp_values *v,
    const struct rp_storage *s, const struct rp_column *c, size_t rows);

/* The bounds of what was taken. */
void rp_values_bounds(
    const struct rp_values *v, const struct rp_storage *s, struct rp_bounds *b);

/* Value i of spans. */
static inline struct rp_span
rp_values_span(const struct rp_values *v, size_t i)
{
	return v->spans[v->which != NULL ? v->which[i] : i];
}

#endif
