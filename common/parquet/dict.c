#include "parquet/dict.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"

enum { FIRST_SIZE = 1 << 10 }; /* of a table */

void
rp_dict_free(struct rp_dict *d)
{
	rp_buffer_free(&d->page);
	rp_buffer_free(&d->offsets);
	free(d->table);
	*d = (struct rp_dict){ 0 };
}

void
rp_dict_empty(struct rp_dict *d)
{
	d->page.len = d->offsets.len = 0;
	d->n = 0;
	if (d->table != NULL)
		memset(d->table, 0, d->size * sizeof(*d->table));
}

static uint64_t
hash_number(uint64_t v)
{
	v *= UINT64_C(0x9e3779b97f4a7c15);
	return v ^ v >> 32;
}

static struct rp_span
span_at(const struct rp_dict *d, unsigned fixed, uint32_t number)
{
	const uint8_t *p = d->page.data;

	if (fixed > 0)
		return (struct rp_span){ p + (size_t)number * fixed, fixed };
	p += ((const uint32_t *)(void *)d->offsets.data)[number];
	return (struct rp_span){ p + 4, rp_le32(p) };
}

/* width: bytes of a number; 0: values are spans. */
static uint64_t
hash_at(const struct rp_dict *d, unsigned width, unsigned fixed, uint32_t i)
{
	struct rp_span s;

	if (width == 8)
		return hash_number(rp_le64(d->page.data + 8 * (size_t)i));
	if (width == 4)
		return hash_number(rp_le32(d->page.data + 4 * (size_t)i));
	s = span_at(d, fixed, i);
	return rp_hash(s.p, s.len);
}

/* A table of that size for the values that are there. */
static enum rp_status
make_table(struct rp_dict *d, unsigned width, unsigned fixed, size_t size)
{
	uint32_t *table = calloc(size, sizeof(*table));
	size_t at;

	if (table == NULL)
		return RP_ERR_NOMEM;
	for (uint32_t i = 0; i < d->n; i++) {
		at = hash_at(d, width, fixed, i) & (size - 1);
		while (table[at] != 0)
			at = (at + 1) & (size - 1);
		table[at] = i + 1;
	}
	free(d->table);
	d->table = table;
	d->size = size;
	return RP_OK;
}

/* Before a value is added: half of the table stays free. */
static enum rp_status
have_room(struct rp_dict *d, unsigned width, unsigned fixed)
{
	if (d->table != NULL && d->n < d->size / 2)
		return RP_OK;
	return make_table(
	    d, width, fixed, d->table == NULL ? FIRST_SIZE : 2 * d->size);
}

/* Back to n values and their bytes. */
static enum rp_status
take_back(struct rp_dict *d, unsigned width, unsigned fixed, uint32_t n,
    size_t bytes, enum rp_status why)
{
	d->n = n;
	d->page.len = bytes;
	if (d->offsets.len > 0)
		d->offsets.len = n * sizeof(uint32_t);
	if (d->table != NULL && make_table(d, width, fixed, d->size) != RP_OK)
		return RP_ERR_NOMEM;
	return why;
}

/* ---- numbers ---- */

/* Table index of a number, or of the free place where it belongs. */
static size_t
find_number(const struct rp_dict *d, unsigned width, uint64_t v)
{
	size_t at = hash_number(v) & (d->size - 1);

	for (; d->table[at] != 0; at = (at + 1) & (d->size - 1)) {
		size_t i = d->table[at] - 1;

		if (width == 8 ? rp_le64(d->page.data + 8 * i) == v
			       : rp_le32(d->page.data + 4 * i) == v)
			break;
	}
	return at;
}

static enum rp_status
add_number(struct rp_dict *d, unsigned width, uint64_t v, uint32_t *number)
{
	size_t at;
	enum rp_status st;

	if ((st = have_room(d, width, 0)) != RP_OK)
		return st;
	at = find_number(d, width, v);
	if (d->table[at] == 0) {
		if (d->n >= RP_DICT_MOST)
			return RP_EMPTY;
		if (rp_buffer_add(&d->page, &v, width) != RP_OK)
			return RP_ERR_NOMEM;
		d->table[at] = ++d->n;
	}
	*number = d->table[at] - 1;
	return RP_OK;
}

enum rp_status
rp_dict_numbers(struct rp_dict *d, unsigned width, const uint64_t *v, size_t n,
    uint32_t *numbers)
{
	uint32_t old = d->n;
	size_t bytes = d->page.len;
	enum rp_status st;

	for (size_t i = 0; i < n; i++) {
		uint64_t value = width == 4 ? (uint32_t)v[i] : v[i];

		if (i > 0 && v[i] == v[i - 1])
			numbers[i] = numbers[i - 1];
		else if ((st = add_number(d, width, value, &numbers[i])) !=
		    RP_OK)
			return take_back(d, width, 0, old, bytes, st);
	}
	return RP_OK;
}

/* ---- spans ---- */

static bool
is_same(struct rp_span a, struct rp_span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static enum rp_status
append_span(struct rp_dict *d, unsigned fixed, struct rp_span v)
{
	uint32_t at = (uint32_t)d->page.len;

	if (d->n >= RP_DICT_MOST || v.len > RP_DICT_BYTES ||
	    d->page.len + 4 + v.len > RP_DICT_BYTES)
		return RP_EMPTY;
	if (fixed == 0 &&
	    (rp_buffer_add(&d->offsets, &at, sizeof(at)) != RP_OK ||
		rp_buffer_add(&d->page, &v.len, 4) != RP_OK))
		return RP_ERR_NOMEM;
	d->n++;
	return v.len > 0 ? rp_buffer_add(&d->page, v.p, v.len) : RP_OK;
}

static enum rp_status
add_span(struct rp_dict *d, unsigned fixed, struct rp_span v, uint32_t *number)
{
	size_t at, mask;
	enum rp_status st;

	if ((st = have_room(d, 0, fixed)) != RP_OK)
		return st;
	mask = d->size - 1;
	for (at = rp_hash(v.p, v.len) & mask; d->table[at] != 0;
	     at = (at + 1) & mask)
		if (is_same(span_at(d, fixed, d->table[at] - 1), v))
			break;
	if (d->table[at] == 0) {
		if ((st = append_span(d, fixed, v)) != RP_OK)
			return st;
		d->table[at] = d->n;
	}
	*number = d->table[at] - 1;
	return RP_OK;
}

enum rp_status
rp_dict_spans(struct rp_dict *d, unsigned fixed, const struct rp_span *v,
    size_t n, uint32_t *numbers)
{
	uint32_t old = d->n;
	size_t bytes = d->page.len;
	enum rp_status st;

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && is_same(v[i], v[i - 1]))
			numbers[i] = numbers[i - 1];
		else if ((st = add_span(d, fixed, v[i], &numbers[i])) != RP_OK)
			return take_back(d, 0, fixed, old, bytes, st);
	}
	return RP_OK;
}
