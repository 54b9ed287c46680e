/*
 * Instrument ids to symbols over time. Each id heads a list of spans; a span
 * is put in front of those that were there, so that the first one that holds
 * the day is the one that was added last.
 */
#include "import/dbn.h"

#include <stdlib.h>
#include <string.h>

#define DAY INT64_C(86400000000000)
#define NONE RP_NO_NAME

/* Labels and their texts in chunks, so that neither ever moves. */
struct rp_dbn_names {
	struct rp_dbn_names *next;
	size_t used;
	_Alignas(8) uint8_t data[65536 - 24];
};

struct rp_label *
rp_dbn_name(struct rp_dbn_names **names, enum rp_name_class class,
    const char *text, size_t len)
{
	struct rp_dbn_names *chunk = *names;
	struct rp_label *label;
	size_t size = sizeof(*label) + rp_align8(len);
	char *copy;

	if (chunk == NULL || sizeof(chunk->data) - chunk->used < size) {
		if ((chunk = malloc(sizeof(*chunk))) == NULL)
			return NULL;
		chunk->next = *names;
		chunk->used = 0;
		*names = chunk;
	}
	label = (struct rp_label *)(chunk->data + chunk->used);
	copy = memcpy(label + 1, text, len);
	chunk->used += size;
	rp_label_init(label, class, copy, len);
	return label;
}

void
rp_dbn_names_free(struct rp_dbn_names *names)
{
	struct rp_dbn_names *next;

	for (; names != NULL; names = next) {
		next = names->next;
		free(names);
	}
}

/* ---- the table of ids ---- */

static uint32_t *
slot_of(const struct rp_dbn_symbols *s, uint32_t id)
{
	uint32_t mask = s->table_size - 1, i;

	i = (uint32_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
	for (i &= mask; s->table[i] != 0; i = (i + 1) & mask)
		if (s->spans[s->table[i] - 1].id == id)
			break;
	return &s->table[i];
}

/* Keep the table at most half full. */
static enum rp_status
grow_table(struct rp_dbn_symbols *s)
{
	uint32_t *old = s->table, *table, n = s->table_size;
	uint32_t size = n == 0 ? 64 : 2 * n;

	if (2 * (s->n_ids + 1) <= n)
		return RP_OK;
	if (n >= UINT32_C(1) << 31 ||
	    (table = calloc(size, sizeof(*table))) == NULL)
		return RP_ERR_NOMEM;
	s->table = table;
	s->table_size = size;
	for (uint32_t i = 0; i < n; i++)
		if (old[i] != 0)
			*slot_of(s, s->spans[old[i] - 1].id) = old[i];
	free(old);
	return RP_OK;
}

static struct rp_dbn_span *
new_span(struct rp_dbn_symbols *s)
{
	uint32_t cap = s->cap_spans == 0 ? 64 : s->cap_spans * 2;
	struct rp_dbn_span *spans;

	if (s->n_spans == s->cap_spans) {
		if (cap >= UINT32_C(1) << 31)
			return NULL;
		spans = realloc(s->spans, cap * sizeof(*spans));
		if (spans == NULL)
			return NULL;
		s->spans = spans;
		s->cap_spans = cap;
	}
	return &s->spans[s->n_spans++];
}

enum rp_status
rp_dbn_symbols_add(struct rp_dbn_symbols *s, uint32_t id, int64_t from,
    int64_t to, struct rp_label *label)
{
	struct rp_dbn_span *span;
	uint32_t *slot;

	if (grow_table(s) != RP_OK || (span = new_span(s)) == NULL)
		return RP_ERR_NOMEM;
	slot = slot_of(s, id);
	*span = (struct rp_dbn_span){ .from = from,
		.to = to,
		.label = label,
		.id = id,
		.next = *slot != 0 ? *slot - 1 : NONE };
	if (*slot == 0)
		s->n_ids++;
	*slot = s->n_spans;
	s->memo = NULL;
	return RP_OK;
}

enum rp_status
rp_dbn_symbols_set(
    struct rp_dbn_symbols *s, uint32_t id, struct rp_label *label)
{
	uint32_t *slot = s->table_size != 0 ? slot_of(s, id) : NULL;

	s->memo = NULL;
	if (slot != NULL && *slot != 0) {
		struct rp_dbn_span *first = &s->spans[*slot - 1];

		if (first->from == INT64_MIN && first->to == INT64_MAX) {
			first->label = label;
			return RP_OK;
		}
	}
	return rp_dbn_symbols_add(s, id, INT64_MIN, INT64_MAX, label);
}

/* The id as text, kept for this id behind all spans it may have. */
static struct rp_label *
unnamed(struct rp_dbn_symbols *s, uint32_t id)
{
	char text[10];
	size_t at = sizeof(text);
	struct rp_label *label;
	struct rp_dbn_span *span;
	uint32_t *slot, i, v = id;

	do
		text[--at] = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	label = rp_dbn_name(
	    &s->names, RP_NAME_SYMBOL, text + at, sizeof(text) - at);
	if (label == NULL || grow_table(s) != RP_OK ||
	    (span = new_span(s)) == NULL)
		return NULL;
	*span = (struct rp_dbn_span){ .from = INT64_MIN,
		.to = INT64_MAX,
		.label = label,
		.id = id,
		.next = NONE };
	slot = slot_of(s, id);
	if (s->unnamed++ == 0)
		s->first_unnamed = id;
	if (*slot == 0) {
		*slot = s->n_spans;
		s->n_ids++;
		return label;
	}
	for (i = *slot - 1; s->spans[i].next != NONE;)
		i = s->spans[i].next;
	s->spans[i].next = s->n_spans - 1;
	return label;
}

struct rp_label *
rp_dbn_symbols_find(struct rp_dbn_symbols *s, uint32_t id, int64_t ts)
{
	uint32_t i = NONE;

	s->memo = NULL;
	s->memo_id = id;
	s->memo_day = ts - ts % DAY;
	if (s->table_size != 0 && *slot_of(s, id) != 0)
		i = *slot_of(s, id) - 1;
	for (; i != NONE && s->memo == NULL; i = s->spans[i].next)
		if (ts >= s->spans[i].from && ts < s->spans[i].to)
			s->memo = s->spans[i].label;
	if (s->memo == NULL)
		s->memo = unnamed(s, id);
	return s->memo;
}

void
rp_dbn_symbols_free(struct rp_dbn_symbols *s)
{
	free(s->spans);
	free(s->table);
	rp_dbn_names_free(s->names);
	memset(s, 0, sizeof(*s));
}
