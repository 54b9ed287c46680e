/*
 * Jobs and windows as they come from a queue, and jobs as users write them.
 * The first byte says which. What is a job travels and comes back as it was; a
 * window that was read is written as it stood.
 */
#include <stdlib.h>
#include <string.h>

#include "queue/consumer_work.h"
#include "queue/form.h"

static void
need(bool holds)
{
	if (!holds)
		abort();
}

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
need_same_texts(const struct rp_job_texts *a, const struct rp_job_texts *b)
{
	need(a->n == b->n);
	for (size_t i = 0; i < a->n; i++)
		need(same(a->text[i], b->text[i]));
}

/* Without a log there is no slice, whatever else is said. */
static void
travel(const struct rp_job *job)
{
	struct rp_buffer packed = { 0 };
	struct rp_job_read back;
	enum rp_status st = rp_job_pack(job, &packed);

	need(st == RP_OK || st == RP_ERR_LIMIT);
	if (st == RP_OK) {
		need(rp_job_unpack(&back, packed.data, packed.len) == RP_OK);
		need(rp_job_fault(&back.job) == NULL);
		need(same(job->id, back.job.id));
		need(same(job->log, back.job.log));
		need(job->from == back.job.from && job->to == back.job.to);
		need_same_texts(&job->symbols, &back.job.symbols);
		need_same_texts(&job->types, &back.job.types);
		need_same_texts(&job->columns, &back.job.columns);
		rp_job_read_free(&back);
	}
	rp_buffer_free(&packed);
}

static void
try_form(const char *text, size_t len)
{
	struct rp_job_form form = { 0 };
	struct rp_error err = { 0 };

	if (rp_job_form_read(&form, text, len, &err) == RP_OK)
		travel(&form.job);
	rp_job_form_free(&form);
}

static void
try_message(const void *bytes, size_t len)
{
	struct rp_job_read read;

	if (rp_job_unpack(&read, bytes, len) != RP_OK)
		return;
	if (rp_job_fault(&read.job) == NULL)
		travel(&read.job);
	rp_job_read_free(&read);
}

static void
try_window(const char *text, size_t len)
{
	struct rp_buffer back = { 0 };
	struct rp_job_window w;

	if (memchr(text, '\0', len) != NULL ||
	    rp_job_window_read(&w, "1-1", text, len) != RP_OK)
		return;
	need(rp_job_window_write(&w, &back) == RP_OK);
	need(back.len == len && memcmp(back.data, text, len) == 0);
	rp_buffer_free(&back);
	rp_job_window_free(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (size == 0)
		return 0;
	if (data[0] == 'f')
		try_form(text, size - 1);
	else if (data[0] == 'm')
		try_message(text, size - 1);
	else
		try_window(text, size - 1);
	return 0;
}
