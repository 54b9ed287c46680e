#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "queue/consumer_work.h"
#include "queue/directory.h"
#include "queue/job.h"

void
rp_consumer_name(char name[static RP_CONSUMER_ROOM])
{
	char host[RP_CONSUMER_ROOM / 2];
	uint64_t random;

	if (gethostname(host, sizeof(host)) != 0)
		memcpy(host, "host", 5);
	host[sizeof(host) - 1] = '\0';
	for (char *c = host; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			*c = '_';
	/* 8 bytes come whole, or the kernel has none */
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		random = (uint64_t)(uintptr_t)&random;
	snprintf(name, RP_CONSUMER_ROOM, "%s-%ld-%016" PRIx64, host,
	    (long)getpid(), random);
}

/* ---- what is handed out ---- */

void
rp_deliveries_free(struct rp_delivery *d, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(d[i].payload);
		free(d[i].fault);
		free(d[i].id);
	}
	free(d);
}

/* ---- by kind ---- */

enum rp_status
rp_consumer_open(struct rp_consumer **out,
    const struct rp_consumer_options *options, struct rp_error *err)
{
	const struct rp_consumer_kind *kind = &rp_consumer_of_redis;

	if (options->lines >= 0)
		kind = &rp_consumer_of_lines;
	else if (rp_directory_of(options->queue->url) != NULL)
		kind = &rp_consumer_of_directories;
	return kind->open(out, options, err);
}

void
rp_consumer_close(struct rp_consumer *c)
{
	if (c != NULL)
		c->kind->close(c);
}

enum rp_status
rp_consumer_read(struct rp_consumer *c, size_t most, int ms,
    struct rp_delivery **out, size_t *n, struct rp_error *err)
{
	return c->kind->read(c, most, ms, out, n, err);
}

enum rp_status
rp_consumer_claim(struct rp_consumer *c, size_t most, struct rp_delivery **out,
    size_t *n, struct rp_error *err)
{
	*out = NULL;
	*n = 0;
	return c->kind->claim != NULL ? c->kind->claim(c, most, out, n, err)
				      : RP_OK;
}

enum rp_status
rp_consumer_take(struct rp_consumer *c, struct rp_delivery *d, size_t n,
    struct rp_error *err)
{
	return c->kind->take(c, d, n, err);
}

enum rp_status
rp_consumer_seal(
    struct rp_consumer *c, struct rp_job_window *w, struct rp_error *err)
{
	return c->kind->seal != NULL ? c->kind->seal(c, w, err) : RP_OK;
}

enum rp_status
rp_consumer_adopt(struct rp_consumer *c, const char *name,
    struct rp_job_window *out, struct rp_error *err)
{
	*out = (struct rp_job_window){ 0 };
	return c->kind->adopt != NULL ? c->kind->adopt(c, name, out, err)
				      : RP_EMPTY;
}

enum rp_status
rp_consumer_renew(struct rp_consumer *c, const struct rp_member *members,
    size_t n, struct rp_error *err)
{
	return c->kind->renew != NULL ? c->kind->renew(c, members, n, err)
				      : RP_OK;
}

enum rp_status
rp_consumer_finish(struct rp_consumer *c, const struct rp_job_window *w,
    const char *result, size_t *done, struct rp_error *err)
{
	*done = w->n;
	return c->kind->finish != NULL
	    ? c->kind->finish(c, w, result, done, err)
	    : RP_OK;
}

enum rp_status
rp_consumer_bury(struct rp_consumer *c, const struct rp_delivery *d,
    const char *reason, const char *attempts, struct rp_error *err)
{
	return c->kind->bury != NULL
	    ? c->kind->bury(c, d, reason, attempts, err)
	    : RP_OK;
}

enum rp_status
rp_consumer_release(struct rp_consumer *c, const struct rp_member *members,
    size_t n, struct rp_error *err)
{
	return c->kind->release != NULL ? c->kind->release(c, members, n, err)
					: RP_OK;
}

enum rp_status
rp_consumer_depth(struct rp_consumer *c, uint64_t *waiting, uint64_t *pending,
    struct rp_error *err)
{
	*waiting = *pending = 0;
	return c->kind->depth != NULL ? c->kind->depth(c, waiting, pending, err)
				      : RP_OK;
}

enum rp_status
rp_consumer_leave(struct rp_consumer *c, struct rp_error *err)
{
	return c->kind->leave != NULL ? c->kind->leave(c, err) : RP_OK;
}
