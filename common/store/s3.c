/* A bucket of S3 as a store. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "store/s3.h"

#define REGION_DEFAULT "us-east-1"

static void
s3_free(struct rp_store *s)
{
	struct rp_s3 *s3 = (struct rp_s3 *)s;

	rp_identity_free(s3->id);
	rp_http_client_free(s3->client);
	free(s3->url);
	free(s3);
}

/* ---- where it is ---- */

/* A name in a certificate stands for one label: not for a bucket's dots. */
static bool
by_path(const struct rp_s3 *s3)
{
	if (s3->opt.addressing != RP_ADDRESS_AUTO)
		return s3->opt.addressing == RP_ADDRESS_PATH;
	return s3->own_endpoint || strchr(s3->bucket, '.') != NULL;
}

static enum rp_status
make_url(struct rp_s3 *s3, const char *endpoint, struct rp_error *err)
{
	const char *host = strstr(endpoint, "://");
	size_t len = strlen(endpoint);
	int n;

	if ((strncmp(endpoint, "http://", 7) != 0 &&
		strncmp(endpoint, "https://", 8) != 0) ||
	    strpbrk(endpoint, "?#@ ") != NULL || host[3] == '\0')
		return rp_error_set(err, RP_ERR_USAGE,
		    "the endpoint '%.200s' is not http[s]://HOST[:PORT]",
		    strchr(endpoint, '@') != NULL ? "..." : endpoint);
	host += 3;
	while (endpoint[len - 1] == '/')
		len--;
	if (by_path(s3))
		n = asprintf(
		    &s3->url, "%.*s/%s", (int)len, endpoint, s3->bucket);
	else
		n = asprintf(&s3->url, "%.*s%s.%.*s", (int)(host - endpoint),
		    endpoint, s3->bucket, (int)(endpoint + len - host), host);
	if (n < 0)
		s3->url = NULL;
	return n < 0 ? rp_error_no_memory(err) : RP_OK;
}

static enum rp_status
find_endpoint(struct rp_s3 *s3, struct rp_error *err)
{
	const char *endpoint = s3->opt.endpoint;
	char aws[200];
	bool china = strncmp(s3->region, "cn-", 3) == 0;

	if (endpoint == NULL)
		endpoint =
		    rp_identity_setting(s3->id, "AWS_ENDPOINT_URL_S3", NULL);
	if (endpoint == NULL)
		endpoint = rp_identity_setting(
		    s3->id, "AWS_ENDPOINT_URL", "endpoint_url");
	s3->own_endpoint = endpoint != NULL;
	if (endpoint == NULL)
		(void)snprintf(aws, sizeof(aws),
		    "https://s3.%.64s.amazonaws.com%s", s3->region,
		    china ? ".cn" : "");
	return make_url(s3, endpoint != NULL ? endpoint : aws, err);
}

static enum rp_status
find_region(struct rp_s3 *s3, struct rp_error *err)
{
	s3->region = s3->opt.region;
	if (s3->region == NULL)
		s3->region = rp_identity_setting(s3->id, "AWS_REGION", NULL);
	if (s3->region == NULL)
		s3->region =
		    rp_identity_setting(s3->id, "AWS_DEFAULT_REGION", "region");
	if (s3->region == NULL)
		s3->region = REGION_DEFAULT;
	if (strlen(s3->region) > 64 ||
	    s3->region[strspn(
		s3->region, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
		return rp_error_set(err, RP_ERR_USAGE,
		    "the region '%.100s' is none", s3->region);
	return RP_OK;
}

/* ---- single objects ---- */

static enum rp_status
s3_head(struct rp_store *s, const char *key, struct rp_object *object,
    struct rp_error *err)
{
	struct rp_s3_call c = { .method = "HEAD", .key = key };
	struct rp_error why = { 0 };
	enum rp_status st = rp_s3_run((struct rp_s3 *)s, &c, &why);
	const char *size;

	if (st == RP_OK) {
		size = rp_http_header(c.http, "Content-Length");
		object->size = size != NULL ? strtoull(size, NULL, 10) : 0;
		(void)rp_s3_etag(&c, object->etag);
	} else if (c.status == 404) {
		st = RP_EMPTY;
	} else {
		st = rp_error_set(err, st, "%s", why.text);
	}
	rp_s3_end(&c);
	return st;
}

static enum rp_status
s3_delete(struct rp_store *s, const char *key, struct rp_error *err)
{
	struct rp_s3_call c = { .method = "DELETE", .key = key };
	struct rp_error why = { 0 };
	enum rp_status st = rp_s3_run((struct rp_s3 *)s, &c, &why);

	if (st != RP_OK && c.status == 404 &&
	    strcmp(c.code, "NoSuchBucket") != 0)
		st = RP_OK;
	if (st != RP_OK)
		st = rp_error_set(err, st, "%s", why.text);
	rp_s3_end(&c);
	return st;
}

static enum rp_status
s3_abort_orphan(
    struct rp_store *s, const struct rp_orphan *orphan, struct rp_error *err)
{
	return rp_s3_upload_abort(
	    (struct rp_s3 *)s, orphan->key, orphan->id, err);
}

static void
seed(struct rp_random *random)
{
	uint64_t bits;

	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) != sizeof(bits))
		bits = (uint64_t)rp_clock_monotonic();
	rp_random_seed(random, bits);
}

enum rp_status
rp_store_s3(struct rp_store **s, const char *bucket,
    const struct rp_store_options *opt, struct rp_error *err)
{
	static const struct rp_store_kind kind = { s3_free, rp_s3_put_begin,
		rp_s3_put_write, rp_s3_put_wait, rp_s3_put_commit,
		rp_s3_put_end, s3_head, s3_delete, rp_s3_list, rp_s3_orphans,
		s3_abort_orphan, rp_s3_open };
	struct rp_s3 *s3 = calloc(1, sizeof(*s3));
	enum rp_status st;

	*s = NULL;
	if (s3 == NULL)
		return rp_error_no_memory(err);
	s3->base.kind = &kind;
	s3->opt = *opt;
	s3->bucket = bucket;
	seed(&s3->random);
	if (rp_http_version() == NULL)
		st = rp_error_set(
		    err, RP_ERR_UNSUPPORTED, "libcurl cannot be loaded");
	else if ((s3->client = rp_http_client_new()) == NULL)
		st = rp_error_no_memory(err);
	else
		st = rp_identity_new(&s3->id, opt->profile, s3->client, err);
	if (st == RP_OK && (st = find_region(s3, err)) == RP_OK)
		st = find_endpoint(s3, err);
	if (st != RP_OK) {
		s3_free(&s3->base);
		return st;
	}
	s3->ca_file = opt->ca_file != NULL
	    ? opt->ca_file
	    : rp_identity_setting(s3->id, "AWS_CA_BUNDLE", "ca_bundle");
	*s = &s3->base;
	return RP_OK;
}
