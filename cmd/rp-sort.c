/*
 * rp-sort: the records of streams in another order.
 *
 * Reads streams one after the other and writes one, once all is read. Memory:
 * the buffer of -S, as much again to merge, and the names; what does not fit is
 * in temporary files that have no name.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cli/cli.h"
#include "cli/frames.h"
#include "cli/schemas.h"
#include "merge/sorter.h"
#include "types/schema.h"

struct opts {
	const char *key, *output, *directory;
	uint64_t memory;
	bool reverse, check;
	struct rp_frame_options frames;
};

static const struct rp_tool tool = {
	.name = "rp-sort",
	.usage = "[-k FIELD,FIELD...] [-r] [-S BYTES] [-o FILE] [FILE ...]\n"
		 "       rp-sort --check [-k FIELD,FIELD...] [-r] [FILE ...]",
	.summary = "put the records of streams in order",
	.flags = RP_TOOL_STATS | RP_TOOL_NOTES | RP_TOOL_FORCE,
};

/* ---- --check ---- */

/* The last record that was read, with its frame's names: symbol, source and
 * schema. */
enum { NAMES = 3, SCHEMA = NAMES - 1 };

struct before {
	struct rp_buffer rec;
	struct rp_label names[NAMES];
	char text[NAMES][RP_MAX_NAME];
	struct rp_frame frame;
};

static void
keep_name(struct before *b, int i, const struct rp_label *name, uint32_t *index)
{
	*index = name != NULL ? (uint32_t)i : RP_NO_NAME;
	if (name == NULL)
		return;
	memcpy(b->text[i], name->text, name->len);
	b->names[i] = *name;
	b->names[i].text = b->text[i];
}

static enum rp_status
keep(struct before *b, const struct rp_frame *f, const struct rp_record *rec)
{
	static const uint32_t schema = SCHEMA;
	struct rp_record *copy;
	uint32_t has_schema;

	b->rec.len = 0;
	if (rp_buffer_add(&b->rec, rec, rp_record_size(rec)) != RP_OK)
		return RP_ERR_NOMEM;
	copy = (struct rp_record *)b->rec.data;
	keep_name(b, 0, rp_frame_name(f, rec->symbol), &copy->symbol);
	keep_name(b, 1, rp_frame_name(f, rec->source), &copy->source);
	keep_name(b, SCHEMA, rp_schema_of(f, rec), &has_schema);
	b->frame.names = b->names;
	b->frame.n_names = NAMES;
	b->frame.schemas = &schema;
	b->frame.n_schemas = has_schema != RP_NO_NAME;
	return RP_OK;
}

static enum rp_status
check_frame(struct rp_input *in, struct rp_sortkey *key, struct before *b,
    const struct rp_frame *f)
{
	const struct rp_frame *g = &b->frame;
	const struct rp_record *rec, *prev;
	uint64_t i = 0;

	if (rp_sortkey_learn(key, f) != RP_OK)
		return rp_error_no_memory(&in->cli->error);
	prev = b->rec.len > 0 ? (const struct rp_record *)b->rec.data : NULL;
	for (rec = rp_frame_next(f, NULL); rec != NULL;
	     rec = rp_frame_next(f, rec), i++) {
		if (prev != NULL &&
		    rp_sortkey_compare(key, g, prev, f, rec) > 0)
			return rp_error_set(&in->cli->error, RP_ERR_IO,
			    "not in order: record %" PRIu64 " of frame %" PRIu64
			    " of %s",
			    i, f->number, rp_input_label(in));
		prev = rec;
		g = f;
	}
	return prev != NULL && g == f && keep(b, f, prev) != RP_OK
	    ? rp_error_no_memory(&in->cli->error)
	    : RP_OK;
}

static enum rp_status
check(struct rp_cli *cli, struct rp_sortkey *key)
{
	struct before b = { 0 };
	struct rp_input in;
	struct rp_frame f;
	enum rp_status st;

	rp_input_init(&in, cli, false);
	while ((st = rp_input_next(&in, &f)) == RP_OK)
		if (f.head.kind == RP_DATA &&
		    (st = check_frame(&in, key, &b, &f)) != RP_OK)
			break;
	rp_input_close(&in);
	rp_buffer_free(&b.rec);
	return st == RP_END ? RP_OK : st;
}

/* ---- sorting ---- */

static enum rp_status
load(void *in, struct rp_frame *f, bool rows)
{
	return rows ? rp_input_rows(in, f) : rp_input_body(in, f);
}

/* Take over the sorter's error. */
static enum rp_status
sorted(struct rp_cli *cli, const struct rp_sorter *s, enum rp_status st)
{
	return st >= RP_OK
	    ? st
	    : rp_error_set(&cli->error, st, "%s", rp_sorter_error(s)->text);
}

static enum rp_status
read_all(struct rp_input *in, struct rp_sorter *s, struct rp_sink *out)
{
	struct rp_frame f;
	enum rp_status st;

	while ((st = rp_input_head(in, &f)) == RP_OK) {
		if (f.head.flags & RP_FRAME_THINNED)
			rp_writer_thin(out->w);
		if (f.head.kind == RP_DATA)
			st = sorted(in->cli, s, rp_sorter_add(s, &f, load, in));
		else if (f.head.kind != RP_MARK) /* of another order */
			st = rp_sink_forward(out, &f);
		if (st != RP_OK)
			return st;
	}
	return st == RP_END ? sorted(in->cli, s, rp_sorter_end(s)) : st;
}

static enum rp_status
write_run(struct rp_sorter *s, struct rp_merge_run *run, struct rp_sink *out,
    const struct opts *o, const struct rp_writer_options *w)
{
	const struct rp_record *rec = run->first;
	enum rp_frame_way way;
	enum rp_status st = RP_OK;

	for (; st == RP_OK && rec != NULL && rec < run->end;
	     rec = rp_record_after(rec))
		st = rp_sink_put(out, run->frame, rec);
	if (run->first != NULL)
		return st;
	way = rp_frame_way(&o->frames, w, run->frame);
	if (way == RP_FRAME_PASS && rp_sorter_is_own(s, run))
		way = RP_FRAME_RECODE;
	st = rp_sorter_load(s, run, way != RP_FRAME_PASS);
	if (st != RP_OK)
		return sorted(out->out.cli, s, st);
	if (way == RP_FRAME_PASS)
		return rp_sink_forward(out, run->frame);
	return way == RP_FRAME_CUT ? rp_sink_cut(out, run->frame)
				   : rp_sink_recode(out, run->frame);
}

static enum rp_status
write_all(struct rp_sorter *s, struct rp_sink *out, const struct opts *o,
    const struct rp_writer_options *w)
{
	struct rp_cli *cli = out->out.cli;
	struct rp_merge_run run = { 0 };
	enum rp_status st;

	while ((st = sorted(cli, s, rp_sorter_next(s, &run))) == RP_OK) {
		if ((st = write_run(s, &run, out, o, w)) != RP_OK)
			return st;
		rp_cli_progress(cli);
	}
	return st;
}

static void
count(struct rp_cli *cli, const struct rp_sorter *s)
{
	const struct rp_sorter_totals *t = rp_sorter_totals(s);

	rp_cli_count(cli, "runs", t->runs);
	rp_cli_count(cli, "rounds", t->rounds);
	rp_cli_count(cli, "temporary-bytes", t->bytes);
}

static enum rp_status
sort(struct rp_cli *cli, const struct opts *o, struct rp_sortkey *key)
{
	struct rp_sorter_options options = {
		.key = key, .memory = o->memory, .directory = o->directory
	};
	struct rp_writer_options w = { 0 };
	struct rp_sink out = { 0 };
	struct rp_sorter *s = NULL;
	struct rp_input in;
	enum rp_status st;

	if ((st = rp_cli_frames(cli, &o->frames, &w)) != RP_OK)
		return st;
	rp_input_init(&in, cli, false);
	if ((st = rp_sink_open(&out, cli, o->output, &w)) == RP_OK) {
		s = rp_sorter_new(&options);
		st = s != NULL ? read_all(&in, s, &out)
			       : rp_error_no_memory(&cli->error);
	}
	if (st == RP_OK)
		st = write_all(s, &out, o, &w);
	rp_input_close(&in);
	if (s != NULL)
		count(cli, s);
	rp_sorter_free(s);
	return rp_sink_close(&out, st, in.end_flags);
}

static enum rp_status
run(struct rp_cli *cli, struct opts *o)
{
	struct rp_sortkey *key;
	enum rp_status st;

	if (o->memory < 64 << 10 || o->memory > SIZE_MAX / 4)
		return rp_cli_usage(cli, "-S is at least 64Ki");
	if (o->check && o->output != NULL)
		return rp_cli_usage(
		    cli, "--check writes nothing: -o is too much");
	if (o->directory == NULL && (o->directory = getenv("TMPDIR")) == NULL)
		o->directory = "/tmp";
	st = rp_sortkey_new(&key, o->key, o->reverse, &cli->error);
	if (st != RP_OK) {
		rp_error_prefix(&cli->error, "-k");
		return st;
	}
	if ((st = rp_cli_need_fields(cli, o->key, "-k")) == RP_OK)
		st = o->check ? check(cli, key) : sort(cli, o, key);
	rp_sortkey_free(key);
	return st;
}

int
main(int argc, char **argv)
{
	struct opts o = { .key = "ts_recv,seq",
		.memory = 64 << 20,
		.frames = RP_FRAME_OPTIONS_UNSET };
	const struct rp_option options[] = {
		{ 'k', "key", RP_OPT_STRING, &o.key, "FIELDS",
		    "by these fields, the first first (default ts_recv,seq)",
		    NULL },
		{ 'r', "reverse", RP_OPT_FLAG, &o.reverse, NULL,
		    "the other way round", NULL },
		{ 'S', "buffer-size", RP_OPT_COUNT, &o.memory, "BYTES",
		    "memory for records (default 64Mi)", NULL },
		{ 'T', "temporary-directory", RP_OPT_STRING, &o.directory,
		    "DIR", "for what does not fit ($TMPDIR or /tmp)", NULL },
		{ 0, "check", RP_OPT_FLAG, &o.check, NULL,
		    "only say whether the input is in order: status 1 if not",
		    NULL },
		{ 'o', "output", RP_OPT_STRING, &o.output, "FILE",
		    "write to FILE, whole or not at all", NULL },
		RP_FRAME_OPTIONS(&o.frames),
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
