/*
 * The names of many frames as one list, each of them once: for who keeps records
 * longer than their frames. All zero is an empty one.
 */
#ifndef RP_WIRE_ROSTER_H
#define RP_WIRE_ROSTER_H

#include "wire/frame.h"

struct rp_roster {
	struct rp_label *names; /* n, with texts of their own; may move */
	uint32_t n, cap;
	uint32_t *table; /* open addresses by hash: index + 1 */
	size_t size; /* of table, a power of two */
	uint32_t *schemas; /* n_schemas of schemas_cap: names of that class */
	uint32_t n_schemas, schemas_cap;
	uint32_t *map; /* of the frame entered last: name i is names[map[i]] */
	size_t map_cap;
};

/* Enter the names of a frame and make its map. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_roster_enter(
    struct rp_roster *r, const struct rp_frame *f);

/* Let a frame have the names of the list, until others are entered. */
void rp_roster_lend(const struct rp_roster *r, struct rp_frame *f);

void rp_roster_free(struct rp_roster *r);

/* What a name index of the frame entered last is in the list. */
static inline uint32_t
rp_roster_index(const struct rp_roster *r, uint32_t name)
{
	return name == RP_NO_NAME ? RP_NO_NAME : r->map[name];
}

#endif
