#include "import/itch_orders.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BITS = 12 };

static enum rp_status
allocate(struct rp_itch_orders *o, unsigned bits)
{
	o->slots = calloc((size_t)1 << bits, sizeof(*o->slots));
	o->mask = ((uint64_t)1 << bits) - 1;
	o->shift = 64 - bits;
	return o->slots != NULL ? RP_OK : RP_ERR_NOMEM;
}

enum rp_status
rp_itch_orders_init(struct rp_itch_orders *o)
{
	o->n = 0;
	return allocate(o, FIRST_BITS);
}

void
rp_itch_orders_free(struct rp_itch_orders *o)
{
	free(o->slots);
	o->slots = NULL;
}

void
rp_itch_orders_clear(struct rp_itch_orders *o)
{
	memset(o->slots, 0, (size_t)(o->mask + 1) * sizeof(*o->slots));
	o->n = 0;
}

enum rp_status
rp_itch_orders_grow(struct rp_itch_orders *o)
{
	struct rp_itch_orders old = *o;
	enum rp_status st;

	if ((st = allocate(o, 64 - old.shift + 1)) != RP_OK) {
		*o = old;
		return st;
	}
	for (uint64_t i = 0; i <= old.mask; i++)
		if (old.slots[i].shares != 0)
			*rp_itch_orders_slot(o, old.slots[i].key >> 2) =
			    old.slots[i];
	free(old.slots);
	return RP_OK;
}

/*
 * Without marks of what was removed: those behind it that may move into the
 * hole do (Knuth, The Art of Computer Programming 3, 6.4, algorithm R).
 */
void
rp_itch_orders_remove(struct rp_itch_orders *o, struct rp_itch_order *order)
{
	uint64_t hole = (uint64_t)(order - o->slots), i = hole, home;

	for (;;) {
		i = (i + 1) & o->mask;
		if (o->slots[i].shares == 0)
			break;
		home = rp_itch_orders_home(o, o->slots[i].key >> 2);
		if (((i - home) & o->mask) < ((i - hole) & o->mask))
			continue;
		o->slots[hole] = o->slots[i];
		hole = i;
	}
	o->slots[hole].shares = 0;
	o->n--;
}
