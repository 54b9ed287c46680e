#include "merge/gaps.h"

#include <stdlib.h>

#include "types/types.h"

enum { KEPT = 64 };

struct gap {
	uint64_t symbol; /* hash of its name, 0: of all */
	uint16_t channel;
	uint64_t first, last; /* numbers of what was lost, if they are known */
	bool numbered;
	int64_t from, to;
};

struct rp_gaps {
	size_t n;
	struct line {
		uint64_t count; /* of gaps so far */
		struct gap last[KEPT]; /* the newest at (count - 1) % KEPT */
	} lines[];
};

struct rp_gaps *
rp_gaps_new(size_t n)
{
	struct rp_gaps *g = calloc(1, sizeof(*g) + n * sizeof(g->lines[0]));

	if (g != NULL)
		g->n = n;
	return g;
}

void
rp_gaps_free(struct rp_gaps *g)
{
	free(g);
}

static void
read_gap(struct gap *g, const struct rp_frame *f, const struct rp_record *rec)
{
	const struct rp_label *symbol = rp_frame_name(f, rec->symbol);
	struct rp_gap p = { .ts_from = RP_ABSENT, .ts_to = RP_ABSENT };
	size_t len = rec->len < sizeof(p) ? rec->len : sizeof(p);

	memcpy(&p, rec->payload, len);
	*g = (struct gap){ .symbol = symbol != NULL ? symbol->hash : 0,
		.channel = p.ev.channel,
		.first = p.first_lost,
		.last = p.last_lost,
		.numbered = p.last_lost != 0,
		.from = p.ts_from,
		.to = p.ts_to == RP_ABSENT ? rec->ts_recv : p.ts_to };
}

static bool
overlap(const struct gap *a, const struct gap *b)
{
	if (a->symbol != b->symbol && a->symbol != 0 && b->symbol != 0)
		return false;
	if (a->channel != b->channel)
		return false;
	if (a->numbered && b->numbered)
		return a->first <= b->last && b->first <= a->last;
	return a->from <= b->to && b->from <= a->to;
}

static bool
has_one_like(const struct line *line, const struct gap *gap)
{
	uint64_t kept = line->count < KEPT ? line->count : KEPT;

	for (uint64_t i = 0; i < kept; i++)
		if (overlap(&line->last[i], gap))
			return true;
	return false;
}

bool
rp_gaps_are_common(struct rp_gaps *g, size_t line, const struct rp_frame *f,
    const struct rp_record *rec, bool (*is_there)(void *, size_t), void *arg)
{
	struct line *own = &g->lines[line];
	struct gap *gap = &own->last[own->count++ % KEPT];

	read_gap(gap, f, rec);
	for (size_t i = 0; i < g->n; i++)
		if (i != line && is_there(arg, i) &&
		    !has_one_like(&g->lines[i], gap))
			return false;
	return true;
}
