/* Distributions of random numbers, in integer arithmetic (base/random.h). */
#ifndef RP_GEN_RANDOM_H
#define RP_GEN_RANDOM_H

#include <stdint.h>

#include "base/error.h"
#include "base/random.h"

/*
 * An exponentially distributed variate with this mean, up to 44 times the
 * mean; log2 by a parabola, so its mean is right within 0.1 %.
 * The mean is at most 2^37.
 */
uint64_t rp_random_exponential(struct rp_random *r, uint64_t mean);

/*
 * Draws 0 .. n - 1 with probabilities in the ratio 1 : 1/2 : 1/3 ... : 1/n
 * (Zipf's law) in constant time (Walker's alias method).
 */
struct rp_zipf {
	uint32_t n;
	struct rp_zipf_cell {
		uint32_t keep; /* below it: the cell's own index */
		uint32_t alias;
	} * cell;
};

/* n is at least 1: RP_OK or RP_ERR_NOMEM; freed in both cases by the caller. */
RP_CHECKED enum rp_status rp_zipf_init(struct rp_zipf *z, uint32_t n);
void rp_zipf_free(struct rp_zipf *z);

static inline uint32_t
rp_zipf_draw(const struct rp_zipf *z, struct rp_random *r)
{
	uint64_t bits = rp_random_next(r);
	uint32_t i = rp_random_scale((uint32_t)(bits >> 32), z->n);

	return (uint32_t)bits < z->cell[i].keep ? i : z->cell[i].alias;
}

#endif
