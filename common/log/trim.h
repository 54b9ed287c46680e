/*
 * What retention took away from the cold end of a log. DIR/trimmed says it
 * before it is done, so that what was begun is finished, and who looks for
 * older records is told (rp-log(5)).
 */
#ifndef RP_LOG_TRIM_H
#define RP_LOG_TRIM_H

#include "log/segment.h"

struct rp_log_trimmed {
	uint64_t last_seq; /* segments that begin up to here go; 0: none did */
	uint64_t records; /* in all of them */
	int64_t ts_min,
	    ts_max; /* of their ts_recv; no records: min above max */
};

/* All zero if nothing was trimmed. RP_ERR_CORRUPT: the file says nothing. */
RP_CHECKED enum rp_status rp_log_trimmed(const char *dir,
    const struct rp_log_remote *remote, struct rp_log_trimmed *t,
    struct rp_error *err);

/*
 * Remove the first segment of a log, which x is the index of (its summary will
 * do), and which is not the last. *t is what was trimmed so far, and with it.
 */
RP_CHECKED enum rp_status rp_log_trim(const char *dir,
    const struct rp_segment *s, const struct rp_index *x,
    struct rp_log_trimmed *t, struct rp_error *err);

/*
 * Finish a removal that was begun. found is called with the name of each segment,
 * which goes unless dry. *t is what was trimmed, as rp_log_trimmed.
 */
RP_CHECKED enum rp_status rp_log_trim_finish(const char *dir,
    const struct rp_log_remote *remote, struct rp_log_trimmed *t, bool dry,
    void (*found)(void *arg, const char *name), void *arg,
    struct rp_error *err);

#endif
