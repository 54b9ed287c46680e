#include "columns/dictionary.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define FIRST_SIZE 64

void
rp_dictionary_free(struct rp_dictionary *d)
{
	rp_buffer_free(&d->offsets);
	rp_buffer_free(&d->bytes);
	free(d->table);
	memset(d, 0, sizeof(*d));
}

const char *
rp_dictionary_text(const struct rp_dictionary *d, uint32_t number, size_t *len)
{
	const int32_t *offset = (const int32_t *)(const void *)d->offsets.data;

	*len = (size_t)(offset[number + 1] - offset[number]);
	return (const char *)d->bytes.data + offset[number];
}

/* The place of a text in the table, or the free one where it would be. */
static uint32_t *
place(const struct rp_dictionary *d, const char *text, size_t len)
{
	size_t at = rp_hash(text, len), n;
	const char *other;

	for (;; at++) {
		at &= d->size - 1;
		if (d->table[at] == 0)
			return &d->table[at];
		other = rp_dictionary_text(d, d->table[at] - 1, &n);
		if (n == len && memcmp(other, text, len) == 0)
			return &d->table[at];
	}
}

/* Twice the places, so that at most half of them are taken. */
static enum rp_status
grow(struct rp_dictionary *d)
{
	const char *text;
	size_t len;

	free(d->table);
	d->size = d->size == 0 ? FIRST_SIZE : 2 * d->size;
	if ((d->table = calloc(d->size, sizeof(*d->table))) == NULL) {
		d->size = 0;
		return RP_ERR_NOMEM;
	}
	for (uint32_t i = 0; i < d->n; i++) {
		text = rp_dictionary_text(d, i, &len);
		*place(d, text, len) = i + 1;
	}
	return RP_OK;
}

static enum rp_status
append(struct rp_dictionary *d, const char *text, size_t len)
{
	const int32_t start = 0;
	enum rp_status st = RP_OK;
	int32_t end;

	if (d->n >= INT32_MAX - 1 || len > INT32_MAX - d->bytes.len)
		return RP_ERR_LIMIT;
	end = (int32_t)(d->bytes.len + len);
	if (d->offsets.len == 0 &&
	    ((st = rp_buffer_add(&d->offsets, &start, sizeof(start))) !=
		    RP_OK ||
		(st = rp_buffer_reserve(&d->bytes, 1)) != RP_OK))
		return st;
	if ((st = rp_buffer_add(&d->bytes, text, len)) != RP_OK)
		return st;
	if ((st = rp_buffer_add(&d->offsets, &end, sizeof(end))) != RP_OK) {
		d->bytes.len -= len;
		return st;
	}
	d->n++;
	return RP_OK;
}

enum rp_status
rp_dictionary_enter(
    struct rp_dictionary *d, const char *text, size_t len, uint32_t *number)
{
	enum rp_status st;
	uint32_t *slot;

	if (2 * ((size_t)d->n + 1) > d->size && (st = grow(d)) != RP_OK)
		return st;
	slot = place(d, text, len);
	if (*slot == 0) {
		if ((st = append(d, text, len)) != RP_OK)
			return st;
		*slot = d->n;
	}
	*number = *slot - 1;
	return RP_OK;
}
