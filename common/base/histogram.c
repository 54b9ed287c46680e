#include "base/histogram.h"

enum { LOG2 = RP_HISTOGRAM_PARTS_LOG2, PARTS = 1 << LOG2 };

/* Values below 2 * PARTS have a cell each; the shift is that of the others. */
static unsigned
shift_of(uint64_t value)
{
	return value < PARTS ? 0 : 63 - LOG2 - (unsigned)__builtin_clzll(value);
}

void
rp_histogram_add(struct rp_histogram *h, uint64_t value)
{
	unsigned shift = shift_of(value);

	h->cell[shift * PARTS + (value >> shift)]++;
	h->n++;
	if (value > h->max)
		h->max = value;
}

static uint64_t
largest_of(uint32_t cell)
{
	unsigned shift = cell < 2 * PARTS ? 0 : cell / PARTS - 1;
	uint64_t part = cell - shift * PARTS;

	return ((part + 1) << shift) - 1;
}

uint64_t
rp_histogram_at(const struct rp_histogram *h, uint32_t part, uint32_t whole)
{
	/* how many values it takes: rounded up, at least one */
	uint64_t want =
	    h->n / whole * part + (h->n % whole * part + whole - 1) / whole;
	uint64_t seen = 0, value;
	uint32_t i;

	if (h->n == 0)
		return 0;
	if (want == 0)
		want = 1;
	for (i = 0; i + 1 < RP_HISTOGRAM_CELLS; i++)
		if ((seen += h->cell[i]) >= want)
			break;
	value = largest_of(i);
	return value < h->max ? value : h->max;
}
