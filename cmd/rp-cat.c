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

static enum rp_status
copy(struct rp_input *in, struct rp_sink *out, const struct opts *o,
    const struct rp_writer_options *w)
{
	struct rp_frame f;
	enum rp_status st;

	while ((st = rp_input_head(in, &f)) == RP_OK) {
		enum rp_frame_way way = f.head.kind == RP_DATA
		    ? rp_frame_way(&o->frames, w, &f)
		    : RP_FRAME_PASS;

		st = way == RP_FRAME_PASS ? rp_input_body(in, &f)
					  : rp_input_rows(in, &f);
		if (st == RP_OK && way == RP_FRAME_PASS)
			st = rp_sink_forward(out, &f);
		else if (st == RP_OK && way == RP_FRAME_RECODE)
			st = rp_sink_recode(out, &f);
		else if (st == RP_OK)
			st = rp_sink_cut(out, &f);
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
	struct opts o = { .frames = RP_FRAME_OPTIONS_UNSET };
	const struct rp_option options[] = {
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
