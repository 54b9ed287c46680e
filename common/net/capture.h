/*
 * A pcap file of UDP packets, made of datagrams: what a capture of them would
 * have been, but that lower layers are blank (Ethernet) or made up (IPv4).
 */
#ifndef RP_NET_CAPTURE_H
#define RP_NET_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/datagrams.h"

struct rp_capture {
	struct sockaddr_storage to; /* an IPv4 address, or others: left blank */
	bool begun; /* the file's header was put */
};

/* bytes that a datagram takes at most beyond its own */
#define RP_CAPTURE_ROOM 96

/*
 * A packet, with the file's header before the first one: its bytes at dst. One
 * that has no place in a packet of IPv4 (above 65,507 bytes) is cut.
 */
size_t rp_capture_put(
    struct rp_capture *c, uint8_t *dst, const struct rp_datagram *d);

#endif
