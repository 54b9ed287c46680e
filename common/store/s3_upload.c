/* The requests by which an object comes to be: in one, or as a multipart
 * upload. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/s3.h"
#include "store/uri.h"

enum rp_status
rp_s3_exists(const struct rp_s3 *s3, const char *key, struct rp_error *err)
{
	return rp_error_set(err, RP_ERR_EXISTS,
	    "s3://%s/%.200s: exists, and is not replaced (--no-clobber)",
	    s3->bucket, key);
}

enum rp_status
rp_s3_no_conditions(const struct rp_s3 *s3, struct rp_error *err)
{
	return rp_error_set(err, RP_ERR_UNSUPPORTED,
	    "s3://%s: the server does not keep to If-None-Match: --no-clobber "
	    "is not to be had",
	    s3->bucket);
}

/* "name=value" to "x-amz-meta-name: value". */
static enum rp_status
add_metadata(struct rp_s3_call *c, const char *pair, struct rp_error *err)
{
	int n = (int)strcspn(pair, "=");

	return rp_s3_header(
	    c, err, "x-amz-meta-%.*s: %s", n, pair, pair + n + 1);
}

static enum rp_status
add_headers(struct rp_s3_call *c, const struct rp_put_options *opt,
    struct rp_error *err)
{
	enum rp_status st = RP_OK;

	if (opt->content_type != NULL)
		st =
		    rp_s3_header(c, err, "Content-Type: %s", opt->content_type);
	if (st == RP_OK && opt->content_encoding != NULL)
		st = rp_s3_header(
		    c, err, "Content-Encoding: %s", opt->content_encoding);
	for (size_t i = 0; i < opt->n_metadata && st == RP_OK; i++)
		st = add_metadata(c, opt->metadata[i], err);
	return st;
}

/*
 * A request failed that was to make the object. Was it made all the same, by an
 * attempt whose answer was lost? Then what is there has the ETag that ours has.
 */
static enum rp_status
settle(struct rp_s3 *s3, const struct rp_s3_call *failed, const char *key,
    const char *want, char *etag, bool no_clobber, struct rp_error *err)
{
	bool gone =
	    failed->status == 404 && strcmp(failed->code, "NoSuchUpload") == 0;
	bool refused = no_clobber && failed->status == 412;
	struct rp_object there;

	if (no_clobber && failed->status == 501) {
		*err = (struct rp_error){ 0 };
		return rp_s3_no_conditions(s3, err);
	}
	if (!gone && !refused)
		return err->status;
	if (failed->unsure && want != NULL &&
	    rp_store_head(&s3->base, key, &there, NULL) == RP_OK &&
	    strcasecmp(there.etag, want) == 0) {
		*err = (struct rp_error){ 0 };
		memcpy(etag, there.etag, RP_ETAG_ROOM);
		return RP_OK;
	}
	if (!refused)
		return err->status;
	*err = (struct rp_error){ 0 };
	return rp_s3_exists(s3, key, err);
}

/* ---- in one ---- */

enum rp_status
rp_s3_put_whole(struct rp_s3 *s3, const char *key,
    const struct rp_put_options *opt, const void *body, int body_fd,
    uint64_t len, const uint8_t *md5, char etag[static RP_ETAG_ROOM],
    struct rp_error *err)
{
	struct rp_s3_call c = { .method = "PUT",
		.key = key,
		.body = body,
		.body_fd = body_fd,
		.body_len = len,
		.md5 = md5,
		.send_md5 = true,
		.rate = s3->opt.rate };
	char want[2 * RP_MD5_SIZE + 1];
	enum rp_status st = add_headers(&c, opt, err);

	if (st == RP_OK && opt->no_clobber)
		st = rp_s3_header(&c, err, "If-None-Match: *");
	if (st == RP_OK)
		st = rp_s3_run(s3, &c, err);
	if (st == RP_OK) {
		memcpy(etag, c.etag, RP_ETAG_ROOM);
	} else if (st == RP_ERR_REMOTE) {
		rp_hex(want, md5, RP_MD5_SIZE);
		st = settle(s3, &c, key, want, etag, opt->no_clobber, err);
	}
	rp_s3_end(&c);
	return st;
}

/* ---- in parts ---- */

#define ALGORITHM "x-amz-checksum-algorithm"

/* What the server says of an upload that it has begun. */
static enum rp_status
take_upload(const struct rp_s3 *s3, const struct rp_s3_call *c,
    struct rp_s3_upload *upload, struct rp_error *err)
{
	const char *kept = rp_http_header(c->http, ALGORITHM);

	upload->crcs = kept != NULL && strcmp(kept, "CRC32C") == 0;
	upload->opaque = rp_s3_is_opaque(c);
	return rp_s3_text(c, "UploadId", upload->id, sizeof(upload->id)) &&
		upload->id[0] != '\0'
	    ? RP_OK
	    : rp_error_set(err, RP_ERR_REMOTE,
		  "s3://%s/%.200s: the server gave no UploadId", s3->bucket,
		  c->key);
}

/* A server that does not know the sum may ignore it, or refuse all for it. */
enum rp_status
rp_s3_upload_create(struct rp_s3 *s3, const char *key,
    const struct rp_put_options *opt, struct rp_s3_upload *upload,
    struct rp_error *err)
{
	struct rp_s3_call c = {
		.method = "POST", .key = key, .query = "uploads="
	};
	struct rp_error why = { 0 };
	enum rp_status st = add_headers(&c, opt, &why);
	bool refused;

	if (st == RP_OK && !s3->no_crcs)
		st = rp_s3_header(&c, &why, ALGORITHM ": CRC32C");
	if (st == RP_OK)
		st = rp_s3_run(s3, &c, &why);
	if (st == RP_OK)
		st = take_upload(s3, &c, upload, &why);
	refused =
	    st != RP_OK && !s3->no_crcs && (c.status == 400 || c.status == 501);
	rp_s3_end(&c);
	if (refused) {
		s3->no_crcs = true;
		return rp_s3_upload_create(s3, key, opt, upload, err);
	}
	return st == RP_OK ? RP_OK : rp_error_set(err, st, "%s", why.text);
}

/* "uploadId=..." */
static enum rp_status
id_query(struct rp_buffer *q, const char *id, struct rp_error *err)
{
	if (rp_buffer_add(q, "uploadId=", 9) != RP_OK ||
	    rp_uri_encode(q, id, false) != RP_OK ||
	    rp_buffer_add(q, "", 1) != RP_OK)
		return rp_error_no_memory(err);
	return RP_OK;
}

enum rp_status
rp_s3_part_query(char *query, size_t size, uint32_t number, const char *id,
    struct rp_error *err)
{
	struct rp_buffer q = { 0 };
	enum rp_status st = id_query(&q, id, err);

	if (st == RP_OK)
		(void)snprintf(query, size, "partNumber=%" PRIu32 "&%s", number,
		    (char *)q.data);
	rp_buffer_free(&q);
	return st;
}

static enum rp_status
list_parts(struct rp_buffer *xml, const struct rp_s3_part *parts, uint32_t n,
    struct rp_error *err)
{
	static const char head[] = "<CompleteMultipartUpload>";
	static const char tail[] = "</CompleteMultipartUpload>";
	enum rp_status st = rp_buffer_add(xml, head, sizeof(head) - 1);
	char part[RP_ETAG_ROOM + RP_S3_CRC + 160];

	for (uint32_t i = 0; i < n && st == RP_OK; i++) {
		int len = snprintf(part, sizeof(part),
		    "<Part><PartNumber>%" PRIu32
		    "</PartNumber><ETag>&quot;%s&quot;</ETag>%s%s%s</Part>",
		    i + 1, parts[i].etag,
		    parts[i].crc[0] != '\0' ? "<ChecksumCRC32C>" : "",
		    parts[i].crc,
		    parts[i].crc[0] != '\0' ? "</ChecksumCRC32C>" : "");

		st = rp_buffer_add(xml, part, (size_t)len);
	}
	if (st == RP_OK)
		st = rp_buffer_add(xml, tail, sizeof(tail) - 1);
	return st == RP_OK ? RP_OK : rp_error_no_memory(err);
}

/* The whole's ETag: of those that can be held against ours, it must be it. */
static enum rp_status
check_whole(struct rp_s3 *s3, const struct rp_s3_call *c, const char *key,
    const char *want, char *etag, struct rp_error *err)
{
	size_t hex = 2 * RP_MD5_SIZE;
	char text[RP_ETAG_ROOM + 2];
	size_t len;

	etag[0] = '\0';
	(void)rp_s3_text(c, "ETag", text, sizeof(text));
	len = strlen(text);
	if (len > 2 && text[0] == '"' && text[len - 1] == '"')
		memcpy(etag, text + 1, len - 2), etag[len - 2] = '\0';
	else if (len < RP_ETAG_ROOM)
		memcpy(etag, text, len + 1);
	if (want == NULL || strspn(etag, "0123456789abcdefABCDEF") != hex ||
	    etag[hex] != '-' || strcasecmp(etag, want) == 0)
		return RP_OK;
	return rp_error_set(err, RP_ERR_REMOTE,
	    "s3://%s/%.200s: is there, but its ETag %s is not %s, the sum of "
	    "what was sent: do not trust it",
	    s3->bucket, key, etag, want);
}

enum rp_status
rp_s3_upload_complete(struct rp_s3 *s3, const char *key,
    const struct rp_s3_upload *upload, const struct rp_s3_part *parts,
    uint32_t n, const char *want, bool no_clobber,
    char etag[static RP_ETAG_ROOM], struct rp_error *err)
{
	struct rp_buffer query = { 0 }, xml = { 0 };
	struct rp_s3_call c = { .method = "POST", .key = key };
	enum rp_status st = id_query(&query, upload->id, err);

	if (st == RP_OK)
		st = list_parts(&xml, parts, n, err);
	c.query = (const char *)query.data;
	c.body = xml.data;
	c.body_len = xml.len;
	if (st == RP_OK)
		st = rp_s3_header(&c, err, "Content-Type: application/xml");
	if (st == RP_OK && no_clobber)
		st = rp_s3_header(&c, err, "If-None-Match: *");
	if (st == RP_OK) {
		st = rp_s3_run(s3, &c, err);
		if (st == RP_OK)
			st = check_whole(s3, &c, key, want, etag, err);
		else if (st == RP_ERR_REMOTE)
			st = settle(s3, &c, key, want, etag, no_clobber, err);
	}
	rp_s3_end(&c);
	rp_buffer_free(&query);
	rp_buffer_free(&xml);
	return st;
}

enum rp_status
rp_s3_upload_abort(
    struct rp_s3 *s3, const char *key, const char *id, struct rp_error *err)
{
	struct rp_buffer query = { 0 };
	struct rp_s3_call c = {
		.method = "DELETE", .key = key, .last_words = true
	};
	enum rp_status st = id_query(&query, id, err);

	c.query = (const char *)query.data;
	if (st == RP_OK)
		st = rp_s3_run(s3, &c, err);
	if (st != RP_OK && c.status == 404) {
		if (err != NULL)
			*err = (struct rp_error){ 0 };
		st = RP_OK;
	}
	rp_s3_end(&c);
	rp_buffer_free(&query);
	return st;
}
