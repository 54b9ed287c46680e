#include "checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "cli/checkpoint.h"
#include "cli/values.h"

/* ---- options ---- */

static enum rp_status
read_every(struct checkpoints *c)
{
	if (c->every == NULL)
		return RP_OK;
	if (c->path == NULL)
		return rp_cli_usage(
		    c->cli, "--checkpoint-every goes with --checkpoint");
	if ((rp_value_count(c->every, &c->records) && c->records > 0) ||
	    (rp_value_span(c->every, &c->span) && c->span > 0)) {
		c->left = c->records;
		return RP_OK;
	}
	return rp_cli_usage(c->cli,
	    "--checkpoint-every %s: is neither a number of records nor a span "
	    "of time",
	    c->every);
}

/* All that decides what is written, but not where to. */
static enum rp_status
write_options(struct checkpoints *c)
{
	const struct emissions *es = c->emissions;
	size_t len;
	FILE *f = open_memstream(&c->options, &len);

	if (f == NULL)
		return rp_error_no_memory(&c->cli->error);
	for (size_t i = 0; i < es->n; i++)
		fprintf(
		    f, "--emit %.*s ", (int)es->all[i].what, es->all[i].text);
	for (size_t i = 0; i < c->formulas->n; i++)
		fprintf(f, "--feature '%s' ", c->formulas->item[i]);
	fprintf(f, "--on-gap %s%s", c->on_gap,
	    c->books->from_empty ? " --from-empty" : "");
	return fclose(f) == 0 ? RP_OK : rp_error_no_memory(&c->cli->error);
}

enum rp_status
checkpoints_check(struct checkpoints *c)
{
	const struct emissions *es = c->emissions;
	enum rp_status st = read_every(c);

	c->due = RP_ABSENT;
	for (size_t i = 0; i < es->n && st == RP_OK; i++)
		st = rp_output_apart(c->cli, es->all[i].path, c->path);
	return st == RP_OK ? write_options(c) : st;
}

/* ---- what is in one ---- */

/* The options that it was made with, which must be those of this run. */
static void
store_options(struct checkpoints *c, struct rp_archive *ar)
{
	uint64_t n = rp_archive_count(ar, strlen(c->options), 1);
	char *text;

	if (!ar->loading) {
		rp_archive_bytes(ar, c->options, n);
		return;
	}
	if ((text = calloc(1, n + 1)) == NULL) {
		ar->status = rp_error_no_memory(&c->cli->error);
		return;
	}
	rp_archive_bytes(ar, text, n);
	rp_error_flatten(text);
	if (ar->status == RP_OK && strcmp(text, c->options) != 0)
		ar->status = rp_cli_usage(c->cli,
		    "--resume %s: was made with '%s', and this run has '%s'",
		    c->resume, text, c->options);
	free(text);
}

static void
store_all(struct checkpoints *c, struct rp_archive *ar)
{
	store_options(c, ar);
	rp_archive_u64(ar, c->other);
	if (ar->status == RP_OK)
		books_archive(c->books, ar);
	if (ar->status == RP_OK)
		emissions_archive(c->emissions, ar);
}

/* ---- going on from one ---- */

static enum rp_status
resume(struct checkpoints *c)
{
	struct rp_checkpoint_file file;
	struct rp_archive ar = { .loading = true };
	enum rp_status st = rp_checkpoint_read(c->cli, c->resume, &file);

	if (st != RP_OK)
		return st;
	c->at = file.head;
	c->resumed = c->at.seq;
	ar.at = file.body;
	ar.end = file.body + c->at.body_len;
	store_all(c, &ar);
	rp_archive_check(&ar, ar.status != RP_OK || ar.at == ar.end);
	rp_checkpoint_release(&file);
	if (ar.status == RP_ERR_NOMEM)
		return rp_error_no_memory(&c->cli->error);
	if (ar.status == RP_ERR_CORRUPT)
		return rp_error_set(&c->cli->error, RP_ERR_CORRUPT,
		    "%s: is a damaged checkpoint: what it says cannot be",
		    c->resume);
	return ar.status;
}

enum rp_status
checkpoints_begin(struct checkpoints *c)
{
	enum rp_status st = RP_OK;

	if (c->resume != NULL)
		st = resume(c);
	/* what cannot be written is said at once */
	if (st == RP_OK && c->path != NULL)
		st = rp_output_open(&c->out, c->cli, c->path, false);
	if (st == RP_OK && c->path != NULL && c->out.target == NULL)
		return rp_cli_usage(c->cli,
		    "--checkpoint %s: a checkpoint is a file that is replaced",
		    c->path);
	return st;
}

void
checkpoints_free(struct checkpoints *c)
{
	rp_output_discard(&c->out);
	rp_buffer_free(&c->archive.out);
	free(c->options);
}

/* ---- taking one ---- */

enum rp_status
checkpoints_keep(struct checkpoints *c)
{
	enum rp_status st;

	if (c->path == NULL || c->at.seq == 0)
		return RP_OK;
	c->archive.out.len = 0;
	store_all(c, &c->archive);
	st = c->archive.status;
	return st == RP_ERR_NOMEM ? rp_error_no_memory(&c->cli->error) : st;
}

static enum rp_status
put_in_place(struct checkpoints *c)
{
	const struct rp_buffer *body = &c->archive.out;
	uint8_t head[RP_CHECKPOINT_HEAD];
	struct rp_error *err = &c->cli->error;
	enum rp_status st;

	rp_checkpoint_encode(&c->at, body->data, body->len, head);
	st = rp_file_write(c->out.fd, head, sizeof(head), c->path, err);
	if (st == RP_OK)
		st = rp_file_write(
		    c->out.fd, body->data, body->len, c->path, err);
	if (st == RP_OK)
		st = rp_output_commit(&c->out);
	rp_output_discard(&c->out);
	if (st == RP_OK)
		rp_cli_count(c->cli, "checkpoints", 1);
	return st;
}

static enum rp_status
take(struct checkpoints *c)
{
	enum rp_status st = emissions_flush(c->emissions);

	c->wanted = false;
	if (st == RP_OK)
		st = checkpoints_keep(c);
	if (st == RP_OK)
		st = put_in_place(c);
	return st == RP_OK ? rp_output_open(&c->out, c->cli, c->path, false)
			   : st;
}

enum rp_status
checkpoints_end(struct checkpoints *c)
{
	if (c->path != NULL && c->at.seq == 0)
		rp_cli_warn(c->cli,
		    "--checkpoint %s: there was no record, and so there is no "
		    "checkpoint",
		    c->path);
	return c->path != NULL && c->at.seq != 0 ? put_in_place(c) : RP_OK;
}

/* ---- where the run is ---- */

static enum rp_status
no_position(struct checkpoints *c, const char *why)
{
	return rp_error_set(&c->cli->error, RP_ERR_CORRUPT, "%s: %s %s: %s",
	    rp_input_label(c->in),
	    c->path != NULL ? "--checkpoint" : "--resume",
	    c->path != NULL ? c->path : c->resume, why);
}

static enum rp_status
check_log(struct checkpoints *c)
{
	const char *log = c->in->log;

	if (log[0] == '\0')
		return no_position(c,
		    "the input does not say of which log it is (rp-read says "
		    "so, but with --no-notes)");
	if (c->at.log[0] == '\0')
		memcpy(c->at.log, log, sizeof(c->at.log));
	if (strcmp(c->at.log, log) == 0)
		return RP_OK;
	return rp_error_set(&c->cli->error, RP_ERR_CORRUPT,
	    "%s: is of another log (%s) than %s (%s)", rp_input_label(c->in),
	    log, c->resume != NULL ? c->resume : "what came before", c->at.log);
}

/* Do the records of a frame follow without a seq left out? */
static void
check_dense(struct checkpoints *c, const struct rp_frame_head *h)
{
	bool follows = c->at.seq == 0 || h->seq_min <= c->at.seq + 1;

	if (c->at.seq == 0)
		c->at.dense = true;
	/* of a selection nobody can tell */
	if (c->at.dense && !follows && c->at.seq == c->resumed)
		rp_cli_warn(c->cli,
		    "%s: begins with seq %" PRIu64 ", but %s ends with %" PRIu64
		    ": what is between them is missing (rp-read --after)",
		    rp_input_label(c->in), h->seq_min, c->resume, c->resumed);
	c->at.dense =
	    c->at.dense && follows && h->seq_max - h->seq_min + 1 == h->records;
}

enum rp_status
checkpoints_frame(struct checkpoints *c, const struct rp_frame *f)
{
	enum rp_status st = check_log(c);

	if (st != RP_OK)
		return st;
	if (f->head.seq_min == 0)
		return no_position(c,
		    "the input has records without a seq (rp-write numbers "
		    "them)");
	if (f->head.seq_max <= c->resumed)
		return RP_EMPTY;
	check_dense(c, &f->head);
	return RP_OK;
}

static void
wind(struct checkpoints *c, int64_t ts)
{
	int64_t into = ts % c->span;

	into += into < 0 ? c->span : 0;
	if (__builtin_add_overflow(ts, c->span - into, &c->due))
		c->due = INT64_MAX;
}

static bool
has_clock(const struct rp_record *rec)
{
	return (rec->type == RP_MBO || rec->type == RP_LEVEL ||
		   rec->type == RP_BOOK || rec->type == RP_TRADE) &&
	    (rec->flags & RP_SNAPSHOT) == 0;
}

/* Count a record, and look at its time: is it time for a checkpoint? */
static void
look_at_clock(struct checkpoints *c, const struct rp_record *rec)
{
	int64_t ts = rp_record_ts_event(rec);

	if (c->records > 0 && c->left-- == 0) {
		c->left = c->records - 1;
		c->wanted = true;
	}
	if (c->span == 0 || ts == RP_ABSENT || !has_clock(rec))
		return;
	if (c->due == RP_ABSENT || ts >= c->due) {
		c->wanted |= c->due != RP_ABSENT;
		wind(c, ts);
	}
}

enum rp_status
checkpoints_record(
    struct checkpoints *c, const struct rp_record *rec, const struct book *last)
{
	enum rp_status st = RP_OK;

	if (rec->seq <= c->resumed && c->at.seq == c->resumed)
		return RP_EMPTY;
	if (rec->seq <= c->at.seq)
		return no_position(c,
		    "seq goes back: the input is not in the order of its log");
	look_at_clock(c, rec);
	if (c->wanted && c->at.seq != 0 && (last == NULL || !last->open))
		st = take(c);
	c->at.seq = rec->seq;
	c->at.ts_event = rp_record_ts_event(rec);
	return st;
}

void
checkpoints_past(struct checkpoints *c, const struct rp_frame *f)
{
	if (f->head.seq_max > c->at.seq)
		c->at.seq = f->head.seq_max;
}
