/* A position in a log: its UUID and a seq, from which reading can go on. */
#ifndef RP_LOG_POSITION_H
#define RP_LOG_POSITION_H

#include <stdint.h>

#include "log/remote.h"

/*
 * Can a log be read on from behind this seq? RP_ERR_CORRUPT: it is another log,
 * it ends before, or what follows was trimmed. RP_ERR_IO, RP_ERR_USAGE (there
 * is no log), RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_log_check_position(const char *dir,
    const struct rp_log_remote *remote, const char *uuid, uint64_t seq,
    struct rp_error *err);

#endif
