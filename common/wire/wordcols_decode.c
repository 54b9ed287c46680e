#include "wire/wordcols.h"

#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "wire/record.h"
#include "wire/wordcols_work.h"

static uint64_t
unzigzag(uint64_t z)
{
	return (z >> 1) ^ (0 - (z & 1));
}

struct cursor {
	const uint8_t *p, *end;
};

static const uint8_t *
take(struct cursor *c, size_t n)
{
	const uint8_t *p = c->p;

	if ((size_t)(c->end - c->p) < n)
		return NULL;
	c->p += n;
	return p;
}

/* t = the words that the planes spell. */
static bool
read_planes(struct cursor *in, uint64_t *t, uint32_t m, unsigned mask)
{
	bool first = true;

	for (unsigned k = 0; k < 8; k++) {
		const uint8_t *plane;

		if ((mask >> k & 1) == 0)
			continue;
		if ((plane = take(in, m)) == NULL)
			return false;
		if (first)
			for (uint32_t i = 0; i < m; i++)
				t[i] = (uint64_t)plane[i] << 8 * k;
		else
			for (uint32_t i = 0; i < m; i++)
				t[i] |= (uint64_t)plane[i] << 8 * k;
		first = false;
	}
	if (first)
		memset(t, 0, 8 * (size_t)m);
	return true;
}

/* Open the gaps that squeeze closed, from the back; m words are non-zero. */
static void
expand(uint64_t *t, uint32_t n, uint32_t m, const uint8_t *bitmap)
{
	for (uint32_t i = n; i-- > 0;) {
		uint64_t bit = bitmap[i / 8] >> (i % 8) & 1;

		t[i] = bit && m > 0 ? t[--m] : 0;
	}
}

static uint32_t
count_bits(const uint8_t *bitmap, uint32_t n)
{
	uint32_t m = 0;

	for (uint32_t i = 0; i < n / 8; i++)
		m += (uint32_t)__builtin_popcount(bitmap[i]);
	if (n % 8 != 0)
		m += (uint32_t)__builtin_popcount(
		    bitmap[n / 8] & ((1u << n % 8) - 1));
	return m;
}

static void
untransform(const struct rp_wc *w, const struct rp_wc_group *g, uint64_t *x,
    const uint64_t *left, unsigned op, uint64_t base, uint64_t div)
{
	const uint64_t *t = w->t;
	uint32_t n = g->records;
	uint64_t v = base;

	if (op & OP_KEYED) {
		bool cross = (op & OP_MASK) == OP_CROSS;

		x[0] = cross ? base + left[0] : base;
		for (uint32_t i = 1; i < n; i++) {
			uint32_t p = w->pred[i];

			x[i] = x[p] + unzigzag(t[i]) * div +
			    (cross ? left[i] - left[p] : 0);
		}
	} else if ((op & OP_MASK) == OP_CROSS) {
		for (uint32_t i = 0; i < n; i++)
			x[i] = (v += unzigzag(t[i]) * div) + left[i];
	} else if (div == 1) {
		for (uint32_t i = 0; i < n; i++)
			x[i] = v += unzigzag(t[i]);
	} else {
		for (uint32_t i = 0; i < n; i++)
			x[i] = v += unzigzag(t[i]) * div;
	}
}

static const char *
decode_column(struct rp_wc *w, const struct rp_wc_group *g, uint32_t col,
    bool *have_pred, struct cursor *in)
{
	uint64_t *x = g->cols + (size_t)col * g->records;
	const uint64_t *left = col > 0 ? x - g->records : NULL;
	const uint8_t *head = take(in, 2), *p, *bitmap = NULL;
	uint64_t base = 0, div = 1;
	uint32_t n = g->records, m = n;
	unsigned op;

	if (head == NULL)
		return "column header cut short";
	op = head[0];
	if ((op & ~(unsigned)OP_KNOWN) != 0 || (op & OP_MASK) == OP_MASK)
		return "unknown column operation";
	if ((op & OP_MASK) == OP_RAW && (op & (OP_KEYED | OP_GCD)) != 0)
		return "column operation contradicts itself";
	if (((op & OP_MASK) == OP_CROSS || (op & OP_KEYED)) && left == NULL)
		return "first column refers to one on its left";
	if ((op & OP_MASK) != OP_RAW) {
		if ((p = take(in, 8)) == NULL)
			return "column base cut short";
		base = rp_le64(p);
	}
	if (op & OP_GCD) {
		if ((p = take(in, 8)) == NULL)
			return "column divisor cut short";
		div = rp_le64(p);
	}
	if (op & OP_SPARSE) {
		if ((bitmap = take(in, ((size_t)n + 7) / 8)) == NULL)
			return "column bitmap cut short";
		m = count_bits(bitmap, n);
	}
	if ((op & OP_MASK) == OP_RAW && !(op & OP_SPARSE))
		return read_planes(in, x, n, head[1])
		    ? NULL
		    : "column plane cut short";
	if (!read_planes(in, w->t, m, head[1]))
		return "column plane cut short";
	if (bitmap != NULL)
		expand(w->t, n, m, bitmap);
	if ((op & OP_MASK) == OP_RAW) {
		memcpy(x, w->t, 8 * (size_t)n);
		return NULL;
	}
	if (w->t[0] != 0)
		return "first row has a delta";
	if ((op & OP_KEYED) && !*have_pred)
		*have_pred = (rp_wc_predecessors(w, g), true);
	untransform(w, g, x, left, op, base, div);
	return NULL;
}

static void
scatter(const struct rp_wc *w, uint8_t *rows, uint32_t records)
{
	uint64_t *p = (uint64_t *)rows;
	uint32_t at[RP_MAX_GROUPS] = { 0 };

	for (uint32_t i = 0; i < records; i++) {
		uint32_t id = w->n_groups > 1 ? w->ids[i] : 0;
		const struct rp_wc_group *g = &w->group[id];
		const uint64_t *from = g->cols + at[id]++;

		for (uint32_t k = 0; k < g->words; k++, from += g->records)
			p[k] = *from;
		p += g->words;
	}
}

static const char *
decode_groups(
    struct rp_wc *w, struct cursor *in, size_t raw_len, uint32_t records)
{
	const uint8_t *p = take(in, 8);
	uint64_t bytes = 0, sum = 0;
	uint32_t count[RP_MAX_GROUPS] = { 0 };

	if (p == NULL || rp_le32(p + 4) != 0)
		return "bad column header";
	w->n_groups = rp_le32(p);
	if (w->n_groups == 0 || w->n_groups > RP_MAX_GROUPS)
		return "bad number of groups";
	for (uint32_t g = 0; g < w->n_groups; g++) {
		struct rp_wc_group *gr = &w->group[g];

		if ((p = take(in, GROUP_HEAD)) == NULL)
			return "group header cut short";
		*gr = (struct rp_wc_group){ .type = rp_le16(p),
			.len = rp_le32(p + 4),
			.records = rp_le32(p + 8) };
		if (rp_le16(p + 2) != 0 || rp_le32(p + 12) != 0 ||
		    gr->records == 0 || gr->len > raw_len)
			return "bad group header";
		gr->words =
		    (uint32_t)(sizeof(struct rp_record) + rp_align8(gr->len)) /
		    8;
		sum += gr->records;
		bytes += (uint64_t)gr->records * gr->words * 8;
		if (sum > records || bytes > raw_len)
			return "groups exceed the frame";
	}
	if (sum != records || bytes != raw_len)
		return "groups do not fill the frame";
	rp_wc_place(w);
	if (w->n_groups == 1)
		return NULL;
	if ((p = take(in, records)) == NULL)
		return "group list cut short";
	memcpy(w->ids, p, records);
	for (uint32_t i = 0; i < records; i++) {
		if (p[i] >= w->n_groups)
			return "bad group in list";
		count[p[i]]++;
	}
	for (uint32_t g = 0; g < w->n_groups; g++)
		if (count[g] != w->group[g].records)
			return "group list contradicts the groups";
	return NULL;
}

enum rp_status
rp_wordcols_decode(uint8_t *out, size_t raw_len, uint32_t records,
    struct rp_buffer *tmp, const uint8_t *in, size_t len, struct rp_error *err)
{
	struct cursor cur = { in, in + len };
	struct rp_wc *w;
	enum rp_status st;
	const char *why;

	if ((st = rp_wc_init(&w, tmp, raw_len, records)) != RP_OK)
		return rp_error_set(err, st, "out of memory");
	why = decode_groups(w, &cur, raw_len, records);
	for (uint32_t g = 0; g < w->n_groups && why == NULL; g++) {
		bool have_pred = false;

		for (uint32_t c = 0; c < w->group[g].words && why == NULL; c++)
			why =
			    decode_column(w, &w->group[g], c, &have_pred, &cur);
	}
	if (why == NULL && cur.p != cur.end)
		why = "bytes left over behind the columns";
	if (why != NULL)
		return rp_error_set(
		    err, RP_ERR_CORRUPT, "word columns: %s", why);
	scatter(w, out, records);
	return RP_OK;
}
