/* The locks of a log (rp-log(5)): the writer's, and that of who keeps it. */
#ifndef RP_LOG_LOCK_H
#define RP_LOG_LOCK_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Take the writer's lock of a log: RP_ERR_BUSY if another process holds it.
 * It lasts until *fd is closed.
 */
RP_CHECKED enum rp_status rp_log_lock(
    const char *dir, int *fd, struct rp_error *err);

/* Whether some process holds it now. */
bool rp_log_is_locked(const char *dir);

/*
 * The same for who removes, replaces and moves sealed segments, with or
 * without a writer: they exclude one another.
 */
RP_CHECKED enum rp_status rp_log_lock_upkeep(
    const char *dir, int *fd, struct rp_error *err);

#endif
