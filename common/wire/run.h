/*
 * Inside wire/: records in a row of one type, one length and the same names.
 * Most are, so that what depends on these alone is found out once a run.
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
};

static inline uint64_t
rp_run_names(const struct rp_record *r)
{
	return r->symbol | (uint64_t)r->source << 32;
}

static inline uint64_t
rp_run_shape(const struct rp_record *r)
{
	return r->len | (uint64_t)r->type << 32;
}

static inline bool
rp_run_has(const struct rp_run *run, const struct rp_record *r)
{
	return rp_run_names(r) == run->names && rp_run_shape(r) == run->shape &&
	    run->records > 0;
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

#endif
