/*
 * What a job says: an id and, unless its object is to hold the id alone, a
 * slice of a log and how it is written. It travels as the protobuf message
 * job_proto.Job of job.proto.
 */
#ifndef RP_QUEUE_JOB_H
#define RP_QUEUE_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

#define RP_JOB_MAX_ID 200 /* bytes */
#define RP_JOB_MAX (64 << 10) /* bytes of a job as it travels */

struct rp_job_texts {
	const char *const *text;
	size_t n;
};

/* Texts are the caller's, or those of a struct rp_job_read. */
struct rp_job {
	const char *id;
	const char *log; /* NULL: the job is only an id */
	int64_t from, to; /* ns since the epoch, UTC; 0: open */
	struct rp_job_texts symbols, types, columns; /* n 0: all */
	const char *where, *compression; /* NULL: none is said */
};

/* What is wrong with a job, or NULL. Its id becomes a part of keys and paths:
 * letters, digits and ._:=+@~-, but not "." or "..". */
const char *rp_job_fault(const struct rp_job *job);

/* Append a job as it travels. RP_ERR_NOMEM; RP_ERR_LIMIT: above RP_JOB_MAX. */
RP_CHECKED enum rp_status rp_job_pack(
    const struct rp_job *job, struct rp_buffer *out);

/* A job as it came. All zero is empty. */
struct rp_job_read {
	struct rp_job job;
	void *message; /* that its texts lie in */
};

/*
 * Read a job, which rp_job_fault has not seen yet. Fields that are not known
 * are passed over. RP_ERR_CORRUPT: it is none. RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_job_unpack(
    struct rp_job_read *read, const void *bytes, size_t len);
void rp_job_read_free(struct rp_job_read *read);

/* "libprotobuf-c 1.4.1", as it runs; into buf. */
#define RP_JOB_VERSION_ROOM 32
const char *rp_job_version(char buf[static RP_JOB_VERSION_ROOM]);

#endif
