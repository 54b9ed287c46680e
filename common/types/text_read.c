#include <string.h>

#include "base/bytes.h"
#include "base/decimal.h"
#include "base/hash.h"
#include "types/text.h"

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

bool
rp_text_read_hex(const char *text, size_t len, uint8_t *out)
{
	for (size_t i = 0; i + 1 < len; i += 2) {
		int high = hex_value(text[i]), low = hex_value(text[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return len % 2 == 0;
}

/* n hex digits as a number of at most 64 bits. */
static bool
hex_number(const char *text, size_t n, uint64_t *v)
{
	*v = 0;
	for (size_t i = 0; i < n; i++) {
		int d = hex_value(text[i]);

		if (d < 0)
			return false;
		*v = *v << 4 | (unsigned)d;
	}
	return n <= 16;
}

static bool
read_uuid(const char *text, size_t len, uint64_t *hi, uint64_t *lo)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	char digits[32];
	size_t n = 0;

	if (len != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < len; i++) {
		if ((shape[i] == '-') != (text[i] == '-'))
			return false;
		if (shape[i] != '-')
			digits[n++] = text[i];
	}
	return hex_number(digits, 16, hi) && hex_number(digits + 16, 16, lo);
}

enum rp_status
rp_text_read_id(
    const char *text, size_t len, uint8_t form, uint64_t *hi, uint64_t *lo)
{
	char ascii[16] = { 0 };
	size_t high;

	*hi = 0;
	*lo = 0;
	if (len > 2 && text[0] == '0' && text[1] == 'x') {
		high = len - 2 > 16 ? len - 2 - 16 : 0;
		return hex_number(text + 2, high, hi) &&
			hex_number(text + 2 + high, len - 2 - high, lo)
		    ? RP_OK
		    : RP_ERR_USAGE;
	}
	switch (form) {
	case RP_ID_NUMBER:
		return rp_u64_parse(text, len, lo);
	case RP_ID_UUID:
		return read_uuid(text, len, hi, lo) ? RP_OK : RP_ERR_USAGE;
	case RP_ID_ASCII:
		if (len == 0 || len > sizeof(ascii))
			return RP_ERR_USAGE;
		memcpy(ascii, text, len);
		*hi = rp_le64(ascii);
		*lo = rp_le64(ascii + 8);
		return RP_OK;
	default:
		return RP_ERR_USAGE;
	}
}

/* A number that is written without leading zeros, and is not that of none. */
static bool
is_number(const char *text, size_t len, uint64_t *lo)
{
	return *text != '0' && rp_u64_parse(text, len, lo) == RP_OK;
}

enum rp_id_form
rp_text_take_id(const char *text, size_t len, uint64_t *hi, uint64_t *lo)
{
	bool hex = len > 2 && text[0] == '0' && text[1] == 'x';

	*hi = 0;
	if (is_number(text, len, lo))
		return RP_ID_NUMBER;
	if (read_uuid(text, len, hi, lo))
		return RP_ID_UUID;
	if (hex && rp_text_read_id(text, len, RP_ID_HASH, hi, lo) == RP_OK)
		return RP_ID_HASH;
	if (!hex && memchr(text, '\0', len) == NULL &&
	    rp_text_read_id(text, len, RP_ID_ASCII, hi, lo) == RP_OK)
		return RP_ID_ASCII;
	*hi = 0;
	*lo = rp_hash(text, len);
	return RP_ID_HASH;
}

/* ---- one function a kind; text is not NULL ---- */

static enum rp_status
read_uint(
    const struct rp_field *field, uint8_t *p, const char *text, size_t len)
{
	uint64_t v, top = UINT64_MAX >> (64 - 8 * field->size);
	enum rp_status st;

	if ((st = rp_u64_parse(text, len, &v)) != RP_OK)
		return st;
	if (v > top || (field->optional && v == top))
		return RP_ERR_LIMIT;
	memcpy(p, &v, field->size);
	return RP_OK;
}

static enum rp_status
read_int(const struct rp_field *field, uint8_t *p, const char *text, size_t len)
{
	int64_t v, least = INT64_MIN >> (64 - 8 * field->size);
	enum rp_status st;

	if ((st = rp_i64_parse(text, len, &v)) != RP_OK)
		return st;
	if (v < least || v > ~least || (field->optional && v == least))
		return RP_ERR_LIMIT;
	memcpy(p, &v, field->size);
	return RP_OK;
}

/* A mantissa of 128 bits, exact, for the exponent that is there. */
static enum rp_status
read_scaled(__int128 *v, int exp, const char *text, size_t len)
{
	enum rp_status st;
	int e;

	if ((st = rp_wide_parse(text, len, v, &e)) != RP_OK)
		return st;
	for (; e > exp && *v != 0; e--)
		if (__builtin_mul_overflow(*v, 10, v))
			return RP_ERR_LIMIT;
	for (; e < exp && *v != 0; e++) {
		if (*v % 10 != 0)
			return RP_ERR_LIMIT;
		*v /= 10;
	}
	return RP_OK;
}

/* The usual text: up to 18 digits that end where the exponent has them end. */
static bool
read_plain(uint8_t *p, int exp, const char *text, size_t len)
{
	bool minus = len > 0 && *text == '-', point = false;
	const char *at = text + minus, *end = text + len;
	uint64_t v = 0;
	int after = 0;

	if (end - at > 19)
		return false;
	for (; at < end; at++) {
		unsigned d = (unsigned char)*at - '0';

		if (d <= 9) {
			v = 10 * v + d;
			after += point;
		} else if (*at == '.' && !point) {
			point = true;
		} else {
			return false;
		}
	}
	if (-after != exp || point != (after > 0) ||
	    end - text - minus - point < 1 || end - text - minus - point > 18)
		return false;
	rp_put64(p, minus ? -v : v);
	return true;
}

static enum rp_status
read_decimal(uint8_t *p, int exp, const char *text, size_t len)
{
	enum rp_status st;
	__int128 v;

	if (read_plain(p, exp, text, len))
		return RP_OK;
	if ((st = read_scaled(&v, exp, text, len)) != RP_OK)
		return st;
	if (v > INT64_MAX || v <= INT64_MIN)
		return RP_ERR_LIMIT;
	rp_put64(p, (uint64_t)v);
	return RP_OK;
}

static enum rp_status
read_wide(uint8_t *p, int exp, const char *text, size_t len)
{
	enum rp_status st;
	__int128 v;

	if ((st = read_scaled(&v, exp, text, len)) == RP_OK)
		memcpy(p, &v, sizeof(v));
	return st;
}

static enum rp_status
read_time(int64_t *ns, const char *text, size_t len)
{
	enum rp_status st;

	if (len > 1 &&
	    (memchr(text + 1, '-', len - 1) != NULL ||
		memchr(text, 'T', len) != NULL))
		st = rp_time_parse(text, len, NULL, ns);
	else
		st = rp_i64_parse(text, len, ns);
	return st == RP_OK && *ns == RP_ABSENT ? RP_ERR_LIMIT : st;
}

/* A word, or a value as a number. */
static enum rp_status
read_word(
    const struct rp_field *field, uint8_t *p, const char *text, size_t len)
{
	uint32_t value;

	if (!rp_field_word(field, text, len, &value))
		return read_uint(field, p, text, len);
	memcpy(p, &value, field->size);
	return RP_OK;
}

static enum rp_status
read_char(uint8_t *p, const char *text, size_t len)
{
	enum rp_status st;
	uint64_t v;

	if (len == 1 && (*text < '0' || *text > '9')) {
		*p = (uint8_t)*text;
		return rp_text_is_letter(*p) ? RP_OK : RP_ERR_USAGE;
	}
	if ((st = rp_u64_parse(text, len, &v)) != RP_OK)
		return st;
	*p = (uint8_t)v;
	return v > 0 && v <= UINT8_MAX ? RP_OK : RP_ERR_LIMIT;
}

/* One of the words joined by '|', or "bit9". */
static bool
read_flag(
    const struct rp_field *field, const char *text, size_t len, uint64_t *flags)
{
	uint32_t value;
	uint64_t bit;

	if (rp_field_word(field, text, len, &value)) {
		*flags |= value;
		return true;
	}
	if (len < 4 || memcmp(text, "bit", 3) != 0 ||
	    rp_u64_parse(text + 3, len - 3, &bit) != RP_OK ||
	    bit >= 8u * field->size)
		return false;
	*flags |= 1ull << bit;
	return true;
}

static enum rp_status
read_flags(
    const struct rp_field *field, uint8_t *p, const char *text, size_t len)
{
	const char *end = text + len, *next;
	uint64_t flags = 0;

	for (; text < end; text = next + 1) {
		next = memchr(text, '|', (size_t)(end - text));
		if (next == NULL)
			next = end;
		if (!read_flag(field, text, (size_t)(next - text), &flags))
			return RP_ERR_USAGE;
	}
	memcpy(p, &flags, field->size);
	return RP_OK;
}

static enum rp_status
read_id(const struct rp_field *field, const struct rp_record *rec, uint8_t *p,
    const char *text, size_t len)
{
	uint8_t form =
	    (uint8_t)(rp_le16(rec->payload + RP_EV_TFLAGS) >> RP_ID_FORM_SHIFT);
	enum rp_status st;
	uint64_t hi, lo;

	if ((st = rp_text_read_id(text, len, form, &hi, &lo)) != RP_OK)
		return st;
	if (field->optional && form == RP_ID_NUMBER && hi == 0 && lo == 0)
		return RP_ERR_LIMIT;
	rp_put64(p, hi);
	rp_put64(p + 8, lo);
	return RP_OK;
}

static enum rp_status
read_chars(
    const struct rp_field *field, uint8_t *p, const char *text, size_t len)
{
	if (len > field->size)
		return RP_ERR_LIMIT;
	if (memchr(text, '\0', len) != NULL)
		return RP_ERR_USAGE;
	memset(p, 0, field->size);
	memcpy(p, text, len);
	return RP_OK;
}

static enum rp_status
read_type(struct rp_record *rec, const char *text, size_t len)
{
	return rp_type_by_name(text, len, &rec->type) ? RP_OK : RP_ERR_USAGE;
}

static enum rp_status
read_seq(struct rp_record *rec, const char *text, size_t len)
{
	enum rp_status st = rp_u64_parse(text, len, &rec->seq);

	return st == RP_OK && rec->seq == 0 ? RP_ERR_LIMIT : st;
}

/* The bytes of a level of a book, which is there, or NULL. */
static uint8_t *
level_at(const struct rp_field *field, struct rp_record *rec, size_t off)
{
	const uint8_t *p = rp_book_level(rec, field->side, field->index);

	return p == NULL ? NULL : rec->payload + (p - rec->payload) + off;
}

static enum rp_status
read_level(const struct rp_field *field, struct rp_record *rec,
    const char *text, size_t len)
{
	static const struct rp_field orders = { .size = 4 };
	uint8_t *p;

	switch (field->kind) {
	case RP_KIND_LEVEL_PX:
		p = level_at(field, rec, 0);
		return p == NULL
		    ? RP_ERR_LIMIT
		    : read_decimal(
			  p, (int8_t)rec->payload[RP_EV_PX_EXP], text, len);
	case RP_KIND_LEVEL_SZ:
		p = level_at(field, rec, offsetof(struct rp_book_level, size));
		return p == NULL
		    ? RP_ERR_LIMIT
		    : read_decimal(
			  p, (int8_t)rec->payload[RP_EV_QTY_EXP], text, len);
	default:
		p = level_at(
		    field, rec, offsetof(struct rp_book_level, orders));
		return p == NULL ? RP_ERR_LIMIT
				 : read_uint(&orders, p, text, len);
	}
}

static enum rp_status
read_value(const struct rp_field *field, struct rp_record *rec,
    const char *text, size_t len)
{
	uint8_t *p = rec->payload + field->off;
	int px_exp, qty_exp;
	int64_t ns;
	enum rp_status st;

	switch (field->kind) {
	case RP_KIND_SEQ:
		return read_seq(rec, text, len);
	case RP_KIND_TS_RECV:
		return read_time(&rec->ts_recv, text, len);
	case RP_KIND_TYPE:
		return read_type(rec, text, len);
	case RP_KIND_RECORD_FLAGS:
		return read_flags(field, (uint8_t *)&rec->flags, text, len);
	case RP_KIND_LEVEL_PX:
	case RP_KIND_LEVEL_SZ:
	case RP_KIND_LEVEL_CT:
		return read_level(field, rec, text, len);
	case RP_KIND_TEXT:
		memcpy(p, text, len);
		return RP_OK;
	case RP_KIND_BYTES:
		return rp_text_read_hex(text, len, p) ? RP_OK : RP_ERR_USAGE;
	case RP_KIND_UINT:
		return read_uint(field, p, text, len);
	case RP_KIND_INT:
		return read_int(field, p, text, len);
	case RP_KIND_TIME:
		if ((st = read_time(&ns, text, len)) == RP_OK)
			rp_put64(p, (uint64_t)ns);
		return st;
	case RP_KIND_ENUM:
		return read_word(field, p, text, len);
	case RP_KIND_CHAR:
		return read_char(p, text, len);
	case RP_KIND_FLAGS:
		return read_flags(field, p, text, len);
	case RP_KIND_ID:
		return read_id(field, rec, p, text, len);
	case RP_KIND_CHARS:
		return read_chars(field, p, text, len);
	default:
		break;
	}
	px_exp = (int8_t)rec->payload[RP_EV_PX_EXP];
	qty_exp = (int8_t)rec->payload[RP_EV_QTY_EXP];
	switch (field->kind) {
	case RP_KIND_PRICE:
		return read_decimal(p, px_exp, text, len);
	case RP_KIND_SIZE:
		return read_decimal(p, qty_exp, text, len);
	case RP_KIND_TURNOVER:
		return read_wide(p, px_exp + qty_exp, text, len);
	default:
		return RP_ERR_USAGE;
	}
}

/* What a field holds when it holds nothing; false: it cannot be absent. */
static bool
read_absent(const struct rp_field *field, struct rp_record *rec)
{
	uint8_t *p = rec->payload + field->off;

	switch (field->kind) {
	case RP_KIND_SEQ:
		rec->seq = 0;
		return true;
	case RP_KIND_TS_RECV:
		rec->ts_recv = RP_ABSENT;
		return true;
	case RP_KIND_PRICE:
	case RP_KIND_SIZE:
	case RP_KIND_TIME:
		rp_put64(p, (uint64_t)RP_ABSENT);
		return true;
	case RP_KIND_LEVEL_PX:
	case RP_KIND_LEVEL_SZ:
		p = level_at(
		    field, rec, field->kind == RP_KIND_LEVEL_PX ? 0 : 8);
		if (p != NULL)
			rp_put64(p, (uint64_t)RP_ABSENT);
		return p != NULL;
	case RP_KIND_TURNOVER:
		rp_put64(p, 0);
		rp_put64(p + 8, (uint64_t)RP_ABSENT);
		return true;
	case RP_KIND_UINT:
		if (field->optional)
			memset(p, 0xff, field->size);
		return field->optional;
	case RP_KIND_INT:
		if (field->optional) {
			memset(p, 0, field->size);
			p[field->size - 1] = 0x80;
		}
		return field->optional;
	case RP_KIND_ID:
		if (field->optional)
			memset(p, 0, field->size);
		return field->optional;
	case RP_KIND_CHAR:
		*p = 0;
		return true;
	default:
		return false;
	}
}

enum rp_status
rp_text_read(const struct rp_field *field, struct rp_record *rec,
    const char *text, size_t len, struct rp_error *err)
{
	int shown = len > 60 ? 60 : (int)len;
	enum rp_status st;

	if (text == NULL)
		return read_absent(field, rec)
		    ? RP_OK
		    : rp_error_set(err, RP_ERR_USAGE, "%s cannot be absent",
			  field->name);
	st = read_value(field, rec, text, len);
	if (st == RP_ERR_LIMIT)
		return rp_error_set(err, st, "%s: %.*s is out of range",
		    field->name, shown, text);
	if (st != RP_OK)
		return rp_error_set(err, st, "%s: '%.*s' is not valid",
		    field->name, shown, text);
	return RP_OK;
}

void
rp_text_blank(const struct rp_type *t, struct rp_record *rec)
{
	memset(rec->payload, 0, rp_align8(rec->len));
	for (size_t i = 0; i < t->n_fields; i++) {
		const struct rp_field *f = &t->fields[i];

		if (f->kind != RP_KIND_BYTES && f->kind != RP_KIND_TEXT &&
		    f->off + (uint32_t)f->size <= rec->len)
			(void)read_absent(f, rec);
	}
}
