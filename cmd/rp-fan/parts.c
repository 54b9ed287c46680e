#include "parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

struct part {
	struct rp_writer *w;
	/* of a frame */
	struct rp_buffer at; /* uint32_t: the records picked */
	size_t size; /* bytes of them */
};

static enum rp_status
no_memory(struct parts *ps)
{
	return rp_error_set(&ps->cli->error, RP_ERR_NOMEM, "out of memory");
}

/* What became of a call to a writer. */
static enum rp_status
sent(struct parts *ps, uint32_t i, enum rp_status st)
{
	const struct rp_error *err = rp_writer_error(ps->part[i].w);

	if (workers_status(ps->ws) != RP_OK)
		return workers_status(ps->ws);
	if (st == RP_OK)
		return st;
	if (st == RP_ERR_PIPE)
		worker_broke(&ps->ws->worker[i], RP_ERR_IO,
		    "stopped reading before the end of its input");
	else
		(void)rp_error_set(&ps->cli->error, st, "%s", err->text);
	return st;
}

/* ---- records ---- */

/* The records of a run that goes to a worker. */
static void
pick(struct part *p, const struct rp_frame *f, const struct rp_record *rec)
{
	uint32_t at = (uint32_t)((const uint8_t *)rec - f->rows);

	memcpy(p->at.data + p->at.len, &at, sizeof(at));
	p->at.len += sizeof(at);
	p->size += rp_record_size(rec);
}

/* A record has no worker: say where it is. */
static enum rp_status
undealt(struct parts *ps, const struct rp_input *in, const struct rp_frame *f,
    enum rp_status st)
{
	rp_error_prefix(&ps->cli->error, "%s: frame %" PRIu64,
	    rp_input_label(in), f->number);
	return st;
}

/* A record of which more than its name decides, or that has none. */
static enum rp_status
pick_by_value(
    struct parts *ps, const struct rp_frame *f, const struct rp_record *rec)
{
	uint32_t to;
	enum rp_status st = deal_record(ps->deal, f, rec, &to, &ps->cli->error);

	if (st != RP_OK)
		return st;
	if (to != DEAL_ALL) {
		pick(&ps->part[to], f, rec);
		return RP_OK;
	}
	ps->to_all++;
	for (uint32_t i = 0; i < ps->ws->n; i++)
		pick(&ps->part[i], f, rec);
	return RP_OK;
}

/* All records of a frame to lists, one a worker: so each writer has its run of
 * them, and remembers the names. */
static enum rp_status
pick_all(struct parts *ps, const struct rp_input *in, const struct rp_frame *f)
{
	enum rp_name_class class;
	const uint32_t *of = deal_names(ps->deal, &class);
	const struct rp_record *rec = NULL;
	enum rp_status st;

	for (uint32_t i = 0; i < ps->ws->n; i++) {
		struct part *p = &ps->part[i];

		p->at.len = p->size = 0;
		if (rp_buffer_reserve(
			&p->at, f->head.records * sizeof(uint32_t)) != RP_OK)
			return no_memory(ps);
	}
	while ((rec = rp_frame_next(f, rec)) != NULL) {
		uint32_t name =
		    class == RP_NAME_SYMBOL ? rec->symbol : rec->source;

		if (of != NULL && name != RP_NO_NAME)
			pick(&ps->part[of[name]], f, rec);
		else if ((st = pick_by_value(ps, f, rec)) != RP_OK)
			return undealt(ps, in, f, st);
	}
	return RP_OK;
}

/* What a worker has of a frame; *left: the sum of the hashes of what nobody
 * has got so far, if summed. */
static enum rp_status
put_picked(struct parts *ps, const struct rp_frame *f, uint32_t i, bool last,
    bool *summed, uint64_t *left)
{
	struct part *p = &ps->part[i];
	struct rp_picked picked = { .at = (const uint32_t *)p->at.data,
		.n = (uint32_t)(p->at.len / sizeof(uint32_t)),
		.size = p->size,
		.summed = last && *summed,
		.sum = *left };
	enum rp_status st = rp_writer_put_picked(p->w, f, &picked);

	if (picked.n > 0) {
		*summed &= picked.summed;
		*left -= picked.sum;
	}
	return sent(ps, i, st);
}

/* The largest part goes last: its sum need not be made, but is what is left. */
static enum rp_status
deal_out(struct parts *ps, const struct rp_frame *f, bool to_all)
{
	uint32_t largest = 0;
	uint64_t left = f->head.rec_sum;
	bool summed = !to_all;
	enum rp_status st = RP_OK;

	for (uint32_t i = 1; i < ps->ws->n; i++)
		if (ps->part[i].size > ps->part[largest].size)
			largest = i;
	for (uint32_t i = 0; i < ps->ws->n && st == RP_OK; i++)
		if (i != largest)
			st = put_picked(ps, f, i, false, &summed, &left);
	return st == RP_OK ? put_picked(ps, f, largest, true, &summed, &left)
			   : st;
}

static enum rp_status
deal_each(struct parts *ps, struct rp_input *in, struct rp_frame *f)
{
	uint64_t to_all = ps->to_all;
	enum rp_status st;

	if ((st = rp_input_rows(in, f)) != RP_OK ||
	    (st = pick_all(ps, in, f)) != RP_OK)
		return st;
	return deal_out(ps, f, ps->to_all > to_all);
}

/* All of a frame to one worker; small ones are gathered. */
static enum rp_status
hand_over(
    struct parts *ps, struct rp_input *in, struct rp_frame *f, uint32_t to)
{
	bool small = f->head.raw_len < RP_FRAME_PLAIN / 2;
	struct rp_writer *w = ps->part[to].w;
	enum rp_status st;

	st = small ? rp_input_rows(in, f) : rp_input_body(in, f);
	if (st != RP_OK)
		return st;
	return sent(
	    ps, to, small ? rp_writer_gather(w, f) : rp_writer_pass(w, f));
}

enum rp_status
parts_deal(struct parts *ps, struct rp_input *in, struct rp_frame *f)
{
	uint32_t to;
	enum rp_status st;

	st = deal_frame(ps->deal, f, &to, &ps->cli->error);
	if (st != RP_OK)
		return undealt(ps, in, f, st);
	return to != DEAL_EACH ? hand_over(ps, in, f, to)
			       : deal_each(ps, in, f);
}

/* ---- to all ---- */

enum rp_status
parts_pass(struct parts *ps, const struct rp_frame *f)
{
	enum rp_status st = RP_OK;

	for (uint32_t i = 0; i < ps->ws->n && st == RP_OK; i++)
		st = sent(ps, i, rp_writer_pass(ps->part[i].w, f));
	return st;
}

enum rp_status
parts_note(struct parts *ps, const char *text, size_t len)
{
	enum rp_status st = RP_OK;

	for (uint32_t i = 0; i < ps->ws->n && st == RP_OK; i++)
		st = sent(ps, i, rp_writer_note(ps->part[i].w, text, len));
	return st;
}

enum rp_status
parts_mark(struct parts *ps, int64_t ts)
{
	enum rp_status st = RP_OK;

	for (uint32_t i = 0; i < ps->ws->n && st == RP_OK; i++)
		st = sent(ps, i, rp_writer_mark(ps->part[i].w, ts, 0));
	return st;
}

enum rp_status
parts_finish(struct parts *ps, uint32_t flags)
{
	enum rp_status st = RP_OK;

	for (uint32_t i = 0; i < ps->ws->n && st == RP_OK; i++) {
		st = sent(ps, i, rp_writer_finish(ps->part[i].w, flags));
		if (st == RP_OK)
			worker_close_input(&ps->ws->worker[i]);
	}
	return st;
}

int
parts_idle(struct parts *ps)
{
	int ms, least = -1;

	for (uint32_t i = 0; i < ps->ws->n; i++) {
		ms = rp_writer_idle(ps->part[i].w);
		if (ms >= 0 && (least < 0 || ms < least))
			least = ms;
	}
	return least;
}

/* ---- the report ---- */

static void
count(struct rp_cli *cli, const char *what, uint32_t number, uint64_t n)
{
	char name[40];

	snprintf(name, sizeof(name), "%s:%" PRIu32, what, number);
	rp_cli_count(cli, name, n);
}

static void
report_part(
    struct rp_cli *cli, const struct worker *w, const struct part *p, double s)
{
	uint64_t records = rp_writer_totals(p->w)->records;
	uint64_t bytes = rp_writer_bytes(p->w);
	char fault[RP_FAULT_ROOM];

	(void)worker_fault(w, fault);
	if (cli->stats)
		fprintf(stderr,
		    "rp-fan  worker %" PRIu32 "  records %" PRIu64
		    "  bytes %" PRIu64 "  %.0f records/s  %s\n",
		    w->number, records, bytes, (double)records / s, fault);
	if (cli->stats_json != NULL) {
		count(cli, "records", w->number, records);
		count(cli, "bytes", w->number, bytes);
		count(cli, "status", w->number, (uint64_t)worker_exit(w));
	}
}

void
parts_report(const struct parts *ps, double seconds, bool totals)
{
	struct rp_counts *counts = &ps->cli->counts;

	if (ps->part == NULL)
		return;
	for (uint32_t i = 0; i < ps->ws->n && ps->part[i].w != NULL; i++) {
		const struct rp_writer *w = ps->part[i].w;

		report_part(ps->cli, &ps->ws->worker[i], &ps->part[i], seconds);
		if (totals) {
			counts->records_out += rp_writer_totals(w)->records;
			counts->bytes_out += rp_writer_bytes(w);
		}
	}
	if (ps->to_all > 0)
		rp_cli_count(ps->cli, "to-all", ps->to_all);
}

/* ---- life ---- */

enum rp_status
parts_open(struct parts *ps)
{
	const struct rp_writer_options opt = { .thinned =
						   !deal_is_whole(ps->deal) };
	char name[32];

	if ((ps->part = calloc(ps->ws->n, sizeof(*ps->part))) == NULL)
		return no_memory(ps);
	for (uint32_t i = 0; i < ps->ws->n; i++) {
		struct worker *w = &ps->ws->worker[i];

		snprintf(name, sizeof(name), "worker %" PRIu32, w->number);
		ps->part[i].w = rp_writer_fd(w->in, name, &opt);
		if (ps->part[i].w == NULL)
			return no_memory(ps);
		rp_writer_on_full(ps->part[i].w, worker_takes_more, w);
	}
	return RP_OK;
}

void
parts_free(struct parts *ps)
{
	for (uint32_t i = 0; ps->part != NULL && i < ps->ws->n; i++) {
		rp_writer_free(ps->part[i].w);
		rp_buffer_free(&ps->part[i].at);
	}
	free(ps->part);
	ps->part = NULL;
}
