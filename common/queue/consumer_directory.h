/* Inside queue/: what the files of consumers of a directory share. */
#ifndef RP_QUEUE_CONSUMER_DIRECTORY_H
#define RP_QUEUE_CONSUMER_DIRECTORY_H

#include "queue/consumer_work.h"
#include "queue/directory.h"

struct directory_consumer {
	struct rp_consumer base;
	struct rp_directory d;
	int64_t us; /* our number */
	int notify; /* of jobs that were put; -1: none */
};

/* rp_directory_begin, of a queue that is opened again if need be. */
RP_CHECKED enum rp_status rp_directory_consumer_begin(
    struct directory_consumer *c, enum rp_access access, struct rp_error *err);

/* Of rp_consumer_of_directories. */
RP_CHECKED enum rp_status rp_directory_take(struct rp_consumer *base,
    struct rp_delivery *d, size_t n, struct rp_error *err);
RP_CHECKED enum rp_status rp_directory_seal(
    struct rp_consumer *base, struct rp_job_window *w, struct rp_error *err);
RP_CHECKED enum rp_status rp_directory_adopt(struct rp_consumer *base,
    const char *name, struct rp_job_window *out, struct rp_error *err);
RP_CHECKED enum rp_status rp_directory_renew(struct rp_consumer *base,
    const struct rp_member *members, size_t n, struct rp_error *err);
RP_CHECKED enum rp_status rp_directory_finish(struct rp_consumer *base,
    const struct rp_job_window *w, const char *result, size_t *done,
    struct rp_error *err);
RP_CHECKED enum rp_status rp_directory_bury(struct rp_consumer *base,
    const struct rp_delivery *d, const char *reason, const char *attempts,
    struct rp_error *err);
RP_CHECKED enum rp_status rp_directory_release(struct rp_consumer *base,
    const struct rp_member *members, size_t n, struct rp_error *err);

#endif
