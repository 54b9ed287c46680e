/*
 * What the tools that cut frames anew share of their options, and what becomes
 * of a whole frame by them. A tool puts them into its table,
 *
 *	struct rp_frame_options frames = RP_FRAME_OPTIONS_UNSET;
 *	const struct rp_option options[] = { RP_FRAME_OPTIONS(&frames), ...
 */
#ifndef RP_CLI_FRAMES_H
#define RP_CLI_FRAMES_H

#include "cli/cli.h"

/* codec and layout begin as RP_ENCODING_UNSET or a default, threads as 1. */
struct rp_frame_options {
	struct rp_encoding codec, layout; /* one member of each is set */
	uint64_t size, records; /* 0: the writer's own */
	int64_t time; /* ns; 0: the writer's own */
	int threads;
};

#define RP_FRAME_OPTIONS_UNSET                                           \
	{                                                                \
		.codec = RP_ENCODING_UNSET, .layout = RP_ENCODING_UNSET, \
		.threads = 1                                             \
	}

/* clang-format off */
#define RP_FRAME_OPTIONS(o)                                                \
	{ 0, "codec", RP_OPT_CODEC, &(o)->codec, "CODEC",                  \
	    "none, lz4[:LEVEL] or zstd[:LEVEL]", NULL },                   \
	{ 0, "layout", RP_OPT_LAYOUT, &(o)->layout, "LAYOUT",              \
	    "rows, or columns, which compress better", NULL },             \
	{ 'j', "threads", RP_OPT_INT, &(o)->threads, "N",                  \
	    "encode in N threads (default 1)", NULL },                     \
	{ 0, "frame-size", RP_OPT_COUNT, &(o)->size, "BYTES",              \
	    "fill frames with this many bytes of rows", NULL },            \
	{ 0, "frame-records", RP_OPT_COUNT, &(o)->records, "N",            \
	    "fill frames with this many records", NULL },                  \
	{ 0, "frame-time", RP_OPT_SPAN, &(o)->time, "SPAN",                \
	    "but let none wait longer for more input (default 50ms)", NULL }
/* clang-format on */

/* Check them and fill in the writer's; RP_ERR_USAGE was told. */
RP_CHECKED enum rp_status rp_cli_frames(struct rp_cli *cli,
    const struct rp_frame_options *o, struct rp_writer_options *w);

/* What is to become of a whole DATA frame, by its header. */
enum rp_frame_way {
	RP_FRAME_PASS, /* its body is enough: rp_sink_forward */
	RP_FRAME_RECODE, /* its rows: rp_sink_recode */
	RP_FRAME_CUT /* its records, one by one: rp_sink_cut */
};
enum rp_frame_way rp_frame_way(const struct rp_frame_options *o,
    const struct rp_writer_options *w, const struct rp_frame *f);

/* All records of a decoded frame, so that frames end where the options say. */
RP_CHECKED enum rp_status rp_sink_cut(
    struct rp_sink *s, const struct rp_frame *f);

#endif
