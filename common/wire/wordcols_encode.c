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
#include <string.h>

#include "base/bytes.h"
#include "wire/record.h"
#include "wire/wordcols_work.h"

static uint64_t
zigzag(uint64_t d)
{
	return (d << 1) ^ (0 - (d >> 63));
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
	return 1 +
	    (uint32_t)((uint64_t)(n - 1 - SAMPLE_RUN) * (k / SAMPLE_RUN) /
		(SAMPLE_RUNS - 1)) +
	    k % SAMPLE_RUN;
}

static void
weigh(const struct rp_wc *w, const struct rp_wc_group *g, const uint64_t *x,
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
choose(const struct rp_wc *w, const struct rp_wc_group *g, const uint64_t *x,
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
transform(struct rp_wc *w, const struct rp_wc_group *g, const uint64_t *x,
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
	/* cuts has room for the groups, and for nine of each column */
	if (plane >= CUT_MIN) {
		rp_put32(cuts->data + cuts->len, (uint32_t)(p - start));
		cuts->len += 4;
	}
	return p;
}

static uint8_t *
encode_column(struct rp_wc *w, const struct rp_wc_group *g, uint32_t col,
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
find_groups(struct rp_wc *w, const uint8_t *rows, uint32_t records)
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
			w->group[w->n_groups++] =
			    (struct rp_wc_group){ .type = r->type,
				    .len = r->len,
				    .words = (uint32_t)rp_record_size(r) / 8 };
		}
		w->group[g].records++;
		w->ids[i] = (uint8_t)g;
		p += rp_record_size(r);
	}
	return true;
}

static void
gather(struct rp_wc *w, const uint8_t *rows, uint32_t records)
{
	const uint64_t *p = (const uint64_t *)rows;
	uint32_t at[RP_MAX_GROUPS] = { 0 };

	for (uint32_t i = 0; i < records; i++) {
		struct rp_wc_group *g = &w->group[w->ids[i]];
		uint64_t *to = g->cols + at[w->ids[i]]++;

		for (uint32_t k = 0; k < g->words; k++, to += g->records)
			*to = p[k];
		p += g->words;
	}
}

static enum rp_status
reserve_output(const struct rp_wc *w, struct rp_buffer *out,
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
	return rp_buffer_reserve(cuts, (words * 9 + 1) * 4);
}

enum rp_status
rp_wordcols_encode(struct rp_buffer *out, struct rp_buffer *cuts,
    struct rp_buffer *tmp, const uint8_t *rows, size_t raw_len,
    uint32_t records)
{
	struct rp_wc *w;
	enum rp_status st;
	uint8_t *p;

	if ((st = rp_wc_init(&w, tmp, raw_len, records)) != RP_OK)
		return st;
	if (!find_groups(w, rows, records))
		return RP_EMPTY;
	rp_wc_place(w);
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
		bool keyed = rp_wc_predecessors(w, &w->group[g]);

		for (uint32_t c = 0; c < w->group[g].words; c++)
			p = encode_column(
			    w, &w->group[g], c, keyed, cuts, out->data, p);
	}
	out->len = (size_t)(p - out->data);
	return RP_OK;
}
