/*
 * Objects in a store: a bucket of S3, or the files of a directory. Both have
 * the same semantics: an object appears whole or not at all, replaces the one
 * that was there or, if it shall not, finds that out in one step with
 * appearing, and is durable once it was committed.
 *
 * Keys are relative paths (rp_key_check). Errors name the object.
 */
#ifndef RP_STORE_STORE_H
#define RP_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/readable.h"
#include "store/etag.h"

enum rp_addressing {
	RP_ADDRESS_AUTO, /* by path at an endpoint of one's own, else by host */
	RP_ADDRESS_PATH, /* https://HOST/BUCKET/KEY */
	RP_ADDRESS_HOST /* https://BUCKET.HOST/KEY */
};

/* Strings must outlive the store; NULL is as the environment or the profile
 * has it. */
struct rp_store_options {
	const char *endpoint, *region, *profile, *ca_file;
	enum rp_addressing addressing;
	struct rp_part_sizes sizes;
	int parallel; /* parts that are sent at once */
	int attempts; /* of each request */
	int64_t delay; /* ns before the second one, at most */
	int silence; /* s without a byte until an attempt has failed */
	uint64_t rate; /* bytes/s sent at most; 0: no limit */
	const char *spool; /* the directory for parts above RP_PART_MEMORY */
	bool (*stopping)(void); /* asked while waiting: give up; or NULL */
};

struct rp_store;

/* root is made once an object comes. stopping: as above. */
RP_CHECKED enum rp_status rp_store_directory(struct rp_store **s,
    const char *root, bool (*stopping)(void), struct rp_error *err);
RP_CHECKED enum rp_status rp_store_s3(struct rp_store **s, const char *bucket,
    const struct rp_store_options *opt, struct rp_error *err);
void rp_store_free(struct rp_store *s);

/* Requests that were made anew so far. */
uint64_t rp_store_retries(const struct rp_store *s);

/* ---- putting ---- */

struct rp_put;

struct rp_put_options {
	/* S3 only; NULL: none */
	const char *content_type, *content_encoding;
	const char *const *metadata; /* "name=value" */
	size_t n_metadata;
	bool no_clobber; /* fail if the object is there */
	bool sum; /* make the result's */
	uint64_t size; /* bytes that will come; 0: not known */
};

struct rp_put_result {
	char etag[RP_ETAG_ROOM]; /* as the store has it */
	char sum[65]; /* SHA-256 of the whole, in hex, if asked for; else "" */
	uint64_t size; /* bytes */
	uint32_t parts; /* 0: it was put in one */
};

/* What become headers can be ones. RP_ERR_USAGE. */
RP_CHECKED enum rp_status rp_put_check(
    const struct rp_put_options *opt, struct rp_error *err);

/*
 * Begin; nothing is seen of the object before it is committed. The options'
 * strings must outlive the put. RP_ERR_EXISTS: it is there, and shall not be
 * replaced; RP_ERR_UNSUPPORTED: the server would not keep to that.
 */
RP_CHECKED enum rp_status rp_put_begin(struct rp_put **put, struct rp_store *s,
    const char *key, const struct rp_put_options *opt, struct rp_error *err);

/* More of its bytes; waits while all parts that may be are under way. */
RP_CHECKED enum rp_status rp_put_write(
    struct rp_put *put, const void *data, size_t len, struct rp_error *err);

/* Go on with what is under way until fd can be read: RP_OK. */
RP_CHECKED enum rp_status rp_put_wait(
    struct rp_put *put, int fd, struct rp_error *err);

/* The object appears: RP_OK. It has not, or not by us: RP_ERR_EXISTS; of
 * others one may not know. */
RP_CHECKED enum rp_status rp_put_commit(
    struct rp_put *put, struct rp_put_result *result, struct rp_error *err);

/* Ends it; one that was not committed is undone, as far as the store lets us:
 * err says what is left of it. put may be NULL. */
enum rp_status rp_put_free(struct rp_put *put, struct rp_error *err);

/* ---- what is there ---- */

struct rp_object {
	const char *key; /* valid during the call */
	uint64_t size; /* bytes */
	char etag[RP_ETAG_ROOM];
};

/* RP_EMPTY: there is none. key is not set. */
RP_CHECKED enum rp_status rp_store_head(struct rp_store *s, const char *key,
    struct rp_object *object, struct rp_error *err);

/*
 * Open an object to read it at any place. What is announced is fetched ahead,
 * of S3 in four ranges of at most 4 MiB at once. known: what was listed of it;
 * NULL: that is asked for. One that is replaced meanwhile is RP_ERR_REMOTE in
 * reading. RP_EMPTY: there is none. The store must outlive it.
 */
RP_CHECKED enum rp_status rp_store_open(struct rp_store *s, const char *key,
    const struct rp_object *known, struct rp_readable *b, struct rp_error *err);

/* RP_OK also where there was none. */
RP_CHECKED enum rp_status rp_store_delete(
    struct rp_store *s, const char *key, struct rp_error *err);

/* Each object whose key begins with prefix, by key; etags are of S3 only. each
 * ends it by another status than RP_OK, which is returned. */
RP_CHECKED enum rp_status rp_store_list(struct rp_store *s, const char *prefix,
    enum rp_status (*each)(void *arg, const struct rp_object *object),
    void *arg, struct rp_error *err);

/* What a killed process left: a multipart upload, or a temporary file. */
struct rp_orphan {
	const char *key; /* valid during the call, as the others */
	const char *id; /* of the upload; NULL: key is the file */
	int64_t begun; /* ns, UTC; RP_ABSENT: not known */
};
RP_CHECKED enum rp_status rp_store_orphans(struct rp_store *s,
    const char *prefix,
    enum rp_status (*each)(void *arg, const struct rp_orphan *orphan),
    void *arg, struct rp_error *err);
RP_CHECKED enum rp_status rp_store_abort_orphan(
    struct rp_store *s, const struct rp_orphan *orphan, struct rp_error *err);

#endif
