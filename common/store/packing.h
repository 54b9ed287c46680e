/* Bytes of an object that are packed by zstd, or not, on their way. */
#ifndef RP_STORE_PACKING_H
#define RP_STORE_PACKING_H

#include "store/store.h"
#include "wire/codec.h"

/* All zero: not packed. */
struct rp_packing {
	struct rp_packer packer;
	bool on;
};

/* At this level; 0: they are not packed. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_packing_begin(
    struct rp_packing *p, int level, struct rp_error *err);

/* rp_put_write, with what there is to be put by now. */
RP_CHECKED enum rp_status rp_packing_write(struct rp_packing *p,
    struct rp_put *put, const void *data, size_t len, struct rp_error *err);

/* What is left of it, before the put is committed. */
RP_CHECKED enum rp_status rp_packing_end(
    struct rp_packing *p, struct rp_put *put, struct rp_error *err);
void rp_packing_free(struct rp_packing *p);

#endif
