/*
 * rp-parquet: a stream as Parquet files.
 *
 * Reads a stream; writes one file, or a file for each path that a template gives
 * for the records. Files appear whole, after the stream has ended cleanly, or
 * not at all. Memory: the compressed pages of a row group, one page uncompressed
 * (with -j two), and what footers say; with a template the buffer of -S.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "rp-parquet/paths.h"
#include "types/types.h"

static const struct rp_tool tool = {
	.name = "rp-parquet",
	.usage =
	    "[-t TYPE] [-c COLUMNS] [-o FILE | -o TEMPLATE | -o DIR --hive "
	    "KEYS]\n                  [FILE ...]",
	.summary = "write a stream as Parquet files",
	.flags = RP_TOOL_STATS | RP_TOOL_ERRORS | RP_TOOL_NOTES |
	    RP_TOOL_FORCE | RP_TOOL_CONFIRM,
};

struct opts {
	struct rp_columnar_options columns;
	struct rp_list encodings;
	const char *codec;
	uint64_t group_rows, group_bytes;
	int threads;
	struct path_options paths;
};

struct task {
	struct rp_cli *cli;
	const struct opts *o;
	struct writing w;
	struct rp_sift sift;
	/* one file */
	struct rp_output out;
	struct table table;
	/* or many */
	struct paths paths;
};

/* ---- options ---- */

static enum rp_status
set_codec(struct task *t)
{
	struct rp_parquet_options *p = &t->w.parquet;
	const char *text = t->o->codec;
	size_t len = strcspn(text, ":");
	int64_t level = 0;

	if (len == 4 && memcmp(text, "zstd", len) == 0)
		p->codec = RP_PARQUET_ZSTD;
	else if (strcmp(text, "lz4_raw") == 0)
		p->codec = RP_PARQUET_LZ4_RAW;
	else if (strcmp(text, "none") != 0)
		len = SIZE_MAX;
	if (len == SIZE_MAX ||
	    (text[len] == ':' &&
		(rp_i64_parse(text + len + 1, strlen(text + len + 1), &level) !=
			RP_OK ||
		    level < INT_MIN || level > INT_MAX ||
		    rp_codec_level_check(RP_CODEC_ZSTD, (int)level) != RP_OK)))
		return rp_cli_usage(t->cli,
		    "--codec %s: is none, lz4_raw, zstd or zstd:LEVEL, "
		    "-131072 to 22",
		    text);
	p->level = (int)level;
	return RP_OK;
}

static enum rp_status
set_format(struct task *t)
{
	struct rp_parquet_options *p = &t->w.parquet;
	const struct opts *o = t->o;
	enum rp_status st;

	if (o->group_rows < 1 || o->group_bytes < 1)
		return rp_cli_usage(
		    t->cli, "--row-group-rows and -bytes are at least 1");
	p->group_rows = o->group_rows;
	p->group_bytes = o->group_bytes;
	t->w.columns.style.decimal_size = 8;
	if ((st = set_codec(t)) != RP_OK ||
	    (st = rp_cli_threads(t->cli, o->threads)) != RP_OK)
		return st;
	for (size_t i = 0; st == RP_OK && i < o->encodings.n; i++)
		st = rp_parquet_encode(p, o->encodings.item[i], &t->cli->error);
	if (st == RP_OK && rp_parquet_start(p, o->threads) != RP_OK)
		st = rp_error_no_memory(&t->cli->error);
	return st;
}

/* ---- one file ---- */

/* Columns are known by the first record, or by -t and -c. */
static enum rp_status
begin_one(struct task *t, const struct rp_frame *f, uint16_t type)
{
	enum rp_status st = writing_batches(&t->w, f, type);

	if (st != RP_OK)
		return st;
	t->table.w = &t->w;
	t->table.out = &t->out;
	return table_begin(&t->table);
}

static enum rp_status
put_run(struct task *t, const struct rp_frame *f,
    const struct rp_record *const *recs, size_t n)
{
	enum rp_status st = RP_OK;

	if (t->table.p == NULL)
		st = begin_one(t, f, recs[0]->type);
	else if (t->table.type != recs[0]->type &&
	    !rp_columnar_is_mixed(&t->w.columns))
		st = rp_cli_mixed(t->w.cli, t->table.type, recs[0]->type,
		    "write a file each with --split-type");
	return st == RP_OK ? table_add(&t->table, &t->sift, f, recs, n) : st;
}

/* Records in runs of one type. */
static enum rp_status
put_frame(struct task *t, const struct rp_frame *f)
{
	const struct rp_record *rec = rp_frame_next(f, NULL), *run[1024];
	enum rp_status st = RP_OK;
	size_t n;

	for (; st == RP_OK && rec != NULL; rec = rp_frame_next(f, run[n - 1])) {
		n = rp_frame_run(f, rec, run, RP_LEN(run));
		if (rp_columnar_wants(&t->w.columns, rec->type))
			st = put_run(t, f, run, n);
	}
	return st;
}

static enum rp_status
end_one(struct task *t)
{
	uint16_t type = rp_columnar_only_type(&t->w.columns);
	enum rp_status st = RP_OK;

	if (t->table.p == NULL) {
		if (type == 0 && !rp_columnar_is_mixed(&t->w.columns))
			return rp_error_set(&t->cli->error, RP_ERR_USAGE,
			    "the stream has no records, and so no columns: "
			    "say their type with -t");
		st = begin_one(t, NULL, type);
	}
	if (st == RP_OK && (st = table_page(&t->table)) == RP_OK)
		st = table_end(&t->table);
	return st == RP_OK ? rp_output_commit(&t->out) : st;
}

/* ---- the stream ---- */

static enum rp_status
start(struct task *t)
{
	struct opts const *o = t->o;
	enum rp_status st;

	if ((st = rp_columnar_start(&t->w.columns, t->cli, &o->columns)) !=
		RP_OK ||
	    (st = set_format(t)) != RP_OK ||
	    (st = paths_open(&t->paths, &t->w, &o->paths)) != RP_OK)
		return st;
	return t->paths.partition != NULL
	    ? RP_OK
	    : rp_output_open(&t->out, t->cli, o->paths.output, true);
}

static bool
count(struct task *t, const struct rp_frame *f)
{
	struct rp_counts *counts = &t->cli->counts;
	bool any = false;

	for (uint32_t i = 0; i < f->n_types; i++) {
		bool wanted =
		    rp_columnar_wants(&t->w.columns, f->types[i].type);

		any |= wanted;
		if (wanted)
			counts->records_out += f->types[i].records;
		else
			counts->dropped += f->types[i].records;
	}
	return any;
}

static enum rp_status
copy(struct task *t, struct rp_input *in)
{
	struct rp_frame f;
	enum rp_status st;

	while ((st = rp_input_head(in, &f)) == RP_OK) {
		if (f.head.kind == RP_NOTE &&
		    (st = rp_input_body(in, &f)) == RP_OK)
			st = rp_provenance_note(&t->w.provenance, &f);
		else if (f.head.kind == RP_DATA && count(t, &f) &&
		    (st = rp_sift_rows(&t->sift, &f)) == RP_OK)
			st = t->paths.partition != NULL
			    ? partition_frame(t->paths.partition, &f)
			    : put_frame(t, &f);
		if (st != RP_OK)
			return st;
	}
	if (st != RP_END)
		return st;
	if (t->paths.partition == NULL)
		return end_one(t);
	st = partition_finish(t->paths.partition);
	return st == RP_OK ? rp_parts_publish(&t->paths.parts) : st;
}

static void
report(const struct task *t)
{
	const char *unused = rp_parquet_encoding_unused(&t->w.parquet);

	rp_columnar_report(&t->w.columns);
	if (unused != NULL && t->cli->counts.records_out > 0)
		rp_cli_warn(t->cli, "--encoding %s: no column took it", unused);
	if (t->paths.partition != NULL)
		rp_cli_count(
		    t->cli, "files", partition_files(t->paths.partition));
}

static enum rp_status
run(struct rp_cli *cli, const struct opts *o)
{
	struct task t = {
		.cli = cli, .o = o, .w.cli = cli, .w.provenance.cli = cli
	};
	struct rp_input in;
	enum rp_status st;

	rp_input_init(&in, cli, true);
	if ((st = start(&t)) == RP_OK) {
		rp_sift_init(&t.sift, &in, t.w.columns.types);
		st = copy(&t, &in);
	}
	if (st == RP_OK)
		report(&t);
	rp_input_close(&in);
	rp_sift_free(&t.sift);
	table_free(&t.table);
	rp_output_discard(&t.out);
	paths_close(&t.paths, st);
	writing_free(&t.w);
	return st;
}

int
main(int argc, char **argv)
{
	struct opts o = { .columns = RP_COLUMNAR_UNSET,
		.codec = "zstd",
		.group_rows = 1 << 20,
		.group_bytes = 24 << 20,
		.threads = 1,
		.paths = { .existing = "fail",
		    .clock = "recv",
		    .day_start = "00:00",
		    .memory = 32 << 20,
		    .open_files = 256 } };
	/* clang-format off */
	const struct rp_option options[] = {
		{ 'o', "output", RP_OPT_STRING, &o.paths.output, "FILE",
		    "write to FILE, or to files such as "
		    "{symbol}/{date}.parquet", NULL },
		{ 0, "split-type", RP_OPT_STRING, &o.paths.split, "TEMPLATE",
		    "a file for each type: out-{type}.parquet", NULL },
		{ 0, "hive", RP_OPT_STRING, &o.paths.hive, "KEY,KEY,...",
		    "below the folder of -o, files such as "
		    "symbol=ES/date=2024-01-01/0001.parquet", NULL },
		{ 0, "file-size", RP_OPT_COUNT, &o.paths.file_size, "BYTES",
		    "begin another {part} when one has so many bytes", NULL },
		{ 0, "existing", RP_OPT_STRING, &o.paths.existing, "WHAT",
		    "if a file of a template is there: fail (default) or "
		    "replace it", "fail|replace" },
		RP_COLUMNAR_OPTIONS(&o.columns),
		{ 0, "codec", RP_OPT_STRING, &o.codec,
		    "none|lz4_raw|zstd[:L]",
		    "codec of pages, and its level (default zstd)", NULL },
		{ 0, "encoding", RP_OPT_LIST, &o.encodings,
		    "[COLUMN=]ENCODING",
		    "auto, plain, dict, delta or delta-length; repeatable",
		    NULL },
		{ 0, "row-group-rows", RP_OPT_COUNT, &o.group_rows, "N",
		    "rows of a row group (default 1Mi)", NULL },
		{ 0, "row-group-bytes", RP_OPT_COUNT, &o.group_bytes, "BYTES",
		    "or so many bytes of pages (default 24Mi)", NULL },
		{ 0, "clock", RP_OPT_STRING, &o.paths.clock, "CLOCK",
		    "the time in paths: recv (default) or event",
		    "recv|event" },
		{ 0, "tz", RP_OPT_STRING, &o.paths.tz, "ZONE",
		    "zone of dates and hours in paths (default: UTC)", NULL },
		{ 0, "day-start", RP_OPT_STRING, &o.paths.day_start, "TIME",
		    "when a {date} begins, such as 17:00 (default 00:00)",
		    NULL },
		{ 'S', "buffer-size", RP_OPT_COUNT, &o.paths.memory, "BYTES",
		    "memory for what the files of a template have in hand "
		    "(default 32Mi)", NULL },
		{ 0, "open-files", RP_OPT_COUNT, &o.paths.open_files, "N",
		    "open at once (default 256)", NULL },
		{ 'j', "threads", RP_OPT_INT, &o.threads, "N",
		    "encode columns in N threads (default 1)", NULL },
		RP_OPT_END,
	};
	/* clang-format on */
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
