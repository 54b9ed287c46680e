#include "store/logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/uri.h"

struct bucket {
	struct bucket *next;
	char *name;
	struct rp_store *store;
};

/* What was listed. */
struct listing {
	struct listing *next;
	char *place;
	const struct bucket *bucket;
	char *prefix; /* of its keys, up to the names in them */
	struct rp_object *object; /* n, by key, which is a copy */
	size_t n;
};

struct rp_store_logs {
	struct rp_log_remote remote;
	const struct rp_store_options *opt;
	struct bucket *buckets;
	struct listing *listings;
};

/* ---- buckets ---- */

/* The bucket of a URL, and its key, which may be empty. */
static enum rp_status
find_bucket(struct rp_store_logs *l, const char *url, struct bucket **bucket,
    const char **key, struct rp_error *err)
{
	struct rp_target t;
	struct bucket *b;
	enum rp_status st = rp_target_parse(&t, url, err);

	if (st == RP_OK && !t.s3)
		st = rp_error_set(
		    err, RP_ERR_USAGE, "'%s' is not s3://BUCKET/PREFIX", url);
	if (st != RP_OK)
		return st;
	*key = t.path;
	for (b = l->buckets; b != NULL; b = b->next)
		if (strlen(b->name) == t.bucket_len &&
		    memcmp(b->name, t.bucket, t.bucket_len) == 0) {
			*bucket = b;
			return RP_OK;
		}
	if ((b = calloc(1, sizeof(*b))) == NULL ||
	    (b->name = strndup(t.bucket, t.bucket_len)) == NULL)
		st = rp_error_no_memory(err);
	else
		st = rp_store_s3(&b->store, b->name, l->opt, err);
	if (st != RP_OK) {
		free(b != NULL ? b->name : NULL);
		free(b);
		return st;
	}
	b->next = l->buckets;
	*bucket = l->buckets = b;
	return RP_OK;
}

/* ---- listings ---- */

static void
listing_free(struct listing *g)
{
	for (size_t i = 0; i < g->n; i++)
		free((char *)(uintptr_t)g->object[i].key);
	free(g->object);
	free(g->prefix);
	free(g->place);
	free(g);
}

static enum rp_status
note_object(void *arg, const struct rp_object *object)
{
	struct listing *g = arg;
	struct rp_object *all = g->object, one = *object;

	if ((g->n & (g->n - 1)) == 0) /* a power of two: it is full */
		all = realloc(all, (g->n * 2 + 1) * sizeof(*all));
	if (all != NULL)
		g->object = all;
	if (all == NULL || (one.key = strdup(object->key)) == NULL)
		return RP_ERR_NOMEM;
	all[g->n++] = one;
	return RP_OK;
}

static int
by_key(const void *a, const void *b)
{
	const struct rp_object *x = a, *y = b;

	return strcmp(x->key, y->key);
}

/* The listing of a place, made once. */
static enum rp_status
find_listing(struct rp_store_logs *l, const char *place, struct listing **found,
    struct rp_error *err)
{
	struct bucket *bucket = NULL;
	struct listing *g;
	const char *key;
	enum rp_status st;

	for (g = l->listings; g != NULL; g = g->next)
		if (strcmp(g->place, place) == 0) {
			*found = g;
			return RP_OK;
		}
	if ((st = find_bucket(l, place, &bucket, &key, err)) != RP_OK)
		return st;
	if ((g = calloc(1, sizeof(*g))) == NULL ||
	    (g->place = strdup(place)) == NULL ||
	    asprintf(&g->prefix, "%s%s", key, *key != '\0' ? "/" : "") < 0) {
		if (g != NULL) {
			g->prefix = NULL;
			listing_free(g);
		}
		return rp_error_no_memory(err);
	}
	g->bucket = bucket;
	st = rp_store_list(bucket->store, g->prefix, note_object, g, err);
	if (st != RP_OK) {
		listing_free(g);
		return st == RP_ERR_NOMEM ? rp_error_no_memory(err) : st;
	}
	if (g->n > 1) /* not every server lists by key */
		qsort(g->object, g->n, sizeof(*g->object), by_key);
	g->next = l->listings;
	*found = l->listings = g;
	return RP_OK;
}

static enum rp_status
list(void *arg, const char *place,
    enum rp_status (*each)(void *each_arg, const char *name, uint64_t size),
    void *each_arg, struct rp_error *err)
{
	struct listing *g = NULL;
	enum rp_status st = find_listing(arg, place, &g, err);

	for (size_t i = 0; st == RP_OK && i < g->n; i++) {
		const struct rp_object *o = &g->object[i];

		if (strlen(o->key) > strlen(g->prefix))
			st =
			    each(each_arg, o->key + strlen(g->prefix), o->size);
	}
	return st == RP_ERR_NOMEM ? rp_error_no_memory(err) : st;
}

/* ---- objects ---- */

/* Whether some listing tells of a key, and if so whether it is there. */
static bool
is_listed(const struct rp_store_logs *l, const struct bucket *bucket,
    const char *key, const struct rp_object **object)
{
	const struct rp_object wanted = { .key = key };

	for (const struct listing *g = l->listings; g != NULL; g = g->next) {
		if (g->bucket != bucket ||
		    strncmp(key, g->prefix, strlen(g->prefix)) != 0)
			continue;
		*object = g->n == 0
		    ? NULL
		    : bsearch(&wanted, g->object, g->n, sizeof(wanted), by_key);
		return true;
	}
	return false;
}

static enum rp_status
open_object(
    void *arg, const char *url, struct rp_readable *b, struct rp_error *err)
{
	struct rp_store_logs *l = arg;
	const struct rp_object *known = NULL;
	struct bucket *bucket;
	const char *key;
	enum rp_status st = find_bucket(l, url, &bucket, &key, err);

	if (st != RP_OK)
		return st;
	if (is_listed(l, bucket, key, &known) && known == NULL)
		return RP_EMPTY;
	return rp_store_open(bucket->store, key, known, b, err);
}

/* ---- putting and removing ---- */

enum { COPIED = 256 << 10 }; /* bytes at once */

/* Whether an object has a file's bytes. RP_EMPTY: it has others. */
static enum rp_status
compare_bytes(const struct rp_readable *object, int fd, const char *url,
    struct rp_error *err)
{
	struct rp_buffer b = { 0 };
	uint8_t *p, *q;
	uint64_t at = 0;
	enum rp_status st = rp_buffer_reserve(&b, 2 * COPIED);

	if (st != RP_OK)
		return rp_error_no_memory(err);
	p = b.data;
	q = p + COPIED;
	rp_readable_announce(object, 0, object->size);
	while (st == RP_OK && at < object->size) {
		size_t n = object->size - at < COPIED
		    ? (size_t)(object->size - at)
		    : COPIED;

		st = rp_readable_read(object, p, n, at, url, err);
		if (st == RP_OK &&
		    (pread(fd, q, n, (off_t)at) != (ssize_t)n ||
			memcmp(p, q, n) != 0))
			st = RP_EMPTY;
		at += n;
	}
	rp_buffer_free(&b);
	return st;
}

/* What is there: RP_OK: the file's bytes, by their sum or one by one; RP_EMPTY:
 * nothing; RP_ERR_EXISTS: others. */
static enum rp_status
look(const struct rp_store_logs *l, const struct bucket *bucket,
    const char *key, int fd, uint64_t size, const char *url,
    struct rp_error *err)
{
	const struct rp_part_sizes whole = { UINT64_MAX, RP_PART_MOST };
	struct rp_readable b = RP_READABLE_CLOSED;
	struct rp_object object;
	char etag[RP_ETAG_ROOM];
	enum rp_status st = rp_store_head(bucket->store, key, &object, err);

	if (st != RP_OK)
		return st;
	if (object.size == size) {
		st = rp_etag_of_file(etag, fd, size,
		    strchr(object.etag, '-') != NULL ? &l->opt->sizes : &whole,
		    url, err);
		if (st != RP_OK || strcasecmp(etag, object.etag) == 0)
			return st;
		st = rp_store_open(bucket->store, key, &object, &b, err);
		if (st == RP_OK)
			st = compare_bytes(&b, fd, url, err);
		rp_readable_close(&b);
		if (st != RP_EMPTY)
			return st;
	}
	return rp_error_set(err, RP_ERR_EXISTS,
	    "%s: exists already with other bytes; is there another copy of the "
	    "log?",
	    url);
}

static enum rp_status
send(struct rp_put *put, int fd, uint64_t size, const char *url,
    struct rp_error *err)
{
	struct rp_buffer b = { 0 };
	uint64_t at = 0;
	ssize_t n;
	enum rp_status st = rp_buffer_reserve(&b, COPIED);

	if (st != RP_OK)
		return rp_error_no_memory(err);
	for (; st == RP_OK && at < size; at += (uint64_t)n) {
		n = pread(fd, b.data, COPIED, (off_t)at);
		if (n <= 0)
			st = rp_error_errno(err, "%s: its original", url);
		else
			st = rp_put_write(put, b.data, (size_t)n, err);
	}
	rp_buffer_free(&b);
	return st;
}

static enum rp_status
put_object(
    void *arg, int fd, uint64_t size, const char *url, struct rp_error *err)
{
	struct rp_store_logs *l = arg;
	const struct rp_put_options opt = { .size = size };
	struct rp_put_result result;
	struct rp_error left = { 0 };
	struct bucket *bucket;
	struct rp_put *put;
	const char *key;
	enum rp_status st = find_bucket(l, url, &bucket, &key, err);

	if (st != RP_OK)
		return st;
	st = look(l, bucket, key, fd, size, url, err);
	if (st != RP_EMPTY)
		return st;
	st = rp_put_begin(&put, bucket->store, key, &opt, err);
	if (st != RP_OK)
		return st;
	if ((st = send(put, fd, size, url, err)) == RP_OK)
		st = rp_put_commit(put, &result, err);
	(void)rp_put_free(put, &left);
	if (st == RP_OK)
		st = look(l, bucket, key, fd, size, url, err);
	return st != RP_EMPTY ? st
			      : rp_error_set(err, RP_ERR_REMOTE,
				    "%s: is not there after it was put", url);
}

static enum rp_status
remove_object(void *arg, const char *url, struct rp_error *err)
{
	struct bucket *bucket;
	const char *key;
	enum rp_status st = find_bucket(arg, url, &bucket, &key, err);

	return st == RP_OK ? rp_store_delete(bucket->store, key, err) : st;
}

enum rp_status
rp_store_logs_new(struct rp_store_logs **l, const struct rp_store_options *opt,
    struct rp_error *err)
{
	if ((*l = calloc(1, sizeof(**l))) == NULL)
		return rp_error_no_memory(err);
	(*l)->opt = opt;
	(*l)->remote = (struct rp_log_remote){ .arg = *l,
		.list = list,
		.open = open_object,
		.put = put_object,
		.remove = remove_object };
	return RP_OK;
}

void
rp_store_logs_free(struct rp_store_logs *l)
{
	if (l == NULL)
		return;
	for (struct listing *g = l->listings, *next; g != NULL; g = next) {
		next = g->next;
		listing_free(g);
	}
	for (struct bucket *b = l->buckets, *next; b != NULL; b = next) {
		next = b->next;
		rp_store_free(b->store);
		free(b->name);
		free(b);
	}
	free(l);
}

const struct rp_log_remote *
rp_store_logs_remote(const struct rp_store_logs *l)
{
	return &l->remote;
}
