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

enum { LINE_MOST = 256 << 10 /* bytes of a line that is waited for */ };

struct lines {
	struct rp_consumer base;
	struct rp_buffer text; /* read, and not looked at */
	struct rp_job_form form;
	int64_t now; /* ns: when we began */
	uint64_t number; /* of lines so far */
	bool ended; /* the input has */
	bool skipping; /* the rest of a line that is too long */
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

/* A delivery of the line at hand; why: it is no job. */
static enum rp_status
deliver(struct lines *l, struct rp_delivery *d, const char *why)
{
	snprintf(d->entry, sizeof(d->entry), "%" PRId64 "-%" PRIu64,
	    l->now / (RP_SECOND / 1000), l->number);
	d->times = 1;
	if (why != NULL &&
	    asprintf(&d->fault, "line %" PRIu64 ": %s", l->number, why) < 0) {
		d->fault = NULL;
		return RP_ERR_NOMEM;
	}
	return RP_OK;
}

/* A line, which ends with a zero byte. */
static enum rp_status
read_line(struct lines *l, const char *line, size_t len, struct rp_delivery *d)
{
	struct rp_error why = { 0 };
	struct rp_buffer packed = { 0 };
	enum rp_status st = rp_job_form_read(&l->form, line, len, &why);

	if (st == RP_OK && (st = rp_job_pack(&l->form.job, &packed)) != RP_OK)
		(void)rp_error_set(&why, st, "a job of more than 64 KiB");
	d->payload = packed.data;
	d->len = packed.len;
	return st == RP_ERR_NOMEM
	    ? st
	    : deliver(l, d, st == RP_OK ? NULL : why.text);
}

/* Drop what was looked at. */
static void
consume(struct lines *l, size_t n)
{
	l->text.len -= n;
	memmove(l->text.data, l->text.data + n, l->text.len);
}

/* The end of the line that is at, which may lack its newline at the end of all;
 * NULL: it is not whole yet. There is room behind it. */
static char *
end_of_line(struct lines *l, size_t at)
{
	char *text = (char *)l->text.data;
	char *end =
	    l->text.len > at ? memchr(text + at, '\n', l->text.len - at) : NULL;

	if (end == NULL && l->text.len > at && l->ended)
		end = text + l->text.len;
	return end;
}

static enum rp_status
take_line(
    struct lines *l, char *line, char *end, struct rp_delivery *out, size_t *n)
{
	bool rest = l->skipping;

	l->skipping = false;
	if (rest)
		return RP_OK;
	l->number++;
	if (end - line > LINE_MOST)
		return deliver(l, &out[(*n)++], "it is too long");
	*end = '\0';
	return is_blank(line, (size_t)(end - line))
	    ? RP_OK
	    : read_line(l, line, (size_t)(end - line), &out[(*n)++]);
}

static enum rp_status
take_lines(struct lines *l, struct rp_delivery *out, size_t most, size_t *n)
{
	enum rp_status st = RP_OK;
	size_t at = 0;
	char *end;

	while (st == RP_OK && *n < most && (end = end_of_line(l, at)) != NULL) {
		char *line = (char *)l->text.data + at;

		st = take_line(l, line, end, out, n);
		at = (size_t)(end - (char *)l->text.data) + 1;
	}
	if (at > l->text.len)
		at = l->text.len; /* the last line had no end */
	if (st == RP_OK && *n < most && l->text.len - at > LINE_MOST) {
		l->number += !l->skipping;
		if (!l->skipping)
			st = deliver(l, &out[(*n)++], "it is too long");
		l->skipping = true;
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

/* ---- taking ---- */

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

const struct rp_consumer_kind rp_consumer_of_lines = {
	.open = open_lines,
	.close = close_lines,
	.read = read_lines,
	.take = take_all,
};
