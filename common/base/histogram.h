/*
 * Counts of values from 0 to 2^64 - 1 in cells that grow with the value, as
 * HdrHistogram has them: each power of two is cut into 32 equal parts, so that
 * a percentile is right within 1/32. Adding takes constant time and no memory.
 */
#ifndef RP_BASE_HISTOGRAM_H
#define RP_BASE_HISTOGRAM_H

#include <stdint.h>

enum {
	RP_HISTOGRAM_PARTS_LOG2 = 5,
	RP_HISTOGRAM_CELLS = (64 - RP_HISTOGRAM_PARTS_LOG2 + 1)
	    << RP_HISTOGRAM_PARTS_LOG2
};

/* All zero is empty. */
struct rp_histogram {
	uint64_t n, max;
	uint64_t cell[RP_HISTOGRAM_CELLS];
};

void rp_histogram_add(struct rp_histogram *h, uint64_t value);

/*
 * The value that part / whole of all values do not exceed (999 of 1000: the
 * 99.9th percentile): the largest of its cell, but never above max; 0 if there
 * are no values.
 */
uint64_t rp_histogram_at(
    const struct rp_histogram *h, uint32_t part, uint32_t whole);

#endif
