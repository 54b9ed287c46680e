#include "gen/random.h"

#include <stdlib.h>

/*
 * -ln u = ln 2 * -log2 u. For u = 2^-(k+1) (1 + m), with k leading zeros and
 * a mantissa m in [0, 1): -log2 u = k + 1 - log2(1 + m), and
 * log2(1 + m) = m + c m (1 - m) nearly. All in units of 2^-20; c makes the
 * mean exact: the integral of log2(1 + m) is 2 - 1/ln 2.
 */
uint64_t
rp_random_exponential(struct rp_random *r, uint64_t mean)
{
	const uint64_t one = 1 << 20, c = 360532, ln2 = 726817;
	uint64_t bits = rp_random_next(r) | 1, m, log2u;
	unsigned k = (unsigned)__builtin_clzll(bits);

	m = k < 63 ? (bits << (k + 1)) >> 44 : 0;
	log2u = (k + 1) * one - (m + ((c * ((m * (one - m)) >> 20)) >> 20));
	return (mean * ((log2u * ln2) >> 20)) >> 20;
}

/* Weights become shares of 2^32 a cell, n * 2^32 in all. */
static void
zipf_shares(uint64_t *share, uint32_t n)
{
	const uint64_t unit = (uint64_t)1 << 32;
	uint64_t total = 0, left;
	uint32_t i;

	for (i = 0; i < n; i++)
		total += unit / (i + 1);
	left = n * unit;
	for (i = 0; i < n; i++) {
		share[i] = (uint64_t)((__uint128_t)(unit / (i + 1)) * n * unit /
		    total);
		left -= share[i];
	}
	share[0] += left; /* what rounding left over */
}

/*
 * Walker and Vose: what holds less than its cell is filled up by one that
 * holds more. work lists the small ones from its front, the large ones from
 * its back.
 */
static void
zipf_cells(
    struct rp_zipf_cell *cell, uint64_t *share, uint32_t *work, uint32_t n)
{
	const uint64_t unit = (uint64_t)1 << 32;
	uint32_t small = 0, large = n, i, s, l;

	for (i = 0; i < n; i++) {
		cell[i].alias = i;
		work[share[i] < unit ? small++ : --large] = i;
	}
	while (small > 0 && large < n) {
		s = work[--small];
		l = work[large];
		cell[s].keep = (uint32_t)share[s];
		cell[s].alias = l;
		share[l] -= unit - share[s];
		if (share[l] < unit) {
			large++;
			work[small++] = l;
		}
	}
}

enum rp_status
rp_zipf_init(struct rp_zipf *z, uint32_t n)
{
	uint64_t *share = calloc(n, sizeof(*share));
	uint32_t *work = calloc(n, sizeof(*work));
	enum rp_status st = RP_ERR_NOMEM;

	z->n = n;
	z->cell = calloc(n, sizeof(*z->cell));
	if (share != NULL && work != NULL && z->cell != NULL) {
		zipf_shares(share, n);
		zipf_cells(z->cell, share, work, n);
		st = RP_OK;
	}
	free(share);
	free(work);
	return st;
}

void
rp_zipf_free(struct rp_zipf *z)
{
	free(z->cell);
	z->cell = NULL;
}
