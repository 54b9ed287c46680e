/*
 * Object stores as options and the environment have them. A tool puts the options
 * into its table,
 *
 *	struct rp_store_choice store = RP_STORE_CHOICE;
 *	const struct rp_option options[] = { RP_STORE_OPTIONS(&store), ...
 *
 * Like store/ this is not in librp.a.
 */
#ifndef RP_CLI_STORES_H
#define RP_CLI_STORES_H

#include "base/time.h"
#include "cli/cli.h"
#include "log/remote.h"
#include "store/store.h"

struct rp_store_choice {
	const char *endpoint, *region, *profile, *addressing, *ca_file;
	int64_t timeout; /* ns */
};

/* clang-format off */
#define RP_STORE_CHOICE \
	((struct rp_store_choice){ .addressing = "auto", .timeout = 60 * RP_SECOND })

#define RP_STORE_OPTIONS(o)                                                \
	{ 0, "endpoint", RP_OPT_STRING, &(o)->endpoint, "URL",             \
	    "the server of s3://, if it is not Amazon's", NULL },          \
	{ 0, "region", RP_OPT_STRING, &(o)->region, "NAME",                \
	    "of the bucket (default us-east-1)", NULL },                   \
	{ 0, "profile", RP_OPT_STRING, &(o)->profile, "NAME",              \
	    "of the shared configuration, for its keys", NULL },           \
	{ 0, "addressing", RP_OPT_STRING, &(o)->addressing, "WHERE",       \
	    "where URLs have the bucket: auto (default), path or host",    \
	    "auto|path|host" },                                            \
	{ 0, "ca-file", RP_OPT_STRING, &(o)->ca_file, "FILE",              \
	    "trust these certificates (PEM), not the system's", NULL },    \
	{ 0, "timeout", RP_OPT_SPAN, &(o)->timeout, "SPAN",                \
	    "give an attempt up after such a silence (default 1m)", NULL }
/* clang-format on */

/* clang-format off */
/* Rows of a table of settings (cli/settings.h), by the names that all tools
 * with stores have; values are uint64_t, delay in ms. */
#define RP_STORE_PARTS(threshold, part, parallel)                           \
	{ "MULTIPART_THRESHOLD_BYTES", RP_SETTING_COUNT, threshold, "5Mi", \
	    1, RP_PART_MOST, NULL, NULL },                                 \
	{ "MULTIPART_PART_SIZE_BYTES", RP_SETTING_COUNT, part, "8Mi",      \
	    RP_PART_LEAST, RP_PART_MOST, NULL, NULL },                     \
	{ "MULTIPART_PARALLEL_PARTS", RP_SETTING_COUNT, parallel, "4",     \
	    1, 64, NULL, NULL }
#define RP_STORE_RETRIES(attempts, delay)                                   \
	{ "RETRY_MAX_ATTEMPTS", RP_SETTING_COUNT, attempts, "5",           \
	    1, 100, NULL, NULL },                                          \
	{ "RETRY_BASE_DELAY_MS", RP_SETTING_COUNT, delay, "50",            \
	    0, 60000, NULL, NULL }
/* clang-format on */

/*
 * The choice, and the settings of the environment: all of those that are wrong
 * are told at once. RP_ERR_USAGE.
 */
RP_CHECKED enum rp_status rp_cli_store_options(struct rp_cli *cli,
    const struct rp_store_choice *choice, struct rp_store_options *opt);

/* Logs in stores. Nothing is looked at before one is asked for. */
struct rp_stores {
	struct rp_log_remote remote;
	struct rp_cli *cli;
	const struct rp_store_choice *choice;
	struct rp_store_options options;
	struct rp_store_logs *logs;
};

/* s stays where it is until it is freed. */
void rp_stores_init(struct rp_stores *s, struct rp_cli *cli,
    const struct rp_store_choice *choice);
void rp_stores_free(struct rp_stores *s);

/* No core dump has our keys. */
void rp_stores_hide(void);

#endif
