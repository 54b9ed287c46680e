/* A stream as output: a file or stdout, its writer and this tool's NOTE. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cli/private.h"

bool
rp_encoding_is_set(
    const struct rp_encoding *codec, const struct rp_encoding *layout)
{
	return (int)codec->codec != -1 || (int)layout->layout != -1;
}

struct rp_encoding
rp_encoding_of(
    const struct rp_encoding *codec, const struct rp_encoding *layout)
{
	struct rp_encoding e = { 0 };

	if ((int)codec->codec != -1) {
		e.codec = codec->codec;
		e.level = codec->level;
		e.layout = e.codec == RP_CODEC_NONE ? RP_LAYOUT_ROWS
						    : RP_LAYOUT_COLUMNS;
	}
	if ((int)layout->layout != -1)
		e.layout = layout->layout;
	return e;
}

static enum rp_status
writer_failed(struct rp_sink *s, enum rp_status st)
{
	if (st >= 0)
		return st;
	return rp_error_set(
	    &s->out.cli->error, st, "%s", rp_writer_error(s->w)->text);
}

enum rp_status
rp_sink_open(struct rp_sink *s, struct rp_cli *cli, const char *path,
    const struct rp_writer_options *opt)
{
	static const struct rp_writer_options plain;
	struct rp_cli_private *p = cli->p;
	enum rp_status st;

	*s = (struct rp_sink){ 0 };
	st = rp_output_open(&s->out, cli, path, true);
	if (st == RP_OK) {
		s->w = rp_writer_fd(s->out.fd,
		    s->out.path != NULL ? s->out.path : "<stdout>",
		    opt != NULL ? opt : &plain);
		if (s->w == NULL)
			st = rp_error_no_memory(&cli->error);
	}
	if (st != RP_OK) {
		rp_output_discard(&s->out);
		return st;
	}
	s->next = p->sinks;
	p->sinks = s;
	if (!p->had_main)
		p->main = s;
	p->had_main = true;
	return RP_OK;
}

int
rp_sinks_idle(void *arg)
{
	const struct rp_cli *cli = arg;
	struct rp_sink *s;
	int ms, least = -1;

	for (s = cli->p->sinks; s != NULL; s = s->next) {
		ms = rp_writer_idle(s->w);
		if (ms >= 0 && (least < 0 || ms < least))
			least = ms;
	}
	return least;
}

enum rp_status
rp_sink_forward(struct rp_sink *s, const struct rp_frame *f)
{
	enum rp_status st;

	if (f->head.kind == RP_END_FRAME ||
	    (f->head.kind == RP_NOTE && s->out.cli->no_notes))
		return RP_OK;
	/* of one input it says nothing about the next */
	if (f->head.kind == RP_MARK && s->out.cli->argc > 1)
		return RP_OK;
	if (f->head.kind == RP_DATA && (st = rp_sink_note(s)) != RP_OK)
		return st;
	return writer_failed(s, rp_writer_pass(s->w, f));
}

char *
rp_cli_note(const struct rp_cli *cli, size_t *len)
{
	char *text;
	int n;

	n = asprintf(&text, "tool=%s\nversion=%s\nargs=%.*s", cli->tool->name,
	    RP_VERSION, RP_MAX_NOTE / 2, cli->p->args);
	*len = n < 0 ? 0 : (size_t)n;
	return n < 0 ? NULL : text;
}

enum rp_status
rp_sink_note(struct rp_sink *s)
{
	char *text;
	size_t len;
	enum rp_status st;

	if (s->noted)
		return RP_OK;
	s->noted = true;
	if (s->out.cli->no_notes)
		return RP_OK;
	if ((text = rp_cli_note(s->out.cli, &len)) == NULL)
		return rp_error_no_memory(&s->out.cli->error);
	st = rp_writer_note(s->w, text, len);
	free(text);
	return writer_failed(s, st);
}

enum rp_status
rp_sink_put(
    struct rp_sink *s, const struct rp_frame *f, const struct rp_record *rec)
{
	enum rp_status st = rp_sink_note(s);

	if (st == RP_OK)
		st = rp_writer_put(s->w, f, rec);
	return st == RP_OK ? st : writer_failed(s, st);
}

enum rp_status
rp_sink_add(struct rp_sink *s, const struct rp_record *rec,
    struct rp_label *symbol, struct rp_label *source)
{
	enum rp_status st = rp_sink_note(s);

	if (st == RP_OK)
		st = rp_writer_add(s->w, rec, symbol, source);
	return writer_failed(s, st);
}

enum rp_status
rp_sink_add_of(struct rp_sink *s, const struct rp_record *rec,
    struct rp_label *symbol, struct rp_label *source, struct rp_label *schema)
{
	enum rp_status st = rp_sink_note(s);

	if (st == RP_OK)
		st = rp_writer_add_of(s->w, rec, symbol, source, schema);
	return writer_failed(s, st);
}

enum rp_status
rp_sink_flush(struct rp_sink *s)
{
	return writer_failed(s, rp_writer_flush(s->w));
}

enum rp_status
rp_sink_mark(struct rp_sink *s, int64_t ts)
{
	return writer_failed(s, rp_writer_mark(s->w, ts, 0));
}

enum rp_status
rp_sink_recode(struct rp_sink *s, const struct rp_frame *f)
{
	enum rp_status st = rp_sink_note(s);

	if (st == RP_OK)
		st = rp_writer_fit(s->w, f);
	return writer_failed(s, st);
}

static void
unlist(struct rp_sink *s)
{
	struct rp_cli_private *p = s->out.cli->p;
	struct rp_sink **at = &p->sinks;

	while (*at != NULL && *at != s)
		at = &(*at)->next;
	if (*at == s)
		*at = s->next;
}

static void
account(struct rp_sink *s)
{
	struct rp_cli *cli = s->out.cli;
	struct rp_counts *c = &cli->counts;

	if (cli->p->main != s)
		return;
	cli->p->main = NULL;
	c->records_out = rp_writer_totals(s->w)->records;
	c->bytes_out = rp_writer_bytes(s->w);
	if (c->dropped == 0 && c->records_in > c->records_out + c->rejected)
		c->dropped = c->records_in - c->records_out - c->rejected;
}

static enum rp_status
finish(struct rp_sink *s, uint32_t end_flags)
{
	const struct rp_cli *cli = s->out.cli;
	enum rp_status st;

	end_flags &= ~(uint32_t)RP_END_MORE;
	if (cli->counts.rejected > 0)
		end_flags |= RP_END_LOSSY;
	if (rp_cli_stopping())
		end_flags |= RP_END_SIGNAL;
	st = rp_reject_verdict(s->out.cli);
	if (st == RP_OK)
		st = rp_sink_note(s);
	if (st == RP_OK)
		st = writer_failed(s, rp_writer_finish(s->w, end_flags));
	return st;
}

enum rp_status
rp_sink_close(struct rp_sink *s, enum rp_status status, uint32_t end_flags)
{
	if (s->w == NULL)
		return status < 0 ? status : RP_OK;
	if (status >= 0)
		status = finish(s, end_flags);
	if (status != RP_OK && status != RP_ERR_PIPE)
		rp_writer_abort(s->w,
		    s->out.cli->error.text[0] != '\0' ? s->out.cli->error.text
						      : "failed");
	unlist(s);
	account(s);
	rp_writer_free(s->w);
	s->w = NULL;
	if (status == RP_OK)
		status = rp_output_commit(&s->out);
	rp_output_discard(&s->out);
	return status;
}
