/*
 * A small HTTP server for what a service shows of itself, such as /metrics:
 * GET and HEAD of short texts, answered by a thread of its own. A connection
 * carries one request; there are few of them, with little memory and seconds
 * of silence each, so that no client costs more than that.
 */
#ifndef RP_NET_SERVE_H
#define RP_NET_SERVE_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

/*
 * Answer a request: the HTTP status and the body; *type is its content type,
 * plain text unless it is set. The path is without its query, decoded: any
 * bytes. It is called in the server's thread, one request at a time. Of a
 * failure with an empty body the body says what the status means.
 */
typedef unsigned rp_serve_fn(
    void *arg, const char *path, struct rp_buffer *body, const char **type);

struct rp_serve;

/*
 * Listen at "HOST:PORT", where HOST is a name or an address, an IPv6 one in
 * brackets; at ":PORT", on all interfaces; or at "PORT", on 127.0.0.1. Port 0 is
 * any that is free. RP_ERR_USAGE, RP_ERR_IO, RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_serve_open(struct rp_serve **out,
    const char *address, rp_serve_fn *fn, void *arg, struct rp_error *err);

/* Where it listens. */
uint16_t rp_serve_port(const struct rp_serve *s);

/* No request is answered any more; s may be NULL. */
void rp_serve_close(struct rp_serve *s);

/* "0.9.75": libmicrohttpd's, as loaded. */
const char *rp_serve_version(void);

#endif
