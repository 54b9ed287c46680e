/*
 * rp-import: vendor data to a stream.
 *
 * Reads files or stdin, packed or not, or a live source (rp-import/live.h), in
 * a format of the table of import/import.h, and writes one stream; many files
 * in a row are one section.
 * Memory: 2 MiB of input, the window of a packed one and a frame of output,
 * with -j as many frames again for each thread, and the map of symbols that a
 * file brings.
 */
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "import/import.h"
#include "rp-import/live.h"

struct opts {
	const char *output, *format, *date;
	const char *mapping;
	bool list, check_mapping;
	struct rp_encoding codec, layout; /* one member of each is set */
	int threads;
	struct rp_live_options live;
};

static const struct rp_tool tool = {
	.name = "rp-import",
	.usage = "[--format NAME] [-o FILE] "
		 "[--listen WHERE | --ws URL | FILE ...]",
	.summary = "turn vendor data into a stream",
	.flags = RP_TOOL_SOURCE | RP_TOOL_STATS | RP_TOOL_ERRORS |
	    RP_TOOL_NOTES | RP_TOOL_FORCE,
	.libraries = rp_live_versions,
};

static void
list_formats(void)
{
	for (size_t i = 0; i < rp_import_n_formats; i++)
		printf("%-8s %s\n", rp_import_formats[i]->name,
		    rp_import_formats[i]->summary);
}

/* ---- what a format may ask of us ---- */

static void
on_warn(void *arg, const char *text)
{
	rp_cli_warn(arg, "%s", text);
}

static void
on_count(void *arg, const char *name, uint64_t n)
{
	rp_cli_count(arg, name, n);
}

static enum rp_status
on_reject(void *arg, const char *text, size_t len, const char *reason)
{
	return rp_cli_reject(arg, text, len, "%s", reason);
}

/* ---- the inputs ---- */

/* Count what a step has done on top of what stood before this input. */
static void
account(struct rp_cli *cli, const struct rp_import *im, struct rp_counts before)
{
	cli->counts.records_in = before.records_in + im->records + im->broken;
	cli->counts.bytes_in = before.bytes_in + rp_intake_stored(im->in);
	rp_cli_progress(cli);
}

static enum rp_status
convert(struct rp_cli *cli, struct rp_import *im)
{
	const struct rp_counts before = cli->counts;
	enum rp_status st;

	st = rp_import_open(im);
	while (st == RP_OK) {
		st = rp_import_step(im);
		account(cli, im, before);
	}
	cli->counts.rejected += im->broken;
	if (st != RP_END) {
		rp_error_set(&cli->error, st, "%s", im->error.text);
		return st;
	}
	rp_cli_say(cli, "%s: %llu records of %s", im->name,
	    (unsigned long long)im->records, im->format->name);
	return RP_OK;
}

static enum rp_status
import_file(struct rp_cli *cli, const struct opts *o,
    const struct rp_import_format *format, struct rp_writer *w,
    const char *name)
{
	const struct rp_import_host host = { .arg = cli,
		.warn = on_warn,
		.count = on_count,
		.reject = on_reject,
		.wait = rp_writer_idle,
		.wait_arg = w };
	struct rp_import im = { .format = format,
		.out = w,
		.host = &host,
		.notes = !cli->no_notes,
		.options = { .date = o->date, .mapping = o->mapping } };
	enum rp_status st;
	int fd = -1;

	if ((st = rp_cli_open(cli, name, &fd, &im.name)) == RP_OK) {
		if ((im.in = rp_intake_fd(fd, true)) == NULL)
			st = rp_error_no_memory(&cli->error);
		else
			st = convert(cli, &im);
	}
	rp_import_close(&im);
	rp_intake_free(im.in);
	if (fd > STDERR_FILENO)
		close(fd);
	return st;
}

static enum rp_status
import_files(struct rp_cli *cli, const struct opts *o,
    const struct rp_import_format *format, struct rp_writer *w)
{
	static char standard_input[] = "-";
	char *none[] = { standard_input };
	char **names = cli->argc > 0 ? cli->argv : none;
	int n = cli->argc > 0 ? cli->argc : 1;
	enum rp_status st = RP_OK;

	rp_cli_expect_files(cli, names, n);
	for (int i = 0; i < n && st == RP_OK; i++)
		st = import_file(cli, o, format, w, names[i]);
	return st;
}

static enum rp_status
import_live(struct rp_cli *cli, const struct opts *o,
    const struct rp_import_format *format, struct rp_writer *w)
{
	const struct rp_import_host host = { .arg = cli,
		.warn = on_warn,
		.count = on_count,
		.reject = on_reject };
	struct rp_live live = { .cli = cli,
		.o = &o->live,
		.format = format,
		.host = &host,
		.options = { .date = o->date, .mapping = o->mapping },
		.w = w };

	return rp_live_run(&live);
}

/* ---- --mapping-check ---- */

/* Say what the mapping makes of an input, or, without one, what it says. */
static enum rp_status
check_mapping(struct rp_cli *cli, const struct opts *o, const char *name)
{
	struct rp_import im = { .name = o->mapping,
		.options = { .mapping = o->mapping } };
	struct rp_buffer text = { 0 };
	enum rp_status st = RP_OK;
	int fd = -1;

	if (name != NULL &&
	    (st = rp_cli_open(cli, name, &fd, &im.name)) == RP_OK &&
	    (im.in = rp_intake_fd(fd, false)) == NULL)
		st = rp_error_no_memory(&cli->error);
	if (st == RP_OK) {
		st = rp_import_check_mapping(&im, &text);
		if (text.len > 0)
			fwrite(text.data, 1, text.len, stdout);
		if (st == RP_ERR_REJECTED)
			rp_error_set(
			    &cli->error, st, "%s: there are bad rows", im.name);
		else if (st != RP_OK)
			rp_error_set(&cli->error, st, "%s", im.error.text);
	}
	rp_buffer_free(&text);
	rp_intake_free(im.in);
	if (fd > STDERR_FILENO)
		close(fd);
	return st;
}

static enum rp_status
check_mappings(struct rp_cli *cli, const struct opts *o)
{
	enum rp_status st = RP_OK;

	if (o->mapping == NULL)
		return rp_cli_usage(cli, "--mapping-check needs --mapping");
	if (cli->argc == 0)
		return check_mapping(cli, o, NULL);
	for (int i = 0; i < cli->argc && st == RP_OK; i++)
		st = check_mapping(cli, o, cli->argv[i]);
	return st;
}

static enum rp_status
check_opts(struct rp_cli *cli, const struct opts *o,
    const struct rp_import_format **format)
{
	enum rp_status st;

	*format = NULL;
	if (o->format != NULL &&
	    (*format = rp_import_format_find(o->format)) == NULL)
		return rp_cli_usage(cli,
		    "--format %s: unknown (rp-import --list-formats)",
		    o->format);
	if (o->mapping != NULL && *format != NULL && !(*format)->mapped)
		return rp_cli_usage(cli,
		    "--mapping is for --format csv, arrow or ndjson, not "
		    "%s",
		    o->format);
	if ((st = rp_cli_threads(cli, o->threads)) != RP_OK ||
	    (st = rp_output_apart(cli, o->output, o->live.raw)) != RP_OK)
		return st;
	return rp_live_check(cli, &o->live, *format);
}

static enum rp_status
run(struct rp_cli *cli, const struct opts *o)
{
	const struct rp_writer_options writer = {
		.encoding = rp_encoding_of(&o->codec, &o->layout),
		.threads = o->threads,
		.marks = true,
	};
	const struct rp_import_format *format;
	struct rp_sink sink = { 0 };
	enum rp_status st;

	if ((st = check_opts(cli, o, &format)) != RP_OK)
		return st;
	if (rp_live_wanted(&o->live))
		rp_cli_live();
	st = rp_sink_open(&sink, cli, o->output, &writer);
	if (st == RP_OK)
		st = rp_sink_note(&sink);
	if (st == RP_OK)
		st = rp_live_wanted(&o->live)
		    ? import_live(cli, o, format, sink.w)
		    : import_files(cli, o, format, sink.w);
	/* what came before a failure goes on, up to its last record */
	if (st != RP_OK && sink.w != NULL)
		(void)!rp_writer_flush(sink.w);
	return rp_sink_close(&sink, st, 0);
}

int
main(int argc, char **argv)
{
	struct opts o = { .threads = 1,
		.codec = RP_ENCODING_UNSET,
		.layout = RP_ENCODING_UNSET,
		.live = RP_LIVE_DEFAULTS };
	const struct rp_option options[] = {
		{ 0, "format", RP_OPT_STRING, &o.format, "NAME",
		    "the input's format (default: told by its first bytes)",
		    NULL },
		{ 0, "date", RP_OPT_STRING, &o.date, "DATE",
		    "the day of inputs that have only times of day", NULL },
		{ 0, "mapping", RP_OPT_STRING, &o.mapping, "FILE",
		    "it says what columns or JSON members mean", NULL },
		{ 0, "mapping-check", RP_OPT_FLAG, &o.check_mapping, NULL,
		    "say what the mapping makes of the first rows, then exit",
		    NULL },
		{ 0, "list-formats", RP_OPT_FLAG, &o.list, NULL,
		    "list the formats, then exit", NULL },
		{ 0, "listen", RP_OPT_STRING, &o.live.listen, "WHERE",
		    "receive: tcp://HOST:PORT, udp://HOST:PORT[,INTERFACE]",
		    NULL },
		{ 0, "ws", RP_OPT_STRING, &o.live.ws, "URL",
		    "record a WebSocket: ws:// or wss://", NULL },
		{ 0, "subscribe", RP_OPT_STRING, &o.live.subscribe, "FILE",
		    "send its lines on each connection", NULL },
		{ 0, "snapshot-url", RP_OPT_LIST, &o.live.snapshots, "URL",
		    "fetch it on each connection; repeatable", NULL },
		{ 0, "ca-file", RP_OPT_STRING, &o.live.ca_file, "FILE",
		    "trust the certificates in it, not the system's", NULL },
		{ 0, "stall-timeout", RP_OPT_SPAN, &o.live.stall_timeout,
		    "SPAN",
		    "connect anew after silence (default 60s; 0: never)",
		    NULL },
		{ 0, "max-retries", RP_OPT_COUNT, &o.live.max_retries, "N",
		    "failures in a row to stand (default 10)", NULL },
		{ 0, "seed", RP_OPT_COUNT, &o.live.seed, "N",
		    "of the times between attempts", NULL },
		{ 0, "raw", RP_OPT_STRING, &o.live.raw, "FILE",
		    "keep what is received in a new FILE", NULL },
		{ 0, "until-idle", RP_OPT_SPAN, &o.live.until_idle, "SPAN",
		    "end after nothing came for so long", NULL },
		{ 'o', "output", RP_OPT_STRING, &o.output, "FILE",
		    "write to FILE, whole or not at all", NULL },
		{ 0, "codec", RP_OPT_CODEC, &o.codec, "CODEC",
		    "none, lz4[:LEVEL] or zstd[:LEVEL] (default none)", NULL },
		{ 0, "layout", RP_OPT_LAYOUT, &o.layout, "LAYOUT",
		    "rows, or columns, which compress better", NULL },
		{ 'j', "threads", RP_OPT_INT, &o.threads, "N",
		    "encode in N threads (default 1)", NULL },
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	if (o.list) {
		list_formats();
		return rp_cli_end(&cli, RP_OK);
	}
	return rp_cli_end(
	    &cli, o.check_mapping ? check_mappings(&cli, &o) : run(&cli, &o));
}
