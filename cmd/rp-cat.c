/*
 * rp-cat: streams into one stream, re-framed and re-coded.
 *
 * Reads streams one after the other and writes one. Frames pass undecoded
 * where nothing in them has to change. Memory: a frame in and a frame out, and
 * with -j as many again for each thread.
 */
#include "cli/cli.h"
#include "cli/frames.h"

struct opts {
	const char *output;
	struct rp_frame_options frames;
};

static const struct rp_tool tool = {
	.name = "rp-cat",
	.usage =
	    "[-o FILE] [--codec CODEC] [--layout LAYOUT] [-j N]\n"
	    "              [--frame-size N] [--frame-records N] [FILE ...]",
	.summary = "join streams into one, re-framed and re-coded",
	.flags = RP_TOOL_STATS | RP_TOOL_NOTES | RP_TOOL_FORCE,
};

/* Records one by one, so that frames end where the options say. */
static enum rp_status
reframe(struct rp_sink *out, const struct rp_frame *f)
{
	const struct rp_record *rec = NULL;
	enum rp_status st = RP_OK;

	while (st == RP_OK && (rec = rp_frame_next(f, rec)) != NULL)
		st = rp_sink_put(out, f, rec);
	return st;
}

/* Plain rows are what they are; of others nobody knows the level. */
static bool
is_plain(const struct rp_frame *f, const struct rp_writer_options *w)
{
	return w->encoding.codec == RP_CODEC_NONE &&
	    w->encoding.layout == RP_LAYOUT_ROWS &&
	    f->head.codec == RP_CODEC_NONE && f->head.layout == RP_LAYOUT_ROWS;
}

static enum rp_status
copy(struct rp_input *in, struct rp_sink *out, const struct opts *o,
    const struct rp_writer_options *w)
{
	bool frames = o->frames.size != 0 || o->frames.records != 0;
	bool coding = rp_encoding_is_set(&o->frames.codec, &o->frames.layout);
	struct rp_frame f;
	enum rp_status st;

	while ((st = rp_input_head(in, &f)) == RP_OK) {
		bool data = f.head.kind == RP_DATA;

		if (data && frames) {
			if ((st = rp_input_rows(in, &f)) == RP_OK)
				st = reframe(out, &f);
		} else if (data && coding && !is_plain(&f, w)) {
			if ((st = rp_input_rows(in, &f)) == RP_OK)
				st = rp_sink_recode(out, &f);
		} else if ((st = rp_input_body(in, &f)) == RP_OK) {
			st = rp_sink_forward(out, &f);
		}
		if (st != RP_OK)
			break;
	}
	return st;
}

static enum rp_status
run(struct rp_cli *cli, const struct opts *o)
{
	struct rp_writer_options w = { 0 };
	struct rp_sink out = { 0 };
	struct rp_input in;
	enum rp_status st;

	if ((st = rp_cli_frames(cli, &o->frames, &w)) != RP_OK)
		return st;
	rp_input_init(&in, cli, false);
	if ((st = rp_sink_open(&out, cli, o->output, &w)) == RP_OK)
		st = copy(&in, &out, o, &w);
	rp_input_close(&in);
	return rp_sink_close(&out, st, in.end_flags);
}

int
main(int argc, char **argv)
{
	struct opts o = { .frames = { .codec = RP_ENCODING_UNSET,
			      .layout = RP_ENCODING_UNSET,
			      .threads = 1 } };
	const struct rp_option options[] = {
		{ 'o', "output", RP_OPT_STRING, &o.output, "FILE",
		    "write to FILE, whole or not at all", NULL },
		{ 0, "codec", RP_OPT_CODEC, &o.frames.codec, "CODEC",
		    "none, lz4[:LEVEL] or zstd[:LEVEL]", NULL },
		{ 0, "layout", RP_OPT_LAYOUT, &o.frames.layout, "LAYOUT",
		    "rows, or columns, which compress better", NULL },
		{ 'j', "threads", RP_OPT_INT, &o.frames.threads, "N",
		    "encode in N threads (default 1)", NULL },
		{ 0, "frame-size", RP_OPT_COUNT, &o.frames.size, "BYTES",
		    "fill frames with this many bytes of rows", NULL },
		{ 0, "frame-records", RP_OPT_COUNT, &o.frames.records, "N",
		    "fill frames with this many records", NULL },
		{ 0, "frame-time", RP_OPT_SPAN, &o.frames.time, "SPAN",
		    "but let none wait longer for more input (default 50ms)",
		    NULL },
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
