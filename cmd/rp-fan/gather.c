#include "gather.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"

/* Bytes that were merged before their room is given back. */
enum { GIVE_BACK = 8 << 20 };

/* The output of a worker. */
struct spool {
	struct gather *g;
	struct worker *w;
	int fd;
	uint64_t written, given_back;
	struct rp_reader *r; /* follows while the worker runs */
};

struct gather {
	struct rp_cli *cli;
	struct workers *ws;
	struct rp_sink *out;
	struct spool *spools; /* of each worker */
	struct rp_merge *m;
	uint8_t *buf; /* RP_IO_SIZE */
};

/* ---- reading ---- */

static enum rp_status
checked(struct spool *s, enum rp_status st)
{
	if (st < 0)
		worker_broke(s->w, st,
		    s->written > 0 ? rp_reader_error(s->r)->text
				   : "its output is empty, and so no rp stream "
				     "that could be merged");
	return st;
}

/* What was merged need not be kept. Where that cannot be said it is. */
static void
give_back(struct spool *s)
{
	uint64_t upto = rp_reader_offset(s->r) & ~(uint64_t)4095;

	if (upto < s->given_back + GIVE_BACK)
		return;
	(void)fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
	    (off_t)s->given_back, (off_t)(upto - s->given_back));
	s->given_back = upto;
}

static enum rp_status
head(void *arg, struct rp_frame *f)
{
	struct spool *s = arg;

	give_back(s);
	return checked(s, rp_reader_head(s->r, f));
}

static enum rp_status
body(void *arg, struct rp_frame *f)
{
	struct spool *s = arg;

	return checked(s, rp_reader_body(s->r, f));
}

static enum rp_status
rows(void *arg, struct rp_frame *f)
{
	struct spool *s = arg;

	return checked(s, rp_reader_rows(s->r, f));
}

/* ---- merging ---- */

static enum rp_status
put_run(struct gather *g, struct rp_merge_run *run)
{
	const struct rp_record *rec = run->first;
	enum rp_status st;

	if (rec == NULL) {
		st = rp_merge_body(g->m, run);
		/* not by reference: give_back takes its pages away */
		run->frame->file = 0;
		return st == RP_OK ? rp_sink_forward(g->out, run->frame) : st;
	}
	for (st = RP_OK; st == RP_OK && rec < run->end;
	     rec = rp_record_after(rec))
		st = rp_sink_put(g->out, run->frame, rec);
	return st;
}

/* All that can be; RP_EMPTY: more may come. */
static enum rp_status
merge(struct gather *g)
{
	struct rp_merge_run run;
	enum rp_status st;

	while ((st = rp_merge_next(g->m, &run)) == RP_OK)
		if ((st = put_run(g, &run)) != RP_OK)
			break;
	return st;
}

/* ---- the workers' output ---- */

/* Read what there is, up to a buffer; *end: no more will come. */
static enum rp_status
read_output(struct gather *g, struct worker *w, size_t *len, bool *end)
{
	ssize_t n = 0;

	*end = false;
	for (*len = 0; *len < RP_IO_SIZE && !*end; *len += (size_t)n) {
		do
			n = read(w->out, g->buf + *len, RP_IO_SIZE - *len);
		while (n < 0 && errno == EINTR);
		if (n < 0 && errno == EAGAIN)
			return RP_OK;
		if (n < 0)
			return rp_error_errno(&g->cli->error,
			    "the output of worker %" PRIu32, w->number);
		*end = n == 0;
	}
	return RP_OK;
}

/* Keep what there is of a worker's output. */
static enum rp_status
take_some(struct gather *g, struct worker *w)
{
	struct spool *s = &g->spools[w->number - 1];
	size_t n;
	ssize_t put;
	bool end;
	enum rp_status st = read_output(g, w, &n, &end);

	for (size_t at = 0; at < n && st == RP_OK; at += (size_t)put) {
		put = pwrite(s->fd, g->buf + at, n - at, (off_t)s->written);
		if (put < 0)
			return rp_error_errno(&g->cli->error,
			    "a temporary file of worker %" PRIu32, w->number);
		s->written += (uint64_t)put;
	}
	if (end) {
		close(w->out);
		w->out = -1;
	}
	return st;
}

static enum rp_status
take_output(void *arg, struct worker *w)
{
	struct gather *g = arg;
	enum rp_status st = take_some(g, w);

	if (st == RP_OK)
		st = merge(g);
	return st < 0 ? st : RP_OK;
}

/* ---- life ---- */

static enum rp_status
open_spool(struct gather *g, uint32_t i, const char *dir)
{
	struct spool *s = &g->spools[i];
	struct rp_error *err = &g->cli->error;
	enum rp_status st;

	s->g = g;
	s->w = &g->ws->worker[i];
	if ((st = rp_file_temporary(dir, &s->fd, err)) != RP_OK)
		return st;
	if ((s->r = rp_reader_fd(s->fd, "its output")) == NULL)
		return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
	rp_reader_follow(s->r, true);
	return RP_OK;
}

enum rp_status
gather_new(struct gather **out, struct workers *ws, struct rp_sink *sink,
    const char *dir)
{
	struct rp_merge_input *inputs = calloc(ws->n, sizeof(*inputs));
	struct gather *g = calloc(1, sizeof(*g));
	enum rp_status st = RP_OK;

	if ((*out = g) != NULL) {
		*g = (struct gather){ .cli = ws->cli, .ws = ws, .out = sink };
		g->spools = calloc(ws->n, sizeof(*g->spools));
		g->buf = malloc(RP_IO_SIZE);
	}
	if (inputs == NULL || g == NULL || g->spools == NULL || g->buf == NULL)
		st = RP_ERR_NOMEM;
	for (uint32_t i = 0; st == RP_OK && i < ws->n; i++) {
		inputs[i] =
		    (struct rp_merge_input){ &g->spools[i], head, body, rows };
		st = open_spool(g, i, dir);
	}
	if (st == RP_OK && (g->m = rp_merge_new(inputs, ws->n, NULL)) == NULL)
		st = RP_ERR_NOMEM;
	free(inputs);
	if (st != RP_OK)
		return rp_error_set(&ws->cli->error, st, "out of memory");
	ws->output = take_output;
	ws->arg = g;
	return RP_OK;
}

uint32_t
gather_free(struct gather *g)
{
	uint32_t flags = 0;

	if (g == NULL)
		return 0;
	for (uint32_t i = 0; g->spools != NULL && i < g->ws->n; i++) {
		struct spool *s = &g->spools[i];

		if (s->r != NULL) {
			flags |= rp_reader_end_flags(s->r);
			close(s->fd);
		}
		rp_reader_free(s->r);
	}
	rp_merge_free(g->m);
	free(g->spools);
	free(g->buf);
	free(g);
	return flags;
}

enum rp_status
gather_finish(struct gather *g)
{
	enum rp_status st;

	for (uint32_t i = 0; i < g->ws->n; i++)
		rp_reader_follow(g->spools[i].r, false);
	st = merge(g);
	return st == RP_END ? RP_OK : st;
}
