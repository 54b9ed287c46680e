#include "parquet/encode.h"

#include <string.h>

#include "base/bytes.h"
#include "parquet/bits.h"

bool
rp_encoding_fits(const struct rp_storage *s, enum rp_parquet_encoding encoding)
{
	switch (encoding) {
	case RP_PARQUET_DELTA:
		return s->type == RP_PARQUET_INT32 ||
		    s->type == RP_PARQUET_INT64;
	case RP_PARQUET_DELTA_LENGTH:
		return s->type == RP_PARQUET_BYTES;
	default:
		return encoding == RP_PARQUET_PLAIN ||
		    encoding == RP_PARQUET_DICT;
	}
}

/* Room for n more bytes, or NULL. */
static uint8_t *
have_room(struct rp_buffer *out, size_t n)
{
	return rp_buffer_reserve(out, out->len + n) == RP_OK
	    ? out->data + out->len
	    : NULL;
}

static void
end_at(struct rp_buffer *out, const uint8_t *end)
{
	out->len = (size_t)(end - out->data);
}

/* ---- plain ---- */

static enum rp_status
plain_numbers(
    struct rp_buffer *out, const uint64_t *v, size_t n, unsigned width)
{
	uint8_t *p = have_room(out, n * width);

	if (p == NULL)
		return RP_ERR_NOMEM;
	if (width == 8)
		memcpy(p, v, n * width);
	else
		for (size_t i = 0; i < n; i++)
			rp_put32(p + 4 * i, (uint32_t)v[i]);
	out->len += n * width;
	return RP_OK;
}

static size_t
span_bytes(const struct rp_values *v, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += rp_values_span(v, i).len;
	return bytes;
}

static uint8_t *
put_span(uint8_t *p, struct rp_span span)
{
	if (span.len > 0)
		memcpy(p, span.p, span.len);
	return p + span.len;
}

static enum rp_status
plain_spans(struct rp_buffer *out, const struct rp_values *v, size_t n,
    bool with_length)
{
	uint8_t *p = have_room(out, 4 * n + span_bytes(v, n));

	if (p == NULL)
		return RP_ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		struct rp_span span = rp_values_span(v, i);

		if (with_length) {
			rp_put32(p, span.len);
			p += 4;
		}
		p = put_span(p, span);
	}
	end_at(out, p);
	return RP_OK;
}

/* ---- deltas ---- */

static enum rp_status
delta_numbers(
    struct rp_buffer *out, const uint64_t *v, size_t n, unsigned width)
{
	uint8_t *p = have_room(out, rp_delta_room(n));

	if (p == NULL)
		return RP_ERR_NOMEM;
	end_at(out, rp_delta_put(p, v, n, 8 * width));
	return RP_OK;
}

static enum rp_status
delta_lengths(struct rp_buffer *out, const struct rp_values *v, size_t n,
    struct rp_buffer *room)
{
	uint64_t *lengths;
	uint8_t *p;

	if (rp_buffer_reserve(room, n * sizeof(*lengths)) != RP_OK)
		return RP_ERR_NOMEM;
	lengths = (uint64_t *)(void *)room->data;
	for (size_t i = 0; i < n; i++)
		lengths[i] = rp_values_span(v, i).len;
	p = have_room(out, rp_delta_room(n) + span_bytes(v, n));
	if (p == NULL)
		return RP_ERR_NOMEM;
	p = rp_delta_put(p, lengths, n, 32);
	for (size_t i = 0; i < n; i++)
		p = put_span(p, rp_values_span(v, i));
	end_at(out, p);
	return RP_OK;
}

/* ---- dictionaries ---- */

/* Numbers of spans that have been told apart already. */
static enum rp_status
dict_which(const struct rp_storage *s, const struct rp_values *v, size_t n,
    struct rp_dict *dict, uint32_t *numbers)
{
	uint32_t *of_span = numbers + n;
	enum rp_status st =
	    rp_dict_spans(dict, s->width, v->spans, v->n_spans, of_span);

	for (size_t i = 0; st == RP_OK && i < n; i++)
		numbers[i] = of_span[v->which[i]];
	return st;
}

static enum rp_status
dict_numbers(const struct rp_storage *s, const struct rp_values *v, size_t n,
    struct rp_dict *dict, uint32_t *numbers)
{
	if (!s->spans)
		return rp_dict_numbers(dict, s->width, v->numbers, n, numbers);
	if (v->which != NULL)
		return dict_which(s, v, n, dict, numbers);
	return rp_dict_spans(dict, s->width, v->spans, n, numbers);
}

static enum rp_status
by_dict(struct rp_buffer *out, const struct rp_storage *s,
    const struct rp_values *v, size_t n, struct rp_dict *dict,
    struct rp_buffer *room)
{
	unsigned width;
	uint32_t *numbers;
	uint8_t *p;
	enum rp_status st;

	if (rp_buffer_reserve(room, (n + v->n_spans) * sizeof(*numbers)) !=
	    RP_OK)
		return RP_ERR_NOMEM;
	numbers = (uint32_t *)(void *)room->data;
	if ((st = dict_numbers(s, v, n, dict, numbers)) != RP_OK)
		return st;
	/* some readers take no numbers of no bits */
	width = dict->n > 1 ? rp_bit_width(dict->n - 1) : 1;
	if ((p = have_room(out, 1 + rp_rle_room(n, width))) == NULL)
		return RP_ERR_NOMEM;
	*p++ = (uint8_t)width;
	end_at(out, rp_rle_put(p, numbers, n, width));
	return RP_OK;
}

enum rp_status
rp_encode(struct rp_buffer *out, const struct rp_storage *s,
    const struct rp_values *v, size_t n, enum rp_parquet_encoding encoding,
    struct rp_dict *dict, struct rp_buffer *room)
{
	if (n == 0)
		return RP_OK;
	switch (encoding) {
	case RP_PARQUET_DICT:
		return by_dict(out, s, v, n, dict, room);
	case RP_PARQUET_DELTA:
		return delta_numbers(out, v->numbers, n, s->width);
	case RP_PARQUET_DELTA_LENGTH:
		return delta_lengths(out, v, n, room);
	default:
		return s->spans ? plain_spans(out, v, n, s->width == 0)
				: plain_numbers(out, v->numbers, n, s->width);
	}
}

enum rp_status
rp_encode_levels(struct rp_buffer *out, const uint8_t *validity, size_t rows)
{
	uint8_t *length = have_room(out, 4 + rp_rle_room(rows, 1)), *p;

	if (length == NULL)
		return RP_ERR_NOMEM;
	p = rp_rle_put_bits(length + 4, validity, rows);
	rp_put32(length, (uint32_t)(p - length - 4));
	end_at(out, p);
	return RP_OK;
}
