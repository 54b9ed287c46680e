/*
 * The bytes of a vendor's file or feed: from a descriptor, from memory or from
 * a function. zstd, gzip and lz4 (any number of frames or members) are
 * unpacked on the way, in a thread of its own if asked.
 *
 * The bytes at hand are [in->at, in->end): a format reads there, advances at
 * and asks for more. What it has not consumed stays at hand, contiguous.
 */
#ifndef RP_IMPORT_INTAKE_H
#define RP_IMPORT_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct rp_intake {
	const uint8_t *at, *end; /* bytes at hand */
	uint64_t base; /* offset of end in the unpacked input */
	bool ended; /* nothing follows end */
	struct rp_intake_private *p;
};

/* fd stays the caller's; thread: unpack in a thread. NULL: no memory. */
struct rp_intake *rp_intake_fd(int fd, bool thread);

/* len bytes at p, which stay the caller's and must outlive the intake. */
struct rp_intake *rp_intake_memory(const void *p, size_t len);

/* A live source of bytes, which stays the caller's and outlives the intake. */
struct rp_intake_source {
	void *arg;
	/*
	 * Up to cap bytes to dst, *n of them, within ms (-1: no limit; 0: what
	 * is there). RP_EMPTY: none yet. RP_END: none will come. All records of
	 * the bytes before are written by then, but of a last incomplete one.
	 */
	enum rp_status (*read)(void *arg, uint8_t *dst, size_t cap, size_t *n,
	    int ms, struct rp_error *err);
	bool plain; /* not packed: its first bytes are not waited for */
};
struct rp_intake *rp_intake_from(const struct rp_intake_source *source);
void rp_intake_free(struct rp_intake *in);

/* bytes of what a format may ask for in one piece: a DBN header, a line */
#define RP_INTAKE_MAX (32 << 20)

/*
 * Have at least n bytes at hand; at and end move. RP_END: no byte is left.
 * RP_ERR_TRUNCATED: fewer than n are left (they are at hand), or what is packed
 * stops short. RP_ERR_CORRUPT: bad packed data. RP_ERR_LIMIT: n is above
 * RP_INTAKE_MAX, or zstd wants a window above 128 MiB. RP_ERR_IO,
 * RP_ERR_NOMEM. A failure of the input is reported once the bytes before it
 * are consumed. Never returns RP_OK with fewer than n.
 */
RP_CHECKED enum rp_status rp_intake_need(
    struct rp_intake *in, size_t n, struct rp_error *err);

/*
 * Have one more byte or more at hand than there are now: for lines. Returns as
 * rp_intake_need; RP_END: the bytes at hand are the last.
 */
RP_CHECKED enum rp_status rp_intake_more(
    struct rp_intake *in, struct rp_error *err);

/* Offset of at in the unpacked input. */
static inline uint64_t
rp_intake_offset(const struct rp_intake *in)
{
	return in->base - (uint64_t)(in->end - in->at);
}

/* Bytes read of the input as it is stored: for progress and statistics. */
uint64_t rp_intake_stored(const struct rp_intake *in);

/* The input is packed: offsets are of what was unpacked. */
bool rp_intake_packed(const struct rp_intake *in);

/* Called before a read that would block, as rp_reader_on_wait. */
void rp_intake_on_wait(struct rp_intake *in, int (*wait)(void *), void *arg);

#endif
