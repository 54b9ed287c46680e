#include "merge/merge.h"

#include <stdlib.h>
#include <string.h>

/*
 * So many inputs decode packed frames by themselves. More of them share the
 * room to decode in, keep a part of the records each, and decode the frame
 * again for the next part: that bounds the memory of an input.
 */
enum { FEW = 4, PART = 384 << 10 };

/* Where an input stands: of equal keys the first of these goes first. */
enum state { WANTS_FRAME, AT_FRAME, AT_RECORD, ENDED };

/* By this the tree compares; apart from the rest, so that it stays in cache. */
struct rank {
	int64_t key; /* at least that of what comes next */
	enum state state;
};

struct feed {
	struct rp_merge_input in;
	struct rp_frame frame;
	const struct rp_record *at; /* AT_RECORD: the next ... */
	const uint8_t *end; /* ... of those in hand */
	size_t done; /* bytes of the frame's rows before end */
	int64_t last; /* the key of the record before at */
	struct rp_buffer part;
};

struct rp_merge {
	struct feed *feeds;
	struct rank *ranks;
	uint32_t *tree; /* losers; tree[0] is the winner */
	size_t n;
	const struct rp_merge_order *order; /* &own, or NULL */
	struct rp_merge_order own;
	bool by_recv;
	bool moved; /* the winner: play again */
	int64_t high, low;
	struct rp_frame_scratch shared;
};

/* ---- order ---- */

/* Two records of one key. */
static int
compare_tied(
    const struct rp_merge *m, const struct feed *a, const struct feed *b)
{
	if (m->order != NULL && m->order->tie != NULL)
		return m->order->tie(
		    m->order->arg, &a->frame, a->at, &b->frame, b->at);
	return rp_merge_tie(&a->frame, a->at, &b->frame, b->at);
}

static bool
goes_first(const struct rp_merge *m, uint32_t i, uint32_t j)
{
	const struct rank *a = &m->ranks[i], *b = &m->ranks[j];
	int c;

	if (a->key != b->key)
		return a->key < b->key;
	if (a->state != b->state)
		return a->state < b->state;
	if (a->state == AT_RECORD) {
		c = compare_tied(m, &m->feeds[i], &m->feeds[j]);
		if (c != 0)
			return c < 0;
	}
	return i < j;
}

static int64_t
key_of(const struct rp_merge *m, const struct feed *in,
    const struct rp_record *rec, int64_t before)
{
	int64_t key;

	if (m->by_recv)
		return rec->ts_recv;
	key = m->order->key(m->order->arg, &in->frame, rec);
	return key == INT64_MIN ? before : key;
}

/* ---- the tree (Knuth, TAOCP 3, 5.4.1) ---- */

/* Input i is the leaf i + n; the parent of node x is x / 2. */
static void
play(struct rp_merge *m, uint32_t i)
{
	uint32_t winner = i, loser;

	for (size_t x = (i + m->n) / 2; x > 0; x /= 2)
		if (goes_first(m, m->tree[x], winner)) {
			loser = winner;
			winner = m->tree[x];
			m->tree[x] = loser;
		}
	m->tree[0] = winner;
}

/* All of them stand at their start: the lower number wins, and is left. */
static bool
plant(struct rp_merge *m)
{
	uint32_t *winner = calloc(2 * m->n, sizeof(*winner));
	uint32_t a, b;

	if (winner == NULL)
		return false;
	for (size_t i = 0; i < m->n; i++)
		winner[m->n + i] = (uint32_t)i;
	for (size_t x = m->n - 1; x > 0; x--) {
		a = winner[2 * x];
		b = winner[2 * x + 1];
		winner[x] = a < b ? a : b;
		m->tree[x] = a < b ? b : a;
	}
	m->tree[0] = m->n > 1 ? winner[1] : 0;
	free(winner);
	return true;
}

/* The lowest key of all inputs but the winner, which is input i. */
static int64_t
challenge(const struct rp_merge *m, uint32_t i)
{
	int64_t low = INT64_MAX, key;

	for (size_t x = (i + m->n) / 2; x > 0; x /= 2) {
		key = m->ranks[m->tree[x]].key;
		low = key < low ? key : low;
	}
	return low;
}

/* ---- records of a frame ---- */

/* Take over what can be held of the rows behind in->done. */
static enum rp_status
keep_part(struct feed *in)
{
	struct rp_frame *f = &in->frame;
	const uint8_t *from = f->rows + in->done, *to = from;
	size_t size;

	while (to < f->rows_end) {
		size = rp_record_size((const struct rp_record *)to);
		if (to > from && (size_t)(to - from) + size > PART)
			break;
		to += size;
	}
	in->part.len = 0;
	if (rp_buffer_add(&in->part, from, (size_t)(to - from)) != RP_OK)
		return RP_ERR_NOMEM;
	in->at = (const struct rp_record *)in->part.data;
	in->end = in->part.data + in->part.len;
	in->done += in->part.len;
	f->rows = f->rows_end = NULL; /* others decode there */
	return RP_OK;
}

static bool
is_packed(const struct rp_frame *f)
{
	return f->head.codec != RP_CODEC_NONE ||
	    f->head.layout != RP_LAYOUT_ROWS;
}

/* Decode a whole frame, in the room that all inputs share if they are many. */
static enum rp_status
decode(struct rp_merge *m, struct feed *in)
{
	struct rp_frame *f = &in->frame;
	enum rp_status st;

	if (m->n <= FEW || !is_packed(f))
		return in->in.rows(in->in.arg, f);
	if ((st = in->in.body(in->in.arg, f)) != RP_OK)
		return st;
	st = rp_body_decode(f, f->stored + f->head.head_len + f->head.dir_len,
	    false, &m->shared, NULL);
	if (st == RP_ERR_CORRUPT)
		/* the input knows the place */
		st = in->in.rows(in->in.arg, f);
	return st;
}

/* Have records of the frame in hand. */
static enum rp_status
load(struct rp_merge *m, uint32_t i)
{
	struct feed *in = &m->feeds[i];
	enum rp_status st = decode(m, in);

	if (st != RP_OK)
		return st;
	if (m->n > FEW && is_packed(&in->frame)) {
		if ((st = keep_part(in)) != RP_OK)
			return st;
	} else {
		in->at = (const struct rp_record *)in->frame.rows;
		in->end = in->frame.rows_end;
		in->done = in->frame.head.raw_len;
	}
	m->ranks[i].key = key_of(m, in, in->at, in->last);
	m->ranks[i].state = AT_RECORD;
	return RP_OK;
}

/* ---- steps of the winner ---- */

/*
 * The next frame's header. What is not for the merge itself is told by *other:
 * hand it out.
 */
static enum rp_status
read_head(struct rp_merge *m, uint32_t i, bool *other)
{
	struct feed *in = &m->feeds[i];
	struct rank *rank = &m->ranks[i];
	const struct rp_frame_head *h = &in->frame.head;
	enum rp_status st;

	*other = false;
	m->low = rank->key;
	st = in->in.head(in->in.arg, &in->frame);
	if (st == RP_END) {
		*rank = (struct rank){ INT64_MAX, ENDED };
		return RP_OK;
	}
	if (st != RP_OK)
		return st;
	switch (h->kind) {
	case RP_DATA:
		in->done = 0;
		if (h->records == 0)
			break;
		if (!m->by_recv)
			return load(m, i);
		*rank = (struct rank){ h->ts_min, AT_FRAME };
		break;
	case RP_MARK:
		if (m->by_recv && h->ts_min > rank->key)
			rank->key = h->ts_min;
		break;
	case RP_END_FRAME:
		rank->key = INT64_MIN; /* another section may go back */
		break;
	default:
		*other = true;
	}
	return RP_OK;
}

static bool
passes_whole(const struct rp_merge *m, const struct feed *in, int64_t before)
{
	const struct rp_frame_head *h = &in->frame.head;

	return in->done == 0 && (h->flags & RP_FRAME_TS_ORDERED) &&
	    h->ts_min >= m->high && h->ts_max < before;
}

static void
take_frame(struct rp_merge *m, uint32_t i, struct rp_merge_run *run)
{
	struct feed *in = &m->feeds[i];

	m->high = in->last = in->frame.head.ts_max;
	m->ranks[i] = (struct rank){ in->last, WANTS_FRAME };
	run->frame = &in->frame;
}

/* The winner's record, and those behind it that go before all others. */
static void
take_run(struct rp_merge *m, uint32_t i, struct rp_merge_run *run)
{
	struct feed *in = &m->feeds[i];
	struct rank *rank = &m->ranks[i];
	const struct rp_record *rec = rp_record_after(in->at);
	int64_t key = rank->key, next = key;

	run->frame = &in->frame;
	run->first = in->at;
	if (key < m->high)
		run->late = (uint64_t)m->high - (uint64_t)key;
	for (; (const uint8_t *)rec < in->end; rec = rp_record_after(rec)) {
		next = key_of(m, in, rec, key);
		if (next < key || next >= run->before || run->late != 0)
			break;
		key = next;
	}
	if (run->late == 0)
		m->high = key;
	run->end = in->at = rec;
	in->last = key;
	if ((const uint8_t *)rec < in->end)
		rank->key = next;
	else
		*rank = (struct rank){ key,
			in->done < in->frame.head.raw_len ? AT_FRAME
							  : WANTS_FRAME };
}

enum rp_status
rp_merge_next(struct rp_merge *m, struct rp_merge_run *run)
{
	enum rp_status st;
	bool other;
	uint32_t i;

	for (;; m->moved = true) {
		if (m->moved)
			play(m, m->tree[0]);
		m->moved = false;
		i = m->tree[0];
		*run = (struct rp_merge_run){ .input = i };
		switch (m->ranks[i].state) {
		case WANTS_FRAME:
			st = read_head(m, i, &other);
			if (st == RP_OK && other)
				run->frame = &m->feeds[i].frame;
			if (st != RP_OK || other)
				return st;
			break;
		case AT_FRAME:
			run->before = challenge(m, i);
			if (passes_whole(m, &m->feeds[i], run->before)) {
				take_frame(m, i, run);
				m->moved = true;
				return RP_OK;
			}
			if ((st = load(m, i)) != RP_OK)
				return st;
			break;
		case AT_RECORD:
			run->before = challenge(m, i);
			take_run(m, i, run);
			m->moved = true;
			return RP_OK;
		case ENDED:
			return RP_END;
		}
	}
}

enum rp_status
rp_merge_body(struct rp_merge *m, struct rp_merge_run *run)
{
	struct feed *in = &m->feeds[run->input];

	return in->in.body(in->in.arg, &in->frame);
}

enum rp_status
rp_merge_rows(struct rp_merge *m, struct rp_merge_run *run)
{
	return decode(m, &m->feeds[run->input]);
}

int64_t
rp_merge_low(const struct rp_merge *m)
{
	return m->low;
}

int64_t
rp_merge_high(const struct rp_merge *m)
{
	return m->high;
}

/* ---- life ---- */

struct rp_merge *
rp_merge_new(const struct rp_merge_input *inputs, size_t n,
    const struct rp_merge_order *order)
{
	struct rp_merge *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->n = n;
	m->high = m->low = INT64_MIN;
	m->by_recv = order == NULL || order->key == NULL;
	if (order != NULL) {
		m->own = *order;
		m->order = &m->own;
	}
	m->feeds = calloc(n, sizeof(*m->feeds));
	m->ranks = calloc(n, sizeof(*m->ranks));
	m->tree = calloc(n, sizeof(*m->tree));
	if (m->feeds == NULL || m->ranks == NULL || m->tree == NULL ||
	    !plant(m)) {
		rp_merge_free(m);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		m->feeds[i].in = inputs[i];
		m->feeds[i].last = m->ranks[i].key = INT64_MIN;
	}
	return m;
}

void
rp_merge_free(struct rp_merge *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; m->feeds != NULL && i < m->n; i++)
		rp_buffer_free(&m->feeds[i].part);
	rp_frame_scratch_free(&m->shared);
	free(m->feeds);
	free(m->ranks);
	free(m->tree);
	free(m);
}
