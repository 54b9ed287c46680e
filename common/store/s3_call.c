/*
 * A request to S3 and its attempts. What another attempt may cure is tried
 * again after a random time (full jitter), or as late as the server says; all
 * else is final.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "net/backoff.h"
#include "store/s3.h"
#include "store/uri.h"

enum {
	WAIT_SLICE = 200, /* ms after which we look whether to stop */
	PUT_OFF_MOST = 60 /* s that a server may put us off */
};

enum rp_status
rp_s3_header(struct rp_s3_call *c, struct rp_error *err, const char *fmt, ...)
{
	va_list ap;
	int n;

	/* the last two are ours: a session token, the payload's hash */
	if (c->n_headers == RP_S3_HEADERS - 2)
		return rp_error_set(err, RP_ERR_LIMIT, "more than %d headers",
		    RP_S3_HEADERS - 2);
	va_start(ap, fmt);
	n = vasprintf(&c->header[c->n_headers], fmt, ap);
	va_end(ap);
	if (n < 0)
		return rp_error_no_memory(err);
	c->n_headers++;
	return RP_OK;
}

enum rp_status
rp_s3_go_on(const struct rp_s3 *s3, struct rp_error *err)
{
	if (s3->opt.stopping == NULL || !s3->opt.stopping())
		return RP_OK;
	return rp_error_set(err, RP_ERR_IO, "stopped by a signal");
}

bool
rp_s3_text(const struct rp_s3_call *c, const char *name, char *out, size_t size)
{
	const char *body = (const char *)c->reply.body;
	struct rp_xml doc = { body, body };

	out[0] = '\0';
	if (body == NULL)
		return false;
	doc.end += c->reply.len;
	return rp_xml_text(&doc, name, out, size);
}

bool
rp_s3_etag(struct rp_s3_call *c, char out[static RP_ETAG_ROOM])
{
	const char *value = rp_http_header(c->http, "ETag");
	size_t len;

	out[0] = '\0';
	if (value == NULL)
		return false;
	len = strlen(value);
	if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
		value++;
		len -= 2;
	}
	if (len == 0 || len >= RP_ETAG_ROOM)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)value[i]) &&
		    strchr("-_.:+/=", value[i]) == NULL)
			return false;
	memcpy(out, value, len);
	out[len] = '\0';
	return true;
}

/* ---- one attempt ---- */

static enum rp_status
make_url(struct rp_s3 *s3, struct rp_s3_call *c, struct rp_error *err)
{
	struct rp_buffer url = { 0 };
	bool query = c->query != NULL && *c->query != '\0';

	if (rp_buffer_add(&url, s3->url, strlen(s3->url)) != RP_OK ||
	    rp_buffer_add(&url, "/", 1) != RP_OK ||
	    (c->key != NULL && rp_uri_encode(&url, c->key, true) != RP_OK) ||
	    (query &&
		(rp_buffer_add(&url, "?", 1) != RP_OK ||
		    rp_buffer_add(&url, c->query, strlen(c->query)) !=
			RP_OK)) ||
	    rp_buffer_add(&url, "", 1) != RP_OK) {
		rp_buffer_free(&url);
		return rp_error_no_memory(err);
	}
	c->url = (char *)url.data;
	return RP_OK;
}

/* Who signs; *n headers are of this attempt. */
static enum rp_status
sign(struct rp_s3 *s3, struct rp_s3_call *c, size_t *n, struct rp_error *err)
{
	static char unsigned_payload[] =
	    "x-amz-content-sha256: UNSIGNED-PAYLOAD";
	const struct rp_credentials *who;
	enum rp_status st;

	st = rp_identity_credentials(s3->id, false, &who, err);
	if (st != RP_OK)
		return st;
	free(c->auth);
	c->auth = NULL;
	if (who->token != NULL &&
	    asprintf(&c->auth, "x-amz-security-token: %s", who->token) < 0) {
		c->auth = NULL;
		return rp_error_no_memory(err);
	}
	*n = c->n_headers;
	c->header[(*n)++] = unsigned_payload;
	if (c->auth != NULL)
		c->header[(*n)++] = c->auth;
	c->signer =
	    (struct rp_http_signer){ who->key, who->secret, s3->region, "s3" };
	return RP_OK;
}

static enum rp_status
add_sum(struct rp_s3_call *c, struct rp_error *err)
{
	char sum[32];

	if (c->crc != NULL)
		return rp_s3_header(c, err, RP_S3_CRC_HEADER ": %s", c->crc);
	if (c->md5 == NULL || !c->send_md5)
		return RP_OK;
	rp_base64(sum, c->md5, RP_MD5_SIZE);
	return rp_s3_header(c, err, "Content-MD5: %s", sum);
}

/* Bytes of a reply: of what is refused its reason, too. */
static size_t
most_of(const struct rp_s3_call *c)
{
	if (c->range != NULL && c->range->len > RP_S3_REPLY)
		return (size_t)c->range->len;
	return c->range == NULL && strcmp(c->method, "GET") == 0 ? RP_S3_LISTING
								 : RP_S3_REPLY;
}

static enum rp_status
begin(struct rp_s3 *s3, struct rp_s3_call *c, struct rp_error *err)
{
	struct rp_http_request r = { .method = c->method,
		.ca_file = s3->ca_file,
		.headers = (const char *const *)c->header,
		.body = c->body,
		.body_fd = c->body_fd,
		.body_len = c->body_len,
		.signer = &c->signer,
		.max_reply = most_of(c),
		.silence = s3->opt.silence,
		.rate = c->rate };
	enum rp_status st = RP_OK;

	if (c->url == NULL && (st = make_url(s3, c, err)) == RP_OK)
		st = add_sum(c, err);
	if (st == RP_OK)
		st = sign(s3, c, &r.n_headers, err);
	if (st != RP_OK)
		return st;
	/* libcurl wants a body that it can point to */
	if (r.body == NULL && r.body_len == 0)
		r.body = "";
	r.url = c->url;
	if ((c->http = rp_http_begin(s3->client, &r)) == NULL)
		return rp_error_set(
		    err, RP_ERR_USAGE, "'%.300s' is no URL", s3->url);
	return RP_OK;
}

/* ---- what became of it ---- */

enum verdict { GOOD, AGAIN, FINAL };

static bool
is_one_of(const char *code, const char *const *codes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(code, codes[i]) == 0)
			return true;
	return false;
}

static bool
is_transient(const struct rp_s3_call *c)
{
	static const char *const codes[] = { "RequestTimeout", "SlowDown",
		"InternalError", "ServiceUnavailable", "OperationAborted",
		"ConditionalRequestConflict", "BadDigest", "Throttling" };

	return c->status == 408 || c->status == 429 || c->status == 500 ||
	    (c->status >= 502 && c->status <= 504) ||
	    is_one_of(c->code, codes, RP_LEN(codes));
}

bool
rp_s3_is_opaque(const struct rp_s3_call *c)
{
	static const char *const customer =
	    "x-amz-server-side-encryption-customer-algorithm";
	const char *by =
	    rp_http_header(c->http, "x-amz-server-side-encryption");

	return (by != NULL && strncmp(by, "aws:kms", 7) == 0) ||
	    rp_http_header(c->http, customer) != NULL;
}

/* A part's or an object's ETag is its MD5, but under keys of the user's. */
static bool
is_other_sum(struct rp_s3_call *c)
{
	char hex[2 * RP_MD5_SIZE + 1];
	const char *crc;

	if ((c->md5 == NULL && c->crc == NULL) || strcmp(c->method, "PUT") != 0)
		return false;
	if (!rp_s3_etag(c, c->etag))
		return true;
	if (c->crc != NULL) {
		crc = rp_http_header(c->http, RP_S3_CRC_HEADER);
		return crc == NULL || strcmp(crc, c->crc) != 0;
	}
	if (rp_s3_is_opaque(c))
		return false;
	rp_hex(hex, c->md5, RP_MD5_SIZE);
	return strcasecmp(hex, c->etag) != 0;
}

static void
say_refused(struct rp_s3 *s3, struct rp_s3_call *c)
{
	const char *region = rp_http_header(c->http, "x-amz-bucket-region");
	char message[240];

	if (region != NULL && strcmp(region, s3->region) != 0) {
		(void)rp_error_set(&c->why, RP_ERR_REMOTE,
		    "%d: the bucket is in the region %.32s (--region)",
		    c->status, region);
		return;
	}
	(void)rp_s3_text(c, "Message", message, sizeof(message));
	(void)rp_error_set(&c->why, RP_ERR_REMOTE, "%d%s%s%s%s", c->status,
	    c->code[0] != '\0' ? " " : "", c->code,
	    message[0] != '\0' ? ": " : "", message);
}

/* "bytes 0-99/1000", and as many of them. */
static bool
is_range(const struct rp_s3_call *c)
{
	const struct rp_s3_range *r = c->range;
	const char *got = rp_http_header(c->http, "Content-Range");
	char want[80];

	if (c->reply.len != r->len)
		return false;
	if (c->status == 200)
		return r->len == r->size;
	(void)snprintf(want, sizeof(want),
	    "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, r->offset,
	    r->offset + r->len - 1, r->size);
	return got != NULL && strcmp(got, want) == 0;
}

static enum verdict
judge_range(struct rp_s3_call *c)
{
	const char *got = rp_http_header(c->http, "Content-Range");

	if (is_range(c))
		return GOOD;
	if (c->status == 200) {
		(void)rp_error_set(&c->why, RP_ERR_REMOTE,
		    "the server does not keep to Range");
		return FINAL;
	}
	(void)rp_error_set(&c->why, RP_ERR_REMOTE,
	    "the server sent %zu bytes as '%.80s' where %" PRIu64
	    " from %" PRIu64 " on were asked for",
	    c->reply.len, got != NULL ? got : "", c->range->len,
	    c->range->offset);
	return AGAIN;
}

static bool
has_expired(const struct rp_s3_call *c)
{
	static const char *const codes[] = { "ExpiredToken",
		"ExpiredTokenException", "TokenRefreshRequired" };

	return is_one_of(c->code, codes, RP_LEN(codes));
}

static enum verdict
judge(struct rp_s3 *s3, struct rp_s3_call *c)
{
	c->why = (struct rp_error){ 0 };
	c->status = c->reply.status;
	c->code[0] = '\0';
	if (c->status == 0) {
		(void)rp_error_set(&c->why, RP_ERR_REMOTE, "%s%s", c->reply.why,
		    c->range != NULL && c->reply.hopeless
			? " (does the server keep to Range?)"
			: "");
		return c->reply.hopeless ? FINAL : AGAIN;
	}
	/* an error may come in a reply that began well */
	if (!(c->range != NULL && c->status / 100 == 2) &&
	    rp_s3_text(c, "Code", c->code, sizeof(c->code)) &&
	    c->status / 100 == 2)
		c->status = 500;
	if (c->status / 100 != 2) {
		say_refused(s3, c);
		return is_transient(c) || (has_expired(c) && !c->renewed)
		    ? AGAIN
		    : FINAL;
	}
	if (is_other_sum(c)) {
		(void)rp_error_set(&c->why, RP_ERR_REMOTE,
		    "the server's %s is not the sum of what was sent",
		    c->crc != NULL ? "checksum" : "ETag");
		return AGAIN;
	}
	return c->range == NULL ? GOOD : judge_range(c);
}

static enum rp_status
give_up(const struct rp_s3 *s3, struct rp_s3_call *c, struct rp_error *err)
{
	char attempts[40] = "";

	if (c->failures > 1)
		(void)snprintf(
		    attempts, sizeof(attempts), " (%d attempts)", c->failures);
	return rp_error_set(err, RP_ERR_REMOTE, "s3://%s/%.200s: %s%s",
	    s3->bucket, c->key != NULL ? c->key : "", c->why.text, attempts);
}

static void
put_off(struct rp_s3 *s3, struct rp_s3_call *c)
{
	int64_t wait = rp_backoff_from(
	    &s3->random, s3->opt.delay, (uint64_t)c->failures - 1);
	int64_t after = c->reply.retry_after < PUT_OFF_MOST
	    ? c->reply.retry_after
	    : PUT_OFF_MOST;

	if (wait < after * RP_SECOND)
		wait = after * RP_SECOND;
	c->not_before = rp_clock_monotonic() + wait;
}

/* It failed in a way that may pass. */
static enum rp_status
again(struct rp_s3 *s3, struct rp_s3_call *c, struct rp_error *err)
{
	int most = c->attempts != 0 ? c->attempts : s3->opt.attempts;
	const struct rp_credentials *who;

	c->unsure = true;
	if (c->failures >= most)
		return give_up(s3, c, err);
	if (has_expired(c)) {
		c->renewed = true;
		if (rp_identity_credentials(s3->id, true, &who, err) != RP_OK)
			return err->status;
	}
	put_off(s3, c);
	s3->base.retries++;
	rp_http_free(c->http);
	c->http = NULL;
	return RP_EMPTY;
}

enum rp_status
rp_s3_step(struct rp_s3 *s3, struct rp_s3_call *c, struct rp_error *err)
{
	enum rp_status st;

	c->s3 = s3;
	if (c->http == NULL) {
		if (rp_clock_monotonic() < c->not_before)
			return RP_EMPTY;
		if ((st = begin(s3, c, err)) != RP_OK)
			return st;
	}
	if ((st = rp_http_step(c->http, &c->reply)) != RP_OK)
		return st;
	switch (judge(s3, c)) {
	case GOOD:
		return RP_OK;
	case AGAIN:
		c->failures++;
		return again(s3, c, err);
	default:
		c->failures++;
		return give_up(s3, c, err);
	}
}

enum rp_status
rp_s3_run(struct rp_s3 *s3, struct rp_s3_call *c, struct rp_error *err)
{
	enum rp_status st;
	int64_t left;

	while ((st = rp_s3_step(s3, c, err)) == RP_EMPTY) {
		if (!c->last_words && (st = rp_s3_go_on(s3, err)) != RP_OK)
			return st;
		left = c->http == NULL
		    ? (c->not_before - rp_clock_monotonic()) / 1000000 + 1
		    : WAIT_SLICE;
		(void)rp_http_wait(s3->client, -1,
		    left < 0                ? 0
			: left < WAIT_SLICE ? (int)left
					    : WAIT_SLICE);
	}
	return st;
}

void
rp_s3_end(struct rp_s3_call *c)
{
	rp_http_free(c->http);
	for (size_t i = 0; i < c->n_headers; i++)
		free(c->header[i]);
	free(c->url);
	if (c->auth != NULL)
		explicit_bzero(c->auth, strlen(c->auth));
	free(c->auth);
	*c = (struct rp_s3_call){ 0 };
}
