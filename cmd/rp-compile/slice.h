/*
 * A slice of a log as the bytes of an Arrow file, made by the tools that users
 * have: rp-read LOG ... | rp-arrow ...
 */
#ifndef RP_COMPILE_SLICE_H
#define RP_COMPILE_SLICE_H

#include "config.h"
#include "fault.h"
#include "queue/job.h"

struct slice {
	bool (*stopping)(void); /* asked while waiting for it: give up */
	char *log; /* the path, which lies below a root */
	int pid[2]; /* rp-read and rp-arrow; 0: it is not running */
	int told[2]; /* files of what they say */
	int fd; /* what comes out */
};

/* Hold the job against the settings, and find its log. */
enum fault slice_open(struct slice *s, const struct rp_job *job,
    const struct config *config, bool (*stopping)(void), struct rp_error *err);
/* Stops what is running. */
void slice_free(struct slice *s);

/* Start it; its bytes are to be read from s->fd. RP_ERR_IO. */
RP_CHECKED enum rp_status slice_start(struct slice *s, const struct rp_job *job,
    const struct config *config, struct rp_error *err);

/* Wait until its bytes, or their end, can be read. RP_ERR_IO: we give up. */
RP_CHECKED enum rp_status slice_wait(struct slice *s, struct rp_error *err);

/* After its bytes: whether all is well, or err. */
enum fault slice_end(struct slice *s, struct rp_error *err);

/* When the first record of the slice was received: ns, UTC; RP_ABSENT if it has
 * none. Failures as slice_end. */
enum fault slice_first_time(struct slice *s, const struct rp_job *job,
    const struct config *config, int64_t *ts, struct rp_error *err);

#endif
