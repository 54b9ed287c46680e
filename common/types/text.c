#include "types/text.h"

#include <string.h>

#include "base/bytes.h"

static const char hex_digits[] = "0123456789abcdef";

static char *
put_hex64(char *p, uint64_t v)
{
	for (int shift = 60; shift >= 0; shift -= 4)
		*p++ = hex_digits[v >> shift & 15];
	return p;
}

static char *
put_word(char *p, const char *word)
{
	size_t len = strlen(word);

	memcpy(p, word, len);
	return p + len;
}

size_t
rp_text_hex(char *buf, const void *bytes, size_t len)
{
	const uint8_t *b = bytes;

	for (size_t i = 0; i < len; i++) {
		buf[2 * i] = hex_digits[b[i] >> 4];
		buf[2 * i + 1] = hex_digits[b[i] & 15];
	}
	return 2 * len;
}

size_t
rp_text_word(char *buf, const struct rp_field *field, uint32_t value)
{
	for (size_t i = 0; i < field->n_words; i++)
		if (field->words[i].value == value)
			return (
			    size_t)(put_word(buf, field->words[i].word) - buf);
	return rp_u64_format(buf, value);
}

size_t
rp_text_flags(char *buf, const struct rp_field *field, uint32_t flags)
{
	char *p = buf;

	for (size_t i = 0; i < field->n_words && flags != 0; i++) {
		uint32_t mask = field->words[i].value;

		if ((flags & mask) != mask)
			continue;
		if (p > buf)
			*p++ = '|';
		p = put_word(p, field->words[i].word);
		flags &= ~mask;
	}
	for (; flags != 0; flags &= flags - 1) {
		if (p > buf)
			*p++ = '|';
		p = put_word(p, "bit");
		p += rp_u64_format(p, (uint64_t)__builtin_ctz(flags));
	}
	return (size_t)(p - buf);
}

size_t
rp_text_char(char *buf, uint8_t c)
{
	if (!rp_text_is_letter(c))
		return rp_u64_format(buf, c);
	*buf = (char)c;
	return 1;
}

/* The length of an identifier's text, or 0 if it cannot be shown as such. */
static size_t
ascii_len(const char id[16])
{
	size_t n = strnlen(id, 16);

	for (size_t i = 0; i < 16; i++) {
		bool plain = id[i] > ' ' && id[i] < 0x7f && id[i] != '"' &&
		    id[i] != ',' && id[i] != '\\';

		if (i < n ? !plain : id[i] != '\0')
			return 0;
	}
	return n >= 2 && id[0] == '0' && id[1] == 'x' ? 0 : n;
}

static size_t
put_uuid(char *buf, uint64_t hi, uint64_t lo)
{
	static const uint8_t part[] = { 8, 4, 4, 4, 12 };
	char digits[32], *p = buf;
	size_t at = 0;

	put_hex64(put_hex64(digits, hi), lo);
	for (size_t i = 0; i < sizeof(part); i++) {
		if (i > 0)
			*p++ = '-';
		memcpy(p, digits + at, part[i]);
		p += part[i];
		at += part[i];
	}
	return (size_t)(p - buf);
}

size_t
rp_text_id(char *buf, uint64_t hi, uint64_t lo, uint8_t form)
{
	char ascii[16], *p = buf;
	size_t len;

	if (form == RP_ID_NUMBER && hi == 0)
		return rp_u64_format(buf, lo);
	if (form == RP_ID_UUID)
		return put_uuid(buf, hi, lo);
	rp_put64(ascii, hi);
	rp_put64(ascii + 8, lo);
	if (form == RP_ID_ASCII && (len = ascii_len(ascii)) > 0) {
		memcpy(buf, ascii, len);
		return len;
	}
	p = put_word(p, "0x");
	if (hi != 0)
		p = put_hex64(p, hi);
	return (size_t)(put_hex64(p, lo) - buf);
}

size_t
rp_text_decimal(char *buf, int64_t mantissa, int exp, enum rp_digits digits)
{
	size_t n;

	if (exp >= RP_EXP_MIN && exp <= RP_EXP_MAX)
		return rp_decimal_format(buf, mantissa, exp, digits);
	n = rp_i64_format(buf, mantissa);
	buf[n++] = 'e';
	return n + rp_i64_format(buf + n, exp);
}

static size_t
put_wide(char *buf, const struct rp_value *v, enum rp_digits digits)
{
	size_t n;

	/* trimming zeros before the point would make 10^36 of 36 digits */
	if (v->exp > 0)
		digits = RP_DIGITS_KEEP;
	if (v->exp >= 2 * RP_EXP_MIN && v->exp <= 2 * RP_EXP_MAX)
		return rp_wide_format(buf, v->wide, v->exp, digits);
	n = rp_wide_format(buf, v->wide, 0, digits);
	buf[n++] = 'e';
	return n + rp_i64_format(buf + n, v->exp);
}

static size_t
put_text(char *buf, const struct rp_field *field, const struct rp_value *v)
{
	if (field->kind == RP_KIND_BYTES)
		return rp_text_hex(buf, v->text, v->len);
	if (v->len > 0)
		memcpy(buf, v->text, v->len);
	return v->len;
}

static size_t
put_named(char *buf, const struct rp_field *field, uint32_t value)
{
	if (field->kind == RP_KIND_CHAR)
		return rp_text_char(buf, (uint8_t)value);
	if (field->kind == RP_KIND_ENUM)
		return rp_text_word(buf, field, value);
	return rp_text_flags(buf, field, value);
}

size_t
rp_text_format(char *buf, const struct rp_field *field,
    const struct rp_value *v, struct rp_text_style *style)
{
	switch (v->kind) {
	case RP_VALUE_ABSENT:
		return 0;
	case RP_VALUE_INT:
		return rp_i64_format(buf, v->i);
	case RP_VALUE_UINT:
		return rp_u64_format(buf, v->u);
	case RP_VALUE_DECIMAL:
		return rp_text_decimal(buf, v->i, v->exp, style->digits);
	case RP_VALUE_WIDE:
		return put_wide(buf, v, style->digits);
	case RP_VALUE_TIME:
		return style->iso ? rp_time_format(&style->time, buf, v->i)
				  : rp_i64_format(buf, v->i);
	case RP_VALUE_WORD:
		return put_named(buf, field, (uint32_t)v->u);
	case RP_VALUE_ID:
		return rp_text_id(buf, v->id.hi, v->id.lo, v->form);
	case RP_VALUE_TEXT:
		return put_text(buf, field, v);
	}
	return 0;
}
