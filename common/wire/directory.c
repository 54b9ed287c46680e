/*
 * The directory of a DATA frame: its types and names, with counts. Stored
 * plain, or packed: without what can be computed, through the frame's codec.
 */
#include "wire/frame.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "wire/directory.h"

enum {
	DIR_HEAD = 16,
	TYPE_SIZE = 8,
	NAME_SIZE = RP_DIR_NAME_SIZE,
	PACK_HEAD = 8,
	LEAN_NAME = 6
};

struct dir_head {
	uint32_t n_types, n_names, heap_len;
};

static enum rp_status
corrupt(struct rp_error *err, const char *why)
{
	return rp_error_set(err, RP_ERR_CORRUPT, "directory: %s", why);
}

static enum rp_status
head_decode(
    struct dir_head *h, const uint8_t *p, size_t len, struct rp_error *err)
{
	if (len < DIR_HEAD)
		return corrupt(err, "cut short");
	h->n_types = rp_le16(p);
	h->n_names = rp_le32(p + 4);
	h->heap_len = rp_le32(p + 12);
	if (rp_le16(p + 2) != TYPE_SIZE || rp_le16(p + 8) != NAME_SIZE ||
	    rp_le16(p + 10) != 0)
		return corrupt(err, "unknown entry size");
	if (h->n_types > RP_MAX_TYPES || h->n_names > RP_MAX_NAMES ||
	    h->heap_len > RP_MAX_DIR)
		return corrupt(err, "more entries than allowed");
	return RP_OK;
}

static void
head_encode(const struct dir_head *h, uint8_t *p)
{
	rp_put16(p, (uint16_t)h->n_types);
	rp_put16(p + 2, TYPE_SIZE);
	rp_put32(p + 4, h->n_names);
	rp_put16(p + 8, NAME_SIZE);
	rp_put16(p + 10, 0);
	rp_put32(p + 12, h->heap_len);
}

static size_t
plain_size(const struct dir_head *h)
{
	return DIR_HEAD + (size_t)h->n_types * TYPE_SIZE +
	    (size_t)h->n_names * NAME_SIZE + rp_align8(h->heap_len);
}

static size_t
lean_size(const struct dir_head *h)
{
	return DIR_HEAD + (size_t)h->n_types * TYPE_SIZE +
	    (size_t)h->n_names * LEAN_NAME + h->heap_len;
}

/* Valid UTF-8 without control characters: names are shown to people. */
static bool
is_text(const char *text, size_t len)
{
	uint32_t c;
	size_t n;

	for (; len > 0; text += n, len -= n) {
		if ((n = rp_utf8_decode(text, len, &c)) == 0 || c < 0x20 ||
		    (c >= 0x7f && c < 0xa0))
			return false;
	}
	return true;
}

bool
rp_name_is_valid(const char *text, size_t len)
{
	return len > 0 && len <= RP_MAX_NAME && is_text(text, len);
}

/* Whether no two names are equal, by a table of open addresses. */
static enum rp_status
check_unique(const struct rp_label *names, uint32_t n,
    struct rp_frame_scratch *s, struct rp_error *err)
{
	uint32_t size = 16, *table;
	enum rp_status st;

	while (size < 2 * n)
		size *= 2;
	if ((st = rp_buffer_reserve(&s->marks, size * 4)) != RP_OK)
		return rp_error_set(err, st, "out of memory");
	table = (uint32_t *)s->marks.data;
	memset(table, 0xff, size * 4);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = (uint32_t)names[i].hash & (size - 1);

		while (table[at] != UINT32_MAX) {
			if (rp_label_same(&names[table[at]], &names[i]))
				return corrupt(err, "a name stands twice");
			at = (at + 1) & (size - 1);
		}
		table[at] = i;
	}
	return RP_OK;
}

static enum rp_status
types_decode(struct rp_frame *f, const uint8_t *p, uint32_t n,
    struct rp_frame_scratch *s, struct rp_error *err)
{
	struct rp_type_count *t;
	uint64_t records = 0;
	enum rp_status st;

	if ((st = rp_buffer_reserve(&s->types, n * sizeof(*t))) != RP_OK)
		return rp_error_set(err, st, "out of memory");
	t = (struct rp_type_count *)s->types.data;
	for (uint32_t i = 0; i < n; i++, p += TYPE_SIZE) {
		t[i] = (struct rp_type_count){ rp_le16(p), rp_le16(p + 2),
			rp_le32(p + 4) };
		if (i > 0 && t[i].type <= t[i - 1].type)
			return corrupt(err, "types are not ascending");
		if (t[i].records == 0)
			return corrupt(err, "a type without records");
		records += t[i].records;
	}
	if (records != f->head.records)
		return corrupt(err, "its types do not add up to the records");
	f->types = t;
	f->n_types = n;
	return RP_OK;
}

/* Which of the names are schemas: there is room for it behind them. */
static void
find_schemas(struct rp_frame *f)
{
	uint32_t *schemas;

	f->n_schemas = 0;
	if (f->n_names == 0)
		return;
	f->schemas = schemas = (uint32_t *)(void *)(f->names + f->n_names);
	for (uint32_t i = 0; i < f->n_names; i++)
		if (f->names[i].class == RP_NAME_SCHEMA)
			schemas[f->n_schemas++] = i;
}

static enum rp_status
names_decode(struct rp_frame *f, const uint8_t *p, const struct dir_head *h,
    struct rp_frame_scratch *s, struct rp_error *err)
{
	const uint8_t *heap = p + (size_t)h->n_names * NAME_SIZE;
	struct rp_label *l;
	size_t off = 0;
	enum rp_status st;

	st = rp_buffer_reserve(
	    &s->names, h->n_names * (sizeof(*l) + sizeof(*f->schemas)));
	if (st != RP_OK)
		return rp_error_set(err, st, "out of memory");
	l = (struct rp_label *)s->names.data;
	for (uint32_t i = 0; i < h->n_names; i++, p += NAME_SIZE) {
		uint16_t len = rp_le16(p + 16);

		if (rp_le32(p + 12) != off || len > h->heap_len - off)
			return corrupt(err, "a name lies outside its heap");
		if (p[18] < RP_NAME_SYMBOL || p[18] > RP_NAME_SCHEMA ||
		    p[19] != 0 || rp_le32(p + 20) != 0)
			return corrupt(err, "unknown class of name");
		rp_label_init(&l[i], p[18], (const char *)heap + off, len);
		l[i].records = rp_le32(p + 8);
		if (!rp_name_is_valid(l[i].text, len))
			return corrupt(err, "a name is not plain text");
		if (l[i].hash != rp_le64(p))
			return corrupt(err, "hash of a name is wrong");
		if (l[i].records > f->head.records)
			return corrupt(err, "a name counts too many records");
		off += len;
	}
	if (off != h->heap_len)
		return corrupt(err, "bytes left over in the heap");
	for (; off < rp_align8(h->heap_len); off++)
		if (heap[off] != 0)
			return corrupt(err, "padding is not zero");
	f->names = l;
	f->n_names = h->n_names;
	find_schemas(f);
	return check_unique(l, h->n_names, s, err);
}

enum rp_status
rp_dir_decode_plain(struct rp_frame *f, const uint8_t *dir, size_t len,
    struct rp_frame_scratch *s, struct rp_error *err)
{
	struct dir_head h;
	enum rp_status st;

	if ((st = head_decode(&h, dir, len, err)) != RP_OK)
		return st;
	if (plain_size(&h) != len)
		return corrupt(err, "its length contradicts its entries");
	dir += DIR_HEAD;
	if ((st = types_decode(f, dir, h.n_types, s, err)) != RP_OK)
		return st;
	return names_decode(f, dir + h.n_types * TYPE_SIZE, &h, s, err);
}

/* ---- packed ---- */

static void
lean_encode(const struct dir_head *h, const uint8_t *dir, uint8_t *p)
{
	size_t fixed = DIR_HEAD + (size_t)h->n_types * TYPE_SIZE;
	const uint8_t *name = dir + fixed;
	uint32_t n = h->n_names;

	memcpy(p, dir, fixed);
	p += fixed;
	for (uint32_t i = 0; i < n; i++, name += NAME_SIZE) {
		for (uint32_t k = 0; k < 4; k++)
			p[k * n + i] = name[8 + k];
		p[4 * n + i] = name[16];
		p[5 * n + i] = name[18];
	}
	memcpy(p + LEAN_NAME * (size_t)n, name, h->heap_len);
}

static void
lean_decode(const struct dir_head *h, const uint8_t *p, uint8_t *dir)
{
	size_t fixed = DIR_HEAD + (size_t)h->n_types * TYPE_SIZE, off = 0;
	uint8_t *name = dir + fixed;
	uint32_t n = h->n_names;
	const uint8_t *heap = p + fixed + LEAN_NAME * (size_t)n;

	memset(dir, 0, plain_size(h));
	memcpy(dir, p, fixed);
	p += fixed;
	for (uint32_t i = 0; i < n; i++, name += NAME_SIZE) {
		size_t len = p[4 * n + i];

		for (uint32_t k = 0; k < 4; k++)
			name[8 + k] = p[k * n + i];
		rp_put32(name + 12, (uint32_t)off);
		name[16] = (uint8_t)len;
		name[18] = p[5 * n + i];
		if (len <= h->heap_len - off) {
			rp_put64(name, rp_hash(heap + off, len));
			off += len;
		}
	}
	memcpy(name, heap, h->heap_len);
}

static enum rp_status
packed_decode(struct rp_frame *f, const uint8_t *dir,
    struct rp_frame_scratch *s, struct rp_error *err)
{
	uint32_t lean_len, packed_len, dir_len = f->head.dir_len;
	struct dir_head h;
	enum rp_status st;

	if (dir_len < PACK_HEAD)
		return corrupt(err, "cut short");
	lean_len = rp_le32(dir);
	packed_len = rp_le32(dir + 4);
	if (lean_len > RP_MAX_DIR || lean_len < DIR_HEAD ||
	    packed_len > dir_len - PACK_HEAD ||
	    rp_align8(PACK_HEAD + packed_len) != dir_len)
		return corrupt(err, "lengths of the packing are wrong");
	for (size_t i = PACK_HEAD + packed_len; i < dir_len; i++)
		if (dir[i] != 0)
			return corrupt(err, "padding is not zero");
	if ((st = rp_buffer_reserve(&s->tmp, lean_len)) != RP_OK)
		return rp_error_set(err, st, "out of memory");
	st = rp_codec_decompress(&s->codec, f->head.codec, dir + PACK_HEAD,
	    packed_len, s->tmp.data, lean_len);
	if (st != RP_OK)
		return rp_error_set(err, st, "directory: cannot be unpacked");
	if ((st = head_decode(&h, s->tmp.data, lean_len, err)) != RP_OK)
		return st;
	if (lean_size(&h) != lean_len || plain_size(&h) > RP_MAX_DIR)
		return corrupt(err, "its length contradicts its entries");
	if ((st = rp_buffer_reserve(&s->dir, plain_size(&h))) != RP_OK)
		return rp_error_set(err, st, "out of memory");
	lean_decode(&h, s->tmp.data, s->dir.data);
	return rp_dir_decode_plain(f, s->dir.data, plain_size(&h), s, err);
}

enum rp_status
rp_dir_decode(struct rp_frame *f, const uint8_t *dir,
    struct rp_frame_scratch *s, struct rp_error *err)
{
	if (rp_hash(dir, f->head.dir_len) != f->head.dir_hash)
		return corrupt(err, "checksum mismatch");
	if (f->head.flags & RP_FRAME_DIR_PACKED)
		return packed_decode(f, dir, s, err);
	return rp_dir_decode_plain(f, dir, f->head.dir_len, s, err);
}

enum rp_status
rp_dir_encode(struct rp_buffer *out, const struct rp_type_count *types,
    size_t n_types, const struct rp_label *names, size_t n_names)
{
	struct dir_head h = { (uint32_t)n_types, (uint32_t)n_names, 0 };
	uint8_t *p, *heap;
	enum rp_status st;

	for (size_t i = 0; i < n_names; i++)
		h.heap_len += names[i].len;
	if (plain_size(&h) > RP_MAX_DIR)
		return RP_ERR_LIMIT;
	if ((st = rp_buffer_reserve(out, plain_size(&h))) != RP_OK)
		return st;
	out->len = plain_size(&h);
	p = out->data;
	heap = p + out->len - rp_align8(h.heap_len);
	memset(heap, 0, rp_align8(h.heap_len));
	head_encode(&h, p);
	p += DIR_HEAD;
	for (size_t i = 0; i < n_types; i++, p += TYPE_SIZE) {
		rp_put16(p, types[i].type);
		rp_put16(p + 2, types[i].fixed_len);
		rp_put32(p + 4, types[i].records);
	}
	h.heap_len = 0;
	for (size_t i = 0; i < n_names; i++, p += NAME_SIZE) {
		rp_put64(p, names[i].hash);
		rp_put32(p + 8, names[i].records);
		rp_put32(p + 12, h.heap_len);
		rp_put16(p + 16, names[i].len);
		rp_put16(p + 18, names[i].class);
		rp_put32(p + 20, 0);
		memcpy(heap + h.heap_len, names[i].text, names[i].len);
		h.heap_len += names[i].len;
	}
	return RP_OK;
}

enum rp_status
rp_dir_pack(struct rp_buffer *out, const uint8_t *dir, size_t len,
    const struct rp_encoding *enc, struct rp_frame_scratch *s)
{
	struct dir_head h;
	enum rp_status st;
	size_t lean;

	if ((st = head_decode(&h, dir, len, NULL)) != RP_OK)
		return st;
	lean = lean_size(&h);
	if ((st = rp_buffer_reserve(&s->tmp, lean)) != RP_OK)
		return st;
	lean_encode(&h, dir, s->tmp.data);
	st = rp_codec_compress(&s->codec, enc->codec, enc->level, s->tmp.data,
	    lean, NULL, 0, len - PACK_HEAD - 8, &s->dir);
	if (st != RP_OK)
		return st;
	out->len = 0;
	if ((st = rp_buffer_reserve(out, len)) != RP_OK)
		return st;
	out->len = rp_align8(PACK_HEAD + s->dir.len);
	memset(out->data + out->len - 8, 0, 8);
	rp_put32(out->data, (uint32_t)lean);
	rp_put32(out->data + 4, (uint32_t)s->dir.len);
	memcpy(out->data + PACK_HEAD, s->dir.data, s->dir.len);
	return RP_OK;
}
