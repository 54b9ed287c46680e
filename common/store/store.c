#include "store/store.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "store/uri.h"
#include "store/work.h"

void
rp_store_free(struct rp_store *s)
{
	if (s != NULL)
		s->kind->free(s);
}

enum { METADATA_MOST = 2048 }; /* bytes, as S3 has it */

uint64_t
rp_store_retries(const struct rp_store *s)
{
	return s->retries;
}

/* ---- putting ---- */

/* What becomes a header is printable ASCII. */
static enum rp_status
check_text(const char *what, const char *text, struct rp_error *err)
{
	for (const char *p = text; p != NULL && *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			return rp_error_set(err, RP_ERR_USAGE,
			    "%s '%.100s' is not of printable ASCII", what,
			    text);
	return RP_OK;
}

/* "name=value", the name of letters, digits and hyphens. */
static enum rp_status
check_pair(const char *pair, struct rp_error *err)
{
	size_t n = strcspn(pair, "=");

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)pair[i]) && pair[i] != '-')
			n = 0;
	if (n == 0 || pair[n] == '\0')
		return rp_error_set(err, RP_ERR_USAGE,
		    "metadata '%.100s' is not NAME=VALUE, the name of letters, "
		    "digits and hyphens",
		    pair);
	return check_text("metadata", pair, err);
}

enum rp_status
rp_put_check(const struct rp_put_options *opt, struct rp_error *err)
{
	enum rp_status st =
	    check_text("the content type", opt->content_type, err);
	size_t size = 0;

	if (st == RP_OK)
		st = check_text(
		    "the content encoding", opt->content_encoding, err);
	for (size_t i = 0; i < opt->n_metadata && st == RP_OK; i++) {
		st = check_pair(opt->metadata[i], err);
		size += strlen(opt->metadata[i]);
	}
	if (st == RP_OK && (size > METADATA_MOST || opt->n_metadata > 64))
		st = rp_error_set(err, RP_ERR_USAGE,
		    "metadata has more than 64 names or %d bytes",
		    METADATA_MOST);
	return st;
}

enum rp_status
rp_put_begin(struct rp_put **put, struct rp_store *s, const char *key,
    const struct rp_put_options *opt, struct rp_error *err)
{
	char *copy;
	enum rp_status st;

	*put = NULL;
	if ((st = rp_key_check(key, err)) != RP_OK ||
	    (st = rp_put_check(opt, err)) != RP_OK)
		return st;
	if ((copy = strdup(key)) == NULL)
		return rp_error_no_memory(err);
	if ((st = s->kind->begin(put, s, copy, opt, err)) != RP_OK) {
		free(copy);
		return st;
	}
	(*put)->store = s;
	(*put)->key = copy;
	(*put)->opt = *opt;
	if (opt->sum)
		st = rp_digest_begin(&(*put)->sum, RP_SHA256, err);
	if (st != RP_OK) {
		(void)rp_put_free(*put, err);
		*put = NULL;
	}
	return st;
}

enum rp_status
rp_put_write(
    struct rp_put *put, const void *data, size_t len, struct rp_error *err)
{
	if (len > RP_OBJECT_MOST - put->size)
		return rp_error_set(err, RP_ERR_LIMIT,
		    "%s: an object has at most 5 TiB", put->key);
	if (put->opt.sum)
		rp_digest_add(&put->sum, data, len);
	put->size += len;
	return put->store->kind->write(put, data, len, err);
}

enum rp_status
rp_put_wait(struct rp_put *put, int fd, struct rp_error *err)
{
	return put->store->kind->wait(put, fd, err);
}

enum rp_status
rp_put_commit(
    struct rp_put *put, struct rp_put_result *result, struct rp_error *err)
{
	uint8_t sum[RP_SHA256_SIZE];
	enum rp_status st;

	*result = (struct rp_put_result){ .size = put->size };
	if (put->opt.sum) {
		rp_digest_end(&put->sum, sum);
		rp_hex(result->sum, sum, sizeof(sum));
	}
	st = put->store->kind->commit(put, result, err);
	put->committed = st == RP_OK;
	return st;
}

enum rp_status
rp_put_free(struct rp_put *put, struct rp_error *err)
{
	char *key;
	enum rp_status st;

	if (put == NULL)
		return RP_OK;
	key = put->key;
	rp_digest_free(&put->sum);
	st = put->store->kind->end(put, put->committed, err);
	free(key);
	return st;
}

/* ---- what is there ---- */

enum rp_status
rp_store_head(struct rp_store *s, const char *key, struct rp_object *object,
    struct rp_error *err)
{
	enum rp_status st = rp_key_check(key, err);

	*object = (struct rp_object){ 0 };
	return st == RP_OK ? s->kind->head(s, key, object, err) : st;
}

enum rp_status
rp_store_open(struct rp_store *s, const char *key,
    const struct rp_object *known, struct rp_readable *b, struct rp_error *err)
{
	enum rp_status st = rp_key_check(key, err);

	*b = RP_READABLE_CLOSED;
	return st == RP_OK ? s->kind->open(s, key, known, b, err) : st;
}

enum rp_status
rp_store_delete(struct rp_store *s, const char *key, struct rp_error *err)
{
	enum rp_status st = rp_key_check(key, err);

	return st == RP_OK ? s->kind->delete (s, key, err) : st;
}

enum rp_status
rp_store_list(struct rp_store *s, const char *prefix,
    enum rp_status (*each)(void *arg, const struct rp_object *object),
    void *arg, struct rp_error *err)
{
	return s->kind->list(s, prefix, each, arg, err);
}

enum rp_status
rp_store_orphans(struct rp_store *s, const char *prefix,
    enum rp_status (*each)(void *arg, const struct rp_orphan *orphan),
    void *arg, struct rp_error *err)
{
	return s->kind->orphans(s, prefix, each, arg, err);
}

enum rp_status
rp_store_abort_orphan(
    struct rp_store *s, const struct rp_orphan *orphan, struct rp_error *err)
{
	return s->kind->abort_orphan(s, orphan, err);
}
