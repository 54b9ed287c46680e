/* Jobs as users write them: options, and JSON objects. */
#ifndef RP_ENQUEUE_FORM_H
#define RP_ENQUEUE_FORM_H

#include <stdio.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/time.h"
#include "import/json_scan.h"
#include "queue/job.h"

/* A job that is filled in; its texts are its own. All zero is empty. */
struct form {
	struct rp_job job;
	struct rp_buffer text; /* texts, each with its end */
	struct rp_buffer lists[3]; /* const char *: symbols, types, columns */
	struct rp_scan scan;
	struct rp_zone *zone; /* of times that name none; the caller's */
	int64_t now; /* that times are relative to: ns */
};

void form_free(struct form *form);

/*
 * Fill in a job by an object of JSON, {"id":"a","log":"es.log",...}, with
 * rp_job_fault. RP_ERR_CORRUPT: err says what is wrong with it. RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status form_read(
    struct form *form, const char *text, size_t len, struct rp_error *err);

/* A time of a job, which no record can give a day or a start. RP_ERR_USAGE. */
RP_CHECKED enum rp_status form_time(struct form *form, const char *text,
    size_t len, int64_t *ns, struct rp_error *err);

/* Print a job as such an object; f's failures are its own. */
void form_print(FILE *f, const struct rp_job *job);

#endif
