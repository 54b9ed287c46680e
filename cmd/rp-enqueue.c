/*
 * rp-enqueue: put jobs into the queue of rp-compile, a directory or a stream in
 * Redis.
 *
 * Jobs are ids, lines of JSON, or records whose text is such a line. They go
 * 1024 together, in scripts of 128; with --wait all are kept until they are
 * done, some 300 bytes each.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "queue/database.h"
#include "queue/form.h"
#include "queue/redis.h"
#include "rp-enqueue/dlq.h"
#include "rp-enqueue/sender.h"
#include "types/reference.h"

struct opts {
	const char *redis, *queue, *dlq_name, *dlq;
	const char *log, *from, *to, *tz, *where, *compression;
	struct rp_list symbols, types, columns;
	bool ndjson, stream, no_dedupe, wait, all, json;
	int64_t remember, timeout;
	uint64_t max_len;
};

static void
name_libraries(char *buf, size_t size)
{
	char protobuf[RP_JOB_VERSION_ROOM];

	snprintf(buf, size, "%s, %s, %s", rp_redis_version(),
	    rp_database_version(), rp_job_version(protobuf));
}

static const struct rp_tool tool = {
	.name = "rp-enqueue",
	.usage =
	    "[--redis URL] [--queue NAME] [--log LOG] [--from T] [--to T]\n"
	    "                  [-s NAME] [-t NAME] ... ID ...\n"
	    "       rp-enqueue [...] --ndjson | --stream [FILE ...]\n"
	    "       rp-enqueue [...] --dlq list|show|replay|purge [ENTRY "
	    "...]",
	.summary = "put jobs into the queue of rp-compile",
	.flags = RP_TOOL_STATS | RP_TOOL_ERRORS,
	.libraries = name_libraries,
};

struct enqueue {
	struct rp_cli *cli;
	const struct opts *o;
	struct sender sender;
	struct rp_job_form form;
	struct rp_zone zone;
};

/* ---- ids ---- */

static struct rp_job_texts
texts_of(const struct rp_list *list)
{
	return (struct rp_job_texts){ list->item, list->n };
}

static enum rp_status
time_of(struct enqueue *x, const char *option, const char *text, int64_t *ns)
{
	struct rp_error why = { 0 };

	if (text == NULL ||
	    rp_job_form_time(&x->form, text, strlen(text), ns, &why) == RP_OK)
		return RP_OK;
	return rp_cli_usage(x->cli, "%s: %s", option, why.text);
}

/* The slice that the options say, for all ids alike. */
static enum rp_status
job_of(struct enqueue *x, struct rp_job *job)
{
	const struct opts *o = x->o;
	enum rp_status st;

	*job = (struct rp_job){ .id = "",
		.log = o->log,
		.symbols = texts_of(&o->symbols),
		.types = texts_of(&o->types),
		.columns = texts_of(&o->columns),
		.where = o->where,
		.compression = o->compression };
	if ((st = time_of(x, "--from", o->from, &job->from)) != RP_OK ||
	    (st = time_of(x, "--to", o->to, &job->to)) != RP_OK)
		return st;
	return RP_OK;
}

static enum rp_status
send_ids(struct enqueue *x)
{
	struct rp_job job;
	const char *why;
	enum rp_status st = job_of(x, &job);

	for (int i = 0; st == RP_OK && i < x->cli->argc; i++) {
		job.id = x->cli->argv[i];
		if ((why = rp_job_fault(&job)) != NULL)
			return rp_cli_usage(
			    x->cli, "job '%.60s': %s", job.id, why);
		st = sender_add(&x->sender, &job);
	}
	return st;
}

/* ---- lines ---- */

/* A job as a text, from the place that where names. */
static enum rp_status
send_text(struct enqueue *x, const char *text, size_t len, const char *where)
{
	struct rp_error why = { 0 };
	enum rp_status st = rp_job_form_read(&x->form, text, len, &why);

	if (st == RP_OK)
		return sender_add(&x->sender, &x->form.job);
	if (st == RP_ERR_NOMEM)
		return rp_error_no_memory(&x->cli->error);
	x->cli->counts.records_in++;
	return rp_cli_reject(x->cli, text, len, "%s: %s", where, why.text);
}

static bool
is_blank(const char *text, size_t len)
{
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	return len == 0;
}

static enum rp_status
send_lines(struct enqueue *x, FILE *f, const char *label)
{
	char *line = NULL, where[160];
	size_t cap = 0;
	uint64_t number = 0;
	enum rp_status st = RP_OK;
	ssize_t len;

	while (st == RP_OK && (len = getline(&line, &cap, f)) > 0) {
		x->cli->counts.bytes_in += (uint64_t)len;
		snprintf(where, sizeof(where), "%.100s, line %llu", label,
		    (unsigned long long)++number);
		if (line[len - 1] == '\n')
			len--;
		if (len > RP_JOB_MAX)
			st = rp_cli_reject(x->cli, line, 80,
			    "%s: a line of more than 64 KiB", where);
		else if (!is_blank(line, (size_t)len))
			st = send_text(x, line, (size_t)len, where);
		rp_cli_progress(x->cli);
	}
	if (st == RP_OK && ferror(f))
		st = rp_error_errno(&x->cli->error, "%s", label);
	free(line);
	return st;
}

static enum rp_status
send_file(struct enqueue *x, const char *name)
{
	const char *label;
	FILE *f;
	int fd;
	enum rp_status st = rp_cli_open(x->cli, name, &fd, &label);

	if (st != RP_OK)
		return st;
	if ((f = fdopen(fd, "r")) == NULL)
		return rp_error_no_memory(&x->cli->error);
	st = send_lines(x, f, label);
	fclose(f);
	return st;
}

static enum rp_status
send_ndjson(struct enqueue *x)
{
	enum rp_status st = RP_OK;

	if (x->cli->argc == 0)
		return send_file(x, "-");
	for (int i = 0; i < x->cli->argc && st == RP_OK; i++)
		st = send_file(x, x->cli->argv[i]);
	return st;
}

/* ---- records ---- */

static enum rp_status
send_record(struct enqueue *x, const struct rp_input *in,
    const struct rp_record *rec, uint64_t number)
{
	const size_t head = sizeof(struct rp_json_payload);
	char where[160], type[8];

	snprintf(where, sizeof(where), "%.100s, record %llu",
	    rp_input_label(in), (unsigned long long)number);
	if (rec->type != RP_JSON || rec->len < head) {
		x->cli->counts.records_in++;
		return rp_cli_reject(x->cli, "", 0,
		    "%s: of type %s, and jobs are of type json", where,
		    rp_type_name(rec->type, type));
	}
	return send_text(
	    x, (const char *)rec->payload + head, rec->len - head, where);
}

static enum rp_status
send_stream(struct enqueue *x)
{
	struct rp_input in;
	struct rp_frame f;
	enum rp_status st;
	uint64_t number = 0;

	rp_input_init(&in, x->cli, true);
	while ((st = rp_input_next(&in, &f)) == RP_OK) {
		const struct rp_record *rec = NULL;

		/* the sender counts jobs, as it does those of other inputs */
		x->cli->counts.records_in -= f.head.records;
		while (st == RP_OK && (rec = rp_frame_next(&f, rec)) != NULL)
			st = send_record(x, &in, rec, ++number);
		if (st != RP_OK)
			break;
	}
	rp_input_close(&in);
	return st == RP_END ? RP_OK : st;
}

/* ---- all ---- */

static enum rp_status
misuse(struct rp_cli *cli, const struct opts *o)
{
	const bool slice = o->log != NULL || o->from != NULL || o->to != NULL ||
	    o->where != NULL || o->compression != NULL || o->symbols.n > 0 ||
	    o->types.n > 0 || o->columns.n > 0;

	if (o->ndjson + o->stream + (o->dlq != NULL) > 1)
		return rp_cli_usage(
		    cli, "--ndjson, --stream and --dlq: one of them");
	if (slice && (o->ndjson || o->stream || o->dlq != NULL))
		return rp_cli_usage(
		    cli, "a slice by options is for jobs that are operands");
	if (slice && o->log == NULL)
		return rp_cli_usage(cli, "a slice of which log? give --log");
	if (o->all && o->dlq == NULL)
		return rp_cli_usage(cli, "--all is for --dlq");
	if (o->timeout != 0 && !o->wait)
		return rp_cli_usage(cli, "--timeout is for --wait");
	if (o->wait && o->dlq != NULL)
		return rp_cli_usage(cli, "--wait is not for --dlq");
	if (!o->ndjson && !o->stream && o->dlq == NULL && cli->argc == 0)
		return rp_cli_usage(
		    cli, "no job: give ids, --ndjson or --stream");
	return RP_OK;
}

static enum rp_status
send_all(struct rp_cli *cli, const struct opts *o,
    const struct rp_queue_options *options)
{
	struct enqueue x = { .cli = cli, .o = o };
	struct timespec now;
	enum rp_status st;

	clock_gettime(CLOCK_REALTIME, &now);
	if ((st = rp_zone_open(&x.zone, o->tz, &cli->error)) != RP_OK)
		return st;
	x.form.zone = &x.zone;
	x.form.now = now.tv_sec * RP_SECOND + now.tv_nsec;
	x.sender = (struct sender){ .cli = cli,
		.options = options,
		.wait = o->wait,
		.json = o->json,
		.patience = o->timeout };
	if ((st = sender_open(&x.sender)) == RP_OK) {
		st = o->ndjson  ? send_ndjson(&x)
		    : o->stream ? send_stream(&x)
				: send_ids(&x);
		/* after a failure, what was gathered stays unsent */
		if (st == RP_OK)
			st = sender_finish(&x.sender);
	}
	sender_free(&x.sender);
	rp_job_form_free(&x.form);
	return st;
}

/* From the environment what no option says; the tools of the source system
 * have the same names and defaults. */
static const char *
setting(const char *given, const char *name, const char *otherwise)
{
	const char *value = given != NULL ? given : getenv(name);

	return value != NULL && *value != '\0' ? value : otherwise;
}

static enum rp_status
run(struct rp_cli *cli, const struct opts *o)
{
	struct rp_queue_options options = {
		.url = setting(o->redis, "REDIS_URL", "file://."),
		.name = setting(o->queue, "JOB_QUEUE_NAME", "jobs"),
		.dlq = setting(o->dlq_name, "DLQ_NAME", "dlq:compiler"),
		.remember = o->no_dedupe ? 0 : o->remember / RP_SECOND,
		.max_len = o->max_len,
	};
	enum rp_status st = misuse(cli, o);

	if (st != RP_OK)
		return st;
	if (!o->no_dedupe && options.remember < 1)
		return rp_cli_usage(cli, "--remember: at least a second");
	if (o->dlq == NULL)
		return send_all(cli, o, &options);
	return dlq_run(&(struct dlq){ .cli = cli,
			   .act = o->dlq,
			   .wanted = cli->argv,
			   .n_wanted = cli->argc,
			   .all = o->all,
			   .json = o->json },
	    &options);
}

int
main(int argc, char **argv)
{
	struct opts o = { .tz = "UTC", .remember = 86400 * RP_SECOND };
	const struct rp_option options[] = {
		{ 0, "redis", RP_OPT_STRING, &o.redis, "URL",
		    "a directory of queues, or Redis (REDIS_URL, file://.)",
		    NULL },
		{ 0, "queue", RP_OPT_STRING, &o.queue, "NAME",
		    "the queue in it (JOB_QUEUE_NAME, jobs)", NULL },
		{ 0, "ndjson", RP_OPT_FLAG, &o.ndjson, NULL,
		    "operands are files of jobs, an object a line", NULL },
		{ 0, "stream", RP_OPT_FLAG, &o.stream, NULL,
		    "operands are streams of jobs, records of type json",
		    NULL },
		{ 0, "log", RP_OPT_STRING, &o.log, "LOG",
		    "the jobs are of a slice of this log", NULL },
		{ 0, "from", RP_OPT_STRING, &o.from, "T", "from this time on",
		    NULL },
		{ 0, "to", RP_OPT_STRING, &o.to, "T", "to before this time",
		    NULL },
		{ 0, "tz", RP_OPT_STRING, &o.tz, "ZONE",
		    "zone of times that name none (default: UTC)", NULL },
		{ 's', "symbol", RP_OPT_LIST, &o.symbols, "PATTERN",
		    "these symbols; repeatable", NULL },
		{ 't', "type", RP_OPT_LIST, &o.types, "NAME",
		    "these record types; repeatable", NULL },
		{ 'w', "where", RP_OPT_STRING, &o.where, "EXPR",
		    "records for which an expression holds", NULL },
		{ 'c', "column", RP_OPT_LIST, &o.columns, "NAME",
		    "these columns; repeatable", NULL },
		{ 0, "compression", RP_OPT_STRING, &o.compression, "CODEC",
		    "of the object: none, lz4 or zstd", "none|lz4|zstd" },
		{ 0, "max-len", RP_OPT_COUNT, &o.max_len, "N",
		    "wait while N jobs are queued and not done", NULL },
		{ 0, "remember", RP_OPT_SPAN, &o.remember, "SPAN",
		    "queue no id again for so long (default: 24h)", NULL },
		{ 0, "no-dedupe", RP_OPT_FLAG, &o.no_dedupe, NULL,
		    "queue ids again, even by a retry", NULL },
		{ 0, "wait", RP_OPT_FLAG, &o.wait, NULL,
		    "wait until all are done, dead or lost", NULL },
		{ 0, "timeout", RP_OPT_SPAN, &o.timeout, "SPAN", "for so long",
		    NULL },
		{ 0, "json", RP_OPT_FLAG, &o.json, NULL,
		    "say of each job what became of it, a line each", NULL },
		{ 0, "dlq", RP_OPT_STRING, &o.dlq, "ACT",
		    "dead letters: list, show, replay or purge them",
		    "list|show|replay|purge" },
		{ 0, "dlq-name", RP_OPT_STRING, &o.dlq_name, "NAME",
		    "those of this name (DLQ_NAME, dlq:compiler)", NULL },
		{ 0, "all", RP_OPT_FLAG, &o.all, NULL,
		    "replay or purge all of them", NULL },
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
