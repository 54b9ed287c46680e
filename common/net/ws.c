#include "net/ws.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/time.h"

enum {
	CONNECT_SECONDS = 15, /* for all of a handshake */
	PING_SECONDS = 20, /* without a word of the peer's, then a ping */
	HANGUP_SECONDS = 40, /* the same, then it is gone */
	RECEIVE = 64 << 10, /* bytes handed over at once */
	SOCKETS = 16 /* that the library is to have room for */
};

static const lws_retry_bo_t keepalive = {
	.secs_since_valid_ping = PING_SECONDS,
	.secs_since_valid_hangup = HANGUP_SECONDS,
};

struct message {
	enum rp_ws_what what;
	size_t len;
	int64_t ts;
};

struct rp_ws {
	struct lws_context *context;
	struct lws *wsi; /* NULL: no connection nor attempt */
	lws_sorted_usec_list_t wake;
	bool tls;
	char *parts; /* what the following point into */
	const char *host;
	char *path, *name; /* name: what the head of a request calls the host */
	int port;
	size_t max_message;

	bool opened, closed; /* and not told yet */
	bool no_memory;
	char why[200]; /* it was closed */
	struct rp_buffer queue; /* of messages received, each with its text */
	size_t told; /* bytes of the queue handed out */
	size_t whole; /* bytes of the queue that are whole messages */
	bool too_long; /* the message being received, whose rest is dropped */
	struct rp_buffer out; /* messages to send, each with its length */
	size_t sent;
};

/* ---- receiving ---- */

static void
message_begin(struct rp_ws *ws, bool binary)
{
	struct message m = { .what = binary ? RP_WS_BINARY : RP_WS_TEXT };

	ws->queue.len = ws->whole;
	ws->too_long = false;
	if (rp_buffer_add(&ws->queue, &m, sizeof(m)) != RP_OK)
		ws->no_memory = true;
}

static void
message_add(struct rp_ws *ws, const void *p, size_t len)
{
	size_t have = ws->queue.len - ws->whole - sizeof(struct message);

	if (!ws->too_long && have + len > ws->max_message) {
		ws->too_long = true;
		ws->queue.len = ws->whole + sizeof(struct message);
	}
	if (!ws->too_long && rp_buffer_add(&ws->queue, p, len) != RP_OK)
		ws->no_memory = true;
}

static void
message_end(struct rp_ws *ws)
{
	struct message m;

	memcpy(&m, ws->queue.data + ws->whole, sizeof(m));
	m.len = ws->queue.len - ws->whole - sizeof(m);
	m.ts = rp_time_now();
	if (ws->too_long)
		m.what = RP_WS_TOO_LONG;
	memcpy(ws->queue.data + ws->whole, &m, sizeof(m));
	ws->whole = ws->queue.len;
}

static void
received(struct rp_ws *ws, struct lws *wsi, const void *p, size_t len)
{
	if (ws->no_memory)
		return;
	if (lws_is_first_fragment(wsi))
		message_begin(ws, lws_frame_is_binary(wsi));
	message_add(ws, p, len);
	if (!ws->no_memory && lws_is_final_fragment(wsi) &&
	    lws_remaining_packet_payload(wsi) == 0)
		message_end(ws);
}

/* ---- the library's calls ---- */

/* The library sends a message from behind room for its head. */
static int
send_one(struct rp_ws *ws, struct lws *wsi)
{
	uint8_t *p = ws->out.data + ws->sent;
	size_t len;

	if (ws->sent == ws->out.len)
		return 0;
	memcpy(&len, p, sizeof(len));
	p += sizeof(len) + LWS_PRE;
	if (lws_write(wsi, p, len, LWS_WRITE_TEXT) < (int)len)
		return -1;
	ws->sent += sizeof(len) + LWS_PRE + len;
	if (ws->sent == ws->out.len)
		ws->sent = ws->out.len = 0;
	else
		lws_callback_on_writable(wsi);
	return 0;
}

/* The first reason counts: what comes later follows from it. */
static void
closed(struct rp_ws *ws, const char *why, size_t len)
{
	ws->wsi = NULL;
	ws->closed = true;
	ws->queue.len = ws->whole; /* a message that was cut off */
	ws->out.len = ws->sent = 0;
	if (ws->why[0] == '\0')
		snprintf(ws->why, sizeof(ws->why), "%.*s", (int)len, why);
}

/* A status code and a text (RFC 6455, 7.1.6). */
static void
peer_closes(struct rp_ws *ws, const uint8_t *p, size_t len)
{
	if (ws->why[0] != '\0')
		return;
	if (len < 2)
		snprintf(ws->why, sizeof(ws->why), "closed by the peer");
	else
		snprintf(ws->why, sizeof(ws->why),
		    "closed by the peer with %d%s%.*s", p[0] << 8 | p[1],
		    len > 2 ? ": " : "", (int)(len - 2), (const char *)p + 2);
}

static void
failed(struct rp_ws *ws, struct lws *wsi, const char *why, size_t len)
{
	int status = lws_http_client_http_response(wsi);

	if (ws->why[0] == '\0' && status >= 100 && status != 101)
		snprintf(ws->why, sizeof(ws->why),
		    "the handshake was answered with HTTP status %d", status);
	if (why != NULL)
		closed(ws, why, len);
	else
		closed(ws, "cannot connect", 14);
}

static int
on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t len)
{
	struct rp_ws *ws = lws_context_user(lws_get_context(wsi));

	(void)user;
	switch (reason) {
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		ws->opened = true;
		if (ws->out.len != 0)
			lws_callback_on_writable(wsi);
		return 0;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		received(ws, wsi, in, len);
		return 0;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return send_one(ws, wsi);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		peer_closes(ws, in, len);
		return 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		failed(ws, wsi, in, len);
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
		closed(ws, "the connection was lost", 23);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		/* all that is told of a peer that does not answer */
		if (wsi == ws->wsi)
			closed(ws, "no answer to the handshake", 26);
		return 0;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

static const struct lws_protocols protocols[] = {
	{ .name = "rp", .callback = on_event, .rx_buffer_size = RECEIVE },
	{ 0 },
};

/* ---- ours ---- */

static enum rp_status
parse_url(struct rp_ws *ws, const char *url, struct rp_error *err)
{
	const char *scheme, *path;

	ws->tls = strncmp(url, "wss://", 6) == 0;
	if (!ws->tls && strncmp(url, "ws://", 5) != 0)
		return rp_error_set(
		    err, RP_ERR_USAGE, "%s: is not ws:// or wss://", url);
	if ((ws->parts = strdup(url)) == NULL ||
	    (ws->path = malloc(strlen(url) + 2)) == NULL)
		return rp_error_no_memory(err);
	if (lws_parse_uri(ws->parts, &scheme, &ws->host, &ws->port, &path) !=
		0 ||
	    ws->host[0] == '\0' || ws->port < 1 || ws->port > 65535)
		return rp_error_set(err, RP_ERR_USAGE, "%s: no such URL", url);
	/* of "/" and of nothing the library makes "/", else it takes one off */
	snprintf(
	    ws->path, strlen(url) + 2, path[0] == '/' ? "%s" : "/%s", path);
	if (asprintf(&ws->name,
		ws->port == (ws->tls ? 443 : 80) ? "%s" : "%s:%d", ws->host,
		ws->port) < 0) {
		ws->name = NULL;
		return rp_error_no_memory(err);
	}
	return RP_OK;
}

enum rp_status
rp_ws_new(
    struct rp_ws **out, const struct rp_ws_options *opt, struct rp_error *err)
{
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.gid = (gid_t)-1,
		.uid = (uid_t)-1,
		.fd_limit_per_thread = SOCKETS,
		.timeout_secs = CONNECT_SECONDS,
		.connect_timeout_secs = CONNECT_SECONDS,
		.retry_and_idle_policy = &keepalive,
		.client_ssl_ca_filepath = opt->ca_file,
	};
	struct rp_ws *ws = calloc(1, sizeof(*ws));
	enum rp_status st;

	*out = NULL;
	if (ws == NULL)
		return rp_error_no_memory(err);
	ws->max_message = opt->max_message;
	if ((st = parse_url(ws, opt->url, err)) == RP_OK) {
		if (ws->tls)
			info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.user = ws;
		lws_set_log_level(0, NULL);
		if ((ws->context = lws_create_context(&info)) == NULL)
			st = rp_error_set(err, RP_ERR_IO,
			    "%s: cannot set up a client%s%s", opt->url,
			    opt->ca_file != NULL ? " with the certificates of "
						 : "",
			    opt->ca_file != NULL ? opt->ca_file : "");
	}
	if (st != RP_OK)
		rp_ws_free(ws);
	else
		*out = ws;
	return st;
}

void
rp_ws_free(struct rp_ws *ws)
{
	if (ws == NULL)
		return;
	if (ws->context != NULL)
		lws_context_destroy(ws->context);
	rp_buffer_free(&ws->queue);
	rp_buffer_free(&ws->out);
	free(ws->parts);
	free(ws->path);
	free(ws->name);
	free(ws);
}

void
rp_ws_connect(struct rp_ws *ws)
{
	const struct lws_client_connect_info info = {
		.context = ws->context,
		.address = ws->host,
		.port = ws->port,
		.ssl_connection = ws->tls ? LCCSCF_USE_SSL : 0,
		.path = ws->path,
		.host = ws->name,
		.alpn =
		    "http/1.1", /* not h2, which few exchanges take this way */
		.local_protocol_name = protocols[0].name,
		.ietf_version_or_minus_one = -1,
		.retry_and_idle_policy = &keepalive,
		.pwsi = &ws->wsi,
	};

	ws->opened = ws->closed = ws->too_long = false;
	ws->why[0] = '\0';
	if (lws_client_connect_via_info(&info) == NULL && !ws->closed)
		closed(ws, "cannot connect", 14);
}

enum rp_status
rp_ws_send(struct rp_ws *ws, const char *text, size_t len)
{
	static const uint8_t head[LWS_PRE];

	if (rp_buffer_add(&ws->out, &len, sizeof(len)) != RP_OK ||
	    rp_buffer_add(&ws->out, head, sizeof(head)) != RP_OK ||
	    rp_buffer_add(&ws->out, text, len) != RP_OK)
		return RP_ERR_NOMEM;
	if (ws->wsi != NULL)
		lws_callback_on_writable(ws->wsi);
	return RP_OK;
}

void
rp_ws_drop(struct rp_ws *ws, const char *why)
{
	if (ws->wsi == NULL)
		return;
	snprintf(ws->why, sizeof(ws->why), "%s", why);
	lws_set_timeout(ws->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

/* A timer that is due before the library sleeps would not keep it from that. */
static void
on_wake(lws_sorted_usec_list_t *sul)
{
	lws_cancel_service(lws_container_of(sul, struct rp_ws, wake)->context);
}

/* The library sleeps until one of its timers is due. */
static enum rp_status
service(struct rp_ws *ws, int ms, struct rp_error *err)
{
	int r;

	lws_sul_schedule(ws->context, 0, &ws->wake, on_wake,
	    (lws_usec_t)ms * LWS_US_PER_MS + 1);
	r = lws_service(ws->context, 0);
	if (ws->no_memory)
		return rp_error_no_memory(err);
	if (r < 0)
		return rp_error_set(
		    err, RP_ERR_IO, "the WebSocket client failed");
	return RP_OK;
}

static bool
take_message(struct rp_ws *ws, struct rp_ws_event *event)
{
	struct message m;

	if (ws->told == ws->whole)
		return false;
	memcpy(&m, ws->queue.data + ws->told, sizeof(m));
	*event = (struct rp_ws_event){ .what = m.what,
		.data = ws->queue.data + ws->told + sizeof(m),
		.len = m.len,
		.ts = m.ts };
	ws->told += sizeof(m) + m.len;
	return true;
}

/* What was handed out makes room; part of a message may stand behind it. */
static void
make_room(struct rp_ws *ws)
{
	if (ws->told == 0 || ws->told != ws->whole)
		return;
	memmove(ws->queue.data, ws->queue.data + ws->whole,
	    ws->queue.len - ws->whole);
	ws->queue.len -= ws->whole;
	ws->told = ws->whole = 0;
}

static bool
take(struct rp_ws *ws, struct rp_ws_event *event)
{
	if (ws->opened) {
		ws->opened = false;
		*event = (struct rp_ws_event){ .what = RP_WS_OPENED,
			.ts = rp_time_now() };
		return true;
	}
	if (take_message(ws, event))
		return true;
	if (!ws->closed)
		return false;
	ws->closed = false;
	*event = (struct rp_ws_event){ .what = RP_WS_CLOSED,
		.data = (const uint8_t *)ws->why,
		.len = strlen(ws->why),
		.ts = rp_time_now() };
	return true;
}

enum rp_status
rp_ws_next(
    struct rp_ws *ws, int ms, struct rp_ws_event *event, struct rp_error *err)
{
	enum rp_status st;

	make_room(ws);
	if (take(ws, event))
		return RP_OK;
	if ((st = service(ws, ms, err)) != RP_OK)
		return st;
	return take(ws, event) ? RP_OK : RP_EMPTY;
}

bool
rp_ws_waiting(const struct rp_ws *ws)
{
	return ws->opened || ws->told != ws->whole || ws->closed;
}

const char *
rp_ws_version(void)
{
	return lws_get_library_version();
}
