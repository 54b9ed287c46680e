/* The files that checkpoints are (book/checkpoint.h). */
#ifndef RP_CLI_CHECKPOINT_H
#define RP_CLI_CHECKPOINT_H

#include "book/checkpoint.h"
#include "cli/cli.h"

/*
 * Open a checkpoint and read its head; fd stands behind it, and is the caller's
 * to close, also after a failure (-1: it was not opened).
 */
RP_CHECKED enum rp_status rp_checkpoint_open(
    struct rp_cli *cli, const char *path, struct rp_checkpoint *c, int *fd);

#endif
