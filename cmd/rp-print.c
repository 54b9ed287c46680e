/*
 * rp-print: a stream as text.
 *
 * Reads a stream; writes a line a record, for people or as JSON that rp-import
 * reads back, or what the stream says about itself: headers of frames, notes.
 * Memory: a frame and 256 KiB.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/schemas.h"
#include "cli/cli.h"
#include "cli/select.h"
#include "cli/sift.h"
#include "cli/style.h"
#include "columns/describe.h"
#include "columns/json.h"
#include "columns/lines.h"

static const struct rp_tool tool = {
	.name = "rp-print",
	.usage = "[-t TYPE] [-c COLUMNS] [-n N] [--json] [--frames] [--notes] "
		 "[FILE ...]",
	.summary = "write a stream as text or JSON",
	.flags = RP_TOOL_STATS | RP_TOOL_ERRORS,
};

struct opts {
	struct rp_list types, columns;
	const char *output;
	struct rp_style_options style;
	bool json, numbers, frames, notes;
	uint64_t limit;
	int levels;
};

struct print {
	struct rp_cli *cli;
	struct opts *o;
	struct rp_select *types;
	struct rp_sift sift;
	struct rp_cell_style style;
	struct rp_plan plan;
	struct rp_json json;
	struct rp_lines lines;
	struct rp_output file;
	struct rp_out out;
	bool records; /* rather than frames or notes */
	uint64_t left; /* records still to print */
};

static enum rp_status
set_style(struct print *p)
{
	struct opts *o = p->o;

	o->json |= o->numbers;
	if (o->style.time == NULL)
		o->style.time = o->json ? "ns" : "iso";
	if (o->style.digits == NULL)
		o->style.digits = o->json ? "keep" : "trim";
	if (o->levels < 0 || o->levels > RP_PLAN_MAX_LEVELS)
		return rp_cli_usage(
		    p->cli, "--levels is from 0 to %d", RP_PLAN_MAX_LEVELS);
	p->style.quoting.quote = o->json ? rp_json_quote : rp_lines_quote;
	return rp_cli_style(p->cli, &o->style, &p->style.text);
}

static bool
is_wanted(const void *types, uint16_t type)
{
	return rp_select_has_type(types, type);
}

static enum rp_status
set_columns(struct print *p)
{
	struct rp_error *err = &p->cli->error;
	const struct opts *o = p->o;
	enum rp_status st = RP_OK;

	p->plan.set = o->json ? RP_COLUMNS_ALL : RP_COLUMNS_DEFAULT;
	/* JSON has all levels of a book without being asked */
	p->plan.levels = o->json ? 0 : (unsigned)o->levels;
	p->plan.with_type = true;
	for (size_t i = 0; st == RP_OK && i < o->columns.n; i++)
		st = rp_plan_add(&p->plan, o->columns.item[i], err);
	p->plan.aligned = p->plan.set == RP_COLUMNS_NAMED && !o->json;
	p->plan.features = true;
	if (st == RP_OK)
		st = rp_plan_check(&p->plan, is_wanted, p->types, err);
	return st == RP_OK ? rp_cli_need_columns(p->cli, &p->plan) : st;
}

static bool
wants_colour(const struct print *p)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(p->file.fd) == 1 && (no == NULL || *no == '\0') &&
	    (term == NULL || strcmp(term, "dumb") != 0);
}

static enum rp_status
start(struct print *p)
{
	const struct rp_select_options select = { .types = p->o->types };
	enum rp_status st;

	if ((st = rp_cli_select(p->cli, &select, &p->types)) != RP_OK ||
	    (st = set_style(p)) != RP_OK || (st = set_columns(p)) != RP_OK ||
	    (st = rp_output_open(&p->file, p->cli, p->o->output, false)) !=
		RP_OK)
		return st;
	rp_out_init(&p->out, p->file.fd,
	    p->file.path != NULL ? p->file.path : "<stdout>");
	rp_json_init(&p->json, &p->plan, p->o->numbers);
	rp_lines_init(&p->lines, &p->plan, wants_colour(p));
	p->records = !p->o->frames && !p->o->notes;
	p->left = p->o->limit;
	return RP_OK;
}

static int
flush(void *arg)
{
	struct print *p = arg;

	(void)!rp_out_flush(&p->out); /* kept in out */
	return -1;
}

/* ---- frames ---- */

static enum rp_status
put_records(struct print *p, const struct rp_frame *f, bool some)
{
	const struct rp_record *rec;
	enum rp_status st = RP_OK;
	uint64_t n = 0;

	if (rp_cell_style_frame(&p->style, f) != RP_OK)
		return rp_error_no_memory(&p->cli->error);
	for (rec = rp_frame_next(f, NULL);
	     st == RP_OK && rec != NULL && p->left > 0;
	     rec = rp_frame_next(f, rec)) {
		if (some && !rp_select_record(p->types, f, rec))
			continue;
		st = p->o->json ? rp_json_record(&p->json, &p->out, rec)
				: rp_lines_record(&p->lines, &p->out, rec);
		p->left--;
		n++;
	}
	p->cli->counts.records_out += n;
	p->cli->counts.dropped += f->head.records - n;
	return st;
}

static enum rp_status
put_data(struct print *p, struct rp_input *in, struct rp_frame *f)
{
	enum rp_verdict verdict;
	enum rp_status st;

	if (rp_select_frame(p->types, f, &verdict) != RP_OK)
		return rp_error_no_memory(&p->cli->error);
	if (verdict == RP_PASS_NONE) {
		p->cli->counts.dropped += f->head.records;
		return RP_OK;
	}
	/* JSON has a form for any payload, which comes back as it was */
	st = p->o->json ? rp_input_rows(in, f) : rp_sift_rows(&p->sift, f);
	if (st != RP_OK)
		return st;
	return put_records(p, f, verdict != RP_PASS_ALL);
}

/* What the stream says about itself. */
static enum rp_status
put_about(struct print *p, const struct rp_frame *f)
{
	struct rp_text_style *style = &p->style.text;
	enum rp_status st = RP_OK;

	if (p->o->frames)
		st = p->o->json
		    ? rp_describe_frame_json(&p->out, f, style, p->o->numbers)
		    : rp_describe_frame(&p->out, f, style);
	if (st != RP_OK || !p->o->notes || f->head.kind != RP_NOTE)
		return st;
	return p->o->json ? rp_describe_note_json(&p->out, f)
			  : rp_describe_note(&p->out, f);
}

static enum rp_status
copy(struct print *p, struct rp_input *in)
{
	enum rp_status st = RP_OK;
	struct rp_frame f;

	while (p->left > 0 && (st = rp_input_head(in, &f)) == RP_OK) {
		if (!p->records)
			st = put_about(p, &f);
		else if (f.head.kind == RP_DATA)
			st = put_data(p, in, &f);
		if (st != RP_OK)
			return st;
	}
	rp_cli_warn_hidden(p->cli, p->lines.hidden.n);
	return st == RP_END ? RP_OK : st;
}

/* What came whole is shown, whatever came then: that is where one looks. */
static enum rp_status
finish(struct print *p, enum rp_status st)
{
	enum rp_status flushed = rp_out_flush(&p->out);

	if (st == RP_OK)
		st = flushed;
	if (p->out.error.status != RP_OK)
		rp_error_set(&p->cli->error, p->out.error.status, "%s",
		    p->out.error.text);
	p->cli->counts.bytes_out = p->out.bytes;
	if (st == RP_OK)
		st = rp_output_commit(&p->file);
	rp_output_discard(&p->file);
	rp_out_free(&p->out);
	return st;
}

static enum rp_status
run(struct rp_cli *cli, struct opts *o)
{
	struct print p = { .cli = cli, .o = o };
	struct rp_input in;
	enum rp_status st;

	rp_plan_init(&p.plan, &p.style);
	rp_input_init(&in, cli, true);
	in.wait = flush;
	in.wait_arg = &p;
	if ((st = start(&p)) == RP_OK) {
		rp_sift_init(&p.sift, &in, p.types);
		st = copy(&p, &in);
	}
	rp_input_close(&in);
	rp_sift_free(&p.sift);
	st = finish(&p, st);
	rp_json_free(&p.json);
	rp_lines_free(&p.lines);
	rp_plan_free(&p.plan);
	rp_cell_style_free(&p.style);
	rp_select_free(p.types);
	return st;
}

int
main(int argc, char **argv)
{
	struct opts o = { .limit = UINT64_MAX, .levels = 1 };
	/* clang-format off */
	const struct rp_option options[] = {
		{ 't', "type", RP_OPT_LIST, &o.types, "NAME",
		    "these record types: names, globs, @FILE; repeatable",
		    NULL },
		{ 'c', "columns", RP_OPT_LIST, &o.columns, "A,B,...",
		    "these fields; 'all'", NULL },
		{ 'n', "limit", RP_OPT_COUNT, &o.limit, "N",
		    "stop after N records", NULL },
		{ 'o', "output", RP_OPT_STRING, &o.output, "FILE",
		    "write to FILE, whole or not at all", NULL },
		{ 0, "json", RP_OPT_FLAG, &o.json, NULL,
		    "a JSON object a line, which rp-import reads back", NULL },
		{ 0, "json-numbers", RP_OPT_FLAG, &o.numbers, NULL,
		    "the same with bare 64-bit integers and decimals", NULL },
		{ 0, "frames", RP_OPT_FLAG, &o.frames, NULL,
		    "headers of frames instead of records", NULL },
		{ 0, "notes", RP_OPT_FLAG, &o.notes, NULL,
		    "notes (where a stream comes from) instead of records",
		    NULL },
		RP_STYLE_OPTIONS(&o.style),
		{ 0, "levels", RP_OPT_INT, &o.levels, "N",
		    "levels of a book, in text (default 1)", NULL },
		RP_OPT_END,
	};
	/* clang-format on */
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
