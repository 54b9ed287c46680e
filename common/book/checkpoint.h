/*
 * Checkpoints: what a run over books keeps, stored so that another goes on with
 * it as if there had been no end. A file is a head and a body:
 *	0   "rp-book", a NUL
 *	8   u32 version, u32 flags (1: no seq was left out before)
 *	16  the log's UUID, 36 characters, 4 NULs
 *	56  u64 seq of the last record that it reflects
 *	64  i64 ts_event of it, ns
 *	72  u64 bytes of the body, u64 its XXH3-64
 *	88  u64 XXH3-64 of the 88 bytes above
 *	96  the body
 * Integers are little-endian. Pure: no files.
 */
#ifndef RP_BOOK_CHECKPOINT_H
#define RP_BOOK_CHECKPOINT_H

#include "book/lob.h"
#include "book/archive.h"

#define RP_CHECKPOINT_HEAD 96 /* bytes */
/* One more whenever anything that is archived changes. */
#define RP_CHECKPOINT_VERSION 2u

struct rp_checkpoint {
	char log[37];
	bool dense;
	uint64_t seq;
	int64_t ts_event;
	uint64_t body_len, body_hash;
};

/* Sets body_len and body_hash, too. */
void rp_checkpoint_encode(struct rp_checkpoint *c, const void *body, size_t len,
    uint8_t head[static RP_CHECKPOINT_HEAD]);

/*
 * Read the head of a file of size bytes, n of which are at p. RP_ERR_CORRUPT,
 * RP_ERR_TRUNCATED, RP_ERR_UNSUPPORTED: err says why, without the file's name.
 */
RP_CHECKED enum rp_status rp_checkpoint_decode(struct rp_checkpoint *c,
    const void *p, size_t n, uint64_t size, struct rp_error *err);

/* Hold its body, body_len bytes, against its hash. RP_ERR_CORRUPT. */
RP_CHECKED enum rp_status rp_checkpoint_verify(
    const struct rp_checkpoint *c, const void *body, struct rp_error *err);

/*
 * All of a book but its venue. One that is loaded into was just initialised; it
 * is whole afterwards even if that failed. Levels and their orders come as they
 * stand, the worst first, 24 bytes an order.
 */
void rp_lob_archive(struct rp_archive *ar, struct rp_lob *b);

#endif
