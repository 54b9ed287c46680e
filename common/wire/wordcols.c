/*
 * A column is raw, a delta to the row before, or a delta of the difference to
 * the word on its left ("cross": two clocks in one record move together); the
 * row before is the previous one or, keyed, the last one with the same symbol.
 * Deltas are divided by their greatest common divisor (a tick), zigzagged,
 * stripped of their zeros by a bitmap where there are many, and split into
 * byte planes of which empty ones are left out. Which of it pays is estimated
 * per frame and column by the order-0 entropy of sampled planes; on ES MBO
 * data that is within 0.1 % of trying everything.
 */
#include "wire/wordcols.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "wire/record.h"

enum {
	OP_RAW = 0,
	OP_DELTA = 1,
	OP_CROSS = 2,
	OP_MASK = 3,
	OP_KEYED = 4,
	OP_SPARSE = 8,
	OP_GCD = 16,
	OP_KNOWN = 31,
	GROUP_HEAD = 16,
	SAMPLE_RUN = 128,
	SAMPLE_RUNS = 8,
	SAMPLE = SAMPLE_RUN * SAMPLE_RUNS,
	CUT_MIN = 512, /* bytes of a plane that deserves its own statistics */
	KEYS = RP_MAX_NAMES
};

struct group {
	uint16_t type;
	uint32_t len, records, words;
	uint64_t *cols; /* words x records */
};

/* Scratch, carved out of one buffer. */
struct work {
	struct group group[RP_MAX_GROUPS];
	uint32_t n_groups;
	uint8_t *ids;   /* group of each record, if there are several */
	uint64_t *cols; /* all columns: raw_len bytes */
	uint64_t *t;    /* one column, transformed */
	uint32_t *pred; /* row before, with the same key */
	uint32_t last[KEYS + 1];
	uint32_t entropy[SAMPLE + 1]; /* 16 c log2 c */
};

static uint64_t
zigzag(uint64_t d)
{
	return (d << 1) ^ (0 - (d >> 63));
}

static uint64_t
unzigzag(uint64_t z)
{
	return (z >> 1) ^ (0 - (z & 1));
}

static uint64_t
magnitude(uint64_t d)
{
	return d >> 63 ? 0 - d : d;
}

static uint64_t
gcd(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

static enum rp_status
work_init(struct work **w, struct rp_buffer *tmp, size_t raw_len,
    uint32_t records)
{
	size_t n = rp_align8(sizeof(**w));
	size_t need = n + raw_len + 8 * (size_t)records +
	    rp_align8(4 * (size_t)records) + rp_align8(records);
	enum rp_status st = rp_buffer_reserve(tmp, need);
	uint8_t *p = tmp->data;

	if (st != RP_OK)
		return st;
	*w = (struct work *)p;
	(*w)->n_groups = 0;
	(*w)->cols = (uint64_t *)(p += n);
	(*w)->t = (uint64_t *)(p += raw_len);
	(*w)->pred = (uint32_t *)(p += 8 * (size_t)records);
	(*w)->ids = p + rp_align8(4 * (size_t)records);
	return RP_OK;
}

/* Place the columns of the groups one behind the other. */
static void
place_columns(struct work *w)
{
	uint64_t *p = w->cols;

	for (uint32_t g = 0; g < w->n_groups; g++) {
		w->group[g].cols = p;
		p += (size_t)w->group[g].words * w->group[g].records;
	}
}

static uint32_t
key_slot(uint64_t word)
{
	return (uint32_t)word < KEYS ? (uint32_t)word : KEYS;
}

/*
 * pred[i]: the last row before i with the same low half of word 0 (the symbol),
 * or i - 1 if there is none. True if it is not simply i - 1 everywhere.
 */
static bool
find_predecessors(struct work *w, const struct group *g)
{
	const uint64_t *key = g->cols;
	bool keyed = false;

	for (uint32_t i = 0; i < g->records; i++)
		w->last[key_slot(key[i])] = UINT32_MAX;
	for (uint32_t i = 0; i < g->records; i++) {
		uint32_t *last = &w->last[key_slot(key[i])];

		w->pred[i] = *last != UINT32_MAX ? *last : i - 1;
		keyed |= w->pred[i] + 1 != i;
		*last = i;
	}
	return keyed;
}

/* ---- choosing ---- */

struct choice {
	unsigned op;
	uint64_t g; /* of the sample */
	uint64_t cost;
	bool sparse;
};

static uint64_t
value_at(const uint64_t *x, const uint64_t *left, unsigned op, uint32_t i)
{
	return (op & OP_MASK) == OP_CROSS ? x[i] - left[i] : x[i];
}

/* Row k of the sample: runs of neighbours spread over the frame. */
static uint32_t
sample_row(uint32_t n, uint32_t k)
{
	if (n <= SAMPLE)
		return 1 + k;
	return 1 + (uint32_t)((uint64_t)(n - 1 - SAMPLE_RUN) *
	    (k / SAMPLE_RUN) / (SAMPLE_RUNS - 1)) + k % SAMPLE_RUN;
}

static void
weigh(const struct work *w, const struct group *g, const uint64_t *x,
    const uint64_t *left, struct choice *c)
{
	uint64_t v[SAMPLE], any = 0, div = 0;
	uint32_t n = g->records <= SAMPLE ? g->records - 1 : SAMPLE;
	uint32_t zeros = 0;

	for (uint32_t k = 0; k < n; k++) {
		uint32_t i = sample_row(g->records, k);

		v[k] = value_at(x, left, c->op, i);
		if ((c->op & OP_MASK) != OP_RAW) {
			v[k] -= value_at(x, left, c->op,
			    c->op & OP_KEYED ? w->pred[i] : i - 1);
			if (div != 1 && v[k] != 0)
				div = gcd(magnitude(v[k]), div);
		}
	}
	for (uint32_t k = 0; k < n; k++) {
		if ((c->op & OP_MASK) != OP_RAW) {
			if (div > 1)
				v[k] = (uint64_t)((int64_t)v[k] / (int64_t)div);
			v[k] = zigzag(v[k]);
		}
		any |= v[k];
		zeros += v[k] == 0;
	}
	c->g = div;
	c->sparse = zeros >= n / 8 && zeros != 0;
	c->cost = 0;
	for (unsigned p = 0; p < 64; p += 8) {
		uint32_t h[256] = { 0 };

		if ((any >> p & 0xff) == 0)
			continue;
		for (uint32_t k = 0; k < n; k++)
			h[v[k] >> p & 0xff]++;
		c->cost += w->entropy[n];
		for (unsigned b = 0; b < 256; b++)
			c->cost -= w->entropy[h[b]];
	}
}

static struct choice
choose(const struct work *w, const struct group *g, const uint64_t *x,
    const uint64_t *left, bool keyed)
{
	static const unsigned ops[] = { OP_DELTA, OP_RAW, OP_CROSS,
		OP_DELTA | OP_KEYED, OP_CROSS | OP_KEYED };
	struct choice best = { .op = OP_DELTA, .g = 0, .cost = UINT64_MAX };
	uint64_t differ = 0;

	for (uint32_t i = 1; i < g->records; i++)
		differ |= x[i] ^ x[0];
	if (differ == 0)
		return best;
	for (size_t k = 0; k < RP_LEN(ops); k++) {
		struct choice c = { .op = ops[k] };

		if ((c.op & OP_KEYED) != 0 && !keyed)
			continue;
		if ((c.op & OP_MASK) == OP_CROSS && left == NULL)
			continue;
		weigh(w, g, x, left, &c);
		if (c.cost < best.cost)
			best = c;
	}
	return best;
}

/* ---- encoding ---- */

/* t = the transformed column; returns its gcd (0 or 1: none). */
static uint64_t
transform(struct work *w, const struct group *g, const uint64_t *x,
    const uint64_t *left, const struct choice *c)
{
	uint32_t n = g->records;
	uint64_t *t = w->t, div = 0;

	if ((c->op & OP_MASK) == OP_RAW) {
		memcpy(t, x, 8 * (size_t)n);
		return 0;
	}
	t[0] = 0;
	if (c->op & OP_KEYED)
		for (uint32_t i = 1; i < n; i++)
			t[i] = value_at(x, left, c->op, i) -
			    value_at(x, left, c->op, w->pred[i]);
	else if ((c->op & OP_MASK) == OP_CROSS)
		for (uint32_t i = 1; i < n; i++)
			t[i] = (x[i] - left[i]) - (x[i - 1] - left[i - 1]);
	else
		for (uint32_t i = 1; i < n; i++)
			t[i] = x[i] - x[i - 1];
	/* the sample's divisor is a multiple of the column's */
	div = c->g;
	for (uint32_t i = 1; i < n && div > 1; i++)
		if (magnitude(t[i]) % div != 0)
			div = gcd(magnitude(t[i]), div);
	if (div > 1 && div <= INT64_MAX)
		for (uint32_t i = 1; i < n; i++)
			t[i] = (uint64_t)((int64_t)t[i] / (int64_t)div);
	else
		div = 0;
	for (uint32_t i = 1; i < n; i++)
		t[i] = zigzag(t[i]);
	return div;
}

/* Write the bitmap of non-zero words and close the gaps in t. */
static uint32_t
squeeze(uint64_t *t, uint32_t n, uint8_t *bitmap)
{
	uint32_t m = 0;

	memset(bitmap, 0, (n + 7) / 8);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t v = t[i];

		t[m] = v;
		m += v != 0;
		bitmap[i / 8] |= (uint8_t)((v != 0) << (i % 8));
	}
	return m;
}

static uint8_t *
put_cut(struct rp_buffer *cuts, const uint8_t *start, uint8_t *p, size_t plane)
{
	/* cuts was reserved for eight planes and a bitmap a column */
	if (plane >= CUT_MIN) {
		rp_put32(cuts->data + cuts->len, (uint32_t)(p - start));
		cuts->len += 4;
	}
	return p;
}

static uint8_t *
encode_column(struct work *w, const struct group *g, uint32_t col,
    bool keyed, struct rp_buffer *cuts, const uint8_t *start, uint8_t *p)
{
	const uint64_t *x = g->cols + (size_t)col * g->records;
	const uint64_t *left = col > 0 ? x - g->records : NULL;
	struct choice c = choose(w, g, x, left, keyed && col > 0);
	uint32_t n = g->records, m = n;
	uint64_t div = transform(w, g, x, left, &c), any = 0;
	uint8_t *head = p;

	p += 2;
	if ((c.op & OP_MASK) != OP_RAW) {
		rp_put64(p, value_at(x, left, c.op, 0));
		p += 8;
	}
	if (div != 0) {
		c.op |= OP_GCD;
		rp_put64(p, div);
		p += 8;
	}
	for (uint32_t i = 0; i < n; i++)
		any |= w->t[i];
	if (c.sparse && any != 0) {
		c.op |= OP_SPARSE;
		m = squeeze(w->t, n, p);
		p += (n + 7) / 8;
		p = put_cut(cuts, start, p, (n + 7) / 8);
	}
	head[0] = (uint8_t)c.op;
	head[1] = 0;
	for (unsigned k = 0; k < 8; k++) {
		if ((any >> 8 * k & 0xff) == 0)
			continue;
		head[1] |= (uint8_t)(1u << k);
		for (uint32_t i = 0; i < m; i++)
			p[i] = (uint8_t)(w->t[i] >> 8 * k);
		p += m;
		p = put_cut(cuts, start, p, m);
	}
	return p;
}

/* Count the groups of (type, length); false if there are too many. */
static bool
find_groups(struct work *w, const uint8_t *rows, uint32_t records)
{
	const uint8_t *p = rows;
	uint32_t g = 0;

	for (uint32_t i = 0; i < records; i++) {
		const struct rp_record *r = (const struct rp_record *)p;

		if (w->n_groups == 0 || w->group[g].type != r->type ||
		    w->group[g].len != r->len)
			for (g = 0; g < w->n_groups; g++)
				if (w->group[g].type == r->type &&
				    w->group[g].len == r->len)
					break;
		if (g == w->n_groups) {
			if (g == RP_MAX_GROUPS)
				return false;
			w->group[w->n_groups++] = (struct group){
				.type = r->type, .len = r->len,
				.words = (uint32_t)rp_record_size(r) / 8
			};
		}
		w->group[g].records++;
		w->ids[i] = (uint8_t)g;
		p += rp_record_size(r);
	}
	return true;
}

static void
gather(struct work *w, const uint8_t *rows, uint32_t records)
{
	const uint64_t *p = (const uint64_t *)rows;
	uint32_t at[RP_MAX_GROUPS] = { 0 };

	for (uint32_t i = 0; i < records; i++) {
		struct group *g = &w->group[w->ids[i]];
		uint64_t *to = g->cols + at[w->ids[i]]++;

		for (uint32_t k = 0; k < g->words; k++, to += g->records)
			*to = p[k];
		p += g->words;
	}
}

static enum rp_status
reserve_output(const struct work *w, struct rp_buffer *out,
    struct rp_buffer *cuts, size_t raw_len, uint32_t records)
{
	size_t need = 8 + (size_t)w->n_groups * GROUP_HEAD + records, words = 0;
	enum rp_status st;

	for (uint32_t g = 0; g < w->n_groups; g++) {
		words += w->group[g].words;
		need += (size_t)w->group[g].words *
		    (18 + (w->group[g].records + 7) / 8);
	}
	out->len = cuts->len = 0;
	if ((st = rp_buffer_reserve(out, need + raw_len)) != RP_OK)
		return st;
	return rp_buffer_reserve(cuts, words * 9 * 4);
}

enum rp_status
rp_wordcols_encode(struct rp_buffer *out, struct rp_buffer *cuts,
    struct rp_buffer *tmp, const uint8_t *rows, size_t raw_len,
    uint32_t records)
{
	struct work *w;
	enum rp_status st;
	uint8_t *p;

	if ((st = work_init(&w, tmp, raw_len, records)) != RP_OK)
		return st;
	if (!find_groups(w, rows, records))
		return RP_EMPTY;
	place_columns(w);
	gather(w, rows, records);
	if ((st = reserve_output(w, out, cuts, raw_len, records)) != RP_OK)
		return st;
	w->entropy[0] = 0;
	for (uint32_t c = 1; c <= SAMPLE; c++)
		w->entropy[c] = (uint32_t)(16.0 * c * log2(c) + 0.5);
	p = out->data;
	rp_put32(p, w->n_groups);
	rp_put32(p + 4, 0);
	p += 8;
	for (uint32_t g = 0; g < w->n_groups; g++, p += GROUP_HEAD) {
		rp_put16(p, w->group[g].type);
		rp_put16(p + 2, 0);
		rp_put32(p + 4, w->group[g].len);
		rp_put32(p + 8, w->group[g].records);
		rp_put32(p + 12, 0);
	}
	if (w->n_groups > 1) {
		memcpy(p, w->ids, records);
		p = put_cut(cuts, out->data, p + records, records);
	}
	for (uint32_t g = 0; g < w->n_groups; g++) {
		bool keyed = find_predecessors(w, &w->group[g]);

		for (uint32_t c = 0; c < w->group[g].words; c++)
			p = encode_column(w, &w->group[g], c, keyed, cuts,
			    out->data, p);
	}
	out->len = (size_t)(p - out->data);
	return RP_OK;
}

/* ---- decoding ---- */

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
untransform(const struct work *w, const struct group *g, uint64_t *x,
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
decode_column(struct work *w, const struct group *g, uint32_t col,
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
		return read_planes(in, x, n, head[1]) ? NULL
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
		*have_pred = (find_predecessors(w, g), true);
	untransform(w, g, x, left, op, base, div);
	return NULL;
}

static void
scatter(const struct work *w, uint8_t *rows, uint32_t records)
{
	uint64_t *p = (uint64_t *)rows;
	uint32_t at[RP_MAX_GROUPS] = { 0 };

	for (uint32_t i = 0; i < records; i++) {
		uint32_t id = w->n_groups > 1 ? w->ids[i] : 0;
		const struct group *g = &w->group[id];
		const uint64_t *from = g->cols + at[id]++;

		for (uint32_t k = 0; k < g->words; k++, from += g->records)
			p[k] = *from;
		p += g->words;
	}
}

static const char *
decode_groups(struct work *w, struct cursor *in, size_t raw_len,
    uint32_t records)
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
		struct group *gr = &w->group[g];

		if ((p = take(in, GROUP_HEAD)) == NULL)
			return "group header cut short";
		*gr = (struct group){ .type = rp_le16(p), .len = rp_le32(p + 4),
			.records = rp_le32(p + 8) };
		if (rp_le16(p + 2) != 0 || rp_le32(p + 12) != 0 ||
		    gr->records == 0 || gr->len > raw_len)
			return "bad group header";
		gr->words = (uint32_t)(sizeof(struct rp_record) +
		    rp_align8(gr->len)) / 8;
		sum += gr->records;
		bytes += (uint64_t)gr->records * gr->words * 8;
		if (sum > records || bytes > raw_len)
			return "groups exceed the frame";
	}
	if (sum != records || bytes != raw_len)
		return "groups do not fill the frame";
	place_columns(w);
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
	struct work *w;
	enum rp_status st;
	const char *why;

	if ((st = work_init(&w, tmp, raw_len, records)) != RP_OK)
		return rp_error_set(err, st, "out of memory");
	why = decode_groups(w, &cur, raw_len, records);
	for (uint32_t g = 0; g < w->n_groups && why == NULL; g++) {
		bool have_pred = false;

		for (uint32_t c = 0; c < w->group[g].words && why == NULL; c++)
			why = decode_column(w, &w->group[g], c, &have_pred,
			    &cur);
	}
	if (why == NULL && cur.p != cur.end)
		why = "bytes left over behind the columns";
	if (why != NULL)
		return rp_error_set(err, RP_ERR_CORRUPT, "word columns: %s",
		    why);
	scatter(w, out, records);
	return RP_OK;
}
