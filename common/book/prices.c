#include "book/prices.h"

#include <stdlib.h>
#include <string.h>

/* Levels near the best one are looked at in turn, as most are wanted there. */
#define NEAR 8

void
rp_prices_free(struct rp_prices *s)
{
	free(s->keys);
	s->keys = NULL;
	s->n = s->cap = 0;
}

void
rp_price_pool_free(struct rp_price_pool *pool)
{
	free(pool->levels);
	*pool = (struct rp_price_pool){ .free = RP_NO_LEVEL };
}

static inline int64_t
key_of(const struct rp_prices *s, int64_t price)
{
	return s->asks ? -price : price;
}

/* The number of keys below this one. */
static uint32_t
place(const struct rp_prices *s, int64_t key)
{
	const struct rp_price_key *from = s->keys;
	uint32_t high = s->n, half;

	for (uint32_t i = 0; i < NEAR && high > 0; i++, high--)
		if (s->keys[high - 1].key < key)
			return high;
	if (high == 0)
		return 0;
	/* without branches, as none could be foretold */
	while ((half = high / 2) > 0) {
		from += from[half - 1].key < key ? half : 0;
		high -= half;
	}
	return (uint32_t)(from - s->keys) + (from->key < key);
}

uint32_t
rp_prices_place(const struct rp_prices *s, int64_t price)
{
	return place(s, key_of(s, price));
}

uint32_t
rp_prices_find(const struct rp_prices *s, int64_t price)
{
	int64_t key = key_of(s, price);
	uint32_t at = place(s, key);

	return at < s->n && s->keys[at].key == key ? s->keys[at].level
						   : RP_NO_LEVEL;
}

/* Twice the room, at least 16. */
static enum rp_status
grow(void **p, uint32_t *cap, size_t size)
{
	uint32_t more = *cap < 16 ? 16 : 2 * *cap;
	void *grown = realloc(*p, more * size);

	if (grown == NULL)
		return RP_ERR_NOMEM;
	*p = grown;
	*cap = more;
	return RP_OK;
}

static enum rp_status
new_level(struct rp_price_pool *pool, int64_t price, uint32_t *level)
{
	struct rp_price_level *l;

	if (pool->free == RP_NO_LEVEL && pool->n == pool->cap &&
	    grow((void **)&pool->levels, &pool->cap, sizeof(*l)) != RP_OK)
		return RP_ERR_NOMEM;
	if (pool->free == RP_NO_LEVEL) {
		*level = pool->n++;
	} else {
		*level = pool->free;
		pool->free = pool->levels[pool->free].head;
	}
	l = &pool->levels[*level];
	memset(l, 0, sizeof(*l));
	l->price = price;
	l->head = l->tail = UINT32_MAX;
	return RP_OK;
}

enum rp_status
rp_prices_add(struct rp_prices *s, struct rp_price_pool *pool, int64_t price,
    uint32_t *level)
{
	int64_t key = key_of(s, price);
	uint32_t at = place(s, key);
	enum rp_status st;

	if (at < s->n && s->keys[at].key == key) {
		*level = s->keys[at].level;
		return RP_OK;
	}
	if (s->n == s->cap &&
	    grow((void **)&s->keys, &s->cap, sizeof(*s->keys)) != RP_OK)
		return RP_ERR_NOMEM;
	if ((st = new_level(pool, price, level)) != RP_OK)
		return st;
	memmove(&s->keys[at + 1], &s->keys[at], (s->n - at) * sizeof(*s->keys));
	s->keys[at] = (struct rp_price_key){ .key = key, .level = *level };
	s->n++;
	return RP_OK;
}

static void
free_level(struct rp_price_pool *pool, uint32_t level)
{
	pool->levels[level].head = pool->free;
	pool->free = level;
}

void
rp_prices_remove(struct rp_prices *s, struct rp_price_pool *pool, int64_t price)
{
	int64_t key = key_of(s, price);
	uint32_t at = place(s, key);

	if (at == s->n || s->keys[at].key != key)
		return;
	free_level(pool, s->keys[at].level);
	s->n--;
	memmove(&s->keys[at], &s->keys[at + 1], (s->n - at) * sizeof(*s->keys));
}

void
rp_prices_clear(struct rp_prices *s, struct rp_price_pool *pool)
{
	for (uint32_t i = 0; i < s->n; i++)
		free_level(pool, s->keys[i].level);
	s->n = 0;
}
