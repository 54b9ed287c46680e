#include "import/itch_udp.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/itch.h"
#include "import/mold.h"
#include "types/gap.h"

struct channel {
	struct rp_itch_udp *all;
	struct rp_udp_end to;
	char source[96];
	struct rp_mold *mold;
	struct rp_itch *itch; /* NULL: no message so far */
};

struct rp_itch_udp {
	struct rp_import *im;
	struct rp_zone zone;
	bool dated; /* by the user */
	int64_t from, until; /* the day that is known, midnight to midnight */
	struct channel *channels[RP_ITCH_CHANNELS];
	unsigned n, last; /* last: the one that had a datagram last */
};

/* ---- days ---- */

static int64_t
midnight(struct rp_itch_udp *u, int64_t ts)
{
	if (u->dated || (ts >= u->from && ts < u->until))
		return u->from;
	u->from = rp_itch_midnight(&u->zone, ts);
	u->until = rp_itch_midnight(&u->zone, u->from + RP_DAY + RP_DAY / 2);
	return u->from;
}

enum rp_status
rp_itch_udp_new(struct rp_import *im, struct rp_itch_udp **out)
{
	struct rp_itch_udp *u = *out = calloc(1, sizeof(*u));
	enum rp_status st;

	if (u == NULL)
		return rp_import_no_memory(im);
	u->im = im;
	st = rp_zone_open(&u->zone, RP_ITCH_ZONE, &im->error);
	u->dated = im->options.date != NULL;
	if (st == RP_OK && u->dated)
		st = rp_itch_date(im, &u->zone, &u->from);
	return st;
}

/* ---- what a channel brings ---- */

static enum rp_status
on_message(
    void *arg, const uint8_t *p, size_t len, uint64_t sequence, int64_t ts_recv)
{
	struct channel *c = arg;
	struct rp_import *im = c->all->im;
	enum rp_status st;

	if (c->itch == NULL && (c->itch = rp_itch_new(im, c->source)) == NULL)
		return rp_import_no_memory(im);
	c->itch->midnight = midnight(c->all, ts_recv);
	c->itch->ts_recv = ts_recv;
	c->itch->sequence = sequence;
	st = rp_itch_message(c->itch, p, len);
	/* one that was rejected was met all the same */
	im->records += st == RP_OK || st == RP_ERR_REJECTED;
	return st;
}

static enum rp_status
on_gap(void *arg, const struct rp_mold_gap *gap)
{
	struct channel *c = arg;
	struct rp_import *im = c->all->im;
	struct rp_label source;
	union rp_gap_row row;
	struct rp_gap *g = rp_gap_init(&row, RP_GAP_VENUE, gap->from, gap->to);

	g->ev.sequence = g->last_lost = gap->last;
	g->first_lost = gap->first;
	g->count = gap->last - gap->first + 1;
	rp_label_init(&source, RP_NAME_SOURCE, c->source, strlen(c->source));
	if (rp_writer_add(im->out, &row.rec, NULL, &source) != RP_OK)
		return rp_import_write_failed(im);
	return RP_OK;
}

/* Another day's numbers of orders and codes of stocks begin anew. */
static enum rp_status
on_session(void *arg, const char name[RP_MOLD_SESSION], uint64_t sequence)
{
	struct channel *c = arg;

	(void)name;
	(void)sequence;
	rp_itch_free(c->itch);
	c->itch = NULL;
	return RP_OK;
}

/* ---- channels ---- */

static bool
same_end(const struct rp_udp_end *a, const struct rp_udp_end *b)
{
	return a->version == b->version && a->port == b->port &&
	    memcmp(a->addr, b->addr, a->version == 4 ? 4 : 16) == 0;
}

static struct channel *
find(struct rp_itch_udp *u, const struct rp_udp_end *to)
{
	if (u->n > 0 && same_end(&u->channels[u->last]->to, to))
		return u->channels[u->last];
	for (unsigned i = 0; i < u->n; i++)
		if (same_end(&u->channels[i]->to, to)) {
			u->last = i;
			return u->channels[i];
		}
	return NULL;
}

/* "XNAS.ITCH@233.54.12.111:26477", "XNAS.ITCH@[ff15::1]:26477" */
static void
name_source(struct channel *c)
{
	char addr[INET6_ADDRSTRLEN] = "";
	bool v4 = c->to.version == 4;

	inet_ntop(v4 ? AF_INET : AF_INET6, c->to.addr, addr, sizeof(addr));
	snprintf(c->source, sizeof(c->source), "XNAS.ITCH@%s%s%s:%u",
	    v4 ? "" : "[", addr, v4 ? "" : "]", c->to.port);
}

static enum rp_status
add_channel(
    struct rp_itch_udp *u, const struct rp_udp_end *to, struct channel **out)
{
	struct channel *c = calloc(1, sizeof(*c));
	const struct rp_mold_sink sink = {
		.arg = c,
		.message = on_message,
		.gap = on_gap,
		.session = on_session,
	};

	if (u->n == RP_ITCH_CHANNELS) {
		free(c);
		return rp_import_fail(u->im, RP_ERR_LIMIT,
		    "more than %d channels of ITCH", RP_ITCH_CHANNELS);
	}
	if (c == NULL || (c->mold = rp_mold_new(&sink)) == NULL) {
		free(c);
		return rp_import_no_memory(u->im);
	}
	c->all = u;
	c->to = *to;
	name_source(c);
	u->last = u->n;
	u->channels[u->n++] = *out = c;
	return RP_OK;
}

/* The messages of a datagram that fits are of ITCH 5.0. */
static bool
is_itch(const uint8_t *p, size_t len)
{
	const uint8_t *end = p + len;
	int64_t time;

	for (p += RP_MOLD_HEADER; p < end; p += 2 + rp_be16(p))
		if (!rp_itch_plausible(p + 2, rp_be16(p), &time))
			return false;
	return true;
}

static enum rp_status
reject(struct rp_itch_udp *u, const struct channel *c, const uint8_t *p,
    size_t len)
{
	enum rp_status st = rp_import_reject_bytes(u->im, p, len,
	    "%s: %zu bytes that are no datagram of MoldUDP64", c->source, len);

	u->im->records += st == RP_OK || st == RP_ERR_REJECTED;
	return st;
}

enum rp_status
rp_itch_udp_feed(struct rp_itch_udp *u, const struct rp_udp_end *to,
    const uint8_t *p, size_t len, int64_t ts_recv, bool *taken)
{
	struct channel *c = find(u, to);
	bool fits = rp_mold_fits(p, len);
	enum rp_status st;

	*taken = c != NULL || (fits && is_itch(p, len));
	if (!*taken)
		return RP_OK;
	if (c == NULL && (st = add_channel(u, to, &c)) != RP_OK)
		return st;
	return fits ? rp_mold_feed(c->mold, p, len, ts_recv)
		    : reject(u, c, p, len);
}

enum rp_status
rp_itch_udp_expire(struct rp_itch_udp *u, int64_t now)
{
	enum rp_status st = RP_OK;

	for (unsigned i = 0; i < u->n && st == RP_OK; i++)
		st = rp_mold_expire(u->channels[i]->mold, now);
	return st;
}

unsigned
rp_itch_udp_channels(const struct rp_itch_udp *u)
{
	return u->n;
}

/* ---- the end ---- */

static void
tell(struct rp_itch_udp *u, const struct channel *c)
{
	const struct rp_mold_counts *n = rp_mold_counts(c->mold);
	const struct {
		const char *name;
		uint64_t n;
	} counts[] = {
		{ "mold.datagrams", n->datagrams },
		{ "mold.messages", n->messages },
		{ "mold.heartbeats", n->heartbeats },
		{ "mold.ends", n->ends },
		{ "mold.repeated", n->repeated },
		{ "mold.late", n->late },
		{ "mold.reordered", n->reordered },
		{ "mold.gaps", n->gaps },
		{ "mold.missing", n->missing },
	};

	for (size_t i = 0; i < RP_LEN(counts); i++)
		if (counts[i].n != 0)
			rp_import_count(u->im, counts[i].name, counts[i].n);
	if (n->gaps != 0)
		rp_import_warn(u->im,
		    "%s: %s: %llu messages are missing, in %llu gaps",
		    u->im->name, c->source, (unsigned long long)n->missing,
		    (unsigned long long)n->gaps);
}

void
rp_itch_udp_free(struct rp_itch_udp *u)
{
	if (u == NULL)
		return;
	for (unsigned i = 0; i < u->n; i++) {
		tell(u, u->channels[i]);
		rp_itch_free(u->channels[i]->itch);
		rp_mold_free(u->channels[i]->mold);
		free(u->channels[i]);
	}
	free(u);
}
