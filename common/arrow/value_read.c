#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "arrow/ipc_read.h"
#include "base/decimal.h"

bool
rp_arrow_has_text(const struct rp_arrow_field *f)
{
	switch (f->type) {
	case RP_ARROW_NULL:
	case RP_ARROW_INT:
	case RP_ARROW_FLOAT:
	case RP_ARROW_BINARY:
	case RP_ARROW_UTF8:
	case RP_ARROW_BOOL:
	case RP_ARROW_DECIMAL:
	case RP_ARROW_DATE:
	case RP_ARROW_TIMESTAMP:
	case RP_ARROW_DURATION:
	case RP_ARROW_FIXED_BINARY:
	case RP_ARROW_LARGE_BINARY:
	case RP_ARROW_LARGE_UTF8:
	case RP_ARROW_BINARY_VIEW:
	case RP_ARROW_UTF8_VIEW:
		return true;
	default:
		return false;
	}
}

bool
rp_arrow_is_binary(const struct rp_arrow_field *f)
{
	return f->type == RP_ARROW_BINARY || f->type == RP_ARROW_LARGE_BINARY ||
	    f->type == RP_ARROW_BINARY_VIEW || f->type == RP_ARROW_FIXED_BINARY;
}

/* ---- integers ---- */

/* The lowest bytes of a number, up to 8. */
static uint64_t
get_bits(const uint8_t *p, unsigned width)
{
	uint64_t v = 0;

	memcpy(&v, p, width);
	return v;
}

static int64_t
get_int(const uint8_t *p, unsigned width)
{
	const unsigned unused = 64 - 8 * width;

	return (int64_t)(get_bits(p, width) << unused) >> unused;
}

int64_t
rp_arrow_i64(const struct rp_arrow_array *a, uint64_t row)
{
	const unsigned width = a->field->width;
	const uint8_t *p = a->values + row * width;

	return a->field->is_signed ? get_int(p, width)
				   : (int64_t)get_bits(p, width);
}

uint64_t
rp_arrow_index(const struct rp_arrow_array *a, uint64_t row)
{
	const unsigned width = a->field->index_width;
	const uint8_t *p = a->values + row * width;
	int64_t v;

	if (!a->field->index_signed)
		return get_bits(p, width);
	v = get_int(p, width);
	return v < 0 ? UINT64_MAX : (uint64_t)v;
}

/* ---- texts ---- */

/* A number of units as ns; false: int64_t does not hold it. */
static bool
to_ns(int64_t v, int64_t unit, int64_t *ns)
{
	return !__builtin_mul_overflow(v, unit, ns);
}

static enum rp_status
put_ns(const struct rp_arrow_array *a, uint64_t row, char *buf, uint32_t *len)
{
	static const int64_t units[] = { 1000000000, 1000000, 1000, 1 };
	const struct rp_arrow_field *f = a->field;
	const uint8_t *p = a->values + row * f->width;
	int64_t unit = f->type == RP_ARROW_DATE && f->width == 4
	    ? INT64_C(86400) * 1000000000
	    : units[f->unit];
	int64_t ns;

	if (!to_ns(get_int(p, f->width), unit, &ns))
		return RP_ERR_LIMIT;
	*len = (uint32_t)rp_i64_format(buf, ns);
	return RP_OK;
}

static enum rp_status
put_decimal(
    const struct rp_arrow_array *a, uint64_t row, char *buf, uint32_t *len)
{
	const unsigned width = a->field->width;
	const uint8_t *p = a->values + row * width;
	int exp = a->field->scale < -100 ? 100
	    : a->field->scale > 100      ? -100
					 : -a->field->scale;
	rp_wide v;

	if (width < 16) {
		v = get_int(p, width);
	} else {
		memcpy(&v, p, sizeof(v));
		/* what is above must be but its sign */
		for (unsigned i = 16; i < width; i++)
			if (p[i] != (v < 0 ? 0xff : 0))
				return RP_ERR_LIMIT;
	}
	for (; exp < -36 && v % 10 == 0 && v != 0; exp++)
		v /= 10;
	if (v == 0)
		exp = 0;
	if (exp < -36 || exp > 36)
		return RP_ERR_LIMIT;
	*len = (uint32_t)rp_wide_format(buf, v, exp, RP_DIGITS_TRIM);
	return RP_OK;
}

static double
from_half(uint16_t v)
{
	const int exp = v >> 10 & 31, fraction = v & 1023;
	double x = exp == 31 ? (fraction == 0 ? INFINITY : NAN)
	    : exp == 0       ? ldexp(fraction, -24)
			     : ldexp(fraction + 1024, exp - 25);

	return v & 0x8000 ? -x : x;
}

static double
get_float(const uint8_t *p, unsigned width)
{
	double d;
	float f;

	switch (width) {
	case 2:
		return from_half(rp_le16(p));
	case 4:
		memcpy(&f, p, sizeof(f));
		return (double)f;
	default:
		memcpy(&d, p, sizeof(d));
		return d;
	}
}

/* Is a decimal read back as v, in its precision? */
static bool
is_same(double decimal, double v, unsigned width)
{
	return width == 8 ? decimal == v : (float)decimal == (float)v;
}

/*
 * As few digits as make the same number again. Of up to 53 bits they are found
 * by exact arithmetic: an integer over a power of ten is rounded once, as
 * reading its decimal text would be.
 */
static enum rp_status
put_float(
    const struct rp_arrow_array *a, uint64_t row, char *buf, uint32_t *len)
{
	static const double powers[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
		1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
	const unsigned width = a->field->width;
	const double v = get_float(a->values + row * width, width);
	double m;
	int n;

	if (isnan(v))
		return RP_EMPTY;
	if (isinf(v))
		return RP_ERR_LIMIT;
	if (v == trunc(v) && fabs(v) < 0x1p63) {
		*len = (uint32_t)rp_i64_format(buf, (int64_t)v);
		return RP_OK;
	}
	for (unsigned i = 0; i < RP_LEN(powers); i++) {
		m = nearbyint(v * powers[i]);
		if (fabs(m) > 0x1p53)
			break;
		if (m != 0 && is_same(m / powers[i], v, width)) {
			*len = (uint32_t)rp_decimal_format(
			    buf, (int64_t)m, -(int)i, RP_DIGITS_TRIM);
			return RP_OK;
		}
	}
	for (int digits = width == 8 ? 15 : 6; digits <= 17; digits++) {
		n = snprintf(buf, RP_ARROW_TEXT_ROOM, "%.*g", digits, v);
		*len = (uint32_t)n;
		if (is_same(strtod(buf, NULL), v, width))
			break;
	}
	return RP_OK;
}

/* A view: its length, and its bytes, or their first four and where they are. */
static struct rp_flat_text
get_view(const struct rp_arrow_array *a, uint64_t row)
{
	const uint8_t *p = a->offsets + 16 * row;
	uint32_t len = rp_le32(p);

	return (struct rp_flat_text){ (const char *)(len <= 12
					      ? p + 4
					      : a->views[rp_le32(p + 8)].p +
						  rp_le32(p + 12)),
		len };
}

/* Bytes of a row, which may be none at all, and then anywhere. */
static struct rp_flat_text
get_bytes(const struct rp_arrow_array *a, uint64_t row)
{
	uint64_t from, to;

	switch (a->field->type) {
	case RP_ARROW_UTF8_VIEW:
	case RP_ARROW_BINARY_VIEW:
		return get_view(a, row);
	case RP_ARROW_FIXED_BINARY:
		from = row * a->field->fixed;
		to = from + a->field->fixed;
		break;
	default:
		from = rp_arrow_offset(a, row);
		to = rp_arrow_offset(a, row + 1);
		break;
	}
	return (struct rp_flat_text){ to > from ? (const char *)a->values + from
						: "",
		(uint32_t)(to - from) };
}

enum rp_status
rp_arrow_text(const struct rp_arrow_array *a, uint64_t row,
    char buf[static RP_ARROW_TEXT_ROOM], struct rp_flat_text *text)
{
	*text = (struct rp_flat_text){ buf, 0 };
	if (!rp_arrow_is_valid(a, row))
		return RP_EMPTY;
	switch (a->field->type) {
	case RP_ARROW_NULL:
		return RP_EMPTY;
	case RP_ARROW_BOOL:
		*text = a->values[row / 8] >> row % 8 & 1
		    ? (struct rp_flat_text){ "true", 4 }
		    : (struct rp_flat_text){ "false", 5 };
		return RP_OK;
	case RP_ARROW_INT:
		text->len = (uint32_t)(a->field->is_signed
			? rp_i64_format(buf, rp_arrow_i64(a, row))
			: rp_u64_format(buf, (uint64_t)rp_arrow_i64(a, row)));
		return RP_OK;
	case RP_ARROW_FLOAT:
		return put_float(a, row, buf, &text->len);
	case RP_ARROW_DECIMAL:
		return put_decimal(a, row, buf, &text->len);
	case RP_ARROW_DATE:
	case RP_ARROW_TIMESTAMP:
	case RP_ARROW_DURATION:
		return put_ns(a, row, buf, &text->len);
	default:
		*text = get_bytes(a, row);
		return RP_OK;
	}
}
