#include "queue/redis.h"

#include <hiredis/hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum { CONNECT_S = 5, REPLY_S = 10, DEFAULT_PORT = 6379 };

/* Above what 2048 jobs take that are as large as can be. */
#define REPLY_MOST ((size_t)192 << 20)

struct rp_redis {
	redisContext *c;
	char *name;
};

/* ---- addresses ---- */

/* A URL in parts, which lie in text. */
struct address {
	char *text;
	const char *user, *password, *host, *path, *db; /* NULL: not said */
	int port;
};

static enum rp_status
bad_url(struct rp_error *err, const char *why)
{
	return rp_error_set(err, RP_ERR_USAGE,
	    "the URL of Redis %s: it is redis://HOST[:PORT][/DB] or "
	    "unix://PATH, that of a directory file://DIR",
	    why);
}

/* USER:PASSWORD of what is before the @. */
static char *
take_login(struct address *a, char *at)
{
	char *login_end = strrchr(at, '@'), *colon;

	if (login_end == NULL)
		return at;
	*login_end = '\0';
	if ((colon = strchr(at, ':')) != NULL) {
		*colon = '\0';
		a->password = colon + 1;
		a->user = *at != '\0' ? at : NULL;
	}
	return login_end + 1;
}

static enum rp_status
take_host(struct address *a, char *at, struct rp_error *err)
{
	char *slash = strchr(at, '/'), *colon, *end;

	if (slash != NULL) {
		*slash = '\0';
		a->db = slash[1] != '\0' ? slash + 1 : NULL;
	}
	a->host = at;
	a->port = DEFAULT_PORT;
	if (*at == '[' && (end = strchr(at, ']')) != NULL) {
		a->host = at + 1; /* of IPv6 */
		*end = '\0';
		colon = end[1] == ':' ? end + 1 : NULL;
	} else
		colon = strchr(at, ':');
	if (colon != NULL) {
		*colon = '\0';
		a->port = (int)strtol(colon + 1, &end, 10);
		if (*end != '\0' || a->port <= 0 || a->port > 65535)
			return bad_url(err, "has no port where one should be");
	}
	return *a->host != '\0' ? RP_OK : bad_url(err, "names no host");
}

static enum rp_status
take_path(struct address *a, char *at, struct rp_error *err)
{
	char *query = strchr(at, '?');

	if (query != NULL) {
		*query = '\0';
		if (strncmp(query + 1, "db=", 3) != 0)
			return bad_url(err, "asks for what is not known");
		a->db = query + 4;
	}
	a->path = at;
	return *at == '/' ? RP_OK : bad_url(err, "names no path from the root");
}

static enum rp_status
read_url(struct address *a, const char *url, struct rp_error *err)
{
	const char *rest = strstr(url, "://");
	char *at;

	*a = (struct address){ .text = strdup(url) };
	if (a->text == NULL)
		return rp_error_no_memory(err);
	if (rest == NULL)
		return bad_url(err, "has no scheme");
	at = take_login(a, a->text + (rest + 3 - url));
	if (strncmp(url, "redis://", 8) == 0)
		return take_host(a, at, err);
	if (strncmp(url, "unix://", 7) == 0)
		return take_path(a, at, err);
	return bad_url(err, "has a scheme that is not known");
}

static void
wipe(struct address *a, const char *url)
{
	if (a->text != NULL)
		explicit_bzero(a->text, strlen(url));
	free(a->text);
}

enum rp_status
rp_redis_check(const char *url, struct rp_error *err)
{
	struct address a;
	enum rp_status st = read_url(&a, url, err);

	wipe(&a, url);
	return st;
}

/* ---- the connection ---- */

static enum rp_status
lost(const struct rp_redis *r, struct rp_error *err)
{
	return rp_error_set(
	    err, RP_ERR_REMOTE, "%s: %s", r->name, r->c->errstr);
}

static enum rp_status
connect_to(struct rp_redis *r, const struct address *a, struct rp_error *err)
{
	const struct timeval patience = { CONNECT_S, 0 },
			     reply = { REPLY_S, 0 };

	r->c = a->path != NULL
	    ? redisConnectUnixWithTimeout(a->path, patience)
	    : redisConnectWithTimeout(a->host, a->port, patience);
	if (r->c == NULL)
		return rp_error_no_memory(err);
	if (r->c->err != 0)
		return rp_error_set(
		    err, RP_ERR_REMOTE, "%s: %s", r->name, r->c->errstr);
	redisSetTimeout(r->c, reply);
	if (a->host != NULL)
		(void)redisEnableKeepAlive(r->c);
	return RP_OK;
}

/* Say who we are, and which database is meant. */
static enum rp_status
log_in(struct rp_redis *r, const struct address *a, struct rp_error *err)
{
	struct rp_redis_command c = { 0 };
	struct redisReply *reply = NULL;
	enum rp_status st = RP_OK;

	if (a->password != NULL) {
		rp_redis_begin(&c, "AUTH");
		if (a->user != NULL)
			rp_redis_addf(&c, "%s", a->user);
		rp_redis_addf(&c, "%s", a->password);
		st = rp_redis_call(r, &c, &reply, err);
		rp_redis_free(reply);
		explicit_bzero(c.bytes.data, c.bytes.len);
	}
	if (st == RP_OK && a->db != NULL) {
		rp_redis_begin(&c, "SELECT");
		rp_redis_addf(&c, "%s", a->db);
		st = rp_redis_call(r, &c, &reply, err);
		rp_redis_free(reply);
	}
	rp_redis_command_free(&c);
	return st;
}

enum rp_status
rp_redis_open(struct rp_redis **out, const char *url, struct rp_error *err)
{
	struct rp_redis *r = *out = calloc(1, sizeof(*r));
	struct address a;
	char name[300];
	enum rp_status st = read_url(&a, url, err);

	if (a.path != NULL)
		snprintf(name, sizeof(name), "%s", a.path);
	else if (a.host != NULL)
		snprintf(name, sizeof(name), "%s:%d", a.host, a.port);
	if (st == RP_OK && (r == NULL || (r->name = strdup(name)) == NULL))
		st = rp_error_no_memory(err);
	if (st == RP_OK)
		st = connect_to(r, &a, err);
	if (st == RP_OK)
		st = log_in(r, &a, err);
	wipe(&a, url);
	if (st != RP_OK) {
		rp_redis_close(r);
		*out = NULL;
	}
	return st;
}

void
rp_redis_close(struct rp_redis *r)
{
	if (r == NULL)
		return;
	if (r->c != NULL)
		redisFree(r->c);
	free(r->name);
	free(r);
}

const char *
rp_redis_name(const struct rp_redis *r)
{
	return r->name;
}

void
rp_redis_begin(struct rp_redis_command *c, const char *name)
{
	c->bytes.len = c->ends.len = 0;
	c->failed = false;
	rp_redis_add(c, name, strlen(name));
}

void
rp_redis_add(struct rp_redis_command *c, const void *bytes, size_t len)
{
	size_t end = c->bytes.len + len;

	if (rp_buffer_add(&c->bytes, bytes, len) != RP_OK ||
	    rp_buffer_add(&c->ends, &end, sizeof(end)) != RP_OK)
		c->failed = true;
}

void
rp_redis_addf(struct rp_redis_command *c, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (len < 0)
		c->failed = true;
	else
		rp_redis_add(c, text, (size_t)len);
	if (len >= 0)
		free(text);
}

void
rp_redis_command_free(struct rp_redis_command *c)
{
	rp_buffer_free(&c->bytes);
	rp_buffer_free(&c->ends);
}

enum rp_status
rp_redis_send(
    struct rp_redis *r, const struct rp_redis_command *c, struct rp_error *err)
{
	const size_t *end = (const size_t *)c->ends.data;
	const size_t n = c->ends.len / sizeof(*end);
	const char **argument = calloc(n + 1, sizeof(*argument));
	size_t *len = calloc(n + 1, sizeof(*len)), at = 0;
	enum rp_status st = RP_OK;

	if (argument == NULL || len == NULL || c->failed) {
		free(argument);
		free(len);
		return rp_error_no_memory(err);
	}
	for (size_t i = 0; i < n; at = end[i++]) {
		argument[i] = (const char *)c->bytes.data + at;
		len[i] = end[i] - at;
	}
	if (redisAppendCommandArgv(r->c, (int)n, argument, len) != REDIS_OK)
		st = lost(r, err);
	free(argument);
	free(len);
	return st;
}

/* An error that may be gone another time, by its first word. */
static bool
will_pass(const char *error)
{
	static const char *const words[] = { "LOADING ", "BUSY ", "TRYAGAIN ",
		"MASTERDOWN ", "READONLY ", "OOM " };

	for (size_t i = 0; i < RP_LEN(words); i++)
		if (strncmp(error, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/* The next reply, however it comes in; NULL: the connection is lost, or its
 * peer sends more than any reply of a queue has. */
static void *
next_reply(redisContext *c)
{
	void *got = NULL;
	size_t before, sum = 0;
	int done = 0;

	while (c->obuf[0] != '\0' && done == 0)
		if (redisBufferWrite(c, &done) != REDIS_OK)
			return NULL;
	for (;;) {
		if (redisGetReplyFromReader(c, &got) != REDIS_OK || got != NULL)
			return got;
		before = c->reader->len;
		if (redisBufferRead(c) != REDIS_OK)
			return NULL;
		sum += c->reader->len - before;
		if (sum > REPLY_MOST) {
			c->err = REDIS_ERR_PROTOCOL;
			snprintf(c->errstr, sizeof(c->errstr),
			    "a reply of more than %u MiB",
			    (unsigned)(REPLY_MOST >> 20));
			return NULL;
		}
	}
}

enum rp_status
rp_redis_receive(
    struct rp_redis *r, struct redisReply **reply, struct rp_error *err)
{
	enum rp_status st;

	if ((*reply = next_reply(r->c)) == NULL)
		return lost(r, err);
	if ((*reply)->type != REDIS_REPLY_ERROR)
		return RP_OK;
	st = will_pass((*reply)->str) ? RP_ERR_REMOTE : RP_ERR_IO;
	(void)rp_error_set(err, st, "%s: %.200s", r->name, (*reply)->str);
	rp_redis_free(*reply);
	*reply = NULL;
	return st;
}

enum rp_status
rp_redis_call(struct rp_redis *r, const struct rp_redis_command *c,
    struct redisReply **reply, struct rp_error *err)
{
	enum rp_status st = rp_redis_send(r, c, err);

	*reply = NULL;
	return st == RP_OK ? rp_redis_receive(r, reply, err) : st;
}

/* ---- replies ---- */

void
rp_redis_free(struct redisReply *reply)
{
	if (reply != NULL)
		freeReplyObject(reply);
}

const char *
rp_redis_text(const struct redisReply *reply, size_t *len)
{
	if (reply == NULL ||
	    (reply->type != REDIS_REPLY_STRING &&
		reply->type != REDIS_REPLY_STATUS))
		return NULL;
	if (len != NULL)
		*len = reply->len;
	return reply->str;
}

int64_t
rp_redis_number(const struct redisReply *reply)
{
	return reply != NULL && reply->type == REDIS_REPLY_INTEGER
	    ? reply->integer
	    : 0;
}

size_t
rp_redis_items(const struct redisReply *reply)
{
	return reply != NULL && reply->type == REDIS_REPLY_ARRAY
	    ? reply->elements
	    : 0;
}

const struct redisReply *
rp_redis_item(const struct redisReply *reply, size_t i)
{
	return i < rp_redis_items(reply) ? reply->element[i] : NULL;
}

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

const char *
rp_redis_version(void)
{
	return "libhiredis " TEXT(HIREDIS_MAJOR) "." TEXT(
	    HIREDIS_MINOR) "." TEXT(HIREDIS_PATCH);
}
