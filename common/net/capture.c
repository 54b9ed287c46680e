#include "net/capture.h"

#include <netinet/in.h>
#include <string.h>

#include "base/bytes.h"
#include "base/time.h"

enum {
	FILE_HEAD = 24,
	PACKET_HEAD = 16,
	ETHERNET = 14,
	IP = 20,
	UDP = 8,
	LAYERS = ETHERNET + IP + UDP,
	MOST = 65535 - IP - UDP /* bytes of a datagram */
};
_Static_assert(FILE_HEAD + PACKET_HEAD + LAYERS <= RP_CAPTURE_ROOM, "room");

static void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* draft-ietf-opsawg-pcap: version 2.4, times in ns, Ethernet. */
static void
put_file_head(uint8_t *p)
{
	memset(p, 0, FILE_HEAD);
	rp_put32(p, 0xa1b23c4d);
	rp_put32(p + 4, 2 | 4 << 16);
	rp_put32(p + 16, 65535 + ETHERNET);
	rp_put32(p + 20, 1);
}

/* The address, and at *port the port; both in network order. */
static void
put_address(
    uint8_t *address, uint8_t *port, const struct sockaddr_storage *from)
{
	const struct sockaddr_in *a = (const struct sockaddr_in *)from;

	if (from->ss_family == AF_INET)
		memcpy(address, &a->sin_addr, 4);
	/* sin6_port stands in the same place */
	memcpy(port, &a->sin_port, 2);
}

/* RFC 1071, of the header alone. */
static unsigned
ip_sum(const uint8_t *p)
{
	unsigned sum = 0;

	for (int i = 0; i < IP; i += 2)
		sum += (unsigned)(p[i] << 8 | p[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* RFC 791 and RFC 768; a checksum of 0 says that UDP has none. */
static void
put_layers(const struct rp_capture *c, uint8_t *p, const struct rp_datagram *d,
    size_t len)
{
	uint8_t *ip = p + ETHERNET, *udp = ip + IP;

	memset(p, 0, LAYERS);
	put16(p + 12, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, (unsigned)(IP + UDP + len));
	ip[8] = 64;
	ip[9] = IPPROTO_UDP;
	put_address(ip + 12, udp, &d->from);
	put_address(ip + 16, udp + 2, &c->to);
	put16(ip + 10, ip_sum(ip));
	put16(udp + 4, (unsigned)(UDP + len));
}

size_t
rp_capture_put(struct rp_capture *c, uint8_t *dst, const struct rp_datagram *d)
{
	size_t len = d->len < MOST ? d->len : MOST;
	uint8_t *p = dst;

	if (!c->begun) {
		put_file_head(p);
		p += FILE_HEAD;
	}
	c->begun = true;
	rp_put32(p, (uint32_t)(d->ts / RP_SECOND));
	rp_put32(p + 4, (uint32_t)(d->ts % RP_SECOND));
	rp_put32(p + 8, (uint32_t)(LAYERS + len));
	rp_put32(p + 12, (uint32_t)(LAYERS + d->len));
	p += PACKET_HEAD;
	put_layers(c, p, d, len);
	memcpy(p + LAYERS, d->data, len);
	return (size_t)(p - dst) + LAYERS + len;
}
