#include "log/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/limits.h"
#include "wire/directory.h"

static const uint8_t magic[8] = { 0x89, 'R', 'P', 'X', 1, 0, 0, 0 };

struct head { /* of an index file */
	uint8_t magic[8];
	uint64_t segment_len, first_hash, last_hash;
	uint32_t n_frames, n_types, n_names, n_pool;
	uint32_t heap_len, sealed;
	uint64_t seq_min, seq_max;
	int64_t ts_min, ts_max;
	uint8_t end[RP_END_PAYLOAD];
	uint64_t body_hash; /* of what follows the header */
	uint64_t head_hash; /* of the header before this */
};

struct stored_name {
	uint64_t records;
	uint32_t heap_off;
	uint16_t len;
	uint8_t class, res;
};

_Static_assert(sizeof(struct head) == RP_INDEX_HEAD, "rp-log(5)");
_Static_assert(sizeof(struct rp_index_entry) == 88, "rp-log(5)");
_Static_assert(sizeof(struct stored_name) == 16, "rp-log(5)");
_Static_assert(sizeof(struct rp_index_type) == 16, "rp-log(5)");

void
rp_index_free(struct rp_index *x)
{
	if (x == NULL)
		return;
	rp_buffer_free(&x->entries);
	rp_buffer_free(&x->pool);
	rp_buffer_free(&x->types);
	rp_buffer_free(&x->names);
	rp_buffer_free(&x->heap);
	rp_buffer_free(&x->table);
	rp_buffer_free(&x->frame_types);
	rp_buffer_free(&x->frame_names);
}

void
rp_index_clear(struct rp_index *x)
{
	x->entries.len = x->pool.len = x->types.len = 0;
	x->names.len = x->heap.len = x->table.len = 0;
	x->segment_len = x->first_hash = x->last_hash = 0;
	x->sealed = false;
	x->end = (struct rp_end){ 0 };
	x->range = (struct rp_log_range){ UINT64_MAX, 0, INT64_MAX, INT64_MIN };
}

/* Texts move when the heap grows: point the labels at it again. */
static void
point_names(struct rp_index *x)
{
	struct rp_index_name *n = (struct rp_index_name *)x->names.data;
	size_t off = 0;

	for (size_t i = 0; i < rp_index_names(x); i++) {
		n[i].label.text = (const char *)x->heap.data + off;
		off += n[i].label.len;
	}
}

/* Keep the table at most half full: it holds slots + 1 by hash. */
static enum rp_status
grow_table(struct rp_index *x)
{
	size_t n = rp_index_names(x), size = 256;
	uint32_t *table;
	enum rp_status st;

	if (2 * (n + 1) <= x->table.len / sizeof(*table))
		return RP_OK;
	while (size < 4 * (n + 1))
		size *= 2;
	if ((st = rp_buffer_reserve(&x->table, size * sizeof(*table))) != RP_OK)
		return st;
	x->table.len = size * sizeof(*table);
	table = (uint32_t *)x->table.data;
	memset(table, 0, x->table.len);
	for (size_t i = 0; i < n; i++) {
		size_t at = rp_index_name(x, i)->label.hash & (size - 1);

		while (table[at] != 0)
			at = (at + 1) & (size - 1);
		table[at] = (uint32_t)i + 1;
	}
	return RP_OK;
}

static enum rp_status
find_name(struct rp_index *x, const struct rp_label *l, uint32_t *slot)
{
	struct rp_index_name n = { .label = *l };
	const uint8_t *heap = x->heap.data;
	uint32_t *table;
	size_t at, mask;
	enum rp_status st;

	if ((st = grow_table(x)) != RP_OK)
		return st;
	table = (uint32_t *)x->table.data;
	mask = x->table.len / sizeof(*table) - 1;
	for (at = l->hash & mask; table[at] != 0; at = (at + 1) & mask)
		if (rp_label_same(&rp_index_name(x, table[at] - 1)->label, l)) {
			*slot = table[at] - 1;
			return RP_OK;
		}
	*slot = (uint32_t)rp_index_names(x);
	n.label.stamp = 0;
	n.label.text = (const char *)x->heap.data + x->heap.len;
	if ((st = rp_buffer_add(&x->heap, l->text, l->len)) != RP_OK ||
	    (st = rp_buffer_add(&x->names, &n, sizeof(n))) != RP_OK)
		return st;
	table[at] = *slot + 1;
	if (x->heap.data != heap)
		point_names(x);
	return RP_OK;
}

static enum rp_status
find_type(struct rp_index *x, const struct rp_type_count *t, uint32_t *slot)
{
	struct rp_index_type n = { .type = t->type, .fixed_len = t->fixed_len };
	struct rp_index_type *have = (struct rp_index_type *)x->types.data;
	size_t k = rp_index_types(x);

	for (*slot = 0; *slot < k; ++*slot)
		if (have[*slot].type == t->type) {
			if (have[*slot].fixed_len != t->fixed_len)
				have[*slot].fixed_len = 0;
			return RP_OK;
		}
	return rp_buffer_add(&x->types, &n, sizeof(n));
}

static enum rp_status
add_counts(struct rp_index *x, const struct rp_frame *f)
{
	struct rp_index_count c;
	enum rp_status st = RP_OK;

	for (uint32_t i = 0; i < f->n_types && st == RP_OK; i++) {
		if ((st = find_type(x, &f->types[i], &c.slot)) != RP_OK)
			break;
		c.records = f->types[i].records;
		((struct rp_index_type *)x->types.data)[c.slot].records +=
		    c.records;
		st = rp_buffer_add(&x->pool, &c, sizeof(c));
	}
	for (uint32_t i = 0; i < f->n_names && st == RP_OK; i++) {
		if ((st = find_name(x, &f->names[i], &c.slot)) != RP_OK)
			break;
		c.records = f->names[i].records;
		((struct rp_index_name *)x->names.data)[c.slot].records +=
		    c.records;
		st = rp_buffer_add(&x->pool, &c, sizeof(c));
	}
	return st;
}

static void
widen(struct rp_log_range *r, const struct rp_frame_head *h)
{
	r->seq_min = h->seq_min < r->seq_min ? h->seq_min : r->seq_min;
	r->seq_max = h->seq_max > r->seq_max ? h->seq_max : r->seq_max;
	r->ts_min = h->ts_min < r->ts_min ? h->ts_min : r->ts_min;
	r->ts_max = h->ts_max > r->ts_max ? h->ts_max : r->ts_max;
}

enum rp_status
rp_index_add(struct rp_index *x, const struct rp_frame *f)
{
	const struct rp_frame_head *h = &f->head;
	struct rp_index_entry e = { .offset = f->offset,
		.seq_min = h->seq_min,
		.seq_max = h->seq_max,
		.ts_min = h->ts_min,
		.ts_max = h->ts_max,
		.head_hash = h->head_hash,
		.rec_sum = h->rec_sum,
		.size = (uint32_t)f->size,
		.records = h->records,
		.raw_len = h->raw_len,
		.flags = h->flags,
		.pool = (uint32_t)(x->pool.len / sizeof(struct rp_index_count)),
		.n_names = f->n_names,
		.n_types = (uint16_t)f->n_types,
		.codec = h->codec,
		.layout = h->layout,
		.body_len = h->body_len };
	enum rp_status st;

	if (f->offset == 0)
		x->first_hash = h->head_hash;
	x->last_hash = h->head_hash;
	x->segment_len = f->offset + f->size;
	x->sealed = h->kind == RP_END_FRAME;
	if (x->sealed)
		x->end = f->end;
	if (h->kind != RP_DATA)
		return RP_OK;
	widen(&x->range, h);
	if ((st = add_counts(x, f)) != RP_OK)
		return st;
	return rp_buffer_add(&x->entries, &e, sizeof(e));
}

enum rp_status
rp_index_frame(struct rp_index *x, size_t i, struct rp_frame *f)
{
	const struct rp_index_entry *e = rp_index_entry(x, i);
	const struct rp_index_count *c = x->pool.data == NULL
	    ? NULL /* then no frame has types or names */
	    : (const struct rp_index_count *)x->pool.data + e->pool;
	struct rp_type_count t;
	enum rp_status st;

	*f = (struct rp_frame){ .head = { .kind = RP_DATA,
				    .codec = e->codec,
				    .layout = e->layout,
				    .flags = e->flags,
				    .raw_len = e->raw_len,
				    .records = e->records,
				    .seq_min = e->seq_min,
				    .seq_max = e->seq_max,
				    .ts_min = e->ts_min,
				    .ts_max = e->ts_max,
				    .rec_sum = e->rec_sum,
				    .body_len = e->body_len,
				    .head_hash = e->head_hash },
		.offset = e->offset,
		.size = e->size,
		.number = i };
	x->frame_types.len = x->frame_names.len = 0;
	for (uint32_t k = 0; k < e->n_types; k++, c++) {
		const struct rp_index_type *have = rp_index_type(x, c->slot);

		t = (struct rp_type_count){ (uint16_t)have->type,
			(uint16_t)have->fixed_len, c->records };
		st = rp_buffer_add(&x->frame_types, &t, sizeof(t));
		if (st != RP_OK)
			return st;
	}
	for (uint32_t k = 0; k < e->n_names; k++, c++) {
		struct rp_label l = rp_index_name(x, c->slot)->label;

		l.records = c->records;
		st = rp_buffer_add(&x->frame_names, &l, sizeof(l));
		if (st != RP_OK)
			return st;
	}
	f->types = (const struct rp_type_count *)x->frame_types.data;
	f->n_types = e->n_types;
	f->names = (struct rp_label *)x->frame_names.data;
	f->n_names = e->n_names;
	return RP_OK;
}

/* ---- index files ---- */

enum rp_status
rp_index_encode(const struct rp_index *x, struct rp_buffer *out)
{
	struct head h = { .segment_len = x->segment_len,
		.first_hash = x->first_hash,
		.last_hash = x->last_hash,
		.n_frames = (uint32_t)rp_index_frames(x),
		.n_types = (uint32_t)rp_index_types(x),
		.n_names = (uint32_t)rp_index_names(x),
		.n_pool =
		    (uint32_t)(x->pool.len / sizeof(struct rp_index_count)),
		.heap_len = (uint32_t)x->heap.len,
		.sealed = x->sealed,
		.seq_min = x->range.seq_min,
		.seq_max = x->range.seq_max,
		.ts_min = x->range.ts_min,
		.ts_max = x->range.ts_max };
	uint32_t off = 0;
	enum rp_status st;

	memcpy(h.magic, magic, sizeof(magic));
	rp_end_encode(&x->end, h.end);
	out->len = 0;
	if ((st = rp_buffer_add(out, &h, sizeof(h))) != RP_OK ||
	    (st = rp_buffer_add(out, x->entries.data, x->entries.len)) !=
		RP_OK ||
	    (st = rp_buffer_add(out, x->types.data, x->types.len)) != RP_OK)
		return st;
	for (size_t i = 0; i < h.n_names; i++) {
		const struct rp_index_name *n = rp_index_name(x, i);
		struct stored_name s = { n->records, off, n->label.len,
			n->label.class, 0 };

		if ((st = rp_buffer_add(out, &s, sizeof(s))) != RP_OK)
			return st;
		off += s.len;
	}
	if ((st = rp_buffer_add(out, x->pool.data, x->pool.len)) != RP_OK ||
	    (st = rp_buffer_add(out, x->heap.data, x->heap.len)) != RP_OK)
		return st;
	h.body_hash = rp_hash(out->data + sizeof(h), out->len - sizeof(h));
	h.head_hash = rp_hash(&h, offsetof(struct head, head_hash));
	memcpy(out->data, &h, sizeof(h));
	return RP_OK;
}

static enum rp_status
decode_names(struct rp_index *x, const uint8_t *p, const struct head *h)
{
	uint32_t off = 0;

	for (uint32_t i = 0; i < h->n_names; i++) {
		struct stored_name s;
		struct rp_index_name n = { 0 };

		memcpy(&s, p + i * sizeof(s), sizeof(s));
		if (s.heap_off != off || s.len == 0 ||
		    s.len > h->heap_len - off || s.class < RP_NAME_SYMBOL ||
		    s.class > RP_NAME_SCHEMA ||
		    !rp_name_is_valid((const char *)x->heap.data + off, s.len))
			return RP_ERR_CORRUPT;
		rp_label_init(
		    &n.label, s.class, (const char *)x->heap.data + off, s.len);
		n.records = s.records;
		off += s.len;
		if (rp_buffer_add(&x->names, &n, sizeof(n)) != RP_OK)
			return RP_ERR_NOMEM;
	}
	return off == h->heap_len ? RP_OK : RP_ERR_CORRUPT;
}

/* Whether every entry lies in the segment and names what there is. */
static enum rp_status
check_entries(const struct rp_index *x, const struct head *h)
{
	const struct rp_index_count *pool =
	    (const struct rp_index_count *)x->pool.data;
	uint64_t end = 0;

	for (uint32_t i = 0; i < h->n_frames; i++) {
		const struct rp_index_entry *e = rp_index_entry(x, i);
		uint64_t last = (uint64_t)e->pool + e->n_types + e->n_names;

		if (e->offset < end || e->size > h->segment_len ||
		    e->offset > h->segment_len - e->size || last > h->n_pool ||
		    e->codec > RP_CODEC_ZSTD || e->layout > RP_LAYOUT_COLUMNS)
			return RP_ERR_CORRUPT;
		end = e->offset + e->size;
		for (uint32_t k = 0; k < e->n_types + e->n_names; k++)
			if (pool[e->pool + k].slot >=
			    (k < e->n_types ? h->n_types : h->n_names))
				return RP_ERR_CORRUPT;
	}
	return RP_OK;
}

static enum rp_status
decode_head(struct rp_index *x, struct head *h, const uint8_t *p, size_t len)
{
	if (len < sizeof(*h))
		return RP_ERR_CORRUPT;
	memcpy(h, p, sizeof(*h));
	if (memcmp(h->magic, magic, sizeof(magic)) != 0 ||
	    rp_hash(h, offsetof(struct head, head_hash)) != h->head_hash ||
	    rp_end_decode(&x->end, h->end, NULL) != RP_OK)
		return RP_ERR_CORRUPT;
	x->segment_len = h->segment_len;
	x->first_hash = h->first_hash;
	x->last_hash = h->last_hash;
	x->sealed = h->sealed != 0;
	x->range.seq_min = h->seq_min;
	x->range.seq_max = h->seq_max;
	x->range.ts_min = h->ts_min;
	x->range.ts_max = h->ts_max;
	return RP_OK;
}

enum rp_status
rp_index_decode_head(struct rp_index *x, const uint8_t *p, size_t len)
{
	struct head h;

	rp_index_clear(x);
	return decode_head(x, &h, p, len);
}

enum rp_status
rp_index_decode(struct rp_index *x, const uint8_t *p, size_t len)
{
	struct head h;
	uint64_t need, names;
	enum rp_status st;

	rp_index_clear(x);
	if ((st = decode_head(x, &h, p, len)) != RP_OK)
		return st;
	names = (uint64_t)h.n_names * sizeof(struct stored_name);
	need = sizeof(h) +
	    (uint64_t)h.n_frames * sizeof(struct rp_index_entry) +
	    (uint64_t)h.n_types * sizeof(struct rp_index_type) + names +
	    (uint64_t)h.n_pool * sizeof(struct rp_index_count) + h.heap_len;
	p += sizeof(h);
	if (need != len || rp_hash(p, len - sizeof(h)) != h.body_hash)
		return RP_ERR_CORRUPT;
	need = h.n_frames * sizeof(struct rp_index_entry);
	if ((st = rp_buffer_add(&x->entries, p, need)) != RP_OK)
		return st;
	p += need;
	need = h.n_types * sizeof(struct rp_index_type);
	if ((st = rp_buffer_add(&x->types, p, need)) != RP_OK)
		return st;
	p += need;
	need = h.n_pool * sizeof(struct rp_index_count);
	if ((st = rp_buffer_add(&x->pool, p + names, need)) != RP_OK ||
	    (st = rp_buffer_add(&x->heap, p + names + need, h.heap_len)) !=
		RP_OK)
		return st;
	if ((st = decode_names(x, p, &h)) != RP_OK)
		return st;
	return check_entries(x, &h);
}
