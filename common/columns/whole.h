/*
 * Whether the fields of a record say all that is in it: if so, it comes back
 * from them byte by byte.
 */
#ifndef RP_COLUMNS_WHOLE_H
#define RP_COLUMNS_WHOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "types/types.h"

struct rp_hole;

/* What there is to know of a type. */
struct rp_whole {
	const struct rp_type *t; /* NULL: opaque */
	struct rp_hole *holes;
	size_t n_holes;
	uint32_t known; /* bytes that the fields take, rounded up to 8 */
	uint32_t len, end; /* of the last payload, and of its fields */
	bool decimals, open; /* has decimals; BYTES take all that follows */
};

/* Freed by rp_whole_free even if this fails. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_whole_init(struct rp_whole *w, uint16_t type);
void rp_whole_free(struct rp_whole *w);

/*
 * The fields say all of a record's payload, but for what lies behind the last
 * of them that its length reaches: see rp_whole_end.
 */
bool rp_whole_says_all(struct rp_whole *w, const struct rp_record *rec);

/* Where the fields end that lie within len bytes, rounded up to 8. */
uint32_t rp_whole_end(struct rp_whole *w, uint32_t len);

#endif
