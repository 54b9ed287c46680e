/*
 * Segments that were not closed: a writer was killed, or the disk was full
 * (rp-log(5), "RECOVERY"). Nothing is discarded: a torn tail is kept beside its
 * segment as .torn. The caller holds the log's lock.
 */
#ifndef RP_LOG_RECOVER_H
#define RP_LOG_RECOVER_H

#include "log/segment.h"

/* More than any segment holds: an unsynced one may be lost to its first frame. */
#define RP_RECOVERY_SEQ_STEP (UINT64_C(1) << 32)

struct rp_recovery {
	bool sealed; /* it ends with a valid END: nothing was to be done */
	uint64_t whole_len; /* bytes of whole frames found */
	uint64_t torn_bytes; /* moved to .torn */
	uint64_t records; /* kept */
};

/*
 * Check every frame of a segment from its start. If it does not end with END:
 * move what follows the last whole frame to .torn, seal it with an END that
 * says RECOVERED, and write its index. RP_ERR_CORRUPT if a valid frame follows
 * the damage: that is no torn tail, and nothing is changed. With dry nothing
 * is changed either, and what is in *r would have been done.
 */
RP_CHECKED enum rp_status rp_segment_recover(const char *dir,
    const struct rp_segment *s, bool dry, struct rp_recovery *r,
    struct rp_error *err);

/* The same for a lone segment or stream file. */
RP_CHECKED enum rp_status rp_file_recover(const char *path, const char *torn,
    bool dry, struct rp_recovery *r, struct rp_error *err);

#endif
