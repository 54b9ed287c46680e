/* Places in a store: what a target names, what a key may be, how it is
 * written in a URL. */
#ifndef RP_STORE_URI_H
#define RP_STORE_URI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

#define RP_MAX_KEY 1024 /* bytes, as S3 has it */

/* "s3://BUCKET/KEY", "file://DIR/KEY" or the bare path "DIR/KEY". */
struct rp_target {
	bool s3;
	const char *bucket; /* of S3; not terminated */
	size_t bucket_len;
	const char *path; /* the rest, which may be empty; terminated */
};

/* Points into text. RP_ERR_USAGE: another scheme, a bucket's name that is
 * none. */
RP_CHECKED enum rp_status rp_target_parse(
    struct rp_target *t, const char *text, struct rp_error *err);

/*
 * A key: up to 1024 bytes of UTF-8 without control characters, and none of its
 * components is empty, "." or "..". RP_ERR_USAGE.
 */
RP_CHECKED enum rp_status rp_key_check(const char *key, struct rp_error *err);

/*
 * Append text as it stands in a URL: all but letters, digits and "-._~" in
 * upper-case hex, "/" too unless slashes stay. RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_uri_encode(
    struct rp_buffer *out, const char *text, bool slashes_stay);

/* Decode %xx in place. False: there is a % that is not followed by two hex
 * digits, or a NUL in the result. */
bool rp_uri_decode(char *text);

#endif
