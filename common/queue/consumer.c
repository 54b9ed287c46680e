#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "queue/consumer_work.h"
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

void
rp_job_window_free(struct rp_job_window *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->members[i].id);
	free(w->members);
	free(w->key);
	*w = (struct rp_job_window){ 0 };
}

/* ---- a window as it is stored ---- */

enum rp_status
rp_job_window_write(const struct rp_job_window *w, struct rp_buffer *out)
{
	enum rp_status st = rp_buffer_add(out, w->key, strlen(w->key));

	if (st == RP_OK)
		st = rp_buffer_add(out, "\n", 1);
	for (size_t i = 0; i < w->n && st == RP_OK; i++) {
		char line[RP_ENTRY_ROOM + RP_JOB_MAX_ID + 3];
		int len = snprintf(line, sizeof(line), "%s %s\n",
		    w->members[i].entry, w->members[i].id);

		st = rp_buffer_add(out, line, (size_t)len);
	}
	return st;
}

static enum rp_status
read_member(struct rp_member *m, const char *line, size_t len)
{
	const char *space = memchr(line, ' ', len);
	size_t entry = space != NULL ? (size_t)(space - line) : 0;

	if (entry == 0 || entry >= sizeof(m->entry) || entry + 1 >= len ||
	    len - entry - 1 > RP_JOB_MAX_ID)
		return RP_ERR_CORRUPT;
	memcpy(m->entry, line, entry);
	m->entry[entry] = '\0';
	m->id = strndup(space + 1, len - entry - 1);
	return m->id != NULL ? RP_OK : RP_ERR_NOMEM;
}

enum rp_status
rp_job_window_read(
    struct rp_job_window *w, const char *name, const char *text, size_t len)
{
	const char *end = text + len, *line = memchr(text, '\n', len), *next;
	size_t lines = 0;
	enum rp_status st = RP_OK;

	*w = (struct rp_job_window){ 0 };
	if (line == NULL || line == text)
		return RP_ERR_CORRUPT;
	for (const char *c = line + 1; c < end; c++)
		lines += *c == '\n';
	snprintf(w->name, sizeof(w->name), "%s", name);
	w->key = strndup(text, (size_t)(line - text));
	w->members = calloc(lines + 1, sizeof(*w->members));
	if (w->key == NULL || w->members == NULL)
		st = RP_ERR_NOMEM;
	for (line++; st == RP_OK && line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		st = next == NULL ? RP_ERR_CORRUPT
				  : read_member(&w->members[w->n], line,
					(size_t)(next - line));
		w->n += st == RP_OK;
		if (next == NULL)
			break;
	}
	if (st == RP_OK && w->n == 0)
		st = RP_ERR_CORRUPT;
	if (st != RP_OK)
		rp_job_window_free(w);
	return st;
}

/* ---- by kind ---- */

enum rp_status
rp_consumer_open(struct rp_consumer **out,
    const struct rp_consumer_options *options, struct rp_error *err)
{
	return (
	    options->lines >= 0 ? &rp_consumer_of_lines : &rp_consumer_of_redis)
	    ->open(out, options, err);
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
	return c->kind->claim(c, most, out, n, err);
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
	return c->kind->seal(c, w, err);
}

enum rp_status
rp_consumer_adopt(struct rp_consumer *c, const char *name,
    struct rp_job_window *out, struct rp_error *err)
{
	return c->kind->adopt(c, name, out, err);
}

enum rp_status
rp_consumer_renew(struct rp_consumer *c, const struct rp_member *members,
    size_t n, struct rp_error *err)
{
	return c->kind->renew(c, members, n, err);
}

enum rp_status
rp_consumer_finish(struct rp_consumer *c, const struct rp_job_window *w,
    const char *result, size_t *done, struct rp_error *err)
{
	return c->kind->finish(c, w, result, done, err);
}

enum rp_status
rp_consumer_bury(struct rp_consumer *c, const struct rp_delivery *d,
    const char *reason, const char *attempts, struct rp_error *err)
{
	return c->kind->bury(c, d, reason, attempts, err);
}

enum rp_status
rp_consumer_release(struct rp_consumer *c, const struct rp_member *members,
    size_t n, struct rp_error *err)
{
	return c->kind->release(c, members, n, err);
}

enum rp_status
rp_consumer_depth(struct rp_consumer *c, uint64_t *waiting, uint64_t *pending,
    struct rp_error *err)
{
	return c->kind->depth(c, waiting, pending, err);
}

enum rp_status
rp_consumer_leave(struct rp_consumer *c, struct rp_error *err)
{
	return c->kind->leave(c, err);
}
