/*
 * Inside rp-import: --raw, the bytes of a live source in a file from which the
 * same records can be made. Streams that begin anew are files of their own:
 * FILE, FILE.2, FILE.3, ..., as end to end they would not come apart again.
 */
#ifndef RP_IMPORT_RAW_H
#define RP_IMPORT_RAW_H

#include <stddef.h>

#include "cli/cli.h"

struct rp_raw {
	struct rp_cli *cli;
	const char *path; /* of the first file; NULL: nothing is kept */
	char *name; /* of the file that is open, if not path */
	unsigned number; /* of that file, from 1 */
	int fd; /* -1: none is open */
	uint64_t size; /* bytes in it */
};

/*
 * Create the file, of which none may exist: what has been recorded before is
 * never written over. numbered: others may follow. raw->cli and raw->path are
 * set. A failure is set in cli->error, here and below.
 */
RP_CHECKED enum rp_status rp_raw_open(struct rp_raw *raw, bool numbered);

/* What follows begins anew: in the next file, unless this one is empty. */
RP_CHECKED enum rp_status rp_raw_next(struct rp_raw *raw);

RP_CHECKED enum rp_status rp_raw_add(
    struct rp_raw *raw, const void *p, size_t len);

/* The last len bytes are of a record that was cut off: keep them not. */
RP_CHECKED enum rp_status rp_raw_cut(struct rp_raw *raw, size_t len);

RP_CHECKED enum rp_status rp_raw_close(struct rp_raw *raw);

#endif
