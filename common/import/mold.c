#include "import/mold.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum {
	AT_SEQUENCE = 10,
	AT_COUNT = 18,
	END_OF_SESSION = 0xffff, /* a count */
	TOLD = 64 /* gaps remembered, to tell late messages from repeated */
};

/* A datagram that came before those in front of it. */
struct held {
	uint64_t sequence;
	int64_t ts_recv;
	uint8_t *bytes; /* RP_MOLD_HELD_MAX of the channel's */
};

struct rp_mold {
	struct rp_mold_sink sink;
	struct rp_mold_counts counts;
	bool open; /* a session is */
	char session[RP_MOLD_SESSION];
	char former[RP_MOLD_SESSION]; /* the one before it, or zeros ... */
	int64_t since; /* ... and when it followed that */
	uint64_t next; /* sequence number that continues it */
	int64_t last; /* ts_recv of the datagram before next */
	struct held held[RP_MOLD_HELD]; /* by sequence */
	unsigned n_held;
	struct rp_mold_gap told[TOLD]; /* the last of n_told */
	uint64_t n_told;
	uint8_t bytes[RP_MOLD_HELD][RP_MOLD_HELD_MAX];
};

static uint64_t
sequence_of(const uint8_t *p)
{
	return rp_be64(p + AT_SEQUENCE);
}

/* Messages in a datagram. */
static unsigned
count_of(const uint8_t *p)
{
	unsigned n = rp_be16(p + AT_COUNT);

	return n == END_OF_SESSION ? 0 : n;
}

struct rp_mold *
rp_mold_new(const struct rp_mold_sink *sink)
{
	struct rp_mold *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->sink = *sink;
	for (unsigned i = 0; i < RP_MOLD_HELD; i++)
		m->held[i].bytes = m->bytes[i];
	return m;
}

void
rp_mold_free(struct rp_mold *m)
{
	free(m);
}

const struct rp_mold_counts *
rp_mold_counts(const struct rp_mold *m)
{
	return &m->counts;
}

bool
rp_mold_fits(const uint8_t *p, size_t len)
{
	const uint8_t *end = p + len;
	unsigned n;

	if (len < RP_MOLD_HEADER ||
	    sequence_of(p) > UINT64_MAX - END_OF_SESSION)
		return false;
	for (int i = 0; i < RP_MOLD_SESSION; i++)
		if (p[i] < ' ' || p[i] > '~')
			return false;
	for (n = count_of(p), p += RP_MOLD_HEADER; n > 0; n--) {
		if (end - p < 2 || end - p - 2 < rp_be16(p))
			return false;
		p += 2 + rp_be16(p);
	}
	return p == end;
}

/* ---- in sequence ---- */

static bool
was_told(const struct rp_mold *m, uint64_t sequence)
{
	for (unsigned i = 0; i < TOLD && i < m->n_told; i++)
		if (sequence >= m->told[i].first && sequence <= m->told[i].last)
			return true;
	return false;
}

/* The messages of a datagram that begins at next or before it. */
static enum rp_status
deliver(struct rp_mold *m, const uint8_t *p, int64_t ts_recv)
{
	uint64_t sequence = sequence_of(p);
	unsigned n = count_of(p);
	enum rp_status st;

	m->last = ts_recv;
	for (p += RP_MOLD_HEADER; n > 0; n--, sequence++) {
		size_t len = rp_be16(p);

		p += 2;
		if (sequence == m->next) {
			m->next++;
			m->counts.messages++;
			st = m->sink.message(
			    m->sink.arg, p, len, sequence, ts_recv);
			if (st != RP_OK)
				return st;
		} else if (was_told(m, sequence))
			m->counts.late++;
		else
			m->counts.repeated++;
		p += len;
	}
	return RP_OK;
}

static void
drop_first(struct rp_mold *m)
{
	struct held first = m->held[0];

	m->n_held--;
	memmove(m->held, m->held + 1, m->n_held * sizeof(m->held[0]));
	m->held[m->n_held] = first;
}

/* What was held and fits now. */
static enum rp_status
release(struct rp_mold *m)
{
	enum rp_status st = RP_OK;

	while (st == RP_OK && m->n_held > 0 && m->held[0].sequence <= m->next) {
		st = deliver(m, m->held[0].bytes, m->held[0].ts_recv);
		drop_first(m);
	}
	return st;
}

/* ---- out of sequence ---- */

/* Give up what is missing before a sequence number. */
static enum rp_status
skip_to(struct rp_mold *m, uint64_t sequence, int64_t ts_recv)
{
	struct rp_mold_gap gap = { m->next, sequence - 1, m->last, ts_recv };

	m->told[m->n_told++ % TOLD] = gap;
	m->counts.gaps++;
	m->counts.missing += sequence - m->next;
	m->next = sequence;
	return m->sink.gap(m->sink.arg, &gap);
}

/* Go on with the first of those held. */
static enum rp_status
give_up(struct rp_mold *m)
{
	enum rp_status st;

	st = skip_to(m, m->held[0].sequence, m->held[0].ts_recv);
	return st == RP_OK ? release(m) : st;
}

static void
hold(struct rp_mold *m, const uint8_t *p, size_t len, int64_t ts_recv)
{
	struct held h = m->held[m->n_held]; /* a free place for bytes */
	unsigned i = m->n_held++;

	h.sequence = sequence_of(p);
	h.ts_recv = ts_recv;
	memcpy(h.bytes, p, len);
	for (; i > 0 && m->held[i - 1].sequence > h.sequence; i--)
		m->held[i] = m->held[i - 1];
	m->held[i] = h;
}

static int64_t
oldest(const struct rp_mold *m)
{
	int64_t ts = INT64_MAX;

	for (unsigned i = 0; i < m->n_held; i++)
		if (m->held[i].ts_recv < ts)
			ts = m->held[i].ts_recv;
	return ts;
}

enum rp_status
rp_mold_expire(struct rp_mold *m, int64_t now)
{
	enum rp_status st = RP_OK;

	while (
	    st == RP_OK && m->n_held > 0 && now - RP_MOLD_PATIENCE > oldest(m))
		st = give_up(m);
	return st;
}

/* ---- datagrams ---- */

/* A session that follows another was heard from its beginning. */
static enum rp_status
begin_session(struct rp_mold *m, const uint8_t *p, int64_t ts_recv)
{
	enum rp_status st = RP_OK;
	bool follows = m->open;

	while (st == RP_OK && m->n_held > 0)
		st = give_up(m);
	if (st != RP_OK)
		return st;
	memcpy(m->former, m->session, RP_MOLD_SESSION);
	memcpy(m->session, p, RP_MOLD_SESSION);
	m->since = ts_recv;
	m->n_told = 0;
	m->open = true;
	m->next = sequence_of(p);
	if (m->sink.session != NULL)
		st = m->sink.session(m->sink.arg, m->session, m->next);
	if (st == RP_OK && follows && m->next > 1) {
		m->next = 1;
		st = skip_to(m, sequence_of(p), ts_recv);
	}
	return st;
}

/* One of the session that was followed has been overtaken on its way. */
static bool
is_of_former(const struct rp_mold *m, const uint8_t *p, int64_t ts_recv)
{
	return memcmp(m->former, p, RP_MOLD_SESSION) == 0 &&
	    ts_recv - RP_MOLD_PATIENCE <= m->since;
}

static void
count_datagram(struct rp_mold *m, const uint8_t *p)
{
	m->counts.datagrams++;
	m->counts.heartbeats += rp_be16(p + AT_COUNT) == 0;
	m->counts.ends += rp_be16(p + AT_COUNT) == END_OF_SESSION;
}

/* Give up what is missing until one that begins here fits or can be held. */
static enum rp_status
make_room(struct rp_mold *m, uint64_t sequence, size_t len, int64_t ts_recv)
{
	enum rp_status st = RP_OK;

	if (len <= RP_MOLD_HELD_MAX) {
		if (sequence > m->next && m->n_held == RP_MOLD_HELD)
			st = give_up(m);
		return st;
	}
	while (st == RP_OK && sequence > m->next && m->n_held > 0 &&
	    m->held[0].sequence <= sequence)
		st = give_up(m);
	if (st == RP_OK && sequence > m->next)
		st = skip_to(m, sequence, ts_recv);
	return st;
}

enum rp_status
rp_mold_feed(struct rp_mold *m, const uint8_t *p, size_t len, int64_t ts_recv)
{
	unsigned held;
	enum rp_status st;

	count_datagram(m, p);
	if (is_of_former(m, p, ts_recv)) {
		m->counts.late += count_of(p);
		return RP_OK;
	}
	if (!m->open || memcmp(m->session, p, RP_MOLD_SESSION) != 0)
		st = begin_session(m, p, ts_recv);
	else
		st = rp_mold_expire(m, ts_recv);
	if (st == RP_OK)
		st = make_room(m, sequence_of(p), len, ts_recv);
	if (st != RP_OK)
		return st;
	if (sequence_of(p) > m->next) {
		hold(m, p, len, ts_recv);
		return RP_OK;
	}
	if ((st = deliver(m, p, ts_recv)) != RP_OK)
		return st;
	held = m->n_held;
	st = release(m);
	m->counts.reordered += held - m->n_held;
	return st;
}
