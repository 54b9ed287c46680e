/*
 * Inside sample/: a share of all numbers of 64 bits, and whether the hash of a
 * field's value is among them.
 */
#ifndef RP_SAMPLE_KEY_H
#define RP_SAMPLE_KEY_H

#include "sample/sample.h"
#include "types/text.h"

/* Numbers below a bound of at most 2^64. */
struct threshold {
	uint64_t bound;
	bool all;
};

static inline bool
threshold_has(struct threshold t, uint64_t v)
{
	return v < t.bound || t.all;
}

struct sample_key {
	struct threshold threshold;
	const char *name; /* of the field; NULL: there is no key */
	uint64_t seed;
	enum rp_kind kind; /* of the field; of a payload's, any of its kinds;
			      VALUE: if there is one, a schema says so */
	char hint[80]; /* of that, what else may have been meant */
	uint32_t type; /* the last record's ... */
	bool has; /* ... which has the field: */
	struct rp_field field;
	struct rp_text_style style;
	struct rp_buffer passes; /* a byte for each name of the frame */
};

/* RP_ERR_USAGE: no share, or no type has such a field, nor can a schema. */
RP_CHECKED enum rp_status rp_sample_key_init(struct sample_key *k,
    const struct rp_sample_options *o, struct rp_error *err);
void rp_sample_key_free(struct sample_key *k);

/* Start on a frame: how much of it passes, as far as its directory knows. */
RP_CHECKED enum rp_status rp_sample_key_frame(struct sample_key *k,
    const struct rp_frame *f, enum rp_sample_share *share);

/* Records without a value pass. */
bool rp_sample_key_passes(struct sample_key *k, const struct rp_frame *f,
    const struct rp_record *rec);

/* Does it leave whole symbols, sources or types? */
bool rp_sample_key_is_whole(const struct sample_key *k);

#endif
