/* Jobs as users write them: objects of JSON, and times. */
#ifndef RP_QUEUE_FORM_H
#define RP_QUEUE_FORM_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/time.h"
#include "import/json_scan.h"
#include "queue/job.h"

/* A job that is filled in; its texts are its own. All zero is empty. */
struct rp_job_form {
	struct rp_job job;
	struct rp_buffer text; /* texts, each with its end */
	struct rp_buffer lists[3]; /* const char *: symbols, types, columns */
	struct rp_scan scan;
	struct rp_zone *zone; /* of times that name none; the caller's */
	int64_t now; /* that times are relative to: ns */
};

void rp_job_form_free(struct rp_job_form *form);

/*
 * Fill in a job by an object of JSON, {"id":"a","log":"es.log",...}, with
 * rp_job_fault. RP_ERR_CORRUPT: err says what is wrong with it. RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_job_form_read(struct rp_job_form *form,
    const char *text, size_t len, struct rp_error *err);

/* A time of a job, which no record can give a day or a start. RP_ERR_USAGE. */
RP_CHECKED enum rp_status rp_job_form_time(struct rp_job_form *form,
    const char *text, size_t len, int64_t *ns, struct rp_error *err);

#endif
