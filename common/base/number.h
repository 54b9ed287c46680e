/*
 * Decimals that are computed with and rounded: m x 10^exp, where m has 18
 * digits or more, all that an int64_t holds. Each operation is exact if its
 * result fits, and else rounded to the nearest, half to even: in integers, so
 * that every machine comes to the same. An m of RP_ABSENT is no value, of
 * which every operation makes none.
 */
#ifndef RP_BASE_NUMBER_H
#define RP_BASE_NUMBER_H

#include "base/decimal.h"

struct rp_number {
	int64_t m;
	int exp;
};

static inline bool
rp_number_is_absent(struct rp_number n)
{
	return n.m == RP_ABSENT;
}

/* v x 10^exp. */
struct rp_number rp_number_of(rp_wide v, int exp);

struct rp_number rp_number_negate(struct rp_number a);
struct rp_number rp_number_add(struct rp_number a, struct rp_number b);
struct rp_number rp_number_multiply(struct rp_number a, struct rp_number b);
/* By zero: absent. */
struct rp_number rp_number_divide(struct rp_number a, struct rp_number b);
/* Below zero: absent. */
struct rp_number rp_number_sqrt(struct rp_number a);
/* The natural logarithm, to 10^-15; not above zero: absent. */
struct rp_number rp_number_log(struct rp_number a);

/* -1, 0 or 1; neither is absent. */
int rp_number_compare(struct rp_number a, struct rp_number b);

/* Rounded to a mantissa of 10^exp. False: it does not fit, or is absent. */
bool rp_number_at(struct rp_number n, int exp, int64_t *mantissa);

/* a / b to the nearest, half to even; b is above 0. */
rp_wide rp_wide_divide(rp_wide a, rp_wide b);

/* 10^n, n from 0 to 38. */
rp_wide rp_wide_power(int n);

/* The largest r of r x r <= v. */
uint64_t rp_wide_root(rp_wide v);

#endif
