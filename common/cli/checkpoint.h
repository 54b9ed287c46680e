/* The files that checkpoints are (book/checkpoint.h). */
#ifndef RP_CLI_CHECKPOINT_H
#define RP_CLI_CHECKPOINT_H

#include "book/checkpoint.h"
#include "cli/cli.h"

/*
 * A checkpoint, whose head and body were held against their hashes; body is
 * NULL after a failure, and else to be given back.
 */
struct rp_checkpoint_file {
	struct rp_checkpoint head;
	const uint8_t *body; /* head.body_len bytes */
};

RP_CHECKED enum rp_status rp_checkpoint_read(
    struct rp_cli *cli, const char *path, struct rp_checkpoint_file *c);
void rp_checkpoint_release(struct rp_checkpoint_file *c);

#endif
