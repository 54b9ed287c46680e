/*
 * A WebSocket client (RFC 6455), one connection at a time, ws:// or wss://. It
 * answers pings, sends its own where nothing comes, and closes a connection
 * whose peer does not answer them.
 *
 * What happens is pulled: an opening, messages, and a closing, which also ends
 * an attempt that failed. Nothing else runs meanwhile, no thread and no signal.
 */
#ifndef RP_NET_WS_H
#define RP_NET_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct rp_ws_options {
	const char *url; /* ws[s]://HOST[:PORT][/PATH] */
	const char *ca_file; /* PEM, in place of the system's; or NULL */
	size_t max_message; /* bytes */
};

enum rp_ws_what {
	RP_WS_OPENED,
	RP_WS_TEXT,
	RP_WS_BINARY,
	RP_WS_TOO_LONG, /* a message above max_message, left out: no data */
	RP_WS_CLOSED /* data: why; another rp_ws_connect may follow */
};

struct rp_ws_event {
	enum rp_ws_what what;
	const uint8_t *data; /* valid until the next call */
	size_t len;
	int64_t ts; /* when its last byte was received: ns, UTC */
};

struct rp_ws;

/* Strings are copied. RP_ERR_USAGE: the URL. RP_ERR_NOMEM, RP_ERR_IO. */
RP_CHECKED enum rp_status rp_ws_new(
    struct rp_ws **ws, const struct rp_ws_options *opt, struct rp_error *err);
void rp_ws_free(struct rp_ws *ws);

/* Begin to connect; RP_WS_OPENED or RP_WS_CLOSED will follow. */
void rp_ws_connect(struct rp_ws *ws);

/* Send a message of text, after those before it. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_ws_send(
    struct rp_ws *ws, const char *text, size_t len);

/* Drop the connection; RP_WS_CLOSED will follow, with this reason. */
void rp_ws_drop(struct rp_ws *ws, const char *why);

/*
 * What happens next, within ms. RP_EMPTY: nothing did, or a signal came.
 * RP_ERR_NOMEM, RP_ERR_IO.
 */
RP_CHECKED enum rp_status rp_ws_next(
    struct rp_ws *ws, int ms, struct rp_ws_event *event, struct rp_error *err);

/* Something has happened already: rp_ws_next will not wait. */
bool rp_ws_waiting(const struct rp_ws *ws);

/* "4.1.6": libwebsockets', as loaded. */
const char *rp_ws_version(void);

#endif
