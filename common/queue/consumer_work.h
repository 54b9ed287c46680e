/* Inside queue/: what a kind of queue does for its consumers. */
#ifndef RP_QUEUE_CONSUMER_WORK_H
#define RP_QUEUE_CONSUMER_WORK_H

#include "queue/consumer.h"

/* NULL: nothing is to be done. */
struct rp_consumer_kind {
	enum rp_status (*open)(struct rp_consumer **out,
	    const struct rp_consumer_options *options, struct rp_error *err);
	void (*close)(struct rp_consumer *c);
	enum rp_status (*read)(struct rp_consumer *c, size_t most, int ms,
	    struct rp_delivery **out, size_t *n, struct rp_error *err);
	enum rp_status (*claim)(struct rp_consumer *c, size_t most,
	    struct rp_delivery **out, size_t *n, struct rp_error *err);
	enum rp_status (*take)(struct rp_consumer *c, struct rp_delivery *d,
	    size_t n, struct rp_error *err);
	enum rp_status (*seal)(struct rp_consumer *c, struct rp_job_window *w,
	    struct rp_error *err);
	enum rp_status (*adopt)(struct rp_consumer *c, const char *name,
	    struct rp_job_window *out, struct rp_error *err);
	enum rp_status (*renew)(struct rp_consumer *c,
	    const struct rp_member *members, size_t n, struct rp_error *err);
	enum rp_status (*finish)(struct rp_consumer *c,
	    const struct rp_job_window *w, const char *result, size_t *done,
	    struct rp_error *err);
	enum rp_status (*bury)(struct rp_consumer *c,
	    const struct rp_delivery *d, const char *reason,
	    const char *attempts, struct rp_error *err);
	enum rp_status (*release)(struct rp_consumer *c,
	    const struct rp_member *members, size_t n, struct rp_error *err);
	enum rp_status (*depth)(struct rp_consumer *c, uint64_t *waiting,
	    uint64_t *pending, struct rp_error *err);
	enum rp_status (*leave)(struct rp_consumer *c, struct rp_error *err);
};

/* Each kind's begins with it. */
struct rp_consumer {
	const struct rp_consumer_kind *kind;
	const struct rp_consumer_options *options;
};

extern const struct rp_consumer_kind rp_consumer_of_redis,
    rp_consumer_of_directories, rp_consumer_of_lines;

/* "KEY\nENTRY ID\nENTRY ID\n...": a window as it is stored. RP_ERR_NOMEM;
 * RP_ERR_CORRUPT: it is none. */
RP_CHECKED enum rp_status rp_job_window_write(
    const struct rp_job_window *w, struct rp_buffer *out);
RP_CHECKED enum rp_status rp_job_window_read(
    struct rp_job_window *w, const char *name, const char *text, size_t len);

#endif
