/*
 * Inside wire/: frames being encoded, in order, by the caller or by a bounded
 * pool of threads. A job is filled by the writer, submitted, and handed back
 * encoded in the order of submission.
 */
#ifndef RP_WIRE_ENCODER_H
#define RP_WIRE_ENCODER_H

#include "wire/frame.h"

struct rp_encode_job {
	struct rp_frame_head head;
	struct rp_buffer rows, dir;
	const uint8_t *borrowed; /* rows that need no copy, or NULL */
	struct rp_encoded out;
	enum rp_status status;
	struct rp_frame_scratch scratch;
	enum { RP_JOB_FREE, RP_JOB_WAITING, RP_JOB_DONE } state;
};

struct rp_encoder;

/* threads: 0 or 1 for none but the caller. NULL: no memory, no thread. */
struct rp_encoder *rp_encoder_new(const struct rp_encoding *enc, int threads);
void rp_encoder_free(struct rp_encoder *e);

/* The job to fill next. It is free: collect until this is not NULL. */
struct rp_encode_job *rp_encoder_job(struct rp_encoder *e);

/* Encode that job, here or on a thread. */
void rp_encoder_submit(struct rp_encoder *e);

/*
 * The oldest submitted job once it is done, or NULL if none was submitted; it
 * is free again at rp_encoder_release.
 */
struct rp_encode_job *rp_encoder_collect(struct rp_encoder *e);
void rp_encoder_release(struct rp_encoder *e);

#endif
