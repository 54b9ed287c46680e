/*
 * rp-ls: what logs, segments and stream files hold.
 *
 * Reads indexes, and where there is none the headers and directories of
 * frames, never their bodies; writes a report. Memory: the index of a segment,
 * some 100 bytes a name, and the text of a log's segments.
 */
#include <dirent.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/stores.h"
#include "cli/style.h"
#include "log/inventory.h"
#include "log/lock.h"
#include "log/tree.h"
#include "rp-ls/report.h"
#include "types/types.h"

struct opts {
	bool segments, json, json_numbers;
	struct rp_style_options style;
	struct rp_store_choice store;
};

struct listing {
	struct rp_cli *cli;
	const struct opts *o;
	struct rp_stores stores;
	struct report report;
	enum rp_status worst;
	const char *log; /* the one in hand, and the text of its segments */
	FILE *segments;
};

static const struct rp_tool tool = {
	.name = "rp-ls",
	.usage = "[-l] [--json] [--time FORM] [--tz ZONE] [LOG | FILE ...]",
	.summary = "list what logs, segments and stream files hold",
};

/* Tell a failure, and go on with what is next. */
static void
go_on(struct listing *l, enum rp_status st)
{
	rp_cli_go_on(l->cli, st);
	l->worst = rp_cli_worse(l->worst, st);
}

/* ---- logs ---- */

static void
list_segment(
    void *arg, const struct rp_segment *s, struct rp_inventory *of_segment)
{
	struct listing *l = arg;
	char *name = rp_segment_path(l->log, s, NULL);

	if (name == NULL)
		go_on(l, rp_error_no_memory(&l->cli->error));
	else
		report_put(&l->report, name, SEGMENT, of_segment, l->segments);
	free(name);
}

static void
failed(void *arg, const struct rp_error *err)
{
	struct listing *l = arg;

	go_on(l, rp_error_set(&l->cli->error, err->status, "%s", err->text));
}

static enum rp_status
list_log(struct listing *l, const char *dir)
{
	struct rp_inventory_watch watch = {
		.segment = l->o->segments ? list_segment : NULL,
		.failed = failed,
		.arg = l
	};
	struct rp_error err = { 0 };
	struct rp_inventory v;
	char *segments = NULL;
	size_t len = 0;
	enum rp_status st;

	if ((l->segments = open_memstream(&segments, &len)) == NULL)
		return rp_error_no_memory(&l->cli->error);
	l->log = dir;
	rp_inventory_init(&v);
	st = rp_inventory_log(&v, dir, &l->stores.remote, &watch, &err);
	if (st != RP_OK)
		(void)rp_error_set(&l->cli->error, st, "%s", err.text);
	if (fclose(l->segments) != 0 && st == RP_OK)
		st = rp_error_no_memory(&l->cli->error);
	if (st == RP_OK) { /* its segments come after the log */
		report_put(&l->report, dir, LOG, &v, stdout);
		fwrite(segments, 1, len, stdout);
	}
	free(segments);
	rp_inventory_free(&v);
	return st;
}

/* ---- stream files ---- */

/* Whether a file is a segment of a log that has a writer. */
static bool
has_writer(const char *file)
{
	char *copy = strdup(file);
	bool yes = copy != NULL && rp_log_is_locked(dirname(copy));

	free(copy);
	return yes;
}

/* Bytes of a regular file; 0: what it has must be read. */
static uint64_t
size_of(const char *name)
{
	struct stat sb;

	return stat(name, &sb) == 0 && S_ISREG(sb.st_mode)
	    ? (uint64_t)sb.st_size
	    : 0;
}

/* Add up the frames that are whole; *whole: their bytes. */
static enum rp_status
add_stream(
    struct rp_input *in, struct rp_tally *t, uint64_t size, uint64_t *whole)
{
	struct rp_frame f;
	enum rp_status st;

	while ((st = rp_input_head(in, &f)) == RP_OK) {
		if (size != 0 && f.offset + f.size > size)
			return rp_error_set(&in->cli->error, RP_ERR_TRUNCATED,
			    "%s: truncated: input ends inside the frame at "
			    "byte %" PRIu64 ", without END",
			    in->names[0], f.offset);
		if (size == 0 && f.head.kind == RP_DATA &&
		    (st = rp_input_body(in, &f)) != RP_OK)
			return st;
		if ((st = rp_tally_frame(t, &f, RP_GAP)) != RP_OK)
			return st;
		*whole = f.offset + f.size;
	}
	return st;
}

static enum rp_status
list_stream(struct listing *l, char *name)
{
	bool is_stdin = strcmp(name, "-") == 0;
	bool live = !is_stdin && has_writer(name);
	uint64_t size = is_stdin ? 0 : size_of(name), whole = 0;
	struct rp_inventory v;
	struct rp_input in;
	enum rp_status st;

	rp_inventory_init(&v);
	rp_input_init_names(&in, l->cli, &name, 1, false);
	st = add_stream(&in, &v.tally, size, &whole);
	rp_input_close(&in);
	v.end_flags = in.end_flags;
	v.state = rp_log_state_of(st);
	if (v.state == RP_LOG_NOT_CLOSED && live) {
		l->cli->error = (struct rp_error){ 0 };
		st = RP_END;
		v.state = RP_LOG_GROWING;
	}
	if (v.state > RP_LOG_GROWING && size > whole)
		v.torn = size - whole;
	if (v.tally.frames > 0 || st == RP_END || st == RP_ERR_TRUNCATED)
		report_put(&l->report, is_stdin ? "<stdin>" : name, STREAM, &v,
		    stdout);
	rp_inventory_free(&v);
	return st == RP_END ? RP_OK : st;
}

/* ---- operands ---- */

static int
is_listed(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* In the current directory names stand for themselves. */
static char *
without_dot(char *path)
{
	return strncmp(path, "./", 2) == 0 ? path + 2 : path;
}

static bool
is_stream_file(const char *path)
{
	size_t n = strlen(path);
	struct stat sb;

	return n > 4 && strcmp(path + n - 4, ".rps") == 0 &&
	    stat(path, &sb) == 0 && S_ISREG(sb.st_mode);
}

/* All of a directory's, or a glob's, logs; RP_EMPTY: there are none. */
static enum rp_status
list_logs(struct listing *l, const char *operand)
{
	struct rp_log_names logs = { 0 };
	enum rp_status st =
	    rp_log_names_add(&logs, operand, &l->stores.remote, &l->cli->error);

	for (size_t i = 0; i < logs.n && st == RP_OK; i++)
		if ((st = list_log(l, logs.item[i].path)) != RP_OK) {
			go_on(l, st);
			st = RP_OK;
		}
	rp_log_names_free(&logs);
	return st;
}

static enum rp_status
list_streams(struct listing *l, const char *dir)
{
	struct dirent **d;
	int n = scandir(dir, &d, is_listed, alphasort);
	enum rp_status st;

	if (n < 0)
		return rp_error_errno(&l->cli->error, "%s", dir);
	for (int i = 0; i < n; i++) {
		char *path = NULL;

		st = RP_OK;
		if (asprintf(&path, "%s/%s", dir, d[i]->d_name) < 0)
			st = rp_error_no_memory(&l->cli->error);
		else if (is_stream_file(path))
			st = list_stream(l, without_dot(path));
		if (st != RP_OK)
			go_on(l, st);
		free(path);
		free(d[i]);
	}
	free(d);
	return RP_OK;
}

/* The logs below a directory that is none, or of a glob, and stream files. */
static enum rp_status
list_many(struct listing *l, const char *operand)
{
	enum rp_status st;

	if (!l->o->segments)
		report_begin(&l->report);
	st = list_logs(l, operand);
	if (st >= RP_OK && rp_log_is_directory(operand))
		st = list_streams(l, operand);
	report_end(&l->report);
	if (st == RP_EMPTY)
		st = rp_error_set(&l->cli->error, RP_ERR_IO,
		    rp_log_is_remote(operand) ? "%s: no log is there"
					      : "%s: matches no log",
		    operand);
	return st;
}

static enum rp_status
list_operand(struct listing *l, char *name)
{
	name = (char *)(uintptr_t)rp_log_path(name);
	if (rp_log_is_log(name))
		return list_log(l, name);
	if (rp_log_is_directory(name) || rp_log_is_remote(name) ||
	    (access(name, F_OK) != 0 && rp_log_is_glob(name)))
		return list_many(l, name);
	return list_stream(l, name);
}

static enum rp_status
run(struct rp_cli *cli, struct opts *o)
{
	static char here[] = ".";
	struct listing l = { .cli = cli,
		.o = o,
		.report = { .json = o->json || o->json_numbers,
		    .numbers = o->json_numbers },
		.worst = RP_OK };
	enum rp_status st;

	if (o->style.time == NULL)
		o->style.time = l.report.json ? "ns" : "iso";
	if ((st = rp_cli_style(cli, &o->style, &l.report.style)) != RP_OK)
		return st;
	rp_stores_init(&l.stores, cli, &o->store);
	for (int i = 0; i < cli->argc || i == 0; i++) {
		st = list_operand(&l, cli->argc > 0 ? cli->argv[i] : here);
		if (st != RP_OK)
			go_on(&l, st);
	}
	rp_stores_free(&l.stores);
	return l.worst;
}

int
main(int argc, char **argv)
{
	struct opts o = { .style.digits = "keep", .store = RP_STORE_CHOICE };
	const struct rp_option options[] = {
		{ 'l', "segments", RP_OPT_FLAG, &o.segments, NULL,
		    "list the segments of each log as well", NULL },
		{ 0, "json", RP_OPT_FLAG, &o.json, NULL,
		    "write a JSON object a line", NULL },
		{ 0, "json-numbers", RP_OPT_FLAG, &o.json_numbers, NULL,
		    "the same with 64-bit numbers bare, not as strings", NULL },
		{ 0, "time", RP_OPT_STRING, &o.style.time, "FORM",
		    "times as ISO 8601 (default), or in ns (default of JSON)",
		    "iso|ns" },
		{ 0, "tz", RP_OPT_STRING, &o.style.tz, "ZONE",
		    "zone of ISO times (default UTC)", NULL },
		RP_STORE_OPTIONS(&o.store),
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
