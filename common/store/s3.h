/*
 * Requests to S3 (Signature V4), each made anew after what is transient:
 * shared by s3*.c; nothing else includes it.
 */
#ifndef RP_STORE_S3_H
#define RP_STORE_S3_H

#include "base/random.h"
#include "store/identity.h"
#include "store/work.h"
#include "store/xml.h"

enum {
	RP_S3_HEADERS = 80, /* of a request: metadata and ours */
	RP_S3_LISTING = 8 << 20, /* bytes of a reply: 1,000 long keys */
	RP_S3_REPLY = 256 << 10, /* and of all others */
	RP_S3_CODE = 64,
	RP_S3_CRC = 9, /* bytes of a CRC-32C in base64, terminated */
	RP_S3_UPLOAD_ID = 1024,
	RP_S3_PART_QUERY = 3 * RP_S3_UPLOAD_ID + 64
};

struct rp_s3 {
	struct rp_store base;
	struct rp_store_options opt;
	const char *bucket, *region, *ca_file;
	char *url; /* of the bucket, without a "/" at its end */
	bool own_endpoint; /* whose server may be anyone's */
	struct rp_http_client *client;
	struct rp_identity *id;
	struct rp_random random;
	bool keeps_put, keeps_complete; /* If-None-Match: was tried */
	bool no_crcs; /* refuses uploads whose parts have a CRC-32C */
};

#define RP_S3_CRC_HEADER "x-amz-checksum-crc32c"

struct rp_s3_range {
	uint64_t offset, len;
	uint64_t size; /* of the whole object */
};

/* A request and its attempts. All zero but what is said is one to begin. */
struct rp_s3_call {
	/* set by the caller */
	const char *method;
	const char *key; /* NULL: the bucket */
	const char *query; /* sorted and encoded, "" or NULL: none */
	char *header[RP_S3_HEADERS]; /* by rp_s3_header; freed with the call */
	size_t n_headers;
	const void *body; /* or body_fd, as in rp_http_request */
	int body_fd;
	uint64_t body_len;
	const uint8_t *md5; /* of the body: held against the ETag; or NULL */
	const char *crc; /* of the body, in base64: as the server must say it */
	/* a GET of these bytes, as its headers say; held against the reply */
	const struct rp_s3_range *range;
	bool send_md5; /* for the server to check, which costs it as much */
	uint64_t rate;
	int attempts; /* 0: as the store has it */
	bool last_words; /* goes on although we are stopping */

	/* found */
	int status; /* of HTTP; 0: there was no answer */
	char code[RP_S3_CODE]; /* of S3: "NoSuchKey" */
	bool unsure; /* an earlier attempt may have been heard */
	bool renewed; /* the credentials were, for this call */
	char etag[RP_ETAG_ROOM];
	struct rp_http_reply reply; /* of a status 2xx, until it is freed */

	/* within */
	struct rp_s3 *s3;
	struct rp_http *http;
	char *url, *auth; /* auth: the session token's header */
	struct rp_http_signer signer;
	int failures;
	int64_t not_before; /* monotonic ns */
	struct rp_error why;
};

/* Add "Name: value". RP_ERR_NOMEM, RP_ERR_LIMIT, told. */
RP_CHECKED enum rp_status rp_s3_header(struct rp_s3_call *c,
    struct rp_error *err, const char *fmt, ...) RP_PRINTF(3, 4);

/*
 * Go on, without waiting: begin, retry when it is time. RP_EMPTY: it is not
 * over. RP_OK: 2xx. RP_ERR_REMOTE: refused, or given up; err says which. Call
 * it again only after RP_EMPTY.
 */
RP_CHECKED enum rp_status rp_s3_step(
    struct rp_s3 *s3, struct rp_s3_call *c, struct rp_error *err);

/* The same, to its end. */
RP_CHECKED enum rp_status rp_s3_run(
    struct rp_s3 *s3, struct rp_s3_call *c, struct rp_error *err);

/* Drops it if it is not over; c may be begun anew. */
void rp_s3_end(struct rp_s3_call *c);

/* RP_OK, or the error that says that we were asked to stop. */
RP_CHECKED enum rp_status rp_s3_go_on(
    const struct rp_s3 *s3, struct rp_error *err);

/* The text of an element of the reply; false: it has none, or too long. */
bool rp_s3_text(
    const struct rp_s3_call *c, const char *name, char *out, size_t size);

/* The reply is of what is encrypted so that its ETag is no sum. */
bool rp_s3_is_opaque(const struct rp_s3_call *c);

/* The reply's header, if it is an ETag of sane characters, without quotes. */
bool rp_s3_etag(struct rp_s3_call *c, char out[static RP_ETAG_ROOM]);

/* s3_put.c */
enum rp_status rp_s3_put_begin(struct rp_put **put, struct rp_store *s,
    const char *key, const struct rp_put_options *opt, struct rp_error *err);
enum rp_status rp_s3_put_write(
    struct rp_put *put, const void *data, size_t len, struct rp_error *err);
enum rp_status rp_s3_put_wait(struct rp_put *put, int fd, struct rp_error *err);
enum rp_status rp_s3_put_commit(
    struct rp_put *put, struct rp_put_result *result, struct rp_error *err);
enum rp_status rp_s3_put_end(
    struct rp_put *put, bool committed, struct rp_error *err);

/* s3_upload.c: the requests of a multipart upload */
struct rp_s3_upload {
	char id[RP_S3_UPLOAD_ID]; /* or "" */
	bool opaque; /* its ETags will be no sums, by reason of encryption */
	bool crcs; /* the server checks parts by their CRC-32C */
};
RP_CHECKED enum rp_status rp_s3_upload_create(struct rp_s3 *s3, const char *key,
    const struct rp_put_options *opt, struct rp_s3_upload *upload,
    struct rp_error *err);
struct rp_s3_part { /* that was sent */
	char etag[RP_ETAG_ROOM], crc[RP_S3_CRC];
};
/* want: the ETag that the whole will have; NULL: that is not known. etag: what
 * it is. RP_ERR_EXISTS. */
RP_CHECKED enum rp_status rp_s3_upload_complete(struct rp_s3 *s3,
    const char *key, const struct rp_s3_upload *upload,
    const struct rp_s3_part *parts, uint32_t n, const char *want,
    bool no_clobber, char etag[static RP_ETAG_ROOM], struct rp_error *err);
enum rp_status rp_s3_upload_abort(
    struct rp_s3 *s3, const char *key, const char *id, struct rp_error *err);
/* An object in one. etag: what it is. RP_ERR_EXISTS. */
RP_CHECKED enum rp_status rp_s3_put_whole(struct rp_s3 *s3, const char *key,
    const struct rp_put_options *opt, const void *body, int body_fd,
    uint64_t len, const uint8_t *md5, char etag[static RP_ETAG_ROOM],
    struct rp_error *err);

/* "partNumber=1&uploadId=...", numbers from 1, RP_S3_PART_QUERY bytes. */
RP_CHECKED enum rp_status rp_s3_part_query(char *query, size_t size,
    uint32_t number, const char *id, struct rp_error *err);
/* RP_ERR_EXISTS, said. */
enum rp_status rp_s3_exists(
    const struct rp_s3 *s3, const char *key, struct rp_error *err);

/* RP_ERR_UNSUPPORTED, said: of --no-clobber. */
enum rp_status rp_s3_no_conditions(
    const struct rp_s3 *s3, struct rp_error *err);

/* s3_probe.c: RP_OK: the server keeps to If-None-Match, for an object in parts
 * or in one. RP_ERR_UNSUPPORTED: it does not. */
RP_CHECKED enum rp_status rp_s3_probe(
    struct rp_s3 *s3, const char *key, bool parts, struct rp_error *err);

/* s3_list.c */
enum rp_status rp_s3_list(struct rp_store *s, const char *prefix,
    enum rp_status (*each)(void *arg, const struct rp_object *object),
    void *arg, struct rp_error *err);
enum rp_status rp_s3_orphans(struct rp_store *s, const char *prefix,
    enum rp_status (*each)(void *arg, const struct rp_orphan *orphan),
    void *arg, struct rp_error *err);

/* s3_read.c */
enum rp_status rp_s3_open(struct rp_store *s, const char *key,
    const struct rp_object *known, struct rp_readable *b, struct rp_error *err);

#endif
