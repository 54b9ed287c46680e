/*
 * Captures of packets, pcap and pcapng, with ITCH over MoldUDP64 in them.
 *
 * The two formats are read here and not by libpcap: of a file that is damaged
 * we say the byte, bytes come from the intake without a copy, and the
 * interfaces of a pcapng may differ in link type and clock, which libpcap
 * refuses. Formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 */
#include "import/pcap.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/time.h"

enum {
	FILE_HEADER = 24, /* of pcap */
	PACKET_HEADER = 16,
	MAX_PACKET = 256 << 10, /* bytes; libpcap's limit, too */
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2, /* obsolete */
	BLOCK_SIMPLE = 3,
	BLOCK_ENHANCED = 6,
	BLOCK_MIN = 12,
	MAX_BLOCK = 16 << 20,
	MAX_INTERFACES = 1024,
	STEPS = 256 /* packets or blocks between two looks at the clock */
};

/* Where packets were captured: a pcap has one, a pcapng any number. */
struct interface {
	uint16_t link;
	uint8_t resolution; /* a tick: 10^-n s, or with bit 7 2^-n s */
	int64_t offset; /* s to add */
};

struct pcap {
	struct rp_itch_udp *udp;
	bool ng; /* pcapng */
	bool swapped; /* the other byte order than ours */
	struct interface *interfaces;
	size_t n;
	uint64_t packets, other, fragments, cut;
};

static uint32_t
get32(const struct pcap *c, const uint8_t *p)
{
	return c->swapped ? rp_be32(p) : rp_le32(p);
}

static uint16_t
get16(const struct pcap *c, const uint8_t *p)
{
	return c->swapped ? rp_be16(p) : rp_le16(p);
}

/* ---- what it is ---- */

/* A file header: its byte order, and the digits of its clock. */
static bool
is_pcap(const uint8_t *p, bool *swapped, uint8_t *resolution)
{
	const struct pcap c = { .swapped = rp_le32(p) != 0xa1b2c3d4 &&
		    rp_le32(p) != 0xa1b23c4d };
	uint32_t magic = get32(&c, p);

	*swapped = c.swapped;
	*resolution = magic == 0xa1b23c4d ? 9 : 6;
	return (magic == 0xa1b2c3d4 || magic == 0xa1b23c4d) &&
	    get16(&c, p + 4) == 2 && get16(&c, p + 6) == 4;
}

/* A section header: its byte order. */
static bool
is_pcapng(const uint8_t *p, bool *swapped)
{
	*swapped = rp_le32(p + 8) == 0x4d3c2b1a;
	return rp_le32(p) == BLOCK_SECTION &&
	    (*swapped || rp_le32(p + 8) == 0x1a2b3c4d);
}

static bool
pcap_probe(const uint8_t *p, size_t len)
{
	uint8_t resolution;
	bool swapped;

	return (len >= BLOCK_MIN && is_pcapng(p, &swapped)) ||
	    (len >= FILE_HEADER && is_pcap(p, &swapped, &resolution));
}

/* ---- bytes ---- */

/* n bytes of what is called so; false: see *st. */
static bool
need(struct rp_import *im, size_t n, const char *what, enum rp_status *st)
{
	struct rp_error err = { 0 };

	*st = rp_intake_need(im->in, n, &err);
	if (*st == RP_ERR_TRUNCATED && err.status == RP_OK)
		*st = rp_import_fail(im, *st,
		    "the capture ends after %zu of the %zu bytes of a %s",
		    (size_t)(im->in->end - im->in->at), n, what);
	else if (*st < 0)
		*st = rp_import_fail(im, *st, "%s", err.text);
	return *st == RP_OK;
}

/* ---- packets ---- */

static enum rp_status
unsupported_link(struct rp_import *im, uint16_t link)
{
	return rp_import_fail(im, RP_ERR_UNSUPPORTED,
	    "packets of link type %u are not read (Ethernet, Linux cooked, "
	    "loopback and raw IP are)",
	    link);
}

/* Ticks since the epoch to ns. False: before it, or later than 2262, of which
 * two days are left for what is reckoned with them. */
static bool
to_ns(const struct interface *i, uint64_t ticks, int64_t *ns)
{
	static const uint32_t tens[] = { 1000000000, 100000000, 10000000,
		1000000, 100000, 10000, 1000, 100, 10, 1 };
	unsigned n = i->resolution & 0x7f;
	unsigned __int128 v = ticks;

	if (i->resolution & 0x80)
		v = n < 64 ? v * 1000000000 >> n : 0;
	else if (n < RP_LEN(tens))
		v *= tens[n];
	else
		for (; n > 9; n--)
			v /= 10;
	if (v > INT64_MAX || i->offset > INT64_MAX / RP_SECOND ||
	    i->offset < INT64_MIN / RP_SECOND)
		return false;
	return !__builtin_add_overflow((int64_t)v, i->offset * RP_SECOND, ns) &&
	    *ns >= 0 && *ns < INT64_MAX - 2 * RP_DAY;
}

static enum rp_status
add_packet(struct rp_import *im, const struct interface *i, int64_t ts,
    const uint8_t *p, size_t len)
{
	struct pcap *c = im->state;
	struct rp_packet packet;
	enum rp_status st;
	bool taken;

	c->packets++;
	switch (rp_packet_decode(i->link, p, len, &packet)) {
	case RP_PACKET_UDP:
		st = rp_itch_udp_feed(
		    c->udp, &packet.to, packet.p, packet.len, ts, &taken);
		c->other += !taken;
		return st;
	case RP_PACKET_FRAGMENT:
		c->fragments++;
		return RP_OK;
	case RP_PACKET_CUT:
		c->cut++;
		return RP_OK;
	default:
		c->other++;
		return RP_OK;
	}
}

/* ---- pcap ---- */

static enum rp_status
set_interface(struct pcap *c, size_t n, struct interface i)
{
	struct interface *grown;

	if (n == c->n) {
		grown = reallocarray(c->interfaces, n + 1, sizeof(*grown));
		if (grown == NULL)
			return RP_ERR_NOMEM;
		c->interfaces = grown;
		c->n++;
	}
	c->interfaces[n] = i;
	return RP_OK;
}

/* A file header, at the beginning or where another file follows one. */
static enum rp_status
pcap_header(struct rp_import *im, struct pcap *c)
{
	const uint8_t *p = im->in->at;
	struct interface i = { 0 };

	is_pcap(p, &c->swapped, &i.resolution);
	i.link = (uint16_t)(get32(c, p + 20) & 0xffff);
	if (!rp_packet_link_known(i.link))
		return unsupported_link(im, i.link);
	if (set_interface(c, 0, i) != RP_OK)
		return rp_import_no_memory(im);
	im->in->at += FILE_HEADER;
	return RP_OK;
}

static enum rp_status
pcap_packet(struct rp_import *im, struct pcap *c)
{
	const struct interface *i = &c->interfaces[0];
	const uint8_t *p = im->in->at;
	uint32_t len = get32(c, p + 8), fraction = get32(c, p + 4);
	uint32_t second = i->resolution == 9 ? 1000000000 : 1000000;
	enum rp_status st;
	int64_t ts;

	if (len > MAX_PACKET)
		return rp_import_fail(im, RP_ERR_CORRUPT,
		    "a packet of %u bytes is above the %d that can be", len,
		    MAX_PACKET);
	if (fraction >= second)
		return rp_import_fail(im, RP_ERR_CORRUPT,
		    "the fraction of a packet's time, %u, is a second or more",
		    fraction);
	if (!need(im, PACKET_HEADER + len, "packet", &st))
		return st;
	p = im->in->at;
	ts = (int64_t)get32(c, p) * RP_SECOND +
	    (int64_t)fraction * (RP_SECOND / second);
	st = add_packet(im, i, ts, p + PACKET_HEADER, len);
	if (st == RP_OK)
		im->in->at += PACKET_HEADER + len;
	return st;
}

static enum rp_status
pcap_next(struct rp_import *im, struct pcap *c)
{
	uint8_t resolution;
	bool swapped;
	enum rp_status st;

	if (!need(im, PACKET_HEADER, "packet's header", &st))
		return st;
	if (!is_pcap(im->in->at, &swapped, &resolution))
		return pcap_packet(im, c);
	if (!need(im, FILE_HEADER, "file header", &st))
		return st;
	return pcap_header(im, c);
}

/* ---- pcapng ---- */

/* The options of an interface that say how its clock counts. */
static void
read_options(
    const struct pcap *c, const uint8_t *p, size_t left, struct interface *i)
{
	enum { END = 0, TSRESOL = 9, TSOFFSET = 14 };

	while (left >= 4 && get16(c, p) != END) {
		uint16_t code = get16(c, p), len = get16(c, p + 2);
		size_t size = 4 + (((size_t)len + 3) & ~(size_t)3);

		if (size > left)
			return;
		if (code == TSRESOL && len == 1)
			i->resolution = p[4];
		if (code == TSOFFSET && len == 8)
			i->offset = c->swapped ? (int64_t)rp_be64(p + 4)
					       : (int64_t)rp_le64(p + 4);
		p += size;
		left -= size;
	}
}

static enum rp_status
add_interface(
    struct rp_import *im, struct pcap *c, const uint8_t *p, size_t len)
{
	struct interface i = { .resolution = 6 };

	if (len < 8)
		return rp_import_fail(
		    im, RP_ERR_CORRUPT, "an interface's block is too short");
	if (c->n == MAX_INTERFACES)
		return rp_import_fail(im, RP_ERR_LIMIT,
		    "more than %d interfaces", MAX_INTERFACES);
	i.link = get16(c, p);
	read_options(c, p + 8, len - 8, &i);
	if (set_interface(c, c->n, i) != RP_OK)
		return rp_import_no_memory(im);
	return RP_OK;
}

/* A packet of a block: which interface, and behind it time and lengths. */
static enum rp_status
block_packet(struct rp_import *im, struct pcap *c, uint32_t which,
    const uint8_t *p, size_t len)
{
	enum { HEAD = 20 }; /* bytes before the packet in both kinds of block */
	const struct interface *i;
	uint64_t ticks;
	uint32_t size;
	int64_t ts;

	if (len < HEAD || (size = get32(c, p + 12)) > len - HEAD)
		return rp_import_fail(im, RP_ERR_CORRUPT,
		    "a packet does not fit its block of %zu bytes", len);
	if (which >= c->n)
		return rp_import_fail(im, RP_ERR_CORRUPT,
		    "a packet of interface %u, of %zu that there are", which,
		    c->n);
	i = &c->interfaces[which];
	ticks = (uint64_t)get32(c, p + 4) << 32 | get32(c, p + 8);
	if (!to_ns(i, ticks, &ts))
		return rp_import_fail(
		    im, RP_ERR_CORRUPT, "the time of a packet is out of range");
	if (!rp_packet_link_known(i->link))
		return unsupported_link(im, i->link);
	return add_packet(im, i, ts, p + HEAD, size);
}

/* The body of a block. */
static enum rp_status
use_block(struct rp_import *im, struct pcap *c, uint32_t type, const uint8_t *p,
    size_t len)
{
	switch (type) {
	case BLOCK_SECTION:
		c->n = 0;
		return RP_OK;
	case BLOCK_INTERFACE:
		return add_interface(im, c, p, len);
	case BLOCK_PACKET:
		return block_packet(im, c, len >= 2 ? get16(c, p) : 0, p, len);
	case BLOCK_ENHANCED:
		return block_packet(im, c, len >= 4 ? get32(c, p) : 0, p, len);
	case BLOCK_SIMPLE:
		return rp_import_fail(im, RP_ERR_UNSUPPORTED,
		    "a packet without a time of capture (a simple packet "
		    "block) is not read");
	default:
		return RP_OK;
	}
}

static enum rp_status
ng_next(struct rp_import *im, struct pcap *c)
{
	uint32_t type, len;
	enum rp_status st;

	if (!need(im, BLOCK_MIN, "block", &st))
		return st;
	/* a section may be of another byte order, and says so */
	type = get32(c, im->in->at);
	if (type == BLOCK_SECTION && !is_pcapng(im->in->at, &c->swapped))
		return rp_import_fail(im, RP_ERR_CORRUPT,
		    "a section without the mark of its byte order");
	len = get32(c, im->in->at + 4);
	if (len < BLOCK_MIN || len > MAX_BLOCK || len % 4 != 0)
		return rp_import_fail(
		    im, RP_ERR_CORRUPT, "a block of %u bytes cannot be", len);
	if (!need(im, len, "block", &st))
		return st;
	if (get32(c, im->in->at + len - 4) != len)
		return rp_import_fail(im, RP_ERR_CORRUPT,
		    "the lengths before and behind a block, %u and %u, differ",
		    len, get32(c, im->in->at + len - 4));
	st = use_block(im, c, type, im->in->at + 8, len - BLOCK_MIN);
	if (st == RP_OK)
		im->in->at += len;
	return st;
}

/* ---- the file ---- */

static enum rp_status
pcap_open(struct rp_import *im)
{
	struct pcap *c = im->state = calloc(1, sizeof(*c));
	uint8_t resolution;
	enum rp_status st;

	if (c == NULL)
		return rp_import_no_memory(im);
	if ((st = rp_itch_udp_new(im, &c->udp)) != RP_OK)
		return st;
	if (!need(im, BLOCK_MIN, "file header", &st))
		return st == RP_END ? rp_import_fail(im, RP_ERR_TRUNCATED,
					  "the file ends before its header")
				    : st;
	c->ng = is_pcapng(im->in->at, &c->swapped);
	if (c->ng)
		return RP_OK;
	if (!need(im, FILE_HEADER, "file header", &st))
		return st;
	if (!is_pcap(im->in->at, &c->swapped, &resolution))
		return rp_import_fail(
		    im, RP_ERR_CORRUPT, "neither a pcap nor a pcapng file");
	return pcap_header(im, c);
}

/* Nothing follows: what is held came before that, even before damage. */
static enum rp_status
end(struct pcap *c, enum rp_status why)
{
	enum rp_status st = rp_itch_udp_expire(c->udp, INT64_MAX);

	return why == RP_END && st != RP_OK ? st : why;
}

static enum rp_status
pcap_convert(struct rp_import *im)
{
	struct pcap *c = im->state;
	enum rp_status st = RP_OK;

	for (int i = 0; i < STEPS && st == RP_OK; i++)
		st = c->ng ? ng_next(im, c) : pcap_next(im, c);
	return st == RP_OK ? st : end(c, st);
}

static void
tell(struct rp_import *im, const struct pcap *c)
{
	if (c->other != 0)
		rp_import_count(im, "packets.other", c->other);
	if (c->fragments != 0)
		rp_import_count(im, "packets.fragments", c->fragments);
	if (c->cut != 0)
		rp_import_count(im, "packets.cut", c->cut);
	if (c->cut != 0)
		rp_import_warn(im,
		    "%s: of %llu packets the capture kept only the beginning "
		    "(a snapshot length too small?)",
		    im->name, (unsigned long long)c->cut);
	if (c->packets != 0 && rp_itch_udp_channels(c->udp) == 0)
		rp_import_warn(im,
		    "%s: no ITCH over MoldUDP64 among its %llu packets",
		    im->name, (unsigned long long)c->packets);
}

static void
pcap_close(struct rp_import *im)
{
	struct pcap *c = im->state;

	if (c == NULL)
		return;
	if (c->udp != NULL)
		tell(im, c);
	rp_itch_udp_free(c->udp);
	free(c->interfaces);
	free(c);
}

static enum rp_status
pcap_idle(struct rp_import *im, int64_t now)
{
	struct pcap *c = im->state;

	return rp_itch_udp_expire(c->udp, now);
}

const struct rp_import_format rp_import_pcap = {
	.name = "pcap",
	.summary = "packet captures (pcap, pcapng) of ITCH 5.0 over MoldUDP64",
	.probe = pcap_probe,
	.open = pcap_open,
	.convert = pcap_convert,
	.idle = pcap_idle,
	.close = pcap_close,
};
