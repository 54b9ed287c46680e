/* Inside import/: what the parts of the reader of captures share. */
#ifndef RP_IMPORT_PCAP_H
#define RP_IMPORT_PCAP_H

#include "import/itch_udp.h"

/* What a packet is to us. */
enum rp_packet_kind {
	RP_PACKET_UDP,
	RP_PACKET_FRAGMENT, /* of an IP packet: they are not put together */
	RP_PACKET_CUT, /* UDP, of which the capture kept only the beginning */
	RP_PACKET_OTHER
};

struct rp_packet {
	struct rp_udp_end to;
	const uint8_t *p; /* what the datagram carries */
	size_t len;
};

/* The link-layer type (www.tcpdump.org/linktypes.html) is one that we read. */
bool rp_packet_link_known(uint16_t link);

/*
 * Find the UDP datagram in a packet: behind Ethernet with any VLAN tags, Linux
 * cooked captures, loopback, or none, in IPv4 or IPv6. out is set if it is
 * RP_PACKET_UDP. Checksums are not looked at: where a capture was made, the
 * card may not have filled them in yet.
 */
enum rp_packet_kind rp_packet_decode(
    uint16_t link, const uint8_t *p, size_t len, struct rp_packet *out);

#endif
