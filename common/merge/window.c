#include "merge/window.h"

#include <stdlib.h>
#include <string.h>

#include "types/schema.h"
#include "wire/labels.h"

/*
 * Most records come in order: those wait in a queue. Only what is below the
 * last of them goes into a heap.
 */
struct item {
	struct rp_label *symbol, *source, *schema;
	size_t input;
	struct chunk *chunk;
	struct rp_record rec;
};

/* Room for items, which goes when the last of them does. */
struct chunk {
	size_t used, size; /* bytes */
	size_t live; /* items */
	_Alignas(8) uint8_t bytes[];
};

struct place {
	int64_t key;
	uint64_t order; /* of arrival */
	struct item *item;
};

struct rp_window {
	struct rp_labels symbols, sources, schemas;
	struct chunk *chunk, *spare;
	struct item *taken;
	uint64_t order;
	struct place *queue; /* a ring; q_size is a power of two */
	size_t q_first, q_n, q_size;
	struct place *heap;
	size_t h_n, h_size;
};

enum { CHUNK = 256 << 10 };

struct rp_window *
rp_window_new(void)
{
	struct rp_window *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->symbols.class = RP_NAME_SYMBOL;
	w->sources.class = RP_NAME_SOURCE;
	w->schemas.class = RP_NAME_SCHEMA;
	return w;
}

/* ---- room ---- */

static void
let_go(struct rp_window *w, struct chunk *c)
{
	if (--c->live > 0 || c == w->chunk)
		return;
	if (w->spare == NULL && c->size == CHUNK) {
		w->spare = c;
		return;
	}
	free(c);
}

static struct chunk *
new_chunk(struct rp_window *w, size_t least)
{
	size_t size = least > CHUNK ? least : CHUNK;
	struct chunk *c = size == CHUNK ? w->spare : NULL;

	if (c != NULL)
		w->spare = NULL;
	else if ((c = malloc(sizeof(*c) + size)) == NULL)
		return NULL;
	c->size = size;
	c->used = c->live = 0;
	return c;
}

static struct item *
new_item(struct rp_window *w, const struct rp_record *rec)
{
	size_t size = offsetof(struct item, rec) + rp_record_size(rec);
	struct chunk *c = w->chunk;
	struct item *it;

	if (c == NULL || c->used + size > c->size) {
		if ((c = new_chunk(w, size)) == NULL)
			return NULL;
		if (w->chunk != NULL && w->chunk->live == 0)
			free(w->chunk);
		w->chunk = c;
	}
	it = (struct item *)(c->bytes + c->used);
	c->used += size;
	c->live++;
	it->chunk = c;
	memcpy(&it->rec, rec, rp_record_size(rec));
	return it;
}

/* ---- places ---- */

static bool
grow_queue(struct rp_window *w)
{
	size_t size = w->q_size == 0 ? 1024 : 2 * w->q_size;
	struct place *queue = malloc(size * sizeof(*queue));

	if (queue == NULL)
		return false;
	for (size_t i = 0; i < w->q_n; i++)
		queue[i] = w->queue[(w->q_first + i) & (w->q_size - 1)];
	free(w->queue);
	w->queue = queue;
	w->q_first = 0;
	w->q_size = size;
	return true;
}

static bool
grow_heap(struct rp_window *w)
{
	size_t size = w->h_size == 0 ? 64 : 2 * w->h_size;
	struct place *heap = realloc(w->heap, size * sizeof(*heap));

	if (heap == NULL)
		return false;
	w->heap = heap;
	w->h_size = size;
	return true;
}

static bool
is_before(const struct place *a, const struct place *b)
{
	return a->key != b->key ? a->key < b->key : a->order < b->order;
}

static void
heap_put(struct rp_window *w, struct place p)
{
	size_t i = w->h_n++, up;

	for (; i > 0 && is_before(&p, &w->heap[up = (i - 1) / 2]); i = up)
		w->heap[i] = w->heap[up];
	w->heap[i] = p;
}

static struct place
heap_take(struct rp_window *w)
{
	struct place top = w->heap[0], last = w->heap[--w->h_n];
	size_t i = 0, down;

	while ((down = 2 * i + 1) < w->h_n) {
		if (down + 1 < w->h_n &&
		    is_before(&w->heap[down + 1], &w->heap[down]))
			down++;
		if (!is_before(&w->heap[down], &last))
			break;
		w->heap[i] = w->heap[down];
		i = down;
	}
	w->heap[i] = last;
	return top;
}

static bool
hold(struct rp_window *w, struct place p)
{
	size_t mask = w->q_size - 1;

	if (w->q_n > 0 &&
	    p.key < w->queue[(w->q_first + w->q_n - 1) & mask].key) {
		if (w->h_n == w->h_size && !grow_heap(w))
			return false;
		heap_put(w, p);
		return true;
	}
	if (w->q_n == w->q_size && !grow_queue(w))
		return false;
	w->queue[(w->q_first + w->q_n++) & (w->q_size - 1)] = p;
	return true;
}

/* ---- in and out ---- */

static bool
keep_name(
    struct rp_labels *l, const struct rp_label *name, struct rp_label **kept)
{
	*kept = name != NULL ? rp_labels_of(l, name) : NULL;
	return name == NULL || *kept != NULL;
}

static void
drop_taken(struct rp_window *w)
{
	if (w->taken != NULL)
		let_go(w, w->taken->chunk);
	w->taken = NULL;
}

enum rp_status
rp_window_put(struct rp_window *w, size_t input, const struct rp_frame *f,
    const struct rp_record *rec, int64_t key)
{
	struct place p = { key, w->order++, NULL };

	drop_taken(w);
	if ((p.item = new_item(w, rec)) == NULL)
		return RP_ERR_NOMEM;
	p.item->input = input;
	if (!keep_name(
		&w->symbols, rp_frame_name(f, rec->symbol), &p.item->symbol) ||
	    !keep_name(
		&w->sources, rp_frame_name(f, rec->source), &p.item->source) ||
	    !keep_name(&w->schemas, rp_schema_of(f, rec), &p.item->schema) ||
	    !hold(w, p))
		return RP_ERR_NOMEM;
	return RP_OK;
}

bool
rp_window_take(struct rp_window *w, int64_t upto, struct rp_window_record *held)
{
	const struct place *first = w->q_n > 0 ? &w->queue[w->q_first] : NULL;
	struct place p;

	drop_taken(w);
	if (w->h_n > 0 && (first == NULL || is_before(w->heap, first)))
		first = w->heap;
	if (first == NULL || first->key > upto)
		return false;
	if (first == w->heap) {
		p = heap_take(w);
	} else {
		p = *first;
		w->q_first = (w->q_first + 1) & (w->q_size - 1);
		w->q_n--;
	}
	w->taken = p.item;
	*held = (struct rp_window_record){ &p.item->rec, p.item->symbol,
		p.item->source, p.item->schema, p.item->input, p.key };
	return true;
}

void
rp_window_free(struct rp_window *w)
{
	struct rp_window_record held;

	if (w == NULL)
		return;
	while (rp_window_take(w, INT64_MAX, &held))
		;
	free(w->chunk);
	free(w->spare);
	free(w->queue);
	free(w->heap);
	rp_labels_free(&w->symbols);
	rp_labels_free(&w->sources);
	rp_labels_free(&w->schemas);
	free(w);
}
