#include "base/decimal.h"

#include "base/digits.h"

#define WIDE_EXP_MAX 36
#define WIDE_DIGITS 39 /* of 2^127 */

static const uint64_t powers[] = { 1, 10, 100, 1000, 10000, 100000, 1000000,
	10000000, 100000000, 1000000000, 10000000000, 100000000000,
	1000000000000, 10000000000000, 100000000000000, 1000000000000000,
	10000000000000000, 100000000000000000, 1000000000000000000,
	10000000000000000000u };

size_t
rp_u64_format(char *buf, uint64_t v)
{
	return (size_t)(rp_put_u64(buf, v) - buf);
}

size_t
rp_i64_format(char *buf, int64_t v)
{
	if (v >= 0)
		return rp_u64_format(buf, (uint64_t)v);
	*buf = '-';
	return 1 + rp_u64_format(buf + 1, -(uint64_t)v);
}

size_t
rp_digits_format(char *buf, uint32_t v, unsigned width)
{
	if (width <= 8) {
		rp_put_last(buf, rp_digits8(v), width);
		return width;
	}
	rp_put_9(buf, v);
	return 9;
}

/* A fraction of exactly scale digits (1 to 18), trailing zeros cut if trim. */
static inline char *
put_fraction(char *p, uint64_t v, unsigned scale, bool trim)
{
	uint64_t x;
	unsigned n;

	if (scale > 8) {
		p = put_fraction(
		    p, v / RP_E8, scale - 8, trim && v % RP_E8 == 0);
		v %= RP_E8;
		scale = 8;
		if (v == 0 && trim)
			return p;
	}
	x = rp_digits8((uint32_t)v);
	rp_put_last(p, x, scale);
	n = trim ? (unsigned)__builtin_clzll(x) / 8 : 0;
	return p + scale - n;
}

/* v / 10^scale and the rest: by a constant where the scale is a usual one. */
static inline uint64_t
divide(uint64_t v, unsigned scale, uint64_t *rest)
{
	uint64_t q;

	switch (scale) {
	case 1:
		q = v / 10;
		break;
	case 2:
		q = v / 100;
		break;
	case 8:
		q = v / 100000000;
		break;
	case 9:
		q = v / 1000000000;
		break;
	default:
		q = v / powers[scale];
	}
	*rest = v - q * powers[scale];
	return q;
}

static char *
put_zeros(char *p, unsigned n)
{
	while (n-- > 0)
		*p++ = '0';
	return p;
}

static char *
put_exponent(char *p, int exp)
{
	*p++ = 'e';
	return p + rp_i64_format(p, exp);
}

size_t
rp_decimal_format(char *buf, int64_t mantissa, int exp, enum rp_digits digits)
{
	uint64_t v = (uint64_t)mantissa, whole, rest;
	bool trim = digits == RP_DIGITS_TRIM;
	char *p = buf;

	if (mantissa < 0) {
		*p++ = '-';
		v = -v;
	}
	if (exp >= 0) {
		p += rp_u64_format(p, v);
		if (exp > 0 && !trim)
			p = put_exponent(p, exp);
		else if (v != 0)
			p = put_zeros(p, (unsigned)exp);
		return (size_t)(p - buf);
	}
	whole = divide(v, (unsigned)-exp, &rest);
	p += rp_u64_format(p, whole);
	if (rest != 0 || !trim) {
		*p++ = '.';
		p = put_fraction(p, rest, (unsigned)-exp, trim);
	}
	return (size_t)(p - buf);
}

/* The digits of v, at least min of them; returns how many. */
static unsigned
wide_digits(char *buf, unsigned __int128 v, unsigned min)
{
	char reverse[WIDE_DIGITS + 1];
	unsigned n = 0, i;

	for (; v != 0 || n < min; v /= 10)
		reverse[n++] = (char)('0' + (int)(v % 10));
	for (i = 0; i < n; i++)
		buf[i] = reverse[n - 1 - i];
	return n;
}

size_t
rp_wide_format(char *buf, __int128 mantissa, int exp, enum rp_digits digits)
{
	unsigned __int128 v = (unsigned __int128)mantissa;
	bool trim = digits == RP_DIGITS_TRIM;
	unsigned scale, n;
	char *p = buf, *point;

	if (mantissa == (int64_t)mantissa && exp >= RP_EXP_MIN &&
	    exp <= RP_EXP_MAX)
		return rp_decimal_format(buf, (int64_t)mantissa, exp, digits);
	if (mantissa < 0) {
		*p++ = '-';
		v = -v;
	}
	if (exp >= 0) {
		p += wide_digits(p, v, 1);
		if (exp > 0 && !trim)
			p = put_exponent(p, exp);
		else if (v != 0)
			p = put_zeros(p, (unsigned)exp);
		return (size_t)(p - buf);
	}
	scale = (unsigned)-exp;
	n = wide_digits(p, v, scale + 1);
	point = p + n - scale;
	memmove(point + 1, point, scale);
	*point = '.';
	p += n + 1;
	while (trim && p[-1] == '0')
		p--;
	if (p[-1] == '.')
		p--;
	return (size_t)(p - buf);
}

/* ---- reading ---- */

/* An exponent: [+-] digits, to the end; capped, for the caller to refuse. */
static bool
parse_exponent(const char *p, const char *end, int *exp)
{
	bool minus = p < end && *p == '-';
	int n = 0;

	if (p < end && (*p == '-' || *p == '+'))
		p++;
	if (p == end)
		return false;
	for (; p < end; p++) {
		if (*p < '0' || *p > '9')
			return false;
		if (n < 1000)
			n = 10 * n + (*p - '0');
	}
	*exp = minus ? -n : n;
	return true;
}

enum rp_status
rp_wide_parse(const char *text, size_t len, __int128 *mantissa, int *exp)
{
	const unsigned __int128 top = (unsigned __int128)1 << 127;
	const char *p = text, *end = text + len;
	unsigned __int128 v = 0;
	bool minus, point = false, over = false;
	size_t digits = 0, after = 0;
	int e = 0;

	minus = p < end && *p == '-';
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	for (; p < end; p++) {
		unsigned d = (unsigned char)*p - '0';

		if (*p == '.' && !point) {
			point = true;
			continue;
		}
		if (d > 9)
			break;
		if (v > (top - 1 - d) / 10)
			over = true;
		else
			v = 10 * v + d;
		digits++;
		after += point;
	}
	if (digits == 0 || (point && after == 0))
		return RP_ERR_USAGE;
	if (p < end && (*p == 'e' || *p == 'E')) {
		if (!parse_exponent(p + 1, end, &e))
			return RP_ERR_USAGE;
	} else if (p < end) {
		return RP_ERR_USAGE;
	}
	if (over || after > 2000)
		return RP_ERR_LIMIT;
	e -= (int)after;
	if (e < -WIDE_EXP_MAX || e > WIDE_EXP_MAX)
		return RP_ERR_LIMIT;
	*mantissa = minus ? -(__int128)v : (__int128)v;
	*exp = e;
	return RP_OK;
}

/* Text of up to 8 bytes, digits with at most one point before the last. */
static bool
parse_short(const char *text, size_t len, struct rp_decimal *d)
{
	const uint64_t sevens = 0x7f7f7f7f7f7f7f7fu;
	uint64_t x, point, before;
	unsigned n = (unsigned)len, at;

	if (n - 1 > 7)
		return false;
	x = rp_load_short(text, len);
	/* the high bit of each byte that is a point */
	point = x ^ 0x2e2e2e2e2e2e2e2eu;
	point = ~(((point & sevens) + sevens) | point | sevens);
	d->exp = 0;
	if (point != 0) {
		at = (unsigned)__builtin_ctzll(point) / 8;
		before = (UINT64_C(1) << (8 * at)) - 1;
		x = (x & before) | (x >> 8 & ~before);
		n--;
		if (at == n)
			return false;
		d->exp = (int8_t)((int)at - (int)n);
	}
	if (n < 8)
		x = x << (8 * (8 - n)) | RP_ZEROS8 >> (8 * n);
	d->mantissa = rp_value8(x);
	return rp_are_digits8(x);
}

/* The same of up to 19. */
static bool
parse_plain(const char *text, size_t len, struct rp_decimal *d)
{
	const char *end = text + len, *point = NULL;
	uint64_t v = 0;

	if (len - 1 > 18)
		return false;
	for (const char *p = text; p < end; p++) {
		unsigned digit = (unsigned char)*p - '0';

		if (digit <= 9)
			v = 10 * v + digit;
		else if (*p == '.' && point == NULL)
			point = p;
		else
			return false;
	}
	/* 19 digits may be too many */
	if (point == NULL ? len > 18 : point + 1 == end)
		return false;
	d->mantissa = (int64_t)v;
	d->exp = point != NULL ? (int8_t)(point + 1 - end) : 0;
	return true;
}

enum rp_status
rp_decimal_parse(const char *text, size_t len, struct rp_decimal *d)
{
	enum rp_status st;
	__int128 m;
	int exp;

	if (parse_short(text, len, d) || parse_plain(text, len, d))
		return RP_OK;
	if ((st = rp_wide_parse(text, len, &m, &exp)) != RP_OK)
		return st;
	if (m > INT64_MAX || m <= INT64_MIN || exp < RP_EXP_MIN ||
	    exp > RP_EXP_MAX)
		return RP_ERR_LIMIT;
	d->mantissa = (int64_t)m;
	d->exp = (int8_t)exp;
	return RP_OK;
}

enum rp_status
rp_u64_parse(const char *text, size_t len, uint64_t *v)
{
	const char *p = text, *end = text + len;
	uint64_t n = 0;
	bool over = false;

	for (; end - p >= 8 && p - text < 16 && rp_are_digits8(rp_le64(p));
	     p += 8)
		n = RP_E8 * n + rp_value8(rp_le64(p));
	/* nineteen digits always fit */
	for (; p < end; p++) {
		unsigned d = (unsigned char)*p - '0';

		if (d > 9)
			return RP_ERR_USAGE;
		if (p - text < 19)
			n = 10 * n + d;
		else if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, d, &n))
			over = true;
	}
	if (len == 0)
		return RP_ERR_USAGE;
	if (over)
		return RP_ERR_LIMIT;
	*v = n;
	return RP_OK;
}

enum rp_status
rp_i64_parse(const char *text, size_t len, int64_t *v)
{
	bool minus = len > 0 && *text == '-';
	enum rp_status st;
	uint64_t n;

	if ((st = rp_u64_parse(text + minus, len - minus, &n)) != RP_OK)
		return st;
	if (n > (uint64_t)INT64_MAX + minus)
		return RP_ERR_LIMIT;
	*v = minus ? (int64_t)-n : (int64_t)n;
	return RP_OK;
}

/* ---- value ---- */

enum rp_status
rp_decimal_rescale(struct rp_decimal *d, int exp)
{
	int64_t m = d->mantissa;

	if (exp < RP_EXP_MIN || exp > RP_EXP_MAX)
		return RP_ERR_LIMIT;
	if (m != RP_ABSENT && m != 0) {
		int e = d->exp;

		for (; e > exp; e--)
			if (__builtin_mul_overflow(m, 10, &m))
				return RP_ERR_LIMIT;
		for (; e < exp; e++) {
			if (m % 10 != 0)
				return RP_ERR_LIMIT;
			m /= 10;
		}
		if (m == RP_ABSENT)
			return RP_ERR_LIMIT;
	}
	d->mantissa = m;
	d->exp = (int8_t)exp;
	return RP_OK;
}

int
rp_wide_compare(__int128 a, int a_exp, __int128 b, int b_exp)
{
	bool negative = a < 0;

	if (a_exp < b_exp)
		return -rp_wide_compare(b, b_exp, a, a_exp);
	/* beyond 128 bits it is further from 0 than any b */
	for (; a_exp > b_exp && a != 0; a_exp--)
		if (__builtin_mul_overflow(a, 10, &a))
			return negative ? -1 : 1;
	return (a > b) - (a < b);
}

int
rp_decimal_compare(int64_t a, int a_exp, int64_t b, int b_exp)
{
	if (a_exp == b_exp)
		return (a > b) - (a < b);
	return rp_wide_compare(a, a_exp, b, b_exp);
}
