/* Logs that are read one after the other, and what is selected of them. */
#include <inttypes.h>

#include "base/clock.h"
#include "cli/schemas.h"
#include "cli/logs_work.h"
#include "log/segment.h"

enum rp_status
rp_log_chain_checked(struct rp_log_chain *c, enum rp_status st)
{
	return st >= RP_OK ? st
			   : rp_error_set(&c->ls->cli->error, st, "%s",
				 rp_log_reader_error(c->reader)->text);
}

/* ---- selecting ---- */

static enum rp_status
verdict(struct rp_logs *ls, const struct rp_frame *f, enum rp_verdict *v)
{
	enum rp_status st = rp_select_frame(ls->opt.select, f, v);

	if (st != RP_OK)
		return rp_error_no_memory(&ls->cli->error);
	rp_cli_note_schemas(ls->cli, f);
	if (ls->opt.after != 0 && f->head.seq_max <= ls->opt.after)
		*v = RP_PASS_NONE;
	else if (*v == RP_PASS_ALL && ls->opt.after != 0 &&
	    f->head.seq_min <= ls->opt.after)
		*v = RP_PASS_SOME;
	return RP_OK;
}

/* Asked by a log's reader, of a frame's header and directory. */
static bool
want(void *arg, const struct rp_frame *f)
{
	enum rp_verdict v;

	return verdict(arg, f, &v) == RP_OK && v != RP_PASS_NONE;
}

/* Let f be a plain frame of what is selected of it, for the merge. */
static enum rp_status
select_rows(struct rp_log_chain *c, struct rp_frame *f)
{
	const struct rp_record *rec = NULL;
	struct rp_frame_head *h = &f->head;
	enum rp_status st =
	    rp_log_chain_checked(c, rp_log_reader_rows(c->reader, f));

	c->rows.len = 0;
	h->records = 0;
	h->ts_min = INT64_MAX;
	h->ts_max = INT64_MIN;
	while (st == RP_OK && (rec = rp_frame_next(f, rec)) != NULL) {
		if (!rp_select_record(c->ls->opt.select, f, rec))
			continue;
		if (rp_buffer_add(&c->rows, rec, rp_record_size(rec)) != RP_OK)
			st = rp_error_no_memory(&c->ls->cli->error);
		h->ts_min = rec->ts_recv < h->ts_min ? rec->ts_recv : h->ts_min;
		h->ts_max = rec->ts_recv > h->ts_max ? rec->ts_recv : h->ts_max;
		h->records++;
	}
	h->codec = RP_CODEC_NONE;
	h->layout = RP_LAYOUT_ROWS;
	h->raw_len = (uint32_t)c->rows.len;
	f->rows = c->rows.data;
	f->rows_end = c->rows.data + c->rows.len;
	f->stored = NULL;
	return st;
}

/* ---- one frame of a chain ---- */

static enum rp_status
open_log(struct rp_log_chain *c)
{
	struct rp_logs *ls = c->ls;
	struct rp_log_reader_options opt = { .remote = ls->opt.remote,
		.follow = ls->opt.follow,
		.from_end = ls->opt.from_end };

	if (!ls->all) {
		opt.range = &ls->range;
		opt.tell_lost = ls->tell_lost;
		opt.want = want;
		opt.want_arg = ls;
	}
	c->heard = rp_clock_monotonic();
	return rp_log_reader_open(
	    &c->reader, c->log->dir, &opt, &ls->cli->error);
}

void
rp_log_chain_close(struct rp_log_chain *c)
{
	if (c->reader == NULL)
		return;
	c->ls->end_flags |= rp_log_reader_end_flags(c->reader);
	c->ls->last_seq = rp_log_reader_last_seq(c->reader);
	rp_log_reader_free(c->reader);
	c->reader = NULL;
}

/*
 * What retention took away of what was asked for: a warning and, if it is
 * selected, a gap record in f, with the frame that was there held back.
 */
static void
tell_lost(struct rp_log_chain *c, struct rp_frame *f, bool at_end)
{
	struct rp_logs *ls = c->ls;
	struct rp_log_range lost;
	struct rp_gap *gap;
	int64_t ts;

	if (!rp_log_reader_lost(c->reader, &lost))
		return;
	rp_cli_warn(ls->cli, "%s: seq %" PRIu64 " to %" PRIu64 " were trimmed",
	    c->log->dir, lost.seq_min, lost.seq_max);
	if (!rp_select_has_type(ls->opt.select, RP_GAP))
		return;
	ts = at_end ? lost.ts_max : f->head.ts_min;
	gap = rp_gap_init(&c->gap, RP_GAP_TRIMMED, ts, RP_ABSENT);
	gap->first_lost = lost.seq_min;
	gap->last_lost = lost.seq_max;
	c->gap.rec.flags |= RP_TS_RECV_INFERRED;
	c->gap.rec.seq = lost.seq_max;
	if (!at_end)
		c->held[c->n_held++] = (struct rp_held_frame){ *f, c->some };
	c->some = false;
	*f = (struct rp_frame){ .head = { .kind = RP_DATA,
				    .flags = RP_FRAME_TS_ORDERED,
				    .raw_len = sizeof(c->gap),
				    .records = 1,
				    .seq_min = lost.seq_max,
				    .seq_max = lost.seq_max,
				    .ts_min = ts,
				    .ts_max = ts },
		.rows = c->gap.bytes,
		.rows_end = c->gap.bytes + sizeof(c->gap) };
}

/* A frame as it came: RP_EMPTY if nothing of it is to be handed out. */
static enum rp_status
take_frame(struct rp_log_chain *c, struct rp_frame *f)
{
	struct rp_logs *ls = c->ls;
	enum rp_verdict v;
	size_t len;
	enum rp_status st;

	c->some = false;
	if (f->head.kind == RP_NOTE) {
		if ((st = rp_log_chain_checked(
			 c, rp_log_reader_body(c->reader, f))) != RP_OK)
			return st;
		/* several logs are none: nobody is to confirm to one */
		return ls->n > 1 &&
			rp_note_value(f->text, f->text_len, "log.uuid", &len) !=
			    NULL
		    ? RP_EMPTY
		    : RP_OK;
	}
	c->ordered &=
	    (f->head.flags & RP_FRAME_TS_ORDERED) && f->head.ts_min >= c->high;
	c->high = f->head.ts_max > c->high ? f->head.ts_max : c->high;
	ls->newest = c->high > ls->newest ? c->high : ls->newest;
	if ((st = verdict(ls, f, &v)) != RP_OK)
		return st;
	c->some = v == RP_PASS_SOME;
	if (c->some && ls->m != NULL) {
		st = select_rows(c, f);
		return st == RP_OK && f->head.records == 0 ? RP_EMPTY : st;
	}
	return v == RP_PASS_NONE ? RP_EMPTY : RP_OK;
}

enum rp_status
rp_log_chain_next(struct rp_log_chain *c, struct rp_frame *f)
{
	struct rp_counts *counts = &c->ls->cli->counts;
	enum rp_status st = RP_OK, taken = RP_EMPTY;

	while (taken == RP_EMPTY) {
		if ((st = rp_cli_check_schemas(c->ls->cli, c->log == NULL)) !=
		    RP_OK)
			return st;
		if (c->log == NULL)
			return RP_END;
		if (c->reader == NULL && (st = open_log(c)) != RP_OK)
			return st;
		st = rp_log_chain_checked(c, rp_log_reader_head(c->reader, f));
		if (st == RP_END) {
			*f = (struct rp_frame){ 0 };
			tell_lost(c, f, true);
			rp_log_chain_close(c);
			c->log = c->log->next;
			if (f->rows != NULL)
				return RP_OK;
			continue;
		}
		if (st != RP_OK)
			return st;
		counts->bytes_in += f->size;
		counts->records_in += f->head.records;
		rp_cli_progress(c->ls->cli);
		c->heard = rp_clock_monotonic();
		taken = take_frame(c, f);
	}
	if (taken == RP_OK && f->head.kind == RP_DATA)
		tell_lost(c, f, false);
	return taken;
}
