#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "cli/stores.h"
#include "queue/queue.h"
#include "roots.h"

#define N_SETTINGS 31

/* The table, whose values are c's. */
static void
fill_table(struct config *c, struct rp_setting table[N_SETTINGS], size_t *n)
{
	enum { MOST_MS = 86400000 };
	const struct rp_setting all[] = {
		{ "REDIS_URL", RP_SETTING_URL, &c->redis, "file://.", 0, 0,
		    NULL, "redis://, unix:// or, a directory, file://" },
		{ "JOB_QUEUE_NAME", RP_SETTING_TEXT, &c->queue, "jobs", 0, 0,
		    NULL, NULL },
		{ "CONSUMER_GROUP", RP_SETTING_TEXT, &c->group, "compilers", 0,
		    0, NULL, NULL },
		{ "DLQ_NAME", RP_SETTING_TEXT, &c->dlq, "dlq:compiler", 0, 0,
		    NULL, "the stream of dead letters" },
		{ "IDEMPOTENCY_TTL_SECS", RP_SETTING_COUNT, &c->remember,
		    "86400", 1, UINT32_MAX, NULL,
		    "for so long it is known that a job is done" },
		{ "LEASE_MS", RP_SETTING_COUNT, &c->lease, "30000", 100,
		    MOST_MS, NULL, NULL },
		{ "MAX_DELIVERIES", RP_SETTING_COUNT, &c->max_deliveries, "5",
		    1, 1000000, NULL, NULL },
		{ "S3_BUCKET_NAME", RP_SETTING_TEXT, &c->bucket, NULL, 0, 0,
		    NULL, NULL },
		{ "S3_PREFIX", RP_SETTING_TEXT, &c->prefix, "", 0, 0, NULL,
		    NULL },
		{ "S3_URL", RP_SETTING_URL, &c->endpoint, NULL, 0, 0, NULL,
		    "an endpoint that is not AWS's" },
		{ "AWS_REGION", RP_SETTING_TEXT, &c->region, "us-east-1", 0, 0,
		    NULL, NULL },
		{ "LOG_ROOTS", RP_SETTING_TEXT, &c->roots, ".", 0, 0, NULL,
		    "below which logs of jobs lie, with commas" },
		{ "IPC_COMPRESSION", RP_SETTING_WORD, &c->compression, "none",
		    0, 0, "none|lz4|zstd", NULL },
		{ "ZSTD_OBJECT", RP_SETTING_BOOL, &c->zstd, "true", 0, 0, NULL,
		    NULL },
		{ "ZSTD_LEVEL", RP_SETTING_COUNT, &c->zstd_level, "6", 1, 22,
		    NULL, NULL },
		{ "CONTENT_TYPE", RP_SETTING_TEXT, &c->content_type,
		    "application/vnd.apache.arrow.file", 0, 0, NULL, NULL },
		{ "CONTENT_ENCODING_ZSTD", RP_SETTING_BOOL,
		    &c->content_encoding, "true", 0, 0, NULL, NULL },
		{ "KEY_TIME", RP_SETTING_WORD, &c->key_time, "entry", 0, 0,
		    "entry|data|clock", NULL },
		RP_STORE_RETRIES(&c->attempts, &c->delay),
		{ "PIPELINE_PARALLELISM", RP_SETTING_COUNT, &c->parallel, "4",
		    1, 256, NULL, NULL },
		{ "WINDOW_MAX_BYTES", RP_SETTING_COUNT, &c->window_bytes,
		    "1048576", 1, 1 << 30, NULL, NULL },
		{ "WINDOW_MAX_COUNT", RP_SETTING_COUNT, &c->window_count,
		    "2048", 1, 16384, NULL, NULL },
		{ "WINDOW_MAX_AGE_MS", RP_SETTING_COUNT, &c->window_age, "200",
		    0, MOST_MS, NULL, NULL },
		{ "FLUSH_TICK_MS", RP_SETTING_COUNT, &c->tick, "50", 1, 10000,
		    NULL, NULL },
		{ "SINK_CHANNEL_CAPACITY", RP_SETTING_COUNT, &c->capacity,
		    "8192", 1, 1 << 20, NULL, "jobs in hand" },
		RP_STORE_PARTS(&c->threshold, &c->part, &c->parts),
	};

	_Static_assert(RP_LEN(all) <= N_SETTINGS, "N_SETTINGS is too small");
	memcpy(table, all, sizeof(all));
	*n = RP_LEN(all);
}

/* ---- what a table cannot say ---- */

static bool
tell(struct rp_cli *cli, const struct rp_error *why)
{
	(void)rp_error_set(&cli->error, RP_ERR_USAGE, "%s", why->text);
	rp_cli_go_on(cli, RP_ERR_USAGE);
	return false;
}

static bool
queue_is_good(const struct config *c, struct rp_cli *cli)
{
	const struct rp_queue_options options = {
		.url = c->redis, .name = c->queue, .dlq = c->dlq
	};
	struct rp_error why = { 0 };

	return rp_queue_check(&options, &why) == RP_OK || tell(cli, &why);
}

enum rp_status
config_prefix(const char *text, char **prefix, struct rp_error *err)
{
	struct rp_error why = { 0 };
	size_t len = strlen(text);

	if ((*prefix = strdup(text)) == NULL)
		return rp_error_no_memory(err);
	if (len > 0 && text[len - 1] == '/')
		(*prefix)[len - 1] = '\0';
	if (**prefix == '\0' ||
	    (rp_key_check(*prefix, &why) == RP_OK && len <= RP_MAX_KEY / 2))
		return RP_OK;
	free(*prefix);
	*prefix = NULL;
	return rp_error_set(err, RP_ERR_USAGE, "S3_PREFIX: %s",
	    why.status != RP_OK ? why.text : "too long");
}

static bool
prefix_is_good(const struct config *c, struct rp_cli *cli)
{
	struct rp_error why = { 0 };
	char *prefix;
	bool good = config_prefix(c->prefix, &prefix, &why) == RP_OK;

	free(prefix);
	return good || tell(cli, &why);
}

static bool
endpoint_is_good(const struct config *c, struct rp_cli *cli)
{
	struct rp_error why = { 0 };

	if (c->endpoint == NULL || strncmp(c->endpoint, "http://", 7) == 0 ||
	    strncmp(c->endpoint, "https://", 8) == 0)
		return true;
	(void)rp_error_set(
	    &why, RP_ERR_USAGE, "S3_URL is neither http:// nor https://");
	return tell(cli, &why);
}

static bool
roots_are_good(const struct config *c, struct rp_cli *cli)
{
	struct rp_error why = { 0 };

	return roots_check(c->roots, &why) == RP_OK || tell(cli, &why);
}

enum rp_status
config_read(struct config *c, struct rp_cli *cli, const char *env_file)
{
	struct rp_setting table[N_SETTINGS];
	size_t n;
	enum rp_status st;
	bool good;

	*c = (struct config){ 0 };
	fill_table(c, table, &n);
	st = rp_settings_read(&c->read, cli, table, n, env_file);
	if (st != RP_OK && st != RP_ERR_USAGE)
		return st;
	good = queue_is_good(c, cli);
	good &= prefix_is_good(c, cli);
	good &= endpoint_is_good(c, cli);
	good &= roots_are_good(c, cli);
	return good ? st : RP_ERR_USAGE;
}

void
config_free(struct config *c)
{
	rp_settings_free(&c->read);
}

void
config_print(struct config *c, FILE *f)
{
	struct rp_setting table[N_SETTINGS];
	size_t n;

	fill_table(c, table, &n);
	rp_settings_print(f, table, n);
}
