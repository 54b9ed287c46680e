/*
 * Many logs: by the names of their directories, by globs, and by directories
 * that are no logs and stand for all logs below them. Hidden directories and
 * those of moved segments (*.cold) are passed over.
 */
#ifndef RP_LOG_TREE_H
#define RP_LOG_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/remote.h"

struct rp_log_name {
	char *path;
	uint64_t device, inode; /* of a URL: none, and its hash */
};

struct rp_log_names { /* in the order of operands, below each by path */
	struct rp_log_name *item;
	size_t n;
	/* directories that were looked through, and those that logs stand in */
	struct rp_log_name *folder;
	size_t n_folders;
};

/* Whether a directory holds a log, be it one without records so far. */
bool rp_log_is_log(const char *dir);

/* Whether a directory is where rp-gc moved the segments of a log to. */
bool rp_log_is_cold(const char *dir);

/*
 * Add the logs that an operand means, none of them twice. In a glob "**" is any
 * number of directories; a URL (there are none if remote is NULL) stands for all
 * logs below it, and file://PATH for PATH. RP_EMPTY: no log is in the directory,
 * or matches the glob, or it is neither.
 */
RP_CHECKED enum rp_status rp_log_names_add(struct rp_log_names *l,
    const char *operand, const struct rp_log_remote *remote,
    struct rp_error *err);

/* The path that an operand names: what file:// stands before, or itself. */
const char *rp_log_path(const char *operand);

/* Add a directory as the log that it may become. */
RP_CHECKED enum rp_status rp_log_names_add_empty(
    struct rp_log_names *l, const char *dir, struct rp_error *err);

void rp_log_names_free(struct rp_log_names *l);

/* Whether a text has one of * ? [ in it. */
bool rp_log_is_glob(const char *text);

#endif
