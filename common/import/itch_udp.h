/*
 * ITCH over MoldUDP64: datagrams of a capture or of sockets, with the times at
 * which they were received, told apart by the group and port that they were
 * sent to. Each such channel is a feed of its own: its source is
 * "XNAS.ITCH@233.54.12.111:26477", its gaps are gap records.
 */
#ifndef RP_IMPORT_ITCH_UDP_H
#define RP_IMPORT_ITCH_UDP_H

#include "import/import.h"

enum { RP_ITCH_CHANNELS = 64 }; /* at most; each takes some MiB */

/* Where a datagram was sent. */
struct rp_udp_end {
	uint8_t addr[16]; /* network order; an IPv4 address in the first 4 */
	uint16_t port;
	uint8_t version; /* 4 or 6 */
};

struct rp_itch_udp;

/*
 * Channels that write to im->out. The day is that of im->options.date or else
 * the one in New York at which a datagram was received. Fails in im->error.
 */
RP_CHECKED enum rp_status rp_itch_udp_new(
    struct rp_import *im, struct rp_itch_udp **u);

/*
 * A datagram. *taken: it is one of ours; else it is of another protocol, and
 * nothing has been done. One that a channel cannot use is rejected. Counts its
 * messages in im->records.
 */
RP_CHECKED enum rp_status rp_itch_udp_feed(struct rp_itch_udp *u,
    const struct rp_udp_end *to, const uint8_t *p, size_t len, int64_t ts_recv,
    bool *taken);

/* As rp_mold_expire, of all channels: call it where nothing comes for a while,
 * and with INT64_MAX at the end. */
RP_CHECKED enum rp_status rp_itch_udp_expire(
    struct rp_itch_udp *u, int64_t now);

/* Channels that there are. */
unsigned rp_itch_udp_channels(const struct rp_itch_udp *u);

/* Count and warn of what there is to tell, and release them. */
void rp_itch_udp_free(struct rp_itch_udp *u);

#endif
