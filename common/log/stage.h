/*
 * A log that appears whole: it is written in a directory beside the place
 * where it will stand, and moved there at the end.
 */
#ifndef RP_LOG_STAGE_H
#define RP_LOG_STAGE_H

#include <stdbool.h>

#include "log/remote.h"

struct rp_log_stage {
	char *target; /* where it will stand */
	char *dir; /* where it is written */
	int lock, upkeep; /* of the log that will be replaced, or -1 */
};

/*
 * Make the directory. replace: a log at target may exist and gives way;
 * otherwise RP_ERR_EXISTS. RP_ERR_BUSY: that log is being written.
 */
RP_CHECKED enum rp_status rp_log_stage_open(struct rp_log_stage *s,
    const char *target, bool replace, struct rp_error *err);

/* Move it into place, and remove what it replaces. */
RP_CHECKED enum rp_status rp_log_stage_publish(
    struct rp_log_stage *s, struct rp_error *err);

/* Remove it unless it was published. Harmless twice. */
void rp_log_stage_discard(struct rp_log_stage *s);

/* Remove a log at once, and what of it lies elsewhere; the caller holds both of
 * its locks. */
RP_CHECKED enum rp_status rp_log_remove(
    const char *log, const struct rp_log_remote *remote, struct rp_error *err);

/*
 * Call found with the name of each log in dir that was being staged or removed
 * when its process was killed, and remove it, unless dry.
 */
RP_CHECKED enum rp_status rp_log_stage_clean(const char *dir,
    const struct rp_log_remote *remote, bool dry,
    void (*found)(void *arg, const char *name), void *arg,
    struct rp_error *err);

#endif
