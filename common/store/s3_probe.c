/*
 * Does the server keep to "If-None-Match: *"? One that does not know it puts
 * the object all the same, and nothing tells. So it is tried out on an object
 * of our own, beside the one that is to come, which is removed again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/s3.h"

/* An object in the folder of key that nobody has. */
static char *
probe_key(struct rp_s3 *s3, const char *key)
{
	const char *slash = strrchr(key, '/');
	int folder = slash == NULL ? 0 : (int)(slash - key) + 1;
	char *probe;

	return asprintf(&probe, "%.*s.rp-probe-%016" PRIx64, folder, key,
		   rp_random_next(&s3->random)) < 0
	    ? NULL
	    : probe;
}

static enum rp_status
put_empty(struct rp_s3 *s3, const char *key, struct rp_error *err)
{
	const struct rp_put_options opt = { .no_clobber = true };
	char etag[RP_ETAG_ROOM];
	uint8_t md5[RP_MD5_SIZE];
	struct rp_digest d = { 0 };
	enum rp_status st = rp_digest_begin(&d, RP_MD5, err);

	if (st == RP_OK) {
		rp_digest_end(&d, md5);
		st = rp_s3_put_whole(s3, key, &opt, "", -1, 0, md5, etag, err);
	}
	rp_digest_free(&d);
	return st;
}

/* An upload of one empty part. */
static enum rp_status
put_in_parts(struct rp_s3 *s3, const char *key, struct rp_error *err)
{
	const struct rp_put_options opt = { 0 };
	static const char crc[RP_S3_CRC] = "AAAAAA=="; /* of nothing */
	struct rp_s3_upload upload = { 0 };
	struct rp_s3_part part = { 0 };
	char etag[RP_ETAG_ROOM], query[RP_S3_PART_QUERY];
	struct rp_s3_call c = { .method = "PUT", .key = key, .query = query };
	enum rp_status st = rp_s3_upload_create(s3, key, &opt, &upload, err);

	if (st != RP_OK)
		return st;
	if (upload.crcs) {
		memcpy(part.crc, crc, sizeof(crc));
		c.crc = crc;
	}
	st = rp_s3_part_query(query, sizeof(query), 1, upload.id, err);
	if (st == RP_OK)
		st = rp_s3_run(s3, &c, err);
	if (st == RP_OK && !rp_s3_etag(&c, part.etag))
		st = rp_error_set(err, RP_ERR_REMOTE,
		    "s3://%s/%.200s: a part was given no ETag", s3->bucket,
		    key);
	rp_s3_end(&c);
	if (st == RP_OK)
		st = rp_s3_upload_complete(
		    s3, key, &upload, &part, 1, NULL, true, etag, err);
	if (st != RP_OK)
		(void)rp_s3_upload_abort(s3, key, upload.id, NULL);
	return st;
}

/* A second object of the same key, which must not come to be. */
static enum rp_status
try(struct rp_s3 *s3, const char *probe, bool parts, struct rp_error *err)
{
	struct rp_error refused = { 0 };
	enum rp_status st = put_empty(s3, probe, err);

	if (st != RP_OK)
		return st;
	st = parts ? put_in_parts(s3, probe, &refused)
		   : put_empty(s3, probe, &refused);
	if (st == RP_OK)
		st = rp_s3_no_conditions(s3, err);
	else if (st == RP_ERR_EXISTS)
		st = RP_OK;
	else
		st = rp_error_set(err, st, "%s", refused.text);
	return st;
}

enum rp_status
rp_s3_probe(struct rp_s3 *s3, const char *key, bool parts, struct rp_error *err)
{
	bool *known = parts ? &s3->keeps_complete : &s3->keeps_put;
	enum rp_status st, removed;
	struct rp_object there;
	char *probe;

	/* what is there already needs no bytes to find out */
	if (!parts && rp_store_head(&s3->base, key, &there, NULL) == RP_OK)
		return rp_s3_exists(s3, key, err);
	if (*known || !s3->own_endpoint)
		return RP_OK;
	if ((probe = probe_key(s3, key)) == NULL)
		return rp_error_no_memory(err);
	st = try(s3, probe, parts, err);
	removed = rp_store_delete(&s3->base, probe, st == RP_OK ? err : NULL);
	if (st == RP_OK)
		st = removed;
	*known = st == RP_OK;
	free(probe);
	return st;
}
