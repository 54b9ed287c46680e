/*
 * rp-arrow: a stream as Arrow IPC.
 *
 * Reads a stream; writes record batches in Arrow's file or stream format, to
 * stdout, to one file or to a file a type. Files appear whole, after the stream
 * has ended cleanly, or not at all. Memory: a frame, a batch a file, and, where
 * they are compressed or threads are, another one.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "rp-arrow/table.h"
#include "types/types.h"

static const struct rp_tool tool = {
	.name = "rp-arrow",
	.usage = "[-t TYPE] [-c COLUMNS] [-o FILE | --split-type TEMPLATE] "
		 "[FILE ...]",
	.summary = "write a stream as Arrow IPC",
	.flags = RP_TOOL_STATS | RP_TOOL_ERRORS | RP_TOOL_CONFIRM |
	    RP_TOOL_NOTES | RP_TOOL_FORCE,
};

struct opts {
	struct rp_columnar_options columns;
	const char *output, *split;
	struct rp_encoding codec;
	uint64_t batch_rows, batch_bytes;
	int64_t batch_time;
	bool stream, dict, lists;
	int threads;
};

struct task {
	struct writing w;
	struct opts *o;
	struct rp_sift sift;
	struct rp_sheets sheets;
	struct table *tables;
	uint16_t first; /* type of the first record, 0: none yet */
	enum rp_status failed; /* in rp_input.wait */
};

/* ---- options ---- */

#define MAX_BATCH (1 << 30) /* bytes: offsets in a batch are of 32 bits */

static enum rp_status
check_opts(struct task *t)
{
	struct rp_cli *cli = t->w.cli;
	const struct opts *o = t->o;
	enum rp_status st;

	if (o->batch_rows == 0 || o->batch_rows > INT32_MAX)
		return rp_cli_usage(cli, "--batch-rows is from 1 to 2^31 - 1");
	if (o->batch_bytes == 0 || o->batch_bytes > MAX_BATCH)
		return rp_cli_usage(cli, "--batch-bytes is from 1 to 1Gi");
	if (o->batch_time < 0)
		return rp_cli_usage(cli, "--batch-time is not negative");
	if ((st = rp_cli_threads(cli, o->threads)) != RP_OK)
		return st;
	return rp_sheets_init(&t->sheets, cli, o->output, o->split);
}

static enum rp_status
start(struct task *t)
{
	struct writing *w = &t->w;
	const struct opts *o = t->o;
	enum rp_status st;

	if ((st = check_opts(t)) != RP_OK ||
	    (st = rp_columnar_start(&w->columns, w->cli, &o->columns)) != RP_OK)
		return st;
	t->sheets.binary = true;
	w->columns.style.decimal_size = 16; /* few readers know shorter ones */
	w->columns.style.level_lists = o->lists;
	w->columns.style.texts = !o->dict;
	w->columns.style.lengths =
	    o->columns.exact && w->columns.plan.set == RP_COLUMNS_ALL;
	w->split = o->split != NULL;
	w->arrow = (struct rp_arrow_options){ o->stream, o->codec.codec,
		o->codec.level };
	w->batch_rows = o->batch_rows;
	w->batch_bytes = o->batch_bytes;
	w->batch_time = o->batch_time;
	w->provenance.cli = w->cli;
	if (o->threads == 1 || o->codec.codec == RP_CODEC_NONE)
		return RP_OK;
	w->workers = rp_workers_new(o->threads);
	return w->workers != NULL ? RP_OK : rp_error_no_memory(&w->cli->error);
}

/* ---- tables ---- */

/* Records of two types have no columns in common but those that were named. */
static enum rp_status
mixed(struct task *t, uint16_t type)
{
	return rp_cli_mixed(
	    t->w.cli, t->first, type, "write a file each with --split-type");
}

static enum rp_status
add_table(struct task *t, struct rp_sheet *sheet, const struct rp_frame *f,
    uint16_t type)
{
	struct table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return rp_error_no_memory(&t->w.cli->error);
	table->w = &t->w;
	table->sheet = sheet;
	table->next = t->tables;
	t->tables = table;
	return table_begin(table, f, type);
}

/* Where records of a type go. */
static enum rp_status
find_table(struct task *t, const struct rp_frame *f, uint16_t type,
    struct table **found)
{
	struct rp_sheet *sheet;
	enum rp_status st;
	bool fresh;

	if (t->first == 0)
		t->first = type;
	else if (t->o->split == NULL && t->first != type &&
	    !rp_columnar_is_mixed(&t->w.columns))
		return mixed(t, type);
	st = rp_sheets_find(&t->sheets, type, &sheet, &fresh);
	if (st == RP_OK && fresh)
		st = add_table(t, sheet, f, type);
	for (*found = t->tables; st == RP_OK && (*found)->sheet != sheet;)
		*found = (*found)->next;
	return st;
}

/* Before a read that would block: batches that are due are written, and what
 * else is ready. ms to the next that will be due. */
static int
flush(void *arg)
{
	struct task *t = arg;
	const int64_t span = t->w.batch_time;
	const int64_t now = span > 0 ? rp_clock_monotonic() : 0;
	int64_t next = -1, left;

	for (struct table *p = t->tables; p != NULL && span > 0; p = p->next) {
		if (p->batch[p->at].rows == 0)
			continue;
		left = p->since + span - now;
		if (left <= 0 && t->failed == RP_OK)
			t->failed = table_flush(p);
		else if (left > 0 && (next < 0 || left < next))
			next = left;
	}
	if (t->failed == RP_OK)
		t->failed = writing_settle(&t->w);
	(void)rp_sheets_flush(&t->sheets);
	return next < 0 ? -1 : (int)(next / 1000000) + 1;
}

/* ---- records ---- */

#define RUN 1024 /* records of one type, one after the other */

static enum rp_status
put_run(struct task *t, const struct rp_frame *f,
    const struct rp_record *const *recs, size_t n)
{
	struct table *table = NULL;
	enum rp_status st;

	if ((st = find_table(t, f, recs[0]->type, &table)) != RP_OK)
		return st;
	t->w.cli->counts.records_out += n;
	return table_add(table, &t->sift, f, recs, n);
}

static enum rp_status
put_records(struct task *t, const struct rp_frame *f)
{
	const struct rp_record *rec = rp_frame_next(f, NULL), *run[RUN];
	enum rp_status st = RP_OK;
	size_t n;

	for (; st == RP_OK && rec != NULL; rec = rp_frame_next(f, run[n - 1])) {
		n = rp_frame_run(f, rec, run, RUN);
		if (rp_columnar_wants(&t->w.columns, rec->type))
			st = put_run(t, f, run, n);
		else
			t->w.cli->counts.dropped += n;
	}
	return st;
}

static bool
any_wanted(const struct task *t, const struct rp_frame *f)
{
	for (uint32_t i = 0; i < f->n_types; i++)
		if (rp_columnar_wants(&t->w.columns, f->types[i].type))
			return true;
	return false;
}

static enum rp_status
put_frame(struct task *t, struct rp_input *in, struct rp_frame *f)
{
	enum rp_status st;

	if (f->head.kind == RP_NOTE) {
		st = rp_input_body(in, f);
		return st == RP_OK ? rp_provenance_note(&t->w.provenance, f)
				   : st;
	}
	if (f->head.kind != RP_DATA)
		return RP_OK;
	if (!any_wanted(t, f)) {
		t->w.cli->counts.dropped += f->head.records;
		return RP_OK;
	}
	if ((st = rp_sift_rows(&t->sift, f)) != RP_OK)
		return st;
	return put_records(t, f);
}

/* A stream without records is a table without rows, of what columns are known
 * to be asked for. */
static enum rp_status
begin_empty(struct task *t)
{
	struct rp_columnar *c = &t->w.columns;
	struct rp_sheet *sheet;
	enum rp_status st;
	bool fresh;

	if (t->tables != NULL || t->o->split != NULL)
		return RP_OK;
	st = rp_sheets_find(&t->sheets, 0, &sheet, &fresh);
	if (st != RP_OK)
		return st;
	return add_table(t, sheet, NULL, rp_columnar_only_type(c));
}

static enum rp_status
copy(struct task *t, struct rp_input *in)
{
	struct rp_frame f;
	enum rp_status st;

	while ((st = rp_input_head(in, &f)) == RP_OK) {
		if ((st = t->failed) != RP_OK ||
		    (st = put_frame(t, in, &f)) != RP_OK)
			return st;
	}
	if (st != RP_END)
		return st;
	st = t->failed != RP_OK ? t->failed : begin_empty(t);
	for (struct table *p = t->tables; st == RP_OK && p != NULL; p = p->next)
		st = table_end(p);
	if (st == RP_OK)
		rp_columnar_report(&t->w.columns);
	return st;
}

static void
free_task(struct task *t)
{
	struct table *p;

	while ((p = t->tables) != NULL) {
		t->tables = p->next;
		table_free(p);
		free(p);
	}
	rp_workers_free(t->w.workers);
	rp_columnar_free(&t->w.columns);
	rp_provenance_free(&t->w.provenance);
}

static enum rp_status
run(struct rp_cli *cli, struct opts *o)
{
	struct task t = { .w.cli = cli, .o = o };
	struct rp_input in;
	enum rp_status st;

	rp_input_init(&in, cli, true);
	in.wait = flush;
	in.wait_arg = &t;
	if ((st = start(&t)) == RP_OK) {
		rp_sift_init(&t.sift, &in, t.w.columns.types);
		st = copy(&t, &in);
	}
	rp_input_close(&in);
	rp_sift_free(&t.sift);
	free_task(&t);
	return rp_sheets_close(&t.sheets, st);
}

int
main(int argc, char **argv)
{
	struct opts o = { .columns = RP_COLUMNAR_UNSET,
		.batch_rows = 1 << 15,
		.batch_bytes = 8 << 20,
		.threads = 1 };
	/* clang-format off */
	const struct rp_option options[] = {
		RP_COLUMNAR_OPTIONS(&o.columns),
		{ 0, "lists", RP_OPT_FLAG, &o.lists, NULL,
		    "levels of books as lists, not as columns", NULL },
		{ 0, "dict", RP_OPT_FLAG, &o.dict, NULL,
		    "names and words as dictionaries, not as text", NULL },
		{ 'o', "output", RP_OPT_STRING, &o.output, "FILE",
		    "write to FILE, whole or not at all", NULL },
		{ 0, "split-type", RP_OPT_STRING, &o.split, "TEMPLATE",
		    "a file for each type: out-{type}.arrow", NULL },
		{ 0, "stream", RP_OPT_FLAG, &o.stream, NULL,
		    "the stream format, not that of files", NULL },
		{ 0, "codec", RP_OPT_CODEC, &o.codec, "CODEC",
		    "none (default), lz4[:LEVEL], zstd[:LEVEL]", NULL },
		{ 0, "batch-rows", RP_OPT_COUNT, &o.batch_rows, "N",
		    "rows of a batch at most (default 32Ki)", NULL },
		{ 0, "batch-bytes", RP_OPT_COUNT, &o.batch_bytes, "N",
		    "bytes of a batch, about (default 8Mi)", NULL },
		{ 0, "batch-time", RP_OPT_SPAN, &o.batch_time, "SPAN",
		    "rows wait for more of them at most so long", NULL },
		{ 'j', "threads", RP_OPT_INT, &o.threads, "N",
		    "compress in N threads (default 1)", NULL },
		RP_OPT_END,
	};
	/* clang-format on */
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
