#include "arrow/flat_write.h"

#include <string.h>

#include "base/bytes.h"

/* n zero bytes, which begin at a multiple of align, less before. */
static size_t
extend(struct rp_flat_out *f, size_t n, size_t align, size_t before)
{
	size_t at = f->bytes.len, len;

	at += (align - (at + before) % align) % align;
	len = at + n;
	if (f->failed ||
	    (len > f->bytes.cap &&
		rp_buffer_reserve(&f->bytes, 2 * len) != RP_OK)) {
		f->failed = true;
		return 0;
	}
	memset(f->bytes.data + f->bytes.len, 0, len - f->bytes.len);
	f->bytes.len = len;
	return at;
}

static void
store(struct rp_flat_out *f, size_t at, size_t size, uint64_t v)
{
	if (!f->failed)
		memcpy(f->bytes.data + at, &v, size);
}

static void
point(struct rp_flat_out *f, size_t from, size_t to)
{
	store(f, from, 4, to - from);
}

void
rp_flat_out_begin(struct rp_flat_out *f)
{
	f->bytes.len = 0;
	f->failed = false;
	(void)extend(f, 4, 4, 0); /* where the root is */
}

void
rp_flat_out_free(struct rp_flat_out *f)
{
	rp_buffer_free(&f->bytes);
}

/* Fields from the widest to the narrowest, so that none needs padding. */
size_t
rp_flat_out_table(struct rp_flat_out *f, const char *widths)
{
	static const unsigned sizes[] = { 8, 4, 2, 1 };
	const size_t n = strlen(widths), head = 4 + 2 * n;
	const bool wide = strchr(widths, '8') != NULL, root = f->bytes.len == 4;
	size_t size = 4, vtable, table;

	for (size_t i = 0; i < n; i++)
		size += (size_t)(widths[i] - '0');
	/* the fields begin 4 bytes behind the table's start */
	vtable = extend(f, head + size, wide ? 8 : 4, head + 4);
	table = vtable + head;
	store(f, vtable, 2, head);
	store(f, vtable + 2, 2, size);
	store(f, table, 4, head);
	size = 4;
	for (size_t k = 0; k < RP_LEN(sizes); k++)
		for (size_t i = 0; i < n; i++)
			if ((unsigned)(widths[i] - '0') == sizes[k]) {
				store(f, vtable + 4 + 2 * i, 2, size);
				size += sizes[k];
			}
	if (root)
		point(f, 0, table);
	return table;
}

size_t
rp_flat_out_vector(struct rp_flat_out *f, size_t n, size_t size)
{
	/* elements begin 4 bytes behind the vector's start */
	const size_t at = extend(f, 4 + n * size, size % 8 == 0 ? 8 : 4, 4);

	store(f, at, 4, n);
	return at;
}

size_t
rp_flat_out_text(struct rp_flat_out *f, const char *text, size_t len)
{
	const size_t at = extend(f, 4 + len + 1, 4, 0);

	store(f, at, 4, len);
	if (!f->failed && len > 0)
		memcpy(f->bytes.data + at + 4, text, len);
	return at;
}

static size_t
slot(const struct rp_flat_out *f, size_t table, unsigned field)
{
	const uint8_t *p = f->bytes.data + table;

	return f->failed ? 0 : table + rp_le16(p - rp_le32(p) + 4 + 2 * field);
}

void
rp_flat_out_set(struct rp_flat_out *f, size_t table, unsigned field,
    size_t size, uint64_t v)
{
	store(f, slot(f, table, field), size, v);
}

void
rp_flat_out_link(
    struct rp_flat_out *f, size_t table, unsigned field, size_t target)
{
	point(f, slot(f, table, field), target);
}

void
rp_flat_out_put(
    struct rp_flat_out *f, size_t vector, size_t off, size_t size, uint64_t v)
{
	store(f, vector + 4 + off, size, v);
}

void
rp_flat_out_refer(struct rp_flat_out *f, size_t vector, size_t i, size_t target)
{
	point(f, vector + 4 + 4 * i, target);
}
