/* Inside rp-check: --repair, of segments and of files. What is done is told. */
#ifndef RP_CHECK_REPAIR_H
#define RP_CHECK_REPAIR_H

#include "cli/cli.h"
#include "log/segment.h"

/* A segment of a log that is locked, whose file is path. */
RP_CHECKED enum rp_status repair_segment(struct rp_cli *cli, const char *log,
    const struct rp_segment *s, const char *path);
/* A stream file: what is torn goes to a file beside it. */
RP_CHECKED enum rp_status repair_file(struct rp_cli *cli, const char *path);

#endif
