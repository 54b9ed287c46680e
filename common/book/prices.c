#include "book/prices.h"

#include <stdlib.h>
#include <string.h>

/* Levels near the best one are looked at in turn, as most are wanted there. */
#define NEAR 8

/* Neighbours that have no more together become one. */
#define FEW (RP_BLOCK / 2)

static inline int64_t
key_of(const struct rp_prices *s, int64_t price)
{
	return s->asks ? -price : price;
}

void
rp_prices_free(struct rp_prices *s)
{
	for (uint32_t i = 0; i < s->n_blocks; i++)
		free(s->heads[i].block);
	free(s->heads);
	s->heads = NULL;
	s->best = NULL;
	s->n = s->n_blocks = s->cap = 0;
}

void
rp_price_pool_free(struct rp_price_pool *pool)
{
	free(pool->levels);
	*pool = (struct rp_price_pool){ .free = RP_NO_LEVEL };
}

/* ---- finding ---- */

/* The block whose keys a key is among: the last that begins with no larger
 * one, or the first. There is one. */
static inline uint32_t
find_block(const struct rp_prices *s, int64_t key)
{
	const struct rp_price_head *from = s->heads;
	uint32_t n = s->n_blocks, half;

	/* without branches, as none could be foretold */
	while ((half = n / 2) > 0) {
		from += from[half].key <= key ? half : 0;
		n -= half;
	}
	return (uint32_t)(from - s->heads);
}

/* How many keys of a block are below this one. */
static inline uint32_t
find_in(const struct rp_price_block *b, int64_t key)
{
	const int64_t *from = b->keys;

	for (unsigned half = RP_BLOCK / 2; half > 0; half /= 2)
		from += from[half - 1] < key ? half : 0;
	return (uint32_t)(from - b->keys) + (*from < key);
}

/* The same of the block with the best. */
static inline uint32_t
find_near(const struct rp_price_block *b, int64_t key)
{
	uint32_t end = b->n > NEAR ? b->n - NEAR : 0;

	for (uint32_t i = b->n; i > end; i--)
		if (b->keys[i - 1] < key)
			return i;
	return end > 0 ? find_in(b, key) : 0;
}

/* Find a key: its block, and how many of that are below. False: there is no
 * such key. */
static inline bool
find(const struct rp_prices *s, int64_t key, uint32_t *block, uint32_t *at)
{
	const struct rp_price_block *b;

	*block = *at = 0;
	if ((b = s->best) == NULL)
		return false;
	if (b->keys[0] <= key) {
		*block = s->n_blocks - 1;
		*at = find_near(b, key);
	} else {
		*block = find_block(s, key);
		b = s->heads[*block].block;
		*at = find_in(b, key);
	}
	return *at < b->n && b->keys[*at] == key;
}

uint32_t
rp_prices_find(const struct rp_prices *s, int64_t price)
{
	uint32_t block, at;

	return find(s, key_of(s, price), &block, &at)
	    ? s->heads[block].block->levels[at]
	    : RP_NO_LEVEL;
}

uint32_t
rp_prices_worse(const struct rp_prices *s, int64_t price)
{
	uint32_t block, n;

	(void)find(s, key_of(s, price), &block, &n);
	while (block > 0)
		n += s->heads[--block].block->n;
	return n;
}

uint32_t
rp_prices_beyond(const struct rp_prices *s, uint32_t i)
{
	const struct rp_price_head *h = &s->heads[s->n_blocks - 1];

	for (; i >= h->block->n; h--)
		i -= h->block->n;
	return h->block->levels[h->block->n - 1 - i];
}

/* ---- levels ---- */

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

static void
free_level(struct rp_price_pool *pool, uint32_t level)
{
	pool->levels[level].head = pool->free;
	pool->free = level;
}

/* ---- blocks ---- */

/* An empty block at a place among the others. */
static enum rp_status
new_block(struct rp_prices *s, uint32_t at)
{
	struct rp_price_block *b;

	if (s->n_blocks == s->cap &&
	    grow((void **)&s->heads, &s->cap, sizeof(*s->heads)) != RP_OK)
		return RP_ERR_NOMEM;
	if ((b = malloc(sizeof(*b))) == NULL)
		return RP_ERR_NOMEM;
	b->n = 0;
	for (uint32_t i = 0; i < RP_BLOCK; i++)
		b->keys[i] = INT64_MAX;
	memmove(&s->heads[at + 1], &s->heads[at],
	    (s->n_blocks - at) * sizeof(*s->heads));
	s->heads[at] = (struct rp_price_head){ .block = b };
	s->n_blocks++;
	s->best = s->heads[s->n_blocks - 1].block;
	return RP_OK;
}

static void
remove_block(struct rp_prices *s, uint32_t at)
{
	free(s->heads[at].block);
	s->n_blocks--;
	memmove(&s->heads[at], &s->heads[at + 1],
	    (s->n_blocks - at) * sizeof(*s->heads));
	s->best = s->n_blocks > 0 ? s->heads[s->n_blocks - 1].block : NULL;
}

/* Put the n last keys of a block behind those of another. */
static void
give_last(struct rp_price_block *b, struct rp_price_block *to, uint32_t n)
{
	uint32_t from = b->n - n;

	memcpy(to->keys + to->n, b->keys + from, n * sizeof(*b->keys));
	memcpy(to->levels + to->n, b->levels + from, n * sizeof(*b->levels));
	for (uint32_t i = from; i < b->n; i++)
		b->keys[i] = INT64_MAX;
	to->n += n;
	b->n -= n;
}

/* Have room for a key in a block, of which so many are below; it may be another
 * one then. A full block gives its upper half to a new one, which what is better
 * than all begins. */
static enum rp_status
make_room(struct rp_prices *s, uint32_t *block, uint32_t *at)
{
	struct rp_price_head *h;
	enum rp_status st;

	if (s->n_blocks == 0)
		return new_block(s, 0);
	if (s->heads[*block].block->n < RP_BLOCK)
		return RP_OK;
	if ((st = new_block(s, *block + 1)) != RP_OK)
		return st;
	h = &s->heads[*block];
	if (*at < RP_BLOCK) {
		give_last(h[0].block, h[1].block, RP_BLOCK / 2);
		h[1].key = h[1].block->keys[0];
	}
	if (*at > h->block->n || *at == RP_BLOCK) {
		*at -= h->block->n;
		++*block;
	}
	return RP_OK;
}

static void
insert(struct rp_prices *s, uint32_t block, uint32_t at, int64_t key,
    uint32_t level)
{
	struct rp_price_block *b = s->heads[block].block;
	uint32_t n = b->n - at;

	memmove(&b->keys[at + 1], &b->keys[at], n * sizeof(key));
	memmove(&b->levels[at + 1], &b->levels[at], n * sizeof(level));
	b->keys[at] = key;
	b->levels[at] = level;
	b->n++;
	s->n++;
	s->heads[block].key = b->keys[0];
}

/* Put the keys of the next block behind those of this one, if both are few. */
static void
join(struct rp_prices *s, uint32_t at)
{
	struct rp_price_head *h = &s->heads[at];

	if (at + 1 >= s->n_blocks || h[0].block->n + h[1].block->n > FEW)
		return;
	give_last(h[1].block, h[0].block, h[1].block->n);
	remove_block(s, at + 1);
}

static void
take_out(struct rp_prices *s, uint32_t block, uint32_t at)
{
	struct rp_price_block *b = s->heads[block].block;
	uint32_t n = --b->n - at;

	s->n--;
	memmove(&b->keys[at], &b->keys[at + 1], n * sizeof(*b->keys));
	memmove(&b->levels[at], &b->levels[at + 1], n * sizeof(*b->levels));
	b->keys[b->n] = INT64_MAX;
	s->heads[block].key = b->keys[0];
	if (b->n == 0) {
		remove_block(s, block);
	} else if (b->n <= FEW) {
		join(s, block);
		if (block > 0)
			join(s, block - 1);
	}
}

/* ---- changing ---- */

enum rp_status
rp_prices_add(struct rp_prices *s, struct rp_price_pool *pool, int64_t price,
    uint32_t *level)
{
	int64_t key = key_of(s, price);
	uint32_t block, at;
	enum rp_status st;

	if (find(s, key, &block, &at)) {
		*level = s->heads[block].block->levels[at];
		return RP_OK;
	}
	if ((st = new_level(pool, price, level)) != RP_OK)
		return st;
	if ((st = make_room(s, &block, &at)) != RP_OK) {
		free_level(pool, *level);
		return st;
	}
	insert(s, block, at, key, *level);
	return RP_OK;
}

void
rp_prices_remove(struct rp_prices *s, struct rp_price_pool *pool, int64_t price)
{
	uint32_t block, at;

	if (!find(s, key_of(s, price), &block, &at))
		return;
	free_level(pool, s->heads[block].block->levels[at]);
	take_out(s, block, at);
}

void
rp_prices_clear(struct rp_prices *s, struct rp_price_pool *pool)
{
	for (uint32_t i = 0; i < s->n_blocks; i++) {
		struct rp_price_block *b = s->heads[i].block;

		for (uint32_t k = 0; k < b->n; k++)
			free_level(pool, b->levels[k]);
		free(b);
	}
	s->best = NULL;
	s->n = s->n_blocks = 0;
}

void
rp_prices_renew(struct rp_prices *s, const struct rp_price_pool *pool)
{
	for (uint32_t i = 0; i < s->n_blocks; i++) {
		struct rp_price_block *b = s->heads[i].block;

		for (uint32_t k = 0; k < b->n; k++)
			b->keys[k] =
			    key_of(s, pool->levels[b->levels[k]].price);
		s->heads[i].key = b->keys[0];
	}
}
