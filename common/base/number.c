#include "base/number.h"

enum { FAR = 1000 }; /* exponents beyond are no numbers that anyone has */

static const struct rp_number absent = { RP_ABSENT, 0 };

/* ---- 128 bits ---- */

rp_wide
rp_wide_power(int n)
{
	static const int64_t low[] = { 1, 10, 100, 1000, 10000, 100000, 1000000,
		10000000, 100000000, 1000000000, 10000000000, 100000000000,
		1000000000000, 10000000000000, 100000000000000,
		1000000000000000, 10000000000000000, 100000000000000000,
		1000000000000000000 };
	rp_wide v = 1;

	for (; n > 18; n -= 18)
		v *= low[18];
	return v * low[n];
}

/* What a quotient becomes by what remains of its divisor. */
#define ROUND_UP(q, r, b) ((r) > (b) - (r) || ((r) == (b) - (r) && ((q)&1)))

rp_wide
rp_wide_divide(rp_wide a, rp_wide b)
{
	rp_wide q, r;

	/* a division of 128 bits takes several times as long */
	if (a == (int64_t)a && b == (int64_t)b) {
		int64_t p = (int64_t)a / (int64_t)b;
		int64_t s = (int64_t)a - p * (int64_t)b;

		p -= s < 0;
		s += s < 0 ? (int64_t)b : 0;
		return (rp_wide)p + ROUND_UP(p, s, (int64_t)b);
	}
	q = a / b;
	r = a - q * b;
	if (r < 0) {
		q--;
		r += b;
	}
	return q + ROUND_UP(q, r, b);
}

uint64_t
rp_wide_root(rp_wide v)
{
	uint64_t r = 0, next;

	for (int bit = 63; bit >= 0; bit--) {
		next = r | (uint64_t)1 << bit;
		if ((unsigned __int128)next * next <= (unsigned __int128)v)
			r = next;
	}
	return r;
}

/* ---- numbers ---- */

static bool
fits(rp_wide v)
{
	return v == (int64_t)v && v != INT64_MIN;
}

/* Digits that v has at least too many. */
static int
excess(rp_wide v)
{
	uint64_t high = (uint64_t)((v < 0 ? -v : v) >> 63);
	int bits = high == 0 ? 0 : 64 - __builtin_clzll(high);

	return bits * 1233 >> 12; /* log10 of 2, rounded down */
}

struct rp_number
rp_number_of(rp_wide v, int exp)
{
	rp_wide rounded = v;
	int drop = excess(v);

	if (drop > 0)
		rounded = rp_wide_divide(v, rp_wide_power(drop));
	/* from all of v again: what is rounded twice may be wrong */
	while (!fits(rounded))
		rounded = rp_wide_divide(v, rp_wide_power(++drop));
	return (struct rp_number){ (int64_t)rounded, exp + drop };
}

/* Exponents that are added go no farther. */
static struct rp_number
limited(struct rp_number n)
{
	return n.exp < -FAR || n.exp > FAR ? absent : n;
}

static bool
is_any_absent(struct rp_number a, struct rp_number b)
{
	return a.m == RP_ABSENT || b.m == RP_ABSENT;
}

struct rp_number
rp_number_negate(struct rp_number a)
{
	if (a.m != RP_ABSENT)
		a.m = -a.m;
	return a;
}

enum { ROOM = 19 }; /* digits by which any m can grow within 128 bits */

/*
 * a / b for a sum or quotient that is rounded once more: towards 0, but never to
 * a last digit of 0 or 5 if that is not exact, which would pass for a tie.
 */
static rp_wide
divide_first(rp_wide a, rp_wide b)
{
	rp_wide q = a / b;

	if (q * b == a || q % 5 != 0)
		return q;
	return (a < 0) == (b < 0) ? q + 1 : q - 1;
}

/* As many digits as go into an m: its value stays. */
static void
widen(struct rp_number *a)
{
	int64_t m;

	while (!__builtin_mul_overflow(a->m, 10, &m) && m != INT64_MIN) {
		a->m = m;
		a->exp--;
	}
}

struct rp_number
rp_number_add(struct rp_number a, struct rp_number b)
{
	int apart = a.exp - b.exp;

	if (is_any_absent(a, b))
		return absent;
	if (a.m == 0 || b.m == 0)
		return a.m == 0 ? b : a;
	if (apart < 0)
		return rp_number_add(b, a);
	if (apart > ROOM)
		widen(&a);
	apart = a.exp - b.exp;
	if (apart <= ROOM)
		return rp_number_of(a.m * rp_wide_power(apart) + b.m, b.exp);
	apart = apart < 2 * ROOM ? apart : 2 * ROOM;
	return rp_number_of(a.m * rp_wide_power(ROOM) +
		divide_first(b.m, rp_wide_power(apart - ROOM)),
	    a.exp - ROOM);
}

struct rp_number
rp_number_multiply(struct rp_number a, struct rp_number b)
{
	if (is_any_absent(a, b))
		return absent;
	return limited(rp_number_of((rp_wide)a.m * b.m, a.exp + b.exp));
}

struct rp_number
rp_number_divide(struct rp_number a, struct rp_number b)
{
	rp_wide wide, q;

	if (is_any_absent(a, b) || b.m == 0)
		return absent;
	if (a.m % b.m == 0)
		return limited(rp_number_of(a.m / b.m, a.exp - b.exp));
	widen(&a);
	wide = a.m * rp_wide_power(ROOM);
	q = divide_first(wide, b.m);
	if (fits(q))
		q = b.m < 0 ? rp_wide_divide(-wide, -(rp_wide)b.m)
			    : rp_wide_divide(wide, b.m);
	return limited(rp_number_of(q, a.exp - ROOM - b.exp));
}

struct rp_number
rp_number_sqrt(struct rp_number a)
{
	rp_wide v;
	uint64_t r;

	if (a.m == RP_ABSENT || a.m < 0)
		return absent;
	if (a.m == 0)
		return a;
	widen(&a);
	/* 36 digits, and an exponent that can be halved */
	v = a.m * rp_wide_power(18 - (a.exp & 1));
	a.exp -= 18 - (a.exp & 1);
	r = rp_wide_root(v);
	if (v - (rp_wide)r * r > r)
		r++;
	return rp_number_of(r, a.exp / 2);
}

/* ---- logarithms ---- */

/* 2^62 stands for 1. */
enum { FRACTION = 62 };
static const rp_wide ln_2 = 3196577161300663915;
static const rp_wide ln_10 = 10618799479599967255u;

/* ln f of f from 0.7 to 1.5, as twice the artanh of (f - 1) / (f + 1). */
static rp_wide
log_of_fraction(rp_wide f)
{
	const rp_wide one = (rp_wide)1 << FRACTION;
	rp_wide z = (f - one) * one / (f + one);
	rp_wide square = z * z / one, term = z, sum = 0;

	for (int n = 1; term != 0; n += 2) {
		sum += term / n;
		term = term * square / one;
	}
	return 2 * sum;
}

struct rp_number
rp_number_log(struct rp_number a)
{
	enum { DIGITS = 15 };
	int top, twos;
	rp_wide f, v;

	if (a.m <= 0) /* absent is below, too */
		return absent;
	top = 63 - __builtin_clzll((uint64_t)a.m);
	f = (rp_wide)a.m << (FRACTION - top);
	twos = top;
	if (f > (rp_wide)3 << (FRACTION - 1)) {
		f /= 2;
		twos++;
	}
	v = log_of_fraction(f) + twos * ln_2 + a.exp * ln_10;
	v = rp_wide_divide(v * rp_wide_power(DIGITS), (rp_wide)1 << FRACTION);
	return rp_number_of(v, -DIGITS);
}

/* ---- compared and stored ---- */

int
rp_number_compare(struct rp_number a, struct rp_number b)
{
	struct rp_number d = rp_number_add(a, rp_number_negate(b));

	return (d.m > 0) - (d.m < 0);
}

bool
rp_number_at(struct rp_number n, int exp, int64_t *mantissa)
{
	int apart = n.exp - exp;
	rp_wide v = n.m;

	if (n.m == RP_ABSENT || (n.m != 0 && apart > ROOM))
		return false;
	if (n.m == 0 || apart < -2 * ROOM)
		v = 0;
	else if (apart >= 0)
		v *= rp_wide_power(apart);
	else
		v = rp_wide_divide(v, rp_wide_power(-apart));
	*mantissa = (int64_t)v;
	return fits(v);
}
