/* Bytes that become an object: packed, if they shall be, and put. */
#ifndef RP_COMPILE_OBJECT_H
#define RP_COMPILE_OBJECT_H

#include "config.h"
#include "queue/consumer.h"
#include "store/packing.h"

struct object {
	const struct config *config;
	struct rp_put *put;
	struct rp_packing packing;
};

/* config and key stay the caller's. All of these fail as rp_put_* do. */
RP_CHECKED enum rp_status object_begin(struct object *o, struct rp_store *store,
    const struct config *config, const char *key, struct rp_error *err);
RP_CHECKED enum rp_status object_write(
    struct object *o, const void *data, size_t len, struct rp_error *err);
/* Go on until fd can be read. */
RP_CHECKED enum rp_status object_wait(
    struct object *o, int fd, struct rp_error *err);
RP_CHECKED enum rp_status object_commit(
    struct object *o, struct rp_put_result *result, struct rp_error *err);
/* Undoes what was not committed. */
void object_free(struct object *o);

/* The ids of jobs as the source system has it: an Arrow file of one column
 * "id", binary and not null, in one record batch. */
RP_CHECKED enum rp_status object_write_ids(struct object *o,
    const struct rp_member *members, size_t n, struct rp_error *err);

#endif
