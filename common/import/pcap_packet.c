/* From a captured packet to the UDP datagram in it (RFC 791, 8200, 768). */
#include "import/pcap.h"

#include <string.h>

#include "base/bytes.h"

/* link-layer types */
enum {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW = 101,
	LINK_LOOP = 108,
	LINK_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_SLL2 = 276
};

enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd };
enum { PROTOCOL_UDP = 17, UDP_HEADER = 8 };

/* Bytes that are left to look at. */
struct span {
	const uint8_t *p;
	size_t len;
};

static bool
skip(struct span *s, size_t n)
{
	if (s->len < n)
		return false;
	s->p += n;
	s->len -= n;
	return true;
}

bool
rp_packet_link_known(uint16_t link)
{
	static const uint16_t known[] = { LINK_NULL, LINK_ETHERNET, LINK_RAW,
		LINK_LOOP, LINK_SLL, LINK_IPV4, LINK_IPV6, LINK_SLL2 };

	for (size_t i = 0; i < RP_LEN(known); i++)
		if (known[i] == link)
			return true;
	return false;
}

/* ---- links: leave the network layer in s; false: none that we know ---- */

static bool
is_vlan(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

/* Behind an Ethernet type of two bytes, and VLAN tags of four. */
static bool
behind_type(struct span *s)
{
	while (s->len >= 2 && is_vlan(rp_be16(s->p)))
		if (!skip(s, 4))
			return false;
	if (s->len < 2 ||
	    (rp_be16(s->p) != TYPE_IPV4 && rp_be16(s->p) != TYPE_IPV6))
		return false;
	return skip(s, 2);
}

static bool
behind_link(uint16_t link, struct span *s)
{
	switch (link) {
	case LINK_ETHERNET:
		return skip(s, 12) && behind_type(s);
	case LINK_SLL:
		return skip(s, 14) && behind_type(s);
	case LINK_SLL2:
		/* its type comes first; only a tag stands behind the rest */
		if (s->len < 20)
			return false;
		if (!is_vlan(rp_be16(s->p)))
			return skip(s, 20);
		return skip(s, 22) && behind_type(s);
	case LINK_NULL:
	case LINK_LOOP:
		return skip(s, 4);
	default:
		return true;
	}
}

/* ---- the network layer ---- */

static enum rp_packet_kind
udp(struct span s, size_t whole, struct rp_packet *out)
{
	size_t len;

	if (whole < UDP_HEADER)
		return RP_PACKET_OTHER;
	if (s.len < UDP_HEADER)
		return RP_PACKET_CUT;
	len = rp_be16(s.p + 4);
	if (len < UDP_HEADER || len > whole)
		return RP_PACKET_OTHER;
	if (len > s.len)
		return RP_PACKET_CUT;
	out->to.port = rp_be16(s.p + 2);
	out->p = s.p + UDP_HEADER;
	out->len = len - UDP_HEADER;
	return RP_PACKET_UDP;
}

static enum rp_packet_kind
ipv4(struct span s, struct rp_packet *out)
{
	size_t header, whole;

	if (s.len < 20)
		return RP_PACKET_OTHER;
	header = (size_t)(s.p[0] & 15) * 4;
	whole = rp_be16(s.p + 2);
	if (header < 20 || whole < header || s.p[9] != PROTOCOL_UDP)
		return RP_PACKET_OTHER;
	/* more fragments, or an offset */
	if ((rp_be16(s.p + 6) & 0x3fff) != 0)
		return RP_PACKET_FRAGMENT;
	out->to.version = 4;
	memcpy(out->to.addr, s.p + 16, 4);
	if (s.len > whole)
		s.len = whole; /* Ethernet pads what is short */
	return skip(&s, header) ? udp(s, whole - header, out) : RP_PACKET_CUT;
}

/* IPv6's headers between its own and UDP's; each says what follows. */
static enum rp_packet_kind
ipv6_next(struct span s, size_t whole, uint8_t next, struct rp_packet *out)
{
	enum { HOPS = 0, ROUTING = 43, FRAGMENT = 44, DESTINATION = 60 };
	size_t len;

	while (next != PROTOCOL_UDP) {
		if (next != HOPS && next != ROUTING && next != FRAGMENT &&
		    next != DESTINATION)
			return RP_PACKET_OTHER;
		if (s.len < 8)
			return RP_PACKET_OTHER;
		if (next == FRAGMENT && (rp_be16(s.p + 2) & 0xfff9) != 0)
			return RP_PACKET_FRAGMENT;
		len = next == FRAGMENT ? 8 : 8 + (size_t)s.p[1] * 8;
		next = s.p[0];
		if (whole < len || !skip(&s, len))
			return RP_PACKET_OTHER;
		whole -= len;
	}
	return udp(s, whole, out);
}

static enum rp_packet_kind
ipv6(struct span s, struct rp_packet *out)
{
	enum { HEADER = 40 };
	size_t whole;
	uint8_t next;

	if (s.len < HEADER)
		return RP_PACKET_OTHER;
	whole = rp_be16(s.p + 4);
	next = s.p[6];
	out->to.version = 6;
	memcpy(out->to.addr, s.p + 24, 16);
	skip(&s, HEADER);
	if (s.len > whole)
		s.len = whole;
	return ipv6_next(s, whole, next, out);
}

enum rp_packet_kind
rp_packet_decode(
    uint16_t link, const uint8_t *p, size_t len, struct rp_packet *out)
{
	struct span s = { p, len };

	*out = (struct rp_packet){ 0 };
	if (!behind_link(link, &s) || s.len == 0)
		return RP_PACKET_OTHER;
	switch (s.p[0] >> 4) {
	case 4:
		return ipv4(s, out);
	case 6:
		return ipv6(s, out);
	default:
		return RP_PACKET_OTHER;
	}
}
