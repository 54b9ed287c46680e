/*
 * rp-csv: a stream as comma-separated values.
 *
 * Reads a stream; writes a line a record, to stdout, to one file or to a file
 * a type. Files appear whole, after the stream has ended cleanly, or not at
 * all. Memory: a frame, and 256 KiB a file; with -j some 3 MiB a thread.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/schemas.h"
#include "cli/select.h"
#include "cli/sheets.h"
#include "cli/sift.h"
#include "cli/style.h"
#include "columns/csv_pool.h"

static const struct rp_tool tool = {
	.name = "rp-csv",
	.usage = "[-t TYPE] [-c COLUMNS] [-o FILE | --split-type TEMPLATE] "
		 "[FILE ...]",
	.summary = "write a stream as comma-separated values",
	.flags = RP_TOOL_STATS | RP_TOOL_ERRORS | RP_TOOL_CONFIRM,
};

struct opts {
	struct rp_list types, columns;
	const char *output, *split, *delimiter;
	struct rp_style_options style;
	bool header, no_header;
	int levels, threads;
};

struct task {
	struct rp_cli *cli;
	struct opts *o;
	struct rp_select *types;
	struct rp_sift sift;
	struct rp_csv csv;
	struct rp_csv_pool *pool; /* -j, or NULL */
	struct rp_sheets sheets;
	uint16_t first; /* type of the first record, 0: none yet */
};

static enum rp_status
set_style(struct task *t)
{
	const char *delimiter = t->o->delimiter;

	if (strcmp(delimiter, "tab") == 0)
		delimiter = "\t";
	if (strlen(delimiter) != 1 || strchr("\"\r\n", *delimiter) != NULL)
		return rp_cli_usage(t->cli,
		    "--delimiter is one character, not a quote or line break");
	t->csv.style.quoting.delimiter = *delimiter;
	return rp_cli_style(t->cli, &t->o->style, &t->csv.style.text);
}

static bool
is_wanted(const void *types, uint16_t type)
{
	return rp_select_has_type(types, type);
}

static enum rp_status
set_columns(struct task *t)
{
	struct rp_error *err = &t->cli->error;
	const struct opts *o = t->o;
	enum rp_status st = RP_OK;

	if (o->levels < -1 || o->levels > RP_PLAN_MAX_LEVELS)
		return rp_cli_usage(
		    t->cli, "--levels is from 0 to %d", RP_PLAN_MAX_LEVELS);
	if (o->levels >= 0)
		t->csv.plan.levels = (unsigned)o->levels;
	for (size_t i = 0; st == RP_OK && i < o->columns.n; i++)
		st = rp_plan_add(&t->csv.plan, o->columns.item[i], err);
	t->csv.plan.features = true;
	if (st == RP_OK)
		st = rp_plan_check(&t->csv.plan, is_wanted, t->types, err);
	return st == RP_OK ? rp_cli_need_columns(t->cli, &t->csv.plan) : st;
}

/* ---- outputs ---- */

/* out, or the one that pool writes to, has failed. */
static enum rp_status
out_failed(struct task *t, const struct rp_out *out)
{
	return rp_error_set(
	    &t->cli->error, out->error.status, "%s", out->error.text);
}

static enum rp_status
put_header(struct task *t, struct rp_out *out, uint16_t type)
{
	/* with or without a header, the columns are those of this frame */
	if (t->o->no_header && rp_plan_row(&t->csv.plan, type) == NULL)
		return rp_error_no_memory(&t->cli->error);
	if (t->o->no_header || rp_csv_header(&t->csv, out, type) == RP_OK)
		return RP_OK;
	return out_failed(t, out);
}

/* Records of two types have no columns in common but those that were named. */
static enum rp_status
mixed(struct task *t, uint16_t type)
{
	return rp_cli_mixed(
	    t->cli, t->first, type, "write a file each with --split-type");
}

/* Where records of a type go, with its header written. */
static enum rp_status
out_of_type(struct task *t, uint16_t type, struct rp_out **out)
{
	bool named = t->csv.plan.set == RP_COLUMNS_NAMED, fresh;
	bool first = t->first == 0;
	struct rp_sheet *sheet;
	enum rp_status st;

	if (first)
		t->first = type;
	else if (!named && t->o->split == NULL && t->first != type)
		return mixed(t, type);
	st = rp_sheets_find(&t->sheets, type, &sheet, &fresh);
	*out = &sheet->out;
	if (st == RP_OK && (fresh || (first && !named)))
		st = put_header(t, *out, type);
	return st;
}

/* Before a read that would block: what is ready goes out; what threads still
 * work on is asked for again in a ms. */
static int
flush(void *arg)
{
	struct task *t = arg;
	bool all = t->pool == NULL || rp_csv_pool_poll(t->pool);

	(void)rp_sheets_flush(&t->sheets);
	return all ? -1 : 1;
}

/* ---- records ---- */

static bool
is_type(const void *type, uint16_t other)
{
	return *(const uint16_t *)type == other;
}

/* With --split-type, the records of one type; else those that are wanted. */
static enum rp_status
put_records(struct task *t, const struct rp_frame *f, struct rp_out *out,
    const uint16_t *type)
{
	struct rp_csv_types types = { is_wanted, t->types };
	enum rp_status st;

	if (t->o->split != NULL)
		types = (struct rp_csv_types){ is_type, type };
	if (t->pool != NULL)
		st = rp_csv_pool_put(t->pool, f);
	else
		st = rp_csv_frame(&t->csv, out, f, &types);
	return st == RP_OK ? RP_OK : out_failed(t, out);
}

static enum rp_status
put_frame(struct task *t, const struct rp_frame *f)
{
	struct rp_counts *counts = &t->cli->counts;
	struct rp_out *out = NULL;
	enum rp_status st;

	t->csv.style.frame = f; /* whose schemas name the columns of features */
	for (uint32_t i = 0; i < f->n_types; i++) {
		const uint16_t *type = &f->types[i].type;

		if (!rp_select_has_type(t->types, *type)) {
			counts->dropped += f->types[i].records;
			continue;
		}
		counts->records_out += f->types[i].records;
		if ((st = out_of_type(t, *type, &out)) != RP_OK)
			return st;
		if (t->o->split != NULL &&
		    (st = put_records(t, f, out, type)) != RP_OK)
			return st;
	}
	return out == NULL || t->o->split != NULL
	    ? RP_OK
	    : put_records(t, f, out, NULL);
}

static bool
any_wanted(const struct task *t, const struct rp_frame *f)
{
	for (uint32_t i = 0; i < f->n_types; i++)
		if (rp_select_has_type(t->types, f->types[i].type))
			return true;
	return false;
}

/* The type that alone was asked for, or 0. */
static uint16_t
only_type(const struct task *t)
{
	uint16_t only = 0;

	for (size_t i = 0; i < rp_n_types; i++)
		if (rp_select_has_type(t->types, rp_types[i]->id)) {
			if (only != 0)
				return 0;
			only = rp_types[i]->id;
		}
	return only;
}

static enum rp_status
copy(struct task *t, struct rp_input *in)
{
	struct rp_out *out;
	struct rp_frame f;
	enum rp_status st;

	while ((st = rp_input_head(in, &f)) == RP_OK) {
		if (f.head.kind != RP_DATA)
			continue;
		if (any_wanted(t, &f) &&
		    (st = rp_sift_rows(&t->sift, &f)) != RP_OK)
			return st;
		st = put_frame(t, &f);
		t->csv.style.frame = NULL;
		if (st != RP_OK)
			return st;
	}
	if (st == RP_END)
		st = t->pool != NULL ? rp_csv_pool_flush(t->pool) : RP_OK;
	if (st == RP_OK && t->first == 0 && t->o->split == NULL &&
	    t->csv.plan.set != RP_COLUMNS_NAMED && only_type(t) == RP_FEATURE)
		st = out_of_type(t, RP_FEATURE, &out);
	if (t->csv.deep || (t->pool != NULL && rp_csv_pool_deep(t->pool)))
		if (t->o->levels < 0)
			rp_cli_warn(t->cli,
			    "books are deeper than the %u levels written: "
			    "see --levels",
			    t->csv.plan.levels);
	rp_cli_warn_hidden(t->cli,
	    t->pool != NULL ? rp_csv_pool_hidden(t->pool) : t->csv.hidden.n);
	return st;
}

static enum rp_status
check_opts(struct task *t)
{
	const struct opts *o = t->o;
	enum rp_status st;

	if (o->header && o->no_header)
		return rp_cli_usage(t->cli, "--header or --no-header?");
	if ((st = rp_cli_threads(t->cli, o->threads)) != RP_OK)
		return st;
	return rp_sheets_init(&t->sheets, t->cli, o->output, o->split);
}

/* The only output, its header where that is known before any record. */
static enum rp_status
open_only(struct task *t)
{
	const struct rp_csv_types types = { is_wanted, t->types };
	bool named = t->csv.plan.set == RP_COLUMNS_NAMED, fresh;
	struct rp_sheet *s;
	enum rp_status st;

	st = rp_sheets_find(&t->sheets, 0, &s, &fresh);
	/* what features have the first frame says */
	if (!named && only_type(t) != RP_FEATURE)
		t->first = only_type(t);
	if (st == RP_OK && (named || t->first != 0))
		st = put_header(t, &s->out, t->first);
	if (st != RP_OK || t->o->threads == 1)
		return st;
	t->pool = rp_csv_pool_new(&t->csv, &types, &s->out, t->o->threads);
	return t->pool == NULL ? rp_error_no_memory(&t->cli->error) : RP_OK;
}

static enum rp_status
start(struct task *t)
{
	const struct rp_select_options select = { .types = t->o->types };
	enum rp_status st;

	if ((st = rp_cli_select(t->cli, &select, &t->types)) != RP_OK ||
	    (st = check_opts(t)) != RP_OK || (st = set_style(t)) != RP_OK ||
	    (st = set_columns(t)) != RP_OK || t->o->split != NULL)
		return st;
	return open_only(t);
}

static enum rp_status
run(struct rp_cli *cli, struct opts *o)
{
	struct task t = { .cli = cli, .o = o };
	struct rp_input in;
	enum rp_status st;

	rp_csv_init(&t.csv);
	rp_input_init(&in, cli, true);
	in.wait = flush;
	in.wait_arg = &t;
	if ((st = start(&t)) == RP_OK) {
		rp_sift_init(&t.sift, &in, t.types);
		st = copy(&t, &in);
	}
	rp_input_close(&in);
	rp_sift_free(&t.sift);
	rp_csv_pool_free(t.pool);
	st = rp_sheets_close(&t.sheets, st);
	rp_select_free(t.types);
	rp_csv_free(&t.csv);
	return st;
}

int
main(int argc, char **argv)
{
	struct opts o = { .style = { .time = "ns", .digits = "trim" },
		.delimiter = ",",
		.levels = -1, /* not given */
		.threads = 1 };
	/* clang-format off */
	const struct rp_option options[] = {
		{ 't', "type", RP_OPT_LIST, &o.types, "NAME",
		    "these record types: names, globs, @FILE; repeatable",
		    NULL },
		{ 'c', "columns", RP_OPT_LIST, &o.columns, "A,B,...",
		    "these fields, for records of any type; 'all'", NULL },
		{ 'o', "output", RP_OPT_STRING, &o.output, "FILE",
		    "write to FILE, whole or not at all", NULL },
		{ 0, "split-type", RP_OPT_STRING, &o.split, "TEMPLATE",
		    "a file for each type: out-{type}.csv", NULL },
		RP_STYLE_OPTIONS(&o.style),
		{ 0, "levels", RP_OPT_INT, &o.levels, "N",
		    "levels of a book (default 10)", NULL },
		{ 0, "delimiter", RP_OPT_STRING, &o.delimiter, "C",
		    "between fields (default ','; 'tab')", NULL },
		{ 'j', "threads", RP_OPT_INT, &o.threads, "N",
		    "make lines in N threads (default 1)", NULL },
		{ 0, "header", RP_OPT_FLAG, &o.header, NULL,
		    "begin with the names of the columns (default)", NULL },
		{ 0, "no-header", RP_OPT_FLAG, &o.no_header, NULL,
		    "do not", NULL },
		RP_OPT_END,
	};
	/* clang-format on */
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
