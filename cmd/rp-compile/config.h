/* The settings of rp-compile, by the names that its environment has for them. */
#ifndef RP_COMPILE_CONFIG_H
#define RP_COMPILE_CONFIG_H

#include "cli/cli.h"
#include "cli/settings.h"
#include "store/uri.h"

struct config {
	/* the queue */
	const char *redis, *queue, *dlq, *group;
	uint64_t remember; /* s */
	uint64_t lease; /* ms */
	uint64_t max_deliveries;
	/* where objects go */
	const char *bucket, *prefix, *endpoint, *region;
	/* what they are made of, and how */
	const char *roots; /* of logs: a list with commas */
	const char *compression; /* none, lz4, zstd: of a record batch */
	bool zstd; /* of the whole */
	uint64_t zstd_level;
	const char *content_type;
	bool content_encoding; /* says zstd */
	const char *key_time; /* entry, data, clock */
	/* how much at a time */
	uint64_t attempts, delay; /* delay: ms */
	uint64_t parallel;
	uint64_t window_bytes, window_count, window_age, tick; /* ms */
	uint64_t capacity; /* jobs in hand */
	uint64_t threshold, part, parts; /* bytes, bytes, at once */

	struct rp_settings read; /* what texts lie in */
};

/* What is in force: of the environment and env_file (NULL: ".env", if it is
 * there), defaults for all else. All that are wrong are told. RP_ERR_USAGE. */
RP_CHECKED enum rp_status config_read(
    struct config *c, struct rp_cli *cli, const char *env_file);
void config_free(struct config *c);

/* What keys begin with, without the slash that it may end in; the caller frees.
 * RP_ERR_USAGE: no key begins so. */
RP_CHECKED enum rp_status config_prefix(
    const char *text, char **prefix, struct rp_error *err);

/* Print it, secrets masked, as lines that config_read reads. */
void config_print(struct config *c, FILE *f);

#endif
