/*
 * MoldUDP64: a channel of datagrams, each with the session, the sequence
 * number of its first message and the messages (NASDAQ, MoldUDP64 Protocol
 * Specification 1.00). What is missing in between is told, what comes twice is
 * left out, and a few datagrams that come early are held until they fit.
 *
 * A channel knows nothing of what its messages say, nor of where its datagrams
 * come from: a capture (pcap.c) or a socket.
 */
#ifndef RP_IMPORT_MOLD_H
#define RP_IMPORT_MOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum {
	RP_MOLD_HEADER = 20, /* bytes before the messages of a datagram */
	RP_MOLD_SESSION = 10, /* bytes of a session's name, blank-padded */
	RP_MOLD_HELD = 32, /* datagrams that are held at most ... */
	RP_MOLD_HELD_MAX = 2048 /* ... and bytes of one that can be */
};
#define RP_MOLD_PATIENCE INT64_C(100000000) /* ns that one is held at most */

/* What is missing: no datagram brought these. */
struct rp_mold_gap {
	uint64_t first, last; /* sequence numbers; last >= first */
	int64_t from, to; /* ts_recv before and after it */
};

/* Where a channel's messages go. A status other than RP_OK stops the feed. */
struct rp_mold_sink {
	void *arg;
	enum rp_status (*message)(void *arg, const uint8_t *p, size_t len,
	    uint64_t sequence, int64_t ts_recv);
	enum rp_status (*gap)(void *arg, const struct rp_mold_gap *gap);
	/* a session begins, or another follows one; may be NULL */
	enum rp_status (*session)(
	    void *arg, const char name[RP_MOLD_SESSION], uint64_t sequence);
};

struct rp_mold_counts {
	uint64_t datagrams, messages; /* that came, without repeated ones */
	uint64_t heartbeats, ends; /* datagrams without a message */
	uint64_t repeated; /* messages that had come before */
	uint64_t late; /* messages that were told missing before they came, or
			* came after the next session had begun */
	uint64_t gaps, missing; /* and the messages in them */
	uint64_t reordered; /* datagrams that were held and then fitted */
};

struct rp_mold;

/* sink is copied; arg must outlive the channel. NULL: no memory. */
struct rp_mold *rp_mold_new(const struct rp_mold_sink *sink);
void rp_mold_free(struct rp_mold *m);

/*
 * These bytes are a datagram of MoldUDP64: the session is printable and the
 * messages fill it to its end. Any bytes may be asked about.
 */
bool rp_mold_fits(const uint8_t *p, size_t len);

/*
 * A datagram that fits, received at ts_recv. Its messages go to the sink now,
 * or later if others are missing before them. Returns what the sink returned.
 */
RP_CHECKED enum rp_status rp_mold_feed(
    struct rp_mold *m, const uint8_t *p, size_t len, int64_t ts_recv);

/*
 * What has been held for longer than RP_MOLD_PATIENCE at now goes on, behind
 * the gap that it waited for; now INT64_MAX: all of it, as nothing follows.
 * A capture needs it at its end; a socket, where nothing comes.
 */
RP_CHECKED enum rp_status rp_mold_expire(struct rp_mold *m, int64_t now);

const struct rp_mold_counts *rp_mold_counts(const struct rp_mold *m);

#endif
