/* Jobs that are lines of JSON: a queue that is read once, and remembers
 * nothing. A line's entry is the time at which we began, and its number. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/time.h"
#include "queue/consumer_work.h"
#include "queue/form.h"

struct lines {
	struct rp_consumer base;
	struct rp_buffer text; /* read, and not looked at */
	struct rp_job_form form;
	int64_t now; /* ns: when we began */
	uint64_t number; /* of lines so far */
	bool ended; /* the input has */
};

static void
close_lines(struct rp_consumer *base)
{
	struct lines *l = (struct lines *)base;

	rp_job_form_free(&l->form);
	rp_buffer_free(&l->text);
	free(l);
}

static enum rp_status
open_lines(struct rp_consumer **out, const struct rp_consumer_options *options,
    struct rp_error *err)
{
	struct lines *l = calloc(1, sizeof(*l));

	*out = NULL;
	if (l == NULL)
		return rp_error_no_memory(err);
	l->base = (struct rp_consumer){ &rp_consumer_of_lines, options };
	l->form.now = l->now = rp_time_now();
	*out = &l->base;
	return RP_OK;
}

/* ---- reading ---- */

/* More of the input, if some comes within ms. */
static enum rp_status
read_more(struct lines *l, int ms, struct rp_error *err)
{
	struct pollfd p = { .fd = l->base.options->lines, .events = POLLIN };
	ssize_t got;

	if (poll(&p, 1, ms) <= 0)
		return RP_OK;
	if (rp_buffer_reserve(&l->text, l->text.len + RP_IO_SIZE) != RP_OK)
		return rp_error_no_memory(err);
	got = read(p.fd, l->text.data + l->text.len, RP_IO_SIZE);
	if (got < 0 && errno != EINTR && errno != EAGAIN)
		return rp_error_errno(err, "stdin");
	l->ended = got == 0;
	l->text.len += got > 0 ? (size_t)got : 0;
	return RP_OK;
}

static bool
is_blank(const char *line, size_t len)
{
	return strspn(line, " \t\r") >= len;
}

static enum rp_status
set_fault(const struct lines *l, struct rp_delivery *d, const char *why, int *n)
{
	*n = asprintf(&d->fault, "line %" PRIu64 ": %s", l->number, why);
	if (*n < 0)
		d->fault = NULL;
	return *n < 0 ? RP_ERR_NOMEM : RP_OK;
}

/* A line, which ends with a zero byte, as a delivery. */
static enum rp_status
read_line(struct lines *l, const char *line, size_t len, struct rp_delivery *d)
{
	struct rp_error why = { 0 };
	struct rp_buffer packed = { 0 };
	enum rp_status st;
	int n;

	snprintf(d->entry, sizeof(d->entry), "%" PRId64 "-%" PRIu64,
	    l->now / (RP_SECOND / 1000), l->number);
	d->times = 1;
	st = rp_job_form_read(&l->form, line, len, &why);
	if (st == RP_OK && (st = rp_job_pack(&l->form.job, &packed)) != RP_OK)
		(void)rp_error_set(&why, st, "a job of more than 64 KiB");
	if (st == RP_ERR_NOMEM) {
		rp_buffer_free(&packed);
		return st;
	}
	d->payload = packed.data;
	d->len = packed.len;
	return st == RP_OK ? RP_OK : set_fault(l, d, why.text, &n);
}

/* Drop what was looked at. */
static void
consume(struct lines *l, size_t n)
{
	l->text.len -= n;
	memmove(l->text.data, l->text.data + n, l->text.len);
}

/* The end of the next line, which may lack its newline at the end of all; NULL:
 * it is not whole yet. There is room behind it. */
static char *
end_of_line(struct lines *l, size_t at)
{
	char *text = (char *)l->text.data;
	char *end =
	    l->text.len > at ? memchr(text + at, '\n', l->text.len - at) : NULL;

	if (end == NULL && l->text.len > at &&
	    (l->ended || l->text.len - at > RP_JOB_MAX))
		end = text + l->text.len;
	return end;
}

static enum rp_status
take_lines(struct lines *l, struct rp_delivery *out, size_t most, size_t *n)
{
	enum rp_status st = RP_OK;
	size_t at = 0;
	char *end;

	while (st == RP_OK && *n < most && (end = end_of_line(l, at)) != NULL) {
		char *line = (char *)l->text.data + at;
		size_t len = (size_t)(end - line);

		l->number++;
		*end = '\0';
		if (!is_blank(line, len))
			st = read_line(l, line, len, &out[(*n)++]);
		at += len + 1;
		if (at > l->text.len)
			at = l->text.len;
	}
	consume(l, at);
	return st;
}

static enum rp_status
read_lines(struct rp_consumer *base, size_t most, int ms,
    struct rp_delivery **out, size_t *n, struct rp_error *err)
{
	struct lines *l = (struct lines *)base;
	enum rp_status st;

	*n = 0;
	if ((*out = calloc(most, sizeof(**out))) == NULL ||
	    rp_buffer_reserve(&l->text, l->text.len + 1) != RP_OK)
		return rp_error_no_memory(err);
	st = take_lines(l, *out, most, n);
	if (st == RP_OK && *n == 0 && !l->ended &&
	    (st = read_more(l, ms, err)) != RP_OK)
		return st;
	if (st == RP_OK && *n == 0)
		st = rp_buffer_reserve(&l->text, l->text.len + 1);
	if (st == RP_OK && *n == 0)
		st = take_lines(l, *out, most, n);
	if (st != RP_OK)
		return rp_error_no_memory(err);
	return *n == 0 && l->ended ? RP_END : RP_OK;
}

/* ---- all else ---- */

static enum rp_status
claim_none(struct rp_consumer *c, size_t most, struct rp_delivery **out,
    size_t *n, struct rp_error *err)
{
	(void)c;
	(void)most;
	(void)err;
	*out = NULL;
	*n = 0;
	return RP_OK;
}

static enum rp_status
take_all(struct rp_consumer *c, struct rp_delivery *d, size_t n,
    struct rp_error *err)
{
	(void)c;
	(void)err;
	for (size_t i = 0; i < n; i++)
		d[i].hold = RP_HOLD_OURS;
	return RP_OK;
}

static enum rp_status
seal_any(struct rp_consumer *c, struct rp_job_window *w, struct rp_error *err)
{
	(void)c;
	(void)w;
	(void)err;
	return RP_OK;
}

static enum rp_status
adopt_none(struct rp_consumer *c, const char *name, struct rp_job_window *out,
    struct rp_error *err)
{
	(void)c;
	(void)name;
	(void)err;
	*out = (struct rp_job_window){ 0 };
	return RP_EMPTY;
}

static enum rp_status
ignore_members(struct rp_consumer *c, const struct rp_member *members, size_t n,
    struct rp_error *err)
{
	(void)c;
	(void)members;
	(void)n;
	(void)err;
	return RP_OK;
}

static enum rp_status
finish_any(struct rp_consumer *c, const struct rp_job_window *w,
    const char *result, size_t *done, struct rp_error *err)
{
	(void)c;
	(void)result;
	(void)err;
	*done = w->n;
	return RP_OK;
}

static enum rp_status
bury_any(struct rp_consumer *c, const struct rp_delivery *d, const char *reason,
    const char *attempts, struct rp_error *err)
{
	(void)c;
	(void)d;
	(void)reason;
	(void)attempts;
	(void)err;
	return RP_OK;
}

static enum rp_status
no_depth(struct rp_consumer *c, uint64_t *waiting, uint64_t *pending,
    struct rp_error *err)
{
	(void)c;
	(void)err;
	*waiting = *pending = 0;
	return RP_OK;
}

static enum rp_status
leave_nothing(struct rp_consumer *c, struct rp_error *err)
{
	(void)c;
	(void)err;
	return RP_OK;
}

const struct rp_consumer_kind rp_consumer_of_lines = {
	.open = open_lines,
	.close = close_lines,
	.read = read_lines,
	.claim = claim_none,
	.take = take_all,
	.seal = seal_any,
	.adopt = adopt_none,
	.renew = ignore_members,
	.finish = finish_any,
	.bury = bury_any,
	.release = ignore_members,
	.depth = no_depth,
	.leave = leave_nothing,
};
