#include "net/http.h"

#define CURL_DISABLE_TYPECHECK /* of calls by these names */
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/library.h"
#include "base/time.h"

enum {
	REDIRECTS = 5,
	CONNECT_TIME = 20, /* s */
	SEND_BUFFER = 256 << 10, /* bytes */
	RETRY_MOST = 86400 /* s that a server may put us off */
};

/* clang-format off */
#define CALLS(X) \
	X(easy_cleanup) X(easy_getinfo) X(easy_header) X(easy_init) \
	X(easy_setopt) X(easy_strerror) X(multi_add_handle) \
	X(multi_cleanup) X(multi_info_read) X(multi_init) \
	X(multi_perform) X(multi_poll) X(multi_remove_handle) \
	X(slist_append) X(slist_free_all) X(version_info)
/* clang-format on */
#define MEMBER(name) __typeof__(curl_##name) *(name);
#define NAME(name) "curl_" #name,

/* libcurl, once it was loaded: that takes 4 ms. */
static struct {
	CALLS(MEMBER)
} curl;

static void
load(void)
{
	static const char *const names[] = { CALLS(NAME) };

	if (!rp_library_load("libcurl.so.4", names, RP_LEN(names), &curl))
		curl.multi_init = NULL;
}

static bool
is_loaded(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	return pthread_once(&once, load) == 0 && curl.multi_init != NULL;
}

struct rp_http_client {
	CURLM *multi;
};

struct rp_http {
	struct rp_http_client *client;
	bool own_client;
	CURL *easy;
	struct curl_slist *headers;
	const uint8_t *source; /* what is sent */
	int source_fd;
	uint64_t source_len, sent;
	struct rp_buffer body;
	size_t max_body;
	char why[CURL_ERROR_SIZE];
	bool too_long, over;
	CURLcode result;
	int64_t ts;
	int64_t silence; /* ns; 0: of any length */
	curl_off_t moved; /* bytes, both ways */
	int64_t moved_at; /* when that grew last: monotonic ns */
};

struct rp_http_client *
rp_http_client_new(void)
{
	struct rp_http_client *c = is_loaded() ? calloc(1, sizeof(*c)) : NULL;

	if (c != NULL && (c->multi = curl.multi_init()) == NULL) {
		free(c);
		return NULL;
	}
	return c;
}

void
rp_http_client_free(struct rp_http_client *c)
{
	if (c != NULL)
		(void)curl.multi_cleanup(c->multi);
	free(c);
}

bool
rp_http_wait(struct rp_http_client *c, int fd, int ms)
{
	struct curl_waitfd extra = { .fd = fd, .events = CURL_WAIT_POLLIN };

	(void)curl.multi_poll(c->multi, &extra, fd >= 0, ms, NULL);
	return extra.revents != 0;
}

/* ---- bodies ---- */

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct rp_http *h = arg;

	(void)size; /* always 1 */
	h->too_long = n > h->max_body - h->body.len;
	if (h->too_long || rp_buffer_add(&h->body, p, n) != RP_OK)
		return 0;
	return n;
}

static size_t
on_send(char *p, size_t size, size_t n, void *arg)
{
	struct rp_http *h = arg;
	uint64_t left = h->source_len - h->sent;
	ssize_t got;

	n *= size;
	if (n > left)
		n = (size_t)left;
	if (h->source != NULL) {
		memcpy(p, h->source + h->sent, n);
	} else if (n > 0) {
		got = pread(h->source_fd, p, n, (off_t)h->sent);
		if (got <= 0)
			return CURL_READFUNC_ABORT;
		n = (size_t)got;
	}
	h->sent += n;
	return n;
}

/* libcurl begins again where a connection turned out to be closed. */
static int
on_rewind(void *arg, curl_off_t offset, int origin)
{
	struct rp_http *h = arg;

	if (origin != SEEK_SET || offset < 0 ||
	    (uint64_t)offset > h->source_len)
		return CURL_SEEKFUNC_FAIL;
	h->sent = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

static void
set_source(struct rp_http *h, const struct rp_http_request *r)
{
	CURL *e = h->easy;

	h->source = r->body;
	h->source_fd = r->body_fd;
	h->source_len = r->body_len;
	(void)curl.easy_setopt(e, CURLOPT_UPLOAD, 1L);
	(void)curl.easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, (long)SEND_BUFFER);
	(void)curl.easy_setopt(
	    e, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->body_len);
	(void)curl.easy_setopt(e, CURLOPT_READFUNCTION, on_send);
	(void)curl.easy_setopt(e, CURLOPT_READDATA, h);
	(void)curl.easy_setopt(e, CURLOPT_SEEKFUNCTION, on_rewind);
	(void)curl.easy_setopt(e, CURLOPT_SEEKDATA, h);
}

/* ---- requests ---- */

static bool
set_signer(CURL *e, const struct rp_http_signer *s)
{
	char scheme[128];
	int n = snprintf(
	    scheme, sizeof(scheme), "aws:amz:%s:%s", s->region, s->service);

	return n > 0 && (size_t)n < sizeof(scheme) &&
	    curl.easy_setopt(e, CURLOPT_AWS_SIGV4, scheme) == CURLE_OK &&
	    curl.easy_setopt(e, CURLOPT_USERNAME, s->key) == CURLE_OK &&
	    curl.easy_setopt(e, CURLOPT_PASSWORD, s->secret) == CURLE_OK;
}

static bool
set_headers(struct rp_http *h, const struct rp_http_request *r)
{
	struct curl_slist *more;

	for (size_t i = 0; i < r->n_headers; i++) {
		more = curl.slist_append(h->headers, r->headers[i]);
		if (more == NULL)
			return false;
		h->headers = more;
	}
	return curl.easy_setopt(h->easy, CURLOPT_HTTPHEADER, h->headers) ==
	    CURLE_OK;
}

static bool
set_method(struct rp_http *h, const struct rp_http_request *r)
{
	bool get = strcmp(r->method, "GET") == 0;
	bool head = strcmp(r->method, "HEAD") == 0;

	if (strcmp(r->method, "PUT") == 0 || strcmp(r->method, "POST") == 0)
		set_source(h, r);
	if (head)
		(void)curl.easy_setopt(h->easy, CURLOPT_NOBODY, 1L);
	return get || head ||
	    curl.easy_setopt(h->easy, CURLOPT_CUSTOMREQUEST, r->method) ==
	    CURLE_OK;
}

static void
set_bounds(struct rp_http *h, const struct rp_http_request *r)
{
	CURL *e = h->easy;

	h->max_body = r->max_reply;
	h->silence = r->silence * RP_SECOND;
	h->moved_at = rp_clock_monotonic();
	(void)curl.easy_setopt(e, CURLOPT_TIMEOUT, (long)r->timeout);
	(void)curl.easy_setopt(e, CURLOPT_CONNECTTIMEOUT,
	    r->silence != 0 && r->silence < CONNECT_TIME ? (long)r->silence
							 : CONNECT_TIME);
	if (r->rate != 0)
		(void)curl.easy_setopt(e, CURLOPT_MAX_SEND_SPEED_LARGE,
		    r->rate < INT64_MAX ? (curl_off_t)r->rate : INT64_MAX);
	if (r->direct)
		(void)curl.easy_setopt(e, CURLOPT_PROXY, "");
	if (r->follow) {
		(void)curl.easy_setopt(e, CURLOPT_FOLLOWLOCATION, 1L);
		(void)curl.easy_setopt(e, CURLOPT_MAXREDIRS, (long)REDIRECTS);
		(void)curl.easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
	}
}

static bool
set_up(struct rp_http *h, const struct rp_http_request *r)
{
	CURL *e = h->easy;

	if (r->ca_file != NULL)
		(void)curl.easy_setopt(e, CURLOPT_CAINFO, r->ca_file);
	(void)curl.easy_setopt(e, CURLOPT_ERRORBUFFER, h->why);
	(void)curl.easy_setopt(e, CURLOPT_PRIVATE, h);
	(void)curl.easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	(void)curl.easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
	(void)curl.easy_setopt(e, CURLOPT_USERAGENT, "rp/" RP_VERSION);
	(void)curl.easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl.easy_setopt(e, CURLOPT_WRITEDATA, h);
	set_bounds(h, r);
	return set_method(h, r) && set_headers(h, r) &&
	    (r->signer == NULL || set_signer(e, r->signer)) &&
	    curl.easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") ==
	    CURLE_OK &&
	    curl.easy_setopt(e, CURLOPT_URL, r->url) == CURLE_OK &&
	    curl.multi_add_handle(h->client->multi, e) == CURLM_OK;
}

struct rp_http *
rp_http_begin(
    struct rp_http_client *client, const struct rp_http_request *request)
{
	struct rp_http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->client = client;
	h->easy = curl.easy_init();
	if (h->easy != NULL && set_up(h, request))
		return h;
	rp_http_free(h);
	return NULL;
}

struct rp_http *
rp_http_get(const struct rp_http_options *opt)
{
	const struct rp_http_request request = { .method = "GET",
		.url = opt->url,
		.ca_file = opt->ca_file,
		.max_reply = opt->max_body,
		.timeout = opt->timeout,
		.follow = true };
	struct rp_http_client *client = rp_http_client_new();
	struct rp_http *h;

	if (client == NULL)
		return NULL;
	if ((h = rp_http_begin(client, &request)) == NULL)
		rp_http_client_free(client);
	else
		h->own_client = true;
	return h;
}

void
rp_http_free(struct rp_http *h)
{
	if (h == NULL)
		return;
	if (h->easy != NULL)
		(void)curl.multi_remove_handle(h->client->multi, h->easy);
	curl.easy_cleanup(h->easy);
	curl.slist_free_all(h->headers);
	if (h->own_client)
		rp_http_client_free(h->client);
	rp_buffer_free(&h->body);
	free(h);
}

/* ---- replies ---- */

static bool
is_hopeless(CURLcode result)
{
	return result == CURLE_PEER_FAILED_VERIFICATION ||
	    result == CURLE_SSL_CACERT_BADFILE ||
	    result == CURLE_URL_MALFORMAT ||
	    result == CURLE_UNSUPPORTED_PROTOCOL ||
	    result == CURLE_ABORTED_BY_CALLBACK;
}

static void
fill_in(struct rp_http *h, struct rp_http_reply *reply)
{
	curl_off_t after = 0;
	long status = 0;

	*reply = (struct rp_http_reply){
		.body = h->body.data, .len = h->body.len, .ts = h->ts
	};
	(void)curl.easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl.easy_getinfo(h->easy, CURLINFO_RETRY_AFTER, &after);
	reply->retry_after = after < RETRY_MOST ? after : RETRY_MOST;
	reply->hopeless = h->too_long || is_hopeless(h->result);
	if (h->result == CURLE_OK)
		reply->status = (int)status;
	else if (h->too_long)
		reply->why = "the body is too long";
	else
		reply->why =
		    h->why[0] != '\0' ? h->why : curl.easy_strerror(h->result);
}

/* Let all of the client's requests go on; what ended knows it afterwards. */
static void
perform(struct rp_http_client *c)
{
	const CURLMsg *m;
	int left;

	(void)curl.multi_perform(c->multi, &left);
	while ((m = curl.multi_info_read(c->multi, &left)) != NULL) {
		struct rp_http *h = NULL;

		(void)curl.easy_getinfo(
		    m->easy_handle, CURLINFO_PRIVATE, (char **)&h);
		if (m->msg == CURLMSG_DONE && h != NULL) {
			h->over = true;
			h->result = m->data.result;
			h->ts = rp_time_now();
		}
	}
}

/* libcurl would average: that takes it some seconds longer. */
static void
give_up_in_silence(struct rp_http *h)
{
	int64_t now = rp_clock_monotonic();
	curl_off_t sent = 0, received = 0;

	(void)curl.easy_getinfo(h->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	(void)curl.easy_getinfo(h->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
	if (sent + received != h->moved) {
		h->moved = sent + received;
		h->moved_at = now;
	} else if (now - h->moved_at > h->silence) {
		(void)curl.multi_remove_handle(h->client->multi, h->easy);
		h->over = true;
		h->result = CURLE_OPERATION_TIMEDOUT;
		(void)snprintf(h->why, sizeof(h->why), "silent for %d s",
		    (int)(h->silence / RP_SECOND));
	}
}

enum rp_status
rp_http_step(struct rp_http *h, struct rp_http_reply *reply)
{
	if (!h->over)
		perform(h->client);
	if (!h->over && h->silence != 0)
		give_up_in_silence(h);
	if (!h->over)
		return RP_EMPTY;
	fill_in(h, reply);
	return RP_OK;
}

const char *
rp_http_header(const struct rp_http *h, const char *name)
{
	struct curl_header *header;

	return curl.easy_header(h->easy, name, 0, CURLH_HEADER, -1, &header) ==
		CURLHE_OK
	    ? header->value
	    : NULL;
}

const char *
rp_http_version(void)
{
	return is_loaded() ? curl.version_info(CURLVERSION_NOW)->version : NULL;
}
