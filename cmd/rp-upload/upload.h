/* Shared by the files of rp-upload. */
#ifndef RP_UPLOAD_H
#define RP_UPLOAD_H

#include "base/template.h"
#include "cli/stores.h"
#include "store/uri.h"

struct opts {
	const char *recursive, *exec;
	const char *content_type, *content_encoding, *zstd;
	struct rp_store_choice store;
	struct rp_list metadata, vars;
	uint64_t bandwidth;
	int64_t older; /* ns */
	bool no_clobber, dry_run, json, stream, allow_empty;
	bool list_orphans, abort_orphans;
};

struct upload {
	struct rp_cli *cli;
	const struct opts *o;
	struct rp_target target;
	char *bucket, *root; /* of the target: one of them */
	const char *path; /* the rest of it: a template */
	struct rp_template *keys; /* or NULL: path is "" */
	struct rp_store_options options;
	struct rp_store *store;
	struct rp_put_options put;
	int level; /* of zstd */
};

/* One input: a name, "-" for stdin, or NULL for --exec. part: of the key, for a
 * target that ends in "/"; NULL: none. */
RP_CHECKED enum rp_status upload_input(
    struct upload *u, const char *name, const char *part);

/* The key of an object with these values, checked; the caller frees. part: as
 * above. */
RP_CHECKED enum rp_status expand_key(struct upload *u,
    const struct rp_path_values *values, const char *part, char **key);

/* tree.c: the files below a directory. */
RP_CHECKED enum rp_status upload_tree(struct upload *u, const char *dir);

/* orphans.c */
RP_CHECKED enum rp_status handle_orphans(struct upload *u);

/* report.c: what became of an object, on stdout. */
enum outcome { UPLOADED, SKIPPED, PLANNED };
RP_CHECKED enum rp_status report(struct upload *u, enum outcome outcome,
    const char *key, const struct rp_put_result *result, uint64_t retries);
RP_CHECKED enum rp_status report_orphan(
    struct upload *u, const struct rp_orphan *orphan, bool aborted);

/* pipeline.c: --exec. */
struct pipeline {
	int pid, fd; /* fd: what its last stage writes */
};
RP_CHECKED enum rp_status pipeline_start(
    struct pipeline *p, struct rp_cli *cli, const char *command);
/* After its end: RP_OK if every stage's status was 0. Before it: stops it. */
RP_CHECKED enum rp_status pipeline_end(
    struct pipeline *p, struct rp_cli *cli, bool whole);

#endif
