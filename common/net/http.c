#include "net/http.h"

#include <curl/curl.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/time.h"

enum {
	REDIRECTS = 5,
	RETRY_MOST = 86400 /* s that a venue may put us off */
};

struct rp_http {
	CURLM *multi;
	CURL *easy;
	struct rp_buffer body;
	size_t max_body;
	char why[CURL_ERROR_SIZE];
	bool too_long, over;
	CURLcode result;
	int64_t ts;
};

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

static bool
set_up(struct rp_http *h, const struct rp_http_options *opt)
{
	CURL *e = h->easy;

	if (opt->ca_file != NULL)
		(void)curl_easy_setopt(e, CURLOPT_CAINFO, opt->ca_file);
	(void)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, h->why);
	(void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(e, CURLOPT_TIMEOUT, (long)opt->timeout);
	(void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 1L);
	(void)curl_easy_setopt(e, CURLOPT_MAXREDIRS, (long)REDIRECTS);
	(void)curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "");
	(void)curl_easy_setopt(e, CURLOPT_USERAGENT, "rp/" RP_VERSION);
	(void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(e, CURLOPT_WRITEDATA, h);
	return curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") ==
	    CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_URL, opt->url) == CURLE_OK &&
	    curl_multi_add_handle(h->multi, e) == CURLM_OK;
}

struct rp_http *
rp_http_get(const struct rp_http_options *opt)
{
	struct rp_http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->max_body = opt->max_body;
	h->multi = curl_multi_init();
	h->easy = curl_easy_init();
	if (h->multi != NULL && h->easy != NULL && set_up(h, opt))
		return h;
	rp_http_free(h);
	return NULL;
}

void
rp_http_free(struct rp_http *h)
{
	if (h == NULL)
		return;
	if (h->multi != NULL && h->easy != NULL)
		(void)curl_multi_remove_handle(h->multi, h->easy);
	curl_easy_cleanup(h->easy);
	(void)curl_multi_cleanup(h->multi);
	rp_buffer_free(&h->body);
	free(h);
}

static void
fill_in(struct rp_http *h, struct rp_http_reply *reply)
{
	curl_off_t after = 0;
	long status = 0;

	*reply = (struct rp_http_reply){
		.body = h->body.data, .len = h->body.len, .ts = h->ts
	};
	(void)curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(h->easy, CURLINFO_RETRY_AFTER, &after);
	reply->retry_after = after < RETRY_MOST ? after : RETRY_MOST;
	if (h->result == CURLE_OK)
		reply->status = (int)status;
	else if (h->too_long)
		reply->why = "the body is too long";
	else
		reply->why =
		    h->why[0] != '\0' ? h->why : curl_easy_strerror(h->result);
}

enum rp_status
rp_http_step(struct rp_http *h, struct rp_http_reply *reply)
{
	const CURLMsg *m;
	int left;

	if (!h->over && curl_multi_perform(h->multi, &left) != CURLM_OK) {
		h->over = true;
		h->result = CURLE_FAILED_INIT;
	}
	while ((m = curl_multi_info_read(h->multi, &left)) != NULL)
		if (m->msg == CURLMSG_DONE) {
			h->over = true;
			h->result = m->data.result;
			h->ts = rp_time_now();
		}
	if (!h->over)
		return RP_EMPTY;
	fill_in(h, reply);
	return RP_OK;
}

const char *
rp_http_version(void)
{
	return curl_version_info(CURLVERSION_NOW)->version;
}
