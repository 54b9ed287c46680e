/* Inside sample/: units of records that are kept, in numbered places. */
#ifndef RP_SAMPLE_KEEP_H
#define RP_SAMPLE_KEEP_H

#include "base/buffer.h"
#include "sample/sample.h"
#include "wire/labels.h"

struct rp_unit {
	uint64_t number; /* of the unit in the input */
	struct rp_label *symbol, *source;
	struct rp_buffer rows; /* empty: nothing is kept here */
	bool thinned; /* its frame was */
};

/* Places of one group; all zero has none. */
struct rp_places {
	struct rp_unit *unit;
	size_t n;
};
void rp_places_free(struct rp_places *p);

struct rp_keep {
	struct rp_labels symbols, sources, schemas;
	struct rp_buffer own; /* of the frame in hand: our label for each of
			       * its names, or NULL: not asked for yet */
	rp_sample_put *put;
	void *arg;
	bool rejects; /* what gives way is put */
};

void rp_keep_init(
    struct rp_keep *k, rp_sample_put *put, void *arg, bool rejects);
void rp_keep_free(struct rp_keep *k);

/* Start on a frame. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_keep_frame(
    struct rp_keep *k, const struct rp_frame *f);

/* The place with an index of at most p->n, emptied: what was kept there goes
 * out as rejected. */
RP_CHECKED enum rp_status rp_keep_place(struct rp_keep *k, struct rp_places *p,
    size_t index, struct rp_unit **unit);

/* Keep a record of the unit; the first one makes it. */
RP_CHECKED enum rp_status rp_keep_add(struct rp_keep *k, struct rp_unit *unit,
    const struct rp_frame *f, const struct rp_record *rec);

/* Put a unit, and empty its place. */
RP_CHECKED enum rp_status rp_keep_put(
    struct rp_keep *k, struct rp_unit *unit, bool passes);

#endif
