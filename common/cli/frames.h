/* What the tools that cut frames anew share of their options: rp-cat, rp-write. */
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

/* Check them and fill in the writer's; RP_ERR_USAGE was told. */
RP_CHECKED enum rp_status rp_cli_frames(struct rp_cli *cli,
    const struct rp_frame_options *o, struct rp_writer_options *w);

#endif
