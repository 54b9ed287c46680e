/*
 * Inside sample/: what is counted by itself (enum rp_sample_per), each with a
 * state, and how many records of a frame belong to each by its directory.
 */
#ifndef RP_SAMPLE_GROUP_H
#define RP_SAMPLE_GROUP_H

#include "sample/keep.h"

struct group {
	const struct rp_label *name; /* NULL: none, or groups are no names */
	uint64_t n; /* by the mode: units to skip, passed, seen; an interval;
		     * a level */
	int64_t time; /* of the last unit */
	struct rp_places places;
};

struct group_share {
	uint32_t group;
	uint32_t records;
};

struct groups {
	enum rp_sample_per per;
	uint64_t n; /* of a new group */
	struct rp_buffer group; /* struct group */
	struct rp_labels labels;
	uint32_t *table; /* open addresses of named ones, index + 1 */
	size_t size;
	/* of the frame in hand */
	struct rp_buffer shares; /* struct group_share */
	struct rp_buffer by_name; /* uint32_t: the group of each of its names */
};

void rp_groups_init(struct groups *g, enum rp_sample_per per, uint64_t n);
void rp_groups_free(struct groups *g);

/* Start on a frame. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_groups_frame(
    struct groups *g, const struct rp_frame *f);

static inline struct group *
groups_at(const struct groups *g, uint32_t index)
{
	return (struct group *)g->group.data + index;
}

static inline size_t
groups_n(const struct groups *g)
{
	return g->group.len / sizeof(struct group);
}

/* The group of a record of the frame that was started on. */
static inline struct group *
groups_of(const struct groups *g, const struct rp_record *rec)
{
	const uint32_t *by_name = (const uint32_t *)g->by_name.data;
	uint32_t name = g->per == RP_PER_SYMBOL ? rec->symbol : rec->source;

	switch (g->per) {
	case RP_PER_ALL:
		return groups_at(g, 0);
	case RP_PER_TYPE:
		return groups_at(g, rec->type);
	default:
		return groups_at(g, name == RP_NO_NAME ? 0 : by_name[name]);
	}
}

#endif
