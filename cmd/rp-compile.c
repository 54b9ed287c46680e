/*
 * rp-compile: jobs of a queue become objects in a store.
 *
 * This thread takes jobs in, workers make objects, and another thread renews
 * what is in hand. Memory: the jobs in hand, and of each worker the parts of
 * its object, at most 48 MiB.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/stores.h"
#include "net/http.h"
#include "net/serve.h"
#include "queue/database.h"
#include "queue/redis.h"
#include "rp-compile/compile.h"

struct opts {
	const char *env_file, *listen;
	int64_t drain;
	bool once, lines, print;
};

static void
name_libraries(char *buf, size_t size)
{
	snprintf(buf, size, "%s, %s, libcurl %s, libmicrohttpd %s",
	    rp_redis_version(), rp_database_version(), rp_http_version(),
	    rp_serve_version());
}

static const struct rp_tool tool = {
	.name = "rp-compile",
	.usage = "[--once] [--listen [HOST:]PORT] [TARGET]\n"
		 "       rp-compile --stdin [TARGET]\n"
		 "       rp-compile --print-config",
	.summary = "make objects of the jobs of a queue",
	.flags = RP_TOOL_SOURCE | RP_TOOL_LIVE,
	.libraries = name_libraries,
};

/* ---- what is asked for ---- */

/* TARGET, or the bucket of the settings. */
static enum rp_status
set_target(struct compile *x, const char *operand, char **owned)
{
	struct config *c = &x->config;
	struct rp_target t;
	enum rp_status st;
	char *text;

	if (operand == NULL && c->bucket == NULL)
		return rp_cli_usage(
		    x->cli, "where to? set S3_BUCKET_NAME, or give a TARGET");
	if (operand == NULL && asprintf(owned, "s3://%s", c->bucket) < 0)
		return rp_error_no_memory(&x->cli->error);
	st = rp_target_parse(
	    &t, operand != NULL ? operand : *owned, &x->cli->error);
	if (st != RP_OK)
		return st;
	x->prefix = c->prefix;
	if (!t.s3) {
		x->root = t.path;
		return RP_OK;
	}
	if (operand != NULL && *t.path != '\0')
		x->prefix = t.path;
	text = *owned; /* which t points into */
	if (asprintf(owned, "s3://%.*s", (int)t.bucket_len, t.bucket) < 0)
		*owned = NULL;
	free(text);
	if (*owned == NULL)
		return rp_error_no_memory(&x->cli->error);
	x->root = *owned;
	x->bucket = *owned + strlen("s3://");
	return RP_OK;
}

static void
set_all(struct compile *x, const struct opts *o)
{
	const struct config *c = &x->config;
	const char *spool = getenv("TMPDIR");

	x->once = o->once || o->lines;
	x->lines = o->lines;
	x->drain = o->drain;
	x->queue = (struct rp_queue_options){
		.url = c->redis, .name = c->queue, .dlq = c->dlq
	};
	rp_consumer_name(x->name);
	x->consumer = (struct rp_consumer_options){ .queue = &x->queue,
		.lines = o->lines ? STDIN_FILENO : -1,
		.group = c->group,
		.name = x->name,
		.lease = (int64_t)c->lease,
		.remember = (int64_t)c->remember };
	x->store = (struct rp_store_options){ .endpoint = c->endpoint,
		.region = c->region,
		.sizes = { c->threshold, c->part },
		.parallel = (int)c->parts,
		.attempts = (int)c->attempts,
		.delay = (int64_t)c->delay * (RP_SECOND / 1000),
		.silence = 60,
		.spool = spool != NULL && *spool != '\0' ? spool : "/tmp" };
}

/* ---- threads ---- */

static atomic_bool *stop_now; /* compile.giving_up */

static bool
is_given_up(void)
{
	return *stop_now;
}

enum rp_status
compile_open_consumer(const struct compile *x, struct rp_consumer **consumer,
    struct rp_error *err)
{
	struct attempts a;
	enum rp_status st;

	attempts_init(&a, x);
	a.hasty = true;
	while ((st = rp_consumer_open(consumer, &x->consumer, err)) ==
		RP_ERR_REMOTE &&
	    attempts_again(&a, PEER_QUEUE, err))
		;
	attempts_well(&a, PEER_QUEUE);
	return st;
}

enum rp_status
compile_open_store(
    const struct compile *x, struct rp_store **store, struct rp_error *err)
{
	struct rp_store_options options = x->store;

	options.stopping = x->stopping;
	return x->bucket != NULL
	    ? rp_store_s3(store, x->bucket, &options, err)
	    : rp_store_directory(store, x->root, x->stopping, err);
}

/* Sign off. What fails is no loss. */
static void
leave(struct compile *x)
{
	struct rp_error err = { 0 };
	struct rp_consumer *c;

	if (rp_consumer_open(&c, &x->consumer, &err) != RP_OK)
		return;
	(void)!rp_consumer_leave(c, &err);
	rp_consumer_close(c);
}

static enum rp_status
compile(struct compile *x)
{
	const size_t n = x->config.parallel;
	struct worker **workers = calloc(n, sizeof(struct worker *));
	struct keeper *keeper = NULL;
	struct watch *watch = NULL;
	bool drained;
	enum rp_status st;

	if (workers == NULL)
		return rp_error_no_memory(&x->cli->error);
	if ((st = watch_start(&watch, x)) == RP_OK)
		st = keeper_start(&keeper, x);
	for (size_t i = 0; i < n && st == RP_OK; i++)
		st = worker_start(&workers[i], x);
	if (st == RP_OK)
		st = take_in(x);
	channel_close(x->channel);
	for (size_t i = 0; i < n; i++)
		worker_end(workers[i]);
	keeper_end(keeper);
	drained = !x->giving_up;
	watch_end(watch);
	free(workers);
	if (st == RP_OK && drained)
		leave(x);
	return st;
}

/* ---- all ---- */

static enum rp_status
serve_and_compile(struct compile *x, const struct opts *o)
{
	struct rp_serve *serve = NULL;
	enum rp_status st = RP_OK;
	char port[32];

	if (o->listen != NULL)
		st = rp_serve_open(
		    &serve, o->listen, report_serve, NULL, &x->cli->error);
	if (st != RP_OK)
		return st;
	snprintf(port, sizeof(port), "port %u",
	    serve != NULL ? (unsigned)rp_serve_port(serve) : 0U);
	report_state("started", serve != NULL ? port : NULL);
	st = compile(x);
	report_state("ended", NULL);
	rp_serve_close(serve);
	return st;
}

/* What is to be said of a run that did not fail as a whole. */
static enum rp_status
outcome(const struct compile *x)
{
	uint64_t dead = report_jobs_of(JOB_DEAD);

	if (x->failed || x->left)
		return rp_error_set(&x->cli->error, RP_ERR_REMOTE,
		    "some jobs are not done: they stay in the queue");
	if (x->once && dead > 0)
		return rp_error_set(&x->cli->error, RP_ERR_IO,
		    "%llu jobs were given up%s", (unsigned long long)dead,
		    x->lines ? "" : ": rp-enqueue --dlq list");
	return RP_OK;
}

static enum rp_status
run(struct rp_cli *cli, const struct opts *o)
{
	struct compile x = { .cli = cli, .stopping = is_given_up };
	char *target = NULL, *prefix = NULL;
	enum rp_status st = config_read(&x.config, cli, o->env_file);

	stop_now = &x.giving_up;
	if (st == RP_OK && cli->argc > 1)
		st = rp_cli_usage(cli, "one TARGET at most");
	if (st == RP_OK && o->print) {
		config_print(&x.config, stdout);
		config_free(&x.config);
		return RP_OK;
	}
	if (st == RP_OK)
		st = set_target(
		    &x, cli->argc > 0 ? cli->argv[0] : NULL, &target);
	if (st == RP_OK)
		st = config_prefix(x.prefix, &prefix, &cli->error);
	x.prefix = prefix;
	if (st == RP_OK) {
		set_all(&x, o);
		report_open(cli);
		x.held = held_new();
		x.channel = channel_new(x.config.parallel);
		st = x.held == NULL || x.channel == NULL
		    ? rp_error_no_memory(&cli->error)
		    : serve_and_compile(&x, o);
	}
	if (st == RP_OK)
		st = outcome(&x);
	channel_free(x.channel);
	held_free(x.held);
	free(target);
	free(prefix);
	config_free(&x.config);
	return st;
}

int
main(int argc, char **argv)
{
	struct opts o = { .drain = 30 * RP_SECOND };
	const struct rp_option options[] = {
		{ 0, "once", RP_OPT_FLAG, &o.once, NULL,
		    "do what is queued now, then end", NULL },
		{ 0, "stdin", RP_OPT_FLAG, &o.lines, NULL,
		    "jobs are lines of JSON on stdin", NULL },
		{ 0, "listen", RP_OPT_STRING, &o.listen, "[HOST:]PORT",
		    "serve /metrics and /healthz", NULL },
		{ 0, "drain", RP_OPT_SPAN, &o.drain, "SPAN",
		    "after TERM, finish for so long (default: 30s)", NULL },
		{ 0, "env-file", RP_OPT_STRING, &o.env_file, "FILE",
		    "settings that the environment lacks (default: .env)",
		    NULL },
		{ 0, "print-config", RP_OPT_FLAG, &o.print, NULL,
		    "print the settings in force, and end", NULL },
		RP_OPT_END,
	};
	struct rp_cli cli;

	/* secrets are in memory: no core, of ours and of what we run, and no
	 * other process's look */
	rp_stores_hide();
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
