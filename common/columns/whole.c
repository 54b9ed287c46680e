#include "columns/whole.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/decimal.h"
#include "base/utf8.h"
#include "wire/directory.h"

/* Bytes of a payload that no field covers. */
struct rp_hole {
	uint32_t off, len;
};

/* Where a type's fields end, and the holes between them. */
static enum rp_status
survey(struct rp_whole *w)
{
	uint8_t *covered;
	uint32_t end = 0;

	for (size_t i = 0; i < w->t->n_fields; i++) {
		const struct rp_field *f = &w->t->fields[i];

		if (f->off + (uint32_t)f->size > end)
			end = f->off + (uint32_t)f->size;
		w->open |= f->kind == RP_KIND_BYTES || f->kind == RP_KIND_TEXT;
		w->decimals |= f->kind == RP_KIND_PRICE ||
		    f->kind == RP_KIND_SIZE || f->kind == RP_KIND_TURNOVER;
	}
	w->known = (uint32_t)rp_align8(end);
	covered = calloc(1, w->known + 1);
	w->holes = calloc(w->t->n_fields + 1, sizeof(*w->holes));
	if (covered == NULL || w->holes == NULL) {
		free(covered);
		return RP_ERR_NOMEM;
	}
	for (size_t i = 0; i < w->t->n_fields; i++)
		memset(covered + w->t->fields[i].off, 1, w->t->fields[i].size);
	for (uint32_t at = 0, n; at < w->known; at += n + 1) {
		for (n = 0; at + n < w->known && covered[at + n] == 0; n++)
			;
		if (n > 0)
			w->holes[w->n_holes++] = (struct rp_hole){ at, n };
	}
	free(covered);
	return RP_OK;
}

static bool
is_zero(const uint8_t *p, size_t len)
{
	while (len > 0 && *p == 0) {
		p++;
		len--;
	}
	return len == 0;
}

static bool
good_exponents(const struct rp_record *rec)
{
	int8_t px = (int8_t)rec->payload[RP_EV_PX_EXP];
	int8_t qty = (int8_t)rec->payload[RP_EV_QTY_EXP];

	return px >= RP_EXP_MIN && px <= RP_EXP_MAX && qty >= RP_EXP_MIN &&
	    qty <= RP_EXP_MAX;
}

static bool
good_chars(const struct rp_field *field, const struct rp_record *rec)
{
	const uint8_t *p = rec->payload + field->off;
	size_t n = strnlen((const char *)p, field->size);

	return (n == 0 || rp_name_is_valid((const char *)p, n)) &&
	    is_zero(p + n, field->size - n);
}

static bool
good_text(const struct rp_field *field, const struct rp_record *rec)
{
	const char *p = (const char *)rec->payload + field->off;
	size_t left = rec->len >= field->off ? rec->len - field->off : 0;

	return rp_utf8_span(p, left) == left;
}

/* A book is its levels, each of the size that we know, and nothing more. */
static bool
good_book(const struct rp_record *rec)
{
	struct rp_book b;
	uint64_t n;

	memcpy(&b, rec->payload, sizeof(b));
	n = (uint64_t)b.n_bid + b.n_ask;
	if (b.n_bid > UINT16_MAX || b.n_ask > UINT16_MAX ||
	    b.level_size != sizeof(struct rp_book_level) ||
	    rec->len != sizeof(b) + n * sizeof(struct rp_book_level))
		return false;
	for (uint64_t i = 0; i < n; i++)
		if (rp_le32(rec->payload + sizeof(b) + i * b.level_size +
			offsetof(struct rp_book_level, res)) != 0)
			return false;
	return true;
}

uint32_t
rp_whole_end(struct rp_whole *w, uint32_t len)
{
	uint32_t end = 0;

	if (len >= w->known)
		return w->known;
	if (len == w->len)
		return w->end;
	for (size_t i = 0; i < w->t->n_fields; i++) {
		uint32_t e =
		    w->t->fields[i].off + (uint32_t)w->t->fields[i].size;

		if (e <= len && e > end)
			end = e;
	}
	w->len = len;
	return w->end = (uint32_t)rp_align8(end);
}

/* Is the payload as long as its fields, or longer by a tail? */
static bool
good_length(struct rp_whole *w, uint32_t len)
{
	return w->open || len >= rp_whole_end(w, len);
}

bool
rp_whole_says_all(struct rp_whole *w, const struct rp_record *rec)
{
	if (w->t == NULL)
		return true;
	if (rec->len < w->t->min_len ||
	    (rec->len != w->t->min_len && !good_length(w, rec->len)) ||
	    (w->decimals && !good_exponents(rec)) ||
	    (w->t->id == RP_BOOK && !good_book(rec)))
		return false;
	for (size_t i = 0; i < w->n_holes; i++) {
		uint32_t end = w->holes[i].off + w->holes[i].len;

		end = end < rec->len ? end : rec->len;
		if (end > w->holes[i].off &&
		    !is_zero(
			rec->payload + w->holes[i].off, end - w->holes[i].off))
			return false;
	}
	for (size_t i = 0; i < w->t->n_fields; i++)
		if ((w->t->fields[i].kind == RP_KIND_CHARS &&
			w->t->fields[i].off + w->t->fields[i].size <=
			    rec->len &&
			!good_chars(&w->t->fields[i], rec)) ||
		    (w->t->fields[i].kind == RP_KIND_TEXT &&
			!good_text(&w->t->fields[i], rec)))
			return false;
	return true;
}

enum rp_status
rp_whole_init(struct rp_whole *w, uint16_t type)
{
	*w = (struct rp_whole){ .t = rp_type_by_id(type) };
	return w->t != NULL ? survey(w) : RP_OK;
}

void
rp_whole_free(struct rp_whole *w)
{
	free(w->holes);
}
