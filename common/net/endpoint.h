/*
 * Where to listen: tcp://HOST:PORT, udp://HOST:PORT or udp://GROUP:PORT,IFACE.
 * HOST is a name or an address, an IPv6 one in brackets; empty or * is any.
 */
#ifndef RP_NET_ENDPOINT_H
#define RP_NET_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct rp_endpoint {
	const char *text; /* as given, for messages */
	bool udp;
	char host[256]; /* "": any */
	char port[8];
	char interface[32]; /* that a multicast group is joined on, or "" */
};

/* text must outlive e. RP_ERR_USAGE. */
RP_CHECKED enum rp_status rp_endpoint_parse(
    struct rp_endpoint *e, const char *text, struct rp_error *err);

/*
 * A socket bound to it, which the caller closes: a TCP one listens, a UDP one
 * has joined its group if the host is one. It does not block. RP_ERR_IO.
 */
RP_CHECKED enum rp_status rp_endpoint_open(
    const struct rp_endpoint *e, int *fd, struct rp_error *err);

/* "tcp://127.0.0.1:4711": where fd is bound, or with peer whom it talks to. */
void rp_endpoint_name(int fd, bool udp, bool peer, char *buf, size_t size);

#endif
