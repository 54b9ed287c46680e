/* Text out: gathered into large writes, for sinks that write lines. */
#ifndef RP_COLUMNS_OUT_H
#define RP_COLUMNS_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct rp_out {
	int fd; /* the caller's; -1: all is gathered in text */
	const char *name; /* for messages */
	struct rp_buffer text; /* not yet written */
	uint64_t bytes; /* written */
	struct rp_error error;
};

/* fd and name stay the caller's. */
void rp_out_init(struct rp_out *out, int fd, const char *name);
void rp_out_free(struct rp_out *out);

/* Write all that was gathered. RP_ERR_IO, RP_ERR_PIPE: see out->error. */
RP_CHECKED enum rp_status rp_out_flush(struct rp_out *out);

/* rp_out_room where there is none. */
char *rp_out_grow(struct rp_out *out, size_t n);

/*
 * Room for n more bytes, flushing what is there if need be; rp_out_end says
 * how far it was used. NULL: out->error says why.
 */
static inline char *
rp_out_room(struct rp_out *out, size_t n)
{
	if (out->text.cap - out->text.len >= n)
		return (char *)out->text.data + out->text.len;
	return rp_out_grow(out, n);
}

static inline void
rp_out_end(struct rp_out *out, const char *end)
{
	out->text.len = (size_t)(end - (char *)out->text.data);
}

/* Write what another has gathered, without copying it; that is empty then. */
RP_CHECKED enum rp_status rp_out_take(struct rp_out *out, struct rp_out *from);

/* Append n bytes. */
RP_CHECKED enum rp_status rp_out_put(
    struct rp_out *out, const void *p, size_t n);

#endif
