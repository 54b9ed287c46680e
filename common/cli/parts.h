/*
 * Any number of files that appear together, each whole, or not at all. They are
 * written a piece at a time, in any order; no more of them are open at once
 * than was asked for. While it is open a file has no name; one that has to be
 * closed meanwhile has one in a hidden folder beside the first of them, which
 * every way out but SIGKILL removes.
 */
#ifndef RP_CLI_PARTS_H
#define RP_CLI_PARTS_H

#include "cli/cli.h"

/* What becomes of a file that is there already. */
enum rp_existing { RP_EXISTING_FAIL, RP_EXISTING_REPLACE, RP_EXISTING_APPEND };

struct rp_part;

struct rp_parts {
	struct rp_cli *cli;
	char *base; /* the folder for files in the making */
	enum rp_existing existing;
	size_t most; /* open at once */
	size_t n, opened;
	struct rp_part **part; /* n */
	struct rp_part *newest, *oldest; /* open ones, by use */
	char *stage; /* the hidden folder, once there is one */
	uint64_t staged; /* names given in it */
	char **folders; /* made on the way, n_folders */
	size_t n_folders;
};

/* base: where targets are, or folders of them; made if it is missing. */
RP_CHECKED enum rp_status rp_parts_open(struct rp_parts *ps, struct rp_cli *cli,
    const char *base, enum rp_existing existing, size_t most);

/*
 * One more file, that will be target; by RP_EXISTING_APPEND it begins with what
 * is there, *old bytes. NULL for a target: it is never published. RP_ERR_EXISTS.
 */
RP_CHECKED enum rp_status rp_parts_add(struct rp_parts *ps, const char *target,
    struct rp_part **part, uint64_t *old);

/* Write at its end. */
RP_CHECKED enum rp_status rp_part_write(
    struct rp_parts *ps, struct rp_part *part, const void *data, size_t n);

/* Open it for reading from its start; the caller closes *fd. */
RP_CHECKED enum rp_status rp_part_read(
    struct rp_parts *ps, struct rp_part *part, int *fd);

uint64_t rp_part_bytes(const struct rp_part *part);

/* Make the folders of a path that are missing; rp_parts_close removes them
 * again unless all was published. */
RP_CHECKED enum rp_status rp_parts_folders(
    struct rp_parts *ps, const char *path);

/* Sync all and give them their names. */
RP_CHECKED enum rp_status rp_parts_publish(struct rp_parts *ps);

/* Remove what was not published. Harmless twice and on an all-zero object. */
void rp_parts_close(struct rp_parts *ps, enum rp_status st);

#endif
