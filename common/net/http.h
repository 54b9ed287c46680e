/*
 * An HTTP GET that goes on while other things are done: nothing runs but in
 * rp_http_step.
 */
#ifndef RP_NET_HTTP_H
#define RP_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct rp_http_options {
	const char *url; /* http:// or https:// */
	const char *ca_file; /* PEM, in place of the system's; or NULL */
	size_t max_body; /* bytes */
	int timeout; /* s, for all of it */
};

struct rp_http_reply {
	int status; /* 200, ...; 0: there was no answer, see why */
	const char *why;
	const uint8_t *body;
	size_t len;
	int64_t retry_after; /* s, at most a day; 0: not told */
	int64_t ts; /* when its end was received: ns, UTC */
};

struct rp_http;

/* Begin; NULL: no memory. The options' strings must outlive it. */
struct rp_http *rp_http_get(const struct rp_http_options *opt);
void rp_http_free(struct rp_http *h);

/*
 * Go on, without waiting. RP_EMPTY: it is not over yet. RP_OK: the reply, valid
 * until h is freed.
 */
RP_CHECKED enum rp_status rp_http_step(
    struct rp_http *h, struct rp_http_reply *reply);

/* "7.88.1": libcurl's, as loaded. */
const char *rp_http_version(void);

#endif
