/*
 * Inside wire/: records in a row. Those of one type, one length and the same
 * names are a run; most are in one, so that what depends on these alone is found
 * out once a run.
 */
#ifndef RP_WIRE_RUN_H
#define RP_WIRE_RUN_H

#include "wire/record.h"

struct rp_run {
	uint64_t names; /* the symbol's index below, the source's above */
	uint64_t shape; /* the length below, the type above */
	uint32_t records; /* of the run so far; 0: there is none yet */
	uint32_t type; /* index in the directory */
	uint64_t symbol_hash, source_hash;
	struct rp_hash_keys keys; /* once it has two records */
};

static inline uint64_t
rp_run_shape(const struct rp_record *r)
{
	return r->len | (uint64_t)r->type << 32;
}

/* Let a run begin with r, the first of its records. */
static inline void
rp_run_begin(struct rp_run *run, const struct rp_record *r, uint32_t type,
    uint64_t symbol_hash, uint64_t source_hash)
{
	run->names = r->symbol | (uint64_t)r->source << 32;
	run->shape = rp_run_shape(r);
	run->records = 0;
	run->type = type;
	run->symbol_hash = symbol_hash;
	run->source_hash = source_hash;
}

static inline bool
rp_run_has(const struct rp_run *run, const struct rp_record *r)
{
	return (r->symbol | (uint64_t)r->source << 32) == run->names &&
	    rp_run_shape(r) == run->shape && run->records > 0;
}

static inline uint32_t
rp_run_symbol(const struct rp_run *run)
{
	return (uint32_t)run->names;
}

static inline uint32_t
rp_run_source(const struct rp_run *run)
{
	return (uint32_t)(run->names >> 32);
}

static inline uint32_t
rp_run_len(const struct rp_run *run)
{
	return (uint32_t)run->shape;
}

/* The hash of the record that was counted last. */
static inline uint64_t
rp_run_hash(struct rp_run *run, const struct rp_record *r)
{
	if (run->records == 1)
		return rp_record_hash(r, run->symbol_hash, run->source_hash);
	if (run->records == 2)
		rp_hash_keys(&run->keys,
		    rp_record_seed(run->symbol_hash, run->source_hash));
	return rp_record_hash_keyed(r, &run->keys);
}

/* How far records reach in seq and time, and whether they are in order. */
struct rp_ranges {
	uint64_t seq_min, seq_max;
	int64_t ts_min, ts_max;
	bool seq_ordered, ts_ordered;
};

#define RP_RANGES_OF_NONE                           \
	((struct rp_ranges){ .seq_min = UINT64_MAX, \
	    .ts_min = INT64_MAX,                    \
	    .ts_max = INT64_MIN,                    \
	    .seq_ordered = true,                    \
	    .ts_ordered = true })

/* After one record more. Best of a local variable, which stays in registers. */
static inline void
rp_ranges_add(struct rp_ranges *g, const struct rp_record *r)
{
	g->seq_ordered &= r->seq >= g->seq_max;
	g->ts_ordered &= r->ts_recv >= g->ts_max;
	g->seq_min = r->seq < g->seq_min ? r->seq : g->seq_min;
	g->seq_max = r->seq > g->seq_max ? r->seq : g->seq_max;
	g->ts_min = r->ts_recv < g->ts_min ? r->ts_recv : g->ts_min;
	g->ts_max = r->ts_recv > g->ts_max ? r->ts_recv : g->ts_max;
}

#endif
