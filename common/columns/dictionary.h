/*
 * Texts by number, in the order in which they came. They are never dropped, so
 * that a number always means the same text. All zero is an empty one.
 */
#ifndef RP_COLUMNS_DICTIONARY_H
#define RP_COLUMNS_DICTIONARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct rp_dictionary {
	struct rp_buffer offsets; /* i32, n + 1 of them; empty while n is 0 */
	struct rp_buffer bytes;
	uint32_t n;
	uint32_t *table; /* open addresses by hash: number + 1 */
	size_t size; /* of table, a power of two */
};

void rp_dictionary_free(struct rp_dictionary *d);

/* The number of a text, entered if it is new. RP_ERR_NOMEM; RP_ERR_LIMIT:
 * beyond 2^31 - 1 texts, or as many bytes. */
RP_CHECKED enum rp_status rp_dictionary_enter(
    struct rp_dictionary *d, const char *text, size_t len, uint32_t *number);

/* A text by its number, valid until the next one is entered. */
const char *rp_dictionary_text(
    const struct rp_dictionary *d, uint32_t number, size_t *len);

#endif
