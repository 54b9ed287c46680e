/*
 * rp-csv: a stream as comma-separated values.
 *
 * Reads a stream; writes a line a record, to stdout, to one file or to a file
 * a type. Files appear whole, after the stream has ended cleanly, or not at
 * all. Memory: a frame, and 256 KiB a file.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/sheets.h"
#include "cli/style.h"
#include "columns/csv.h"
#include "expr/select.h"

static const struct rp_tool tool = {
	.name = "rp-csv",
	.usage = "[-t TYPE] [-c COLUMNS] [-o FILE | --split-type TEMPLATE] "
		 "[FILE ...]",
	.summary = "write a stream as comma-separated values",
	.flags = RP_TOOL_STATS | RP_TOOL_CONFIRM,
};

struct opts {
	struct rp_list types, columns;
	const char *output, *split, *delimiter;
	struct rp_style_options style;
	bool header, no_header;
	int levels;
};

struct csv {
	struct rp_cli *cli;
	struct opts *o;
	struct rp_select *types;
	struct rp_cell_style style;
	struct rp_plan plan;
	struct rp_sheets sheets;
	uint16_t first; /* type of the first record, 0: none yet */
	bool deep; /* a book with more levels than columns was seen */
};

static enum rp_status
out_of_memory(struct rp_cli *cli)
{
	return rp_error_set(&cli->error, RP_ERR_NOMEM, "out of memory");
}

static enum rp_status
set_style(struct csv *csv)
{
	const char *delimiter = csv->o->delimiter;

	if (strcmp(delimiter, "\\t") == 0 || strcmp(delimiter, "tab") == 0)
		delimiter = "\t";
	if (strlen(delimiter) != 1 || strchr("\"\r\n", *delimiter) != NULL)
		return rp_cli_usage(csv->cli,
		    "--delimiter is one character, not a quote or line break");
	csv->style.quoting.delimiter = *delimiter;
	csv->style.quoting.quote = rp_csv_quote;
	return rp_cli_style(csv->cli, &csv->o->style, &csv->style.text);
}

static bool
is_wanted(const void *types, uint16_t type)
{
	return rp_select_has_type(types, type);
}

static enum rp_status
set_columns(struct csv *csv)
{
	struct rp_error *err = &csv->cli->error;
	const struct opts *o = csv->o;
	enum rp_status st = RP_OK;

	if (o->levels < -1 || o->levels > RP_PLAN_MAX_LEVELS)
		return rp_cli_usage(
		    csv->cli, "--levels is from 0 to %d", RP_PLAN_MAX_LEVELS);
	csv->plan.aligned = true;
	if (o->levels >= 0)
		csv->plan.levels = (unsigned)o->levels;
	for (size_t i = 0; st == RP_OK && i < o->columns.n; i++)
		st = rp_plan_add(&csv->plan, o->columns.item[i], err);
	for (size_t i = 0; st == RP_OK && i < o->types.n; i++)
		st = rp_select_type(csv->types, o->types.item[i], err);
	return st != RP_OK
	    ? st
	    : rp_plan_check(&csv->plan, is_wanted, csv->types, err);
}

/* ---- outputs ---- */

static enum rp_status
put_header(struct csv *csv, struct rp_sheet *s, uint16_t type)
{
	struct rp_row *row;

	if (csv->o->no_header)
		return RP_OK;
	if ((row = rp_plan_row(&csv->plan, type)) == NULL)
		return out_of_memory(csv->cli);
	return rp_csv_header(&s->out, row);
}

/* Records of two types have no columns in common but those that were named. */
static enum rp_status
mixed(struct csv *csv, uint16_t type)
{
	char a[8], b[8];

	return rp_error_set(&csv->cli->error, RP_ERR_USAGE,
	    "records of type %s and of type %s: choose one with -t, name "
	    "columns with -c, or write a file each with --split-type",
	    rp_type_name(csv->first, a), rp_type_name(type, b));
}

/* Where records of a type go, with its header written. */
static enum rp_status
sheet_of(struct csv *csv, uint16_t type, struct rp_sheet **sheet)
{
	bool named = csv->plan.set == RP_COLUMNS_NAMED, fresh;
	bool first = csv->first == 0;
	enum rp_status st;

	if (first)
		csv->first = type;
	else if (!named && csv->o->split == NULL && csv->first != type)
		return mixed(csv, type);
	st = rp_sheets_find(&csv->sheets, type, sheet, &fresh);
	if (st == RP_OK && (fresh || (first && !named)))
		st = put_header(csv, *sheet, type);
	return st;
}

/* ---- records ---- */

static void
warn_deep(struct csv *csv, const struct rp_record *rec)
{
	const uint8_t side[] = { RP_SIDE_BID, RP_SIDE_ASK };

	for (size_t i = 0; i < sizeof(side); i++)
		if (!csv->deep && csv->o->levels < 0 &&
		    csv->plan.set != RP_COLUMNS_NAMED &&
		    rp_book_level(rec, side[i], csv->plan.levels) != NULL) {
			csv->deep = true;
			rp_cli_warn(csv->cli,
			    "books are deeper than the %u levels written: "
			    "see --levels",
			    csv->plan.levels);
		}
}

static enum rp_status
put_frame(struct csv *csv, const struct rp_frame *f, bool some)
{
	const struct rp_record *rec;
	struct rp_sheet *s = NULL;
	struct rp_row *row = NULL;
	enum rp_status st = RP_OK;
	uint64_t n = 0;

	if (rp_cell_style_frame(&csv->style, f) != RP_OK)
		return out_of_memory(csv->cli);
	for (rec = rp_frame_next(f, NULL); st == RP_OK && rec != NULL;
	     rec = rp_frame_next(f, rec)) {
		if (some && !rp_select_record(csv->types, f, rec))
			continue;
		if (row == NULL || row->type != rec->type) {
			if ((st = sheet_of(csv, rec->type, &s)) != RP_OK)
				break;
			row = rp_plan_row(&csv->plan, rec->type);
			if (row == NULL)
				return out_of_memory(csv->cli);
		}
		if (rec->type == RP_BOOK)
			warn_deep(csv, rec);
		st = rp_csv_record(&s->out, row, rec);
		n++;
	}
	csv->cli->counts.records_out += n;
	csv->cli->counts.dropped += f->head.records - n;
	return st;
}

static enum rp_status
copy(struct csv *csv, struct rp_input *in)
{
	enum rp_verdict verdict;
	struct rp_frame f;
	enum rp_status st;

	while ((st = rp_input_head(in, &f)) == RP_OK) {
		if (f.head.kind != RP_DATA)
			continue;
		st = rp_select_frame(csv->types, &f, &verdict);
		if (st != RP_OK)
			return out_of_memory(csv->cli);
		if (verdict == RP_PASS_NONE) {
			csv->cli->counts.dropped += f.head.records;
			continue;
		}
		if ((st = rp_reader_rows(in->r, &f)) != RP_OK)
			return rp_error_set(&csv->cli->error, st, "%s",
			    rp_reader_error(in->r)->text);
		st = put_frame(csv, &f, verdict != RP_PASS_ALL);
		if (st != RP_OK)
			return st;
	}
	return st == RP_END ? RP_OK : st;
}

/* The type that alone was asked for, or 0. */
static uint16_t
only_type(const struct csv *csv)
{
	uint16_t only = 0;

	for (size_t i = 0; i < rp_n_types; i++)
		if (rp_select_has_type(csv->types, rp_types[i]->id)) {
			if (only != 0)
				return 0;
			only = rp_types[i]->id;
		}
	return only;
}

static enum rp_status
start(struct csv *csv)
{
	struct opts *o = csv->o;
	struct rp_sheet *s;
	enum rp_status st;
	bool fresh;

	if ((csv->types = rp_select_new()) == NULL)
		return out_of_memory(csv->cli);
	if (o->header && o->no_header)
		return rp_cli_usage(csv->cli, "--header or --no-header?");
	if ((st = rp_sheets_init(
		 &csv->sheets, csv->cli, o->output, o->split)) != RP_OK ||
	    (st = set_style(csv)) != RP_OK ||
	    (st = set_columns(csv)) != RP_OK || o->split != NULL)
		return st;
	st = rp_sheets_find(&csv->sheets, 0, &s, &fresh);
	if (csv->plan.set != RP_COLUMNS_NAMED)
		csv->first = only_type(csv);
	/* columns that are known before any record have their names now */
	if (st == RP_OK &&
	    (csv->first != 0 || csv->plan.set == RP_COLUMNS_NAMED))
		st = put_header(csv, s, csv->first);
	return st;
}

static enum rp_status
run(struct rp_cli *cli, struct opts *o)
{
	struct csv csv = { .cli = cli, .o = o };
	struct rp_input in;
	enum rp_status st;

	rp_plan_init(&csv.plan, &csv.style);
	rp_input_init(&in, cli, true);
	in.wait = rp_sheets_flush;
	in.wait_arg = &csv.sheets;
	if ((st = start(&csv)) == RP_OK)
		st = copy(&csv, &in);
	rp_input_close(&in);
	st = rp_sheets_close(&csv.sheets, st);
	rp_select_free(csv.types);
	rp_plan_free(&csv.plan);
	rp_cell_style_free(&csv.style);
	return st;
}

int
main(int argc, char **argv)
{
	struct opts o = { .style = { .time = "ns", .digits = "trim" },
		.delimiter = ",",
		.levels = -1 /* not given */ };
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
