/* Shared by the files of store/; nothing else includes it. */
#ifndef RP_STORE_WORK_H
#define RP_STORE_WORK_H

#include "store/store.h"

/* What a kind of store does; each begins with a struct rp_store, and its puts
 * with a struct rp_put. */
struct rp_store_kind {
	void (*free)(struct rp_store *s);
	enum rp_status (*begin)(struct rp_put **put, struct rp_store *s,
	    const char *key, const struct rp_put_options *opt,
	    struct rp_error *err);
	enum rp_status (*write)(struct rp_put *put, const void *data,
	    size_t len, struct rp_error *err);
	enum rp_status (*wait)(
	    struct rp_put *put, int fd, struct rp_error *err);
	enum rp_status (*commit)(struct rp_put *put,
	    struct rp_put_result *result, struct rp_error *err);
	enum rp_status (*end)(
	    struct rp_put *put, bool committed, struct rp_error *err);
	enum rp_status (*head)(struct rp_store *s, const char *key,
	    struct rp_object *object, struct rp_error *err);
	enum rp_status (*delete)(
	    struct rp_store *s, const char *key, struct rp_error *err);
	enum rp_status (*list)(struct rp_store *s, const char *prefix,
	    enum rp_status (*each)(void *arg, const struct rp_object *object),
	    void *arg, struct rp_error *err);
	enum rp_status (*orphans)(struct rp_store *s, const char *prefix,
	    enum rp_status (*each)(void *arg, const struct rp_orphan *orphan),
	    void *arg, struct rp_error *err);
	enum rp_status (*abort_orphan)(struct rp_store *s,
	    const struct rp_orphan *orphan, struct rp_error *err);
	enum rp_status (*open)(struct rp_store *s, const char *key,
	    const struct rp_object *known, struct rp_readable *b,
	    struct rp_error *err);
};

struct rp_store {
	const struct rp_store_kind *kind;
	uint64_t retries;
};

struct rp_put {
	struct rp_store *store;
	char *key; /* a copy */
	struct rp_put_options opt;
	struct rp_digest sum; /* of the whole */
	uint64_t size; /* bytes so far */
	bool committed;
};

#endif
