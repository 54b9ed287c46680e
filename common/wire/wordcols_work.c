#include "wire/wordcols_work.h"

#include "base/bytes.h"
#include "wire/record.h"

enum rp_status
rp_wc_init(
    struct rp_wc **w, struct rp_buffer *tmp, size_t raw_len, uint32_t records)
{
	size_t n = rp_align8(sizeof(**w));
	size_t need = n + raw_len + 8 * (size_t)records +
	    rp_align8(4 * (size_t)records) + rp_align8(records);
	enum rp_status st = rp_buffer_reserve(tmp, need);
	uint8_t *p = tmp->data;

	if (st != RP_OK)
		return st;
	*w = (struct rp_wc *)p;
	(*w)->n_groups = 0;
	(*w)->cols = (uint64_t *)(p += n);
	(*w)->t = (uint64_t *)(p += raw_len);
	(*w)->pred = (uint32_t *)(p += 8 * (size_t)records);
	(*w)->ids = p + rp_align8(4 * (size_t)records);
	return RP_OK;
}

void
rp_wc_place(struct rp_wc *w)
{
	uint64_t *p = w->cols;

	for (uint32_t g = 0; g < w->n_groups; g++) {
		w->group[g].cols = p;
		p += (size_t)w->group[g].words * w->group[g].records;
	}
}

static uint32_t
key_slot(uint64_t word)
{
	return (uint32_t)word < KEYS ? (uint32_t)word : KEYS;
}

bool
rp_wc_predecessors(struct rp_wc *w, const struct rp_wc_group *g)
{
	const uint64_t *key = g->cols;
	bool keyed = false;

	for (uint32_t i = 0; i < g->records; i++)
		w->last[key_slot(key[i])] = UINT32_MAX;
	for (uint32_t i = 0; i < g->records; i++) {
		uint32_t *last = &w->last[key_slot(key[i])];

		w->pred[i] = *last != UINT32_MAX ? *last : i - 1;
		keyed |= w->pred[i] + 1 != i;
		*last = i;
	}
	return keyed;
}
