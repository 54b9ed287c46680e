/*
 * How an object is cut into parts, and the ETag that S3 then gives it: of one
 * that was put at once its MD5, of one of n parts the MD5 of the parts' MD5s,
 * and "-n".
 */
#ifndef RP_STORE_ETAG_H
#define RP_STORE_ETAG_H

#include "base/buffer.h"
#include "store/digest.h"

#define RP_MEBIBYTE (UINT64_C(1) << 20)
#define RP_PART_LEAST (5 * RP_MEBIBYTE) /* but the last one */
#define RP_PART_MOST (5120 * RP_MEBIBYTE)
#define RP_PARTS_MOST 10000
#define RP_OBJECT_MOST (5120 * 1024 * RP_MEBIBYTE)
/* Parts above this are gathered in files. */
#define RP_PART_MEMORY (16 * RP_MEBIBYTE)
#define RP_ETAG_ROOM 72

struct rp_part_sizes {
	uint64_t threshold; /* bytes from which on an object has parts */
	uint64_t part; /* bytes of a part, to begin with */
};

/*
 * Bytes of part number n, from 0, of an object of total bytes (0: not known):
 * such that RP_PARTS_MOST of them hold RP_OBJECT_MOST.
 */
uint64_t rp_part_size(
    const struct rp_part_sizes *sizes, uint32_t n, uint64_t total);

/* The ETag of n parts by their MD5s, 16 bytes each. */
RP_CHECKED enum rp_status rp_etag_of_parts(
    char *etag, const uint8_t *sums, uint32_t n, struct rp_error *err);

/* The ETag that a file of total bytes, read from where fd stands, would have. */
RP_CHECKED enum rp_status rp_etag_of_file(char *etag, int fd, uint64_t total,
    const struct rp_part_sizes *sizes, const char *name, struct rp_error *err);

#endif
