/* A byte buffer that grows. All zero is a valid empty buffer. */
#ifndef RP_BASE_BUFFER_H
#define RP_BASE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct rp_buffer {
	uint8_t *data;
	size_t len; /* bytes in use */
	size_t cap; /* bytes allocated */
};

/* Make room for n bytes in all, keeping len bytes: RP_OK or RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_buffer_reserve(struct rp_buffer *b, size_t n);

/* Append n bytes: RP_OK or RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_buffer_add(
    struct rp_buffer *b, const void *p, size_t n);

/* Release the memory and leave an empty buffer; b may be NULL. */
void rp_buffer_free(struct rp_buffer *b);

#endif
