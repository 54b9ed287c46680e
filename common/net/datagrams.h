/*
 * The datagrams of a UDP socket, each with the time at which the kernel
 * received it, and how many it dropped before for want of room.
 */
#ifndef RP_NET_DATAGRAMS_H
#define RP_NET_DATAGRAMS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"

struct rp_datagram {
	const uint8_t *data; /* valid until the next call */
	size_t len;
	int64_t ts; /* ns since the epoch, UTC */
	uint32_t dropped; /* between the one before and this one */
	struct sockaddr_storage from;
};

struct rp_datagrams;

/*
 * fd stays the caller's; buffer: bytes that the kernel is asked to keep for it
 * (it may grant less: see rp_datagrams_buffer). NULL: no memory.
 */
struct rp_datagrams *rp_datagrams_new(int fd, int buffer);
void rp_datagrams_free(struct rp_datagrams *d);

/* The next one that is there. RP_EMPTY: none. RP_ERR_IO. */
RP_CHECKED enum rp_status rp_datagrams_next(
    struct rp_datagrams *d, struct rp_datagram *next, struct rp_error *err);

/* Bytes that the kernel granted. */
int rp_datagrams_buffer(const struct rp_datagrams *d);

#endif
