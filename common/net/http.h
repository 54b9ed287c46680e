/*
 * HTTP requests that go on while other things are done: nothing runs but in
 * rp_http_step and rp_http_wait. Those of one client share its connections.
 */
#ifndef RP_NET_HTTP_H
#define RP_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct rp_http_options {
	const char *url; /* http:// or https:// */
	const char *ca_file; /* PEM, in place of the system's; or NULL */
	size_t max_body; /* bytes */
	int timeout; /* s, for all of it */
};

/* Who signs a request as AWS Signature V4 has it, and for what. */
struct rp_http_signer {
	const char *key, *secret, *region, *service;
};

/* What is zero or NULL does not apply. Its strings, body and signer must
 * outlive the request. */
struct rp_http_request {
	const char *method; /* "GET", ... */
	const char *url, *ca_file;
	const char *const *headers; /* "Name: value" */
	size_t n_headers;
	const void *body; /* or, if it is NULL, */
	int body_fd; /* a file, from its first byte on */
	uint64_t body_len;
	const struct rp_http_signer *signer;
	size_t max_reply; /* bytes of a reply's body */
	int timeout; /* s, for all of it */
	int silence; /* s without a byte, after which it has failed */
	uint64_t rate; /* bytes/s that are sent at most */
	bool follow; /* redirections */
	bool direct; /* by no proxy */
};

struct rp_http_reply {
	int status; /* 200, ...; 0: there was no answer, see why */
	const char *why;
	bool hopeless; /* no answer will come another time: TLS, the URL */
	const uint8_t *body;
	size_t len;
	int64_t retry_after; /* s, at most a day; 0: not told */
	int64_t ts; /* when its end was received: ns, UTC */
};

struct rp_http_client;
struct rp_http;

/* NULL: no memory, or no libcurl, which it loads. It must outlive its requests. */
struct rp_http_client *rp_http_client_new(void);
void rp_http_client_free(struct rp_http_client *c);

/*
 * Wait until something can go on, or fd (-1: none) can be read, for ms at
 * most. True: fd can be.
 */
bool rp_http_wait(struct rp_http_client *c, int fd, int ms);

/* Begin; NULL: no memory, or the URL is none. */
struct rp_http *rp_http_begin(
    struct rp_http_client *c, const struct rp_http_request *request);

/* A GET with a client of its own. The options' strings must outlive it. */
struct rp_http *rp_http_get(const struct rp_http_options *opt);

/* Drops the request if it is not over. */
void rp_http_free(struct rp_http *h);

/*
 * Go on, without waiting. RP_EMPTY: it is not over yet. RP_OK: the reply, valid
 * until h is freed.
 */
RP_CHECKED enum rp_status rp_http_step(
    struct rp_http *h, struct rp_http_reply *reply);

/* The value of a header of the reply, or NULL; valid until the next call. */
const char *rp_http_header(const struct rp_http *h, const char *name);

/* "7.88.1": libcurl's, which is loaded; NULL: it is not to be had. */
const char *rp_http_version(void);

#endif
