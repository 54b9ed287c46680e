#include "net/serve.h"

#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/endpoint.h"

#define CONNECTIONS 16u /* at a time */
#define SILENCE 5u /* s after which a connection is closed */
#define MEMORY ((size_t)8 << 10) /* bytes of a connection: its request */

struct rp_serve {
	struct MHD_Daemon *daemon;
	rp_serve_fn *fn;
	void *arg;
	uint16_t port;
};

/* ---- answers ---- */

static bool
add_header(struct MHD_Response *r, const char *name, const char *value)
{
	return MHD_add_response_header(r, name, value) == MHD_YES;
}

/* Takes the body. */
static enum MHD_Result
reply(struct MHD_Connection *c, unsigned status, struct rp_buffer *body,
    const char *type)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
	    body->len, body->data, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result = MHD_NO;

	if (r == NULL) {
		rp_buffer_free(body);
		return MHD_NO;
	}
	if (add_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type) &&
	    add_header(r, MHD_HTTP_HEADER_CONNECTION, "close") &&
	    (status != MHD_HTTP_METHOD_NOT_ALLOWED ||
		add_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD")))
		result = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return result;
}

/* "404 Not Found" */
static enum rp_status
say_status(struct rp_buffer *body, unsigned status)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%u %s\n", status,
	    MHD_get_reason_phrase_for(status));

	return rp_buffer_add(body, text, (size_t)n);
}

/* The library asks this when it has the head of a request, and would ask it
 * again with its body, but for being answered at once. */
static enum MHD_Result
answer(void *arg, struct MHD_Connection *c, const char *path,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **state)
{
	const char *type = "text/plain; charset=utf-8";
	unsigned status = MHD_HTTP_METHOD_NOT_ALLOWED;
	const struct rp_serve *s = arg;
	struct rp_buffer body = { 0 };

	(void)version;
	(void)upload;
	(void)upload_len;
	(void)state;
	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
		status = s->fn(s->arg, path, &body, &type);
	if (status >= 400 && body.len == 0 &&
	    say_status(&body, status) != RP_OK) {
		rp_buffer_free(&body);
		return MHD_NO;
	}
	return reply(c, status, &body, type);
}

/* ---- the server ---- */

static enum rp_status
parse(const char *address, struct rp_endpoint *e, struct rp_error *err)
{
	char text[sizeof(e->host) + 32];
	bool port_alone = strchr(address, ':') == NULL;
	int n = snprintf(text, sizeof(text), "tcp://%s%s",
	    port_alone ? "127.0.0.1:" : "", address);

	if (n >= (int)sizeof(text) || rp_endpoint_parse(e, text, NULL) != RP_OK)
		return rp_error_set(err, RP_ERR_USAGE,
		    "'%.100s' is neither HOST:PORT nor :PORT nor PORT",
		    address);
	e->text = address; /* for messages */
	return RP_OK;
}

static uint16_t
port_of(int fd)
{
	char name[80];

	rp_endpoint_name(fd, false, false, name, sizeof(name));
	return (uint16_t)strtoul(strrchr(name, ':') + 1, NULL, 10);
}

/* Signals are for the threads of who opens it. */
static enum rp_status
start(struct rp_serve *s, int fd, struct rp_error *err)
{
	/* with epoll 0.9.75 overlooks clients that close their half */
	const unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	s->daemon = MHD_start_daemon(flags, 0, NULL, NULL, answer, s,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
	    CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, SILENCE,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY, MHD_OPTION_END);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (s->daemon == NULL)
		return rp_error_set(
		    err, RP_ERR_IO, "the server of HTTP could not be started");
	return RP_OK;
}

enum rp_status
rp_serve_open(struct rp_serve **out, const char *address, rp_serve_fn *fn,
    void *arg, struct rp_error *err)
{
	struct rp_endpoint e;
	enum rp_status st;
	int fd;

	if ((st = parse(address, &e, err)) != RP_OK ||
	    (st = rp_endpoint_open(&e, &fd, err)) != RP_OK)
		return st;
	if ((*out = calloc(1, sizeof(**out))) == NULL) {
		close(fd);
		return rp_error_no_memory(err);
	}
	**out = (struct rp_serve){ .fn = fn, .arg = arg, .port = port_of(fd) };
	/* the library has the socket now, and closes it if it fails */
	if ((st = start(*out, fd, err)) != RP_OK) {
		free(*out);
		*out = NULL;
	}
	return st;
}

uint16_t
rp_serve_port(const struct rp_serve *s)
{
	return s->port;
}

void
rp_serve_close(struct rp_serve *s)
{
	if (s == NULL)
		return;
	MHD_stop_daemon(s->daemon);
	free(s);
}

const char *
rp_serve_version(void)
{
	return MHD_get_version();
}
