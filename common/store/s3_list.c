/* Listings: objects, and multipart uploads that were never completed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "store/s3.h"
#include "store/uri.h"

enum {
	TOKEN_MOST = 4096, /* bytes of a token to go on with */
	PAGES_MOST = 1000000 /* of a listing that does not end */
};

struct listing {
	struct rp_s3 *s3;
	const char *prefix;
	struct rp_buffer query;
	char token[TOKEN_MOST], id[TOKEN_MOST]; /* where the next page begins */
	char key[3 * RP_MAX_KEY + 1];
	struct rp_error *err;
};

static enum rp_status
add(struct listing *l, const char *text, const char *value)
{
	if (rp_buffer_add(&l->query, text, strlen(text)) != RP_OK ||
	    (value != NULL && rp_uri_encode(&l->query, value, false) != RP_OK))
		return rp_error_no_memory(l->err);
	return RP_OK;
}

static enum rp_status
malformed(const struct listing *l, const char *what)
{
	return rp_error_set(l->err, RP_ERR_REMOTE, "s3://%s: a listing with %s",
	    l->s3->bucket, what);
}

/* The key of an element, as it was before the server encoded it. */
static enum rp_status
get_key(struct listing *l, const struct rp_xml *element)
{
	if (!rp_xml_text(element, "Key", l->key, sizeof(l->key)) ||
	    !rp_uri_decode(l->key))
		return malformed(l, "a key that is none");
	return RP_OK;
}

/* A page of it: query is set. *more: another one follows. */
static enum rp_status
get_page(struct listing *l, struct rp_s3_call *c, bool *more)
{
	char truncated[8];
	enum rp_status st = rp_buffer_add(&l->query, "", 1) == RP_OK
	    ? RP_OK
	    : rp_error_no_memory(l->err);

	*c = (struct rp_s3_call){ .method = "GET",
		.query = (const char *)l->query.data };
	if (st == RP_OK)
		st = rp_s3_run(l->s3, c, l->err);
	(void)rp_s3_text(c, "IsTruncated", truncated, sizeof(truncated));
	*more = strcmp(truncated, "true") == 0;
	return st;
}

static struct rp_xml
document(const struct rp_s3_call *c)
{
	const char *body =
	    c->reply.body != NULL ? (const char *)c->reply.body : "";

	return (struct rp_xml){ body, body + c->reply.len };
}

/* ---- objects ---- */

static enum rp_status
objects_query(struct listing *l)
{
	enum rp_status st = RP_OK;

	l->query.len = 0;
	if (l->token[0] != '\0')
		st = add(l, "continuation-token=", l->token);
	if (st == RP_OK)
		st = add(l,
		    l->token[0] != '\0'
			? "&encoding-type=url&list-type=2&prefix="
			: "encoding-type=url&list-type=2&prefix=",
		    l->prefix);
	return st;
}

static enum rp_status
one_object(struct listing *l, const struct rp_xml *element,
    enum rp_status (*each)(void *arg, const struct rp_object *object),
    void *arg)
{
	struct rp_object object = { .key = l->key };
	char size[24], etag[RP_ETAG_ROOM + 2], *end;
	enum rp_status st = get_key(l, element);
	size_t len;

	if (st != RP_OK)
		return st;
	if (!rp_xml_text(element, "Size", size, sizeof(size)) ||
	    size[strspn(size, "0123456789")] != '\0')
		return malformed(l, "a size that is none");
	object.size = strtoull(size, &end, 10);
	(void)rp_xml_text(element, "ETag", etag, sizeof(etag));
	len = strlen(etag);
	if (len >= 2 && etag[0] == '"' && etag[len - 1] == '"') {
		memcpy(object.etag, etag + 1, len - 2);
	} else if (len < RP_ETAG_ROOM) {
		memcpy(object.etag, etag, len);
	}
	return each(arg, &object);
}

enum rp_status
rp_s3_list(struct rp_store *s, const char *prefix,
    enum rp_status (*each)(void *arg, const struct rp_object *object),
    void *arg, struct rp_error *err)
{
	struct listing l = {
		.s3 = (struct rp_s3 *)s, .prefix = prefix, .err = err
	};
	enum rp_status st = RP_OK;
	bool more = true;

	for (int page = 0; more && st == RP_OK && page < PAGES_MOST; page++) {
		struct rp_s3_call c = { 0 };
		struct rp_xml doc, element;

		if ((st = objects_query(&l)) == RP_OK)
			st = get_page(&l, &c, &more);
		doc = document(&c);
		while (
		    st == RP_OK && rp_xml_element(&doc, "Contents", &element))
			st = one_object(&l, &element, each, arg);
		if (st == RP_OK && more &&
		    !rp_s3_text(
			&c, "NextContinuationToken", l.token, sizeof(l.token)))
			st = malformed(&l, "no token to go on with");
		rp_s3_end(&c);
	}
	rp_buffer_free(&l.query);
	return st;
}

/* ---- uploads ---- */

static enum rp_status
uploads_query(struct listing *l)
{
	bool on = l->token[0] != '\0';
	enum rp_status st = RP_OK;

	l->query.len = 0;
	st = add(l, "encoding-type=url", NULL);
	if (st == RP_OK && on)
		st = add(l, "&key-marker=", l->token);
	if (st == RP_OK)
		st = add(l, "&prefix=", l->prefix);
	if (st == RP_OK && on)
		st = add(l, "&upload-id-marker=", l->id);
	return st == RP_OK ? add(l, "&uploads=", NULL) : st;
}

static enum rp_status
one_upload(struct listing *l, const struct rp_xml *element,
    enum rp_status (*each)(void *arg, const struct rp_orphan *orphan),
    void *arg)
{
	char id[RP_S3_UPLOAD_ID], begun[64];
	struct rp_orphan orphan = { .key = l->key, .id = id };
	enum rp_status st = get_key(l, element);

	if (st != RP_OK)
		return st;
	if (!rp_xml_text(element, "UploadId", id, sizeof(id)))
		return malformed(l, "an upload without UploadId");
	if (!rp_xml_text(element, "Initiated", begun, sizeof(begun)) ||
	    rp_time_parse(begun, strlen(begun), NULL, &orphan.begun) != RP_OK)
		orphan.begun = RP_ABSENT;
	return each(arg, &orphan);
}

enum rp_status
rp_s3_orphans(struct rp_store *s, const char *prefix,
    enum rp_status (*each)(void *arg, const struct rp_orphan *orphan),
    void *arg, struct rp_error *err)
{
	struct listing l = {
		.s3 = (struct rp_s3 *)s, .prefix = prefix, .err = err
	};
	enum rp_status st = RP_OK;
	bool more = true;

	for (int page = 0; more && st == RP_OK && page < PAGES_MOST; page++) {
		struct rp_s3_call c = { 0 };
		struct rp_xml doc, element;

		if ((st = uploads_query(&l)) == RP_OK)
			st = get_page(&l, &c, &more);
		doc = document(&c);
		while (st == RP_OK && rp_xml_element(&doc, "Upload", &element))
			st = one_upload(&l, &element, each, arg);
		if (st == RP_OK && more &&
		    (!rp_s3_text(
			 &c, "NextKeyMarker", l.token, sizeof(l.token)) ||
			!rp_uri_decode(l.token) || l.token[0] == '\0' ||
			!rp_s3_text(
			    &c, "NextUploadIdMarker", l.id, sizeof(l.id))))
			st = malformed(&l, "no marker to go on with");
		rp_s3_end(&c);
	}
	rp_buffer_free(&l.query);
	return st;
}
