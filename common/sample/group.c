#include "sample/group.h"

#include <stdlib.h>
#include <string.h>

void
rp_groups_init(struct groups *g, enum rp_sample_per per, uint64_t n)
{
	*g = (struct groups){ .per = per,
		.n = n,
		.labels.class =
		    per == RP_PER_SYMBOL ? RP_NAME_SYMBOL : RP_NAME_SOURCE };
}

void
rp_groups_free(struct groups *g)
{
	for (uint32_t i = 0; i < groups_n(g); i++)
		rp_places_free(&groups_at(g, i)->places);
	rp_buffer_free(&g->group);
	rp_labels_free(&g->labels);
	free(g->table);
	rp_buffer_free(&g->shares);
	rp_buffer_free(&g->by_name);
}

static enum rp_status
add_group(struct groups *g, const struct rp_label *name)
{
	const struct group group = {
		.name = name, .n = g->n, .time = RP_ABSENT
	};

	return rp_buffer_add(&g->group, &group, sizeof(group));
}

/* Let there be groups up to an index. */
static enum rp_status
reach(struct groups *g, uint32_t index)
{
	enum rp_status st = RP_OK;

	while (st == RP_OK && groups_n(g) <= index)
		st = add_group(g, NULL);
	return st;
}

/* ---- named groups ---- */

static uint32_t *
find(const struct groups *g, const struct rp_label *name)
{
	size_t i = name->hash & (g->size - 1);

	while (g->table[i] != 0 &&
	    !rp_label_same(groups_at(g, g->table[i] - 1)->name, name))
		i = (i + 1) & (g->size - 1);
	return &g->table[i];
}

static enum rp_status
grow(struct groups *g)
{
	size_t size = g->size == 0 ? 64 : 2 * g->size;
	uint32_t *table = calloc(size, sizeof(*table));

	if (table == NULL)
		return RP_ERR_NOMEM;
	free(g->table);
	g->table = table;
	g->size = size;
	for (uint32_t i = 1; i < groups_n(g); i++)
		*find(g, groups_at(g, i)->name) = i + 1;
	return RP_OK;
}

static enum rp_status
by_name(struct groups *g, const struct rp_label *name, uint32_t *index)
{
	const struct rp_label *own;
	enum rp_status st = RP_OK;
	uint32_t *at;

	if (2 * groups_n(g) >= g->size && (st = grow(g)) != RP_OK)
		return st;
	at = find(g, name);
	if (*at == 0) {
		if ((own = rp_labels_of(&g->labels, name)) == NULL)
			return RP_ERR_NOMEM;
		if ((st = add_group(g, own)) == RP_OK)
			*at = (uint32_t)groups_n(g);
	}
	*index = *at - 1;
	return st;
}

/* ---- frames ---- */

static enum rp_status
share(struct groups *g, uint32_t group, uint32_t records)
{
	const struct group_share share = { group, records };

	return records == 0 ? RP_OK
			    : rp_buffer_add(&g->shares, &share, sizeof(share));
}

static enum rp_status
share_types(struct groups *g, const struct rp_frame *f)
{
	enum rp_status st = RP_OK;

	for (uint32_t i = 0; st == RP_OK && i < f->n_types; i++) {
		st = reach(g, f->types[i].type);
		if (st == RP_OK)
			st = share(g, f->types[i].type, f->types[i].records);
	}
	return st;
}

static enum rp_status
share_names(struct groups *g, const struct rp_frame *f)
{
	uint32_t rest = f->head.records, *index;
	enum rp_status st;

	if ((st = reach(g, 0)) != RP_OK ||
	    (st = rp_buffer_reserve(
		 &g->by_name, f->n_names * sizeof(*index))) != RP_OK)
		return st;
	index = (uint32_t *)g->by_name.data;
	for (uint32_t i = 0; i < f->n_names; i++) {
		if (f->names[i].class != g->labels.class)
			continue;
		if ((st = by_name(g, &f->names[i], &index[i])) != RP_OK ||
		    (st = share(g, index[i], f->names[i].records)) != RP_OK)
			return st;
		/* no more than there are, which only decoding makes sure of */
		rest -= f->names[i].records < rest ? f->names[i].records : rest;
	}
	return share(g, 0, rest);
}

enum rp_status
rp_groups_frame(struct groups *g, const struct rp_frame *f)
{
	enum rp_status st;

	g->shares.len = 0;
	switch (g->per) {
	case RP_PER_ALL:
		st = reach(g, 0);
		return st == RP_OK ? share(g, 0, f->head.records) : st;
	case RP_PER_TYPE:
		return share_types(g, f);
	default:
		return share_names(g, f);
	}
}
