/*
 * Named readers of a log: how far the sink of that name has committed. The
 * position is (UUID of the log, seq), in DIR/readers/NAME.
 */
#ifndef RP_LOG_READERS_H
#define RP_LOG_READERS_H

#include <stddef.h>
#include <stdint.h>

#include "log/remote.h"

/* Letters, digits, '.', '_', '-'; not a leading dot; at most 64 bytes. */
RP_CHECKED enum rp_status rp_log_reader_name_check(
    const char *name, struct rp_error *err);

/*
 * Store that everything up to seq is committed; a lower seq than the stored
 * one changes nothing. Durable on return.
 */
RP_CHECKED enum rp_status rp_log_confirm(
    const char *dir, const char *name, uint64_t seq, struct rp_error *err);

/* The seq that was confirmed; 0 if there is none yet. RP_ERR_CORRUPT if the
 * position is of another log. */
RP_CHECKED enum rp_status rp_log_confirmed(const char *dir,
    const struct rp_log_remote *remote, const char *name, uint64_t *seq,
    struct rp_error *err);

struct rp_log_position {
	char name[65];
	uint64_t seq;
	uint64_t behind; /* records behind seq, once counted (inventory.h) */
};

/* All of them, by name; the caller frees *all. */
RP_CHECKED enum rp_status rp_log_positions(const char *dir,
    struct rp_log_position **all, size_t *n, struct rp_error *err);

#endif
