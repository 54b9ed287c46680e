/*
 * rp-split: one stream into many files or logs.
 *
 * Reads streams one after the other; writes a file, or a log, for each path that
 * a template gives for the records. All of them appear together at the end, or
 * none. Memory: the buffer of -S, some 200 bytes a file, and the names.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "cli/cli.h"
#include "cli/feeds.h"
#include "cli/splitter.h"
#include "log/segment.h"
#include "log/stage.h"
#include "log/writer.h"

struct opts {
	const char *output, *existing, *tz, *day_start;
	enum rp_clock clock;
	uint64_t count, size, memory, open_files;
	int64_t time;
	bool log;
	struct rp_frame_options frames;
};

static const struct rp_tool tool = {
	.name = "rp-split",
	.usage =
	    "-o TEMPLATE [--log] [--size BYTES] [--count N] [--time SPAN]\n"
	    "                [FILE ...]",
	.summary = "split a stream into files or logs by symbol, type, time or "
		   "size",
	.flags = RP_TOOL_STATS | RP_TOOL_NOTES,
};

struct splitting {
	struct rp_cli *cli;
	const struct opts *o;
	struct rp_template *paths;
	struct rp_zone zone;
	struct rp_splitter_options options;
	struct rp_parts parts;
	struct rp_splitter *s;
};

/* ---- options ---- */

static enum rp_existing
existing_of(const struct opts *o)
{
	if (strcmp(o->existing, "replace") == 0)
		return RP_EXISTING_REPLACE;
	return strcmp(o->existing, "append") == 0 ? RP_EXISTING_APPEND
						  : RP_EXISTING_FAIL;
}

static enum rp_status
check_parts(struct rp_cli *cli, const struct opts *o, unsigned keys)
{
	bool parts = o->count != 0 || o->size != 0 || o->time != 0;

	if (parts && !(keys & RP_PATH_PART))
		return rp_cli_usage(
		    cli, "--size, --count and --time need {part} in the path");
	if (!parts && (keys & RP_PATH_PART))
		return rp_cli_usage(
		    cli, "{part} needs --size, --count or --time");
	if (parts && existing_of(o) == RP_EXISTING_APPEND)
		return rp_cli_usage(
		    cli, "--existing append does not go with {part}");
	return RP_OK;
}

static enum rp_status
read_opts(struct splitting *sp, const struct opts *o)
{
	const unsigned all = 2 * RP_PATH_PART - 1;
	struct rp_splitter_options *so = &sp->options;
	struct rp_cli *cli = sp->cli;
	enum rp_status st;

	if (o->output == NULL)
		return rp_cli_usage(
		    cli, "-o TEMPLATE is missing, such as '{symbol}.rps'");
	st = rp_template_new(&sp->paths, o->output, all, &cli->error);
	if (st != RP_OK) {
		rp_error_prefix(&cli->error, "-o");
		return st;
	}
	if ((st = check_parts(cli, o, rp_template_keys(sp->paths))) != RP_OK)
		return st;
	if (o->memory < 1 << 20)
		return rp_cli_usage(cli, "-S is at least 1Mi");
	if (o->open_files < 1)
		return rp_cli_usage(cli, "--open-files is at least 1");
	if (o->tz != NULL &&
	    (st = rp_zone_open(&sp->zone, o->tz, &cli->error)) != RP_OK) {
		rp_error_prefix(&cli->error, "--tz");
		return st;
	}
	if (rp_day_start_parse(o->day_start, &so->clock.start) != RP_OK)
		return rp_cli_usage(cli,
		    "--day-start %s: not a time of day, such as 17:00",
		    o->day_start);
	so->paths = sp->paths;
	so->clock.zone = &sp->zone;
	so->by_event = o->clock == RP_CLOCK_EVENT;
	so->count = o->count;
	so->size = o->size;
	so->time = o->time;
	so->memory = o->memory;
	so->nameless = o->log;
	so->frames = &o->frames;
	return rp_cli_frames(cli, &o->frames, &so->writer);
}

/* ---- logs ---- */

/* The stream of a file into a log. */
static enum rp_status
fill_log(struct splitting *sp, struct rp_log_writer *lw, int fd)
{
	struct rp_cli *cli = sp->cli;
	struct rp_reader *r = rp_reader_fd(fd, "a temporary file");
	struct rp_frame f;
	enum rp_status st;

	if (r == NULL)
		return rp_error_no_memory(&cli->error);
	while ((st = rp_reader_next(r, &f)) == RP_OK)
		if ((st = rp_log_writer_frame(lw, &f)) != RP_OK) {
			st = rp_error_set(&cli->error, st, "%s",
			    rp_log_writer_error(lw)->text);
			break;
		}
	if (st < 0)
		(void)rp_error_set(
		    &cli->error, st, "%s", rp_reader_error(r)->text);
	st = st == RP_END ? RP_OK : st;
	if (st == RP_OK &&
	    (st = rp_log_writer_close(
		 lw, rp_reader_end_flags(r) & ~(uint32_t)RP_END_MORE, false)) !=
		RP_OK)
		st = rp_error_set(
		    &cli->error, st, "%s", rp_log_writer_error(lw)->text);
	rp_reader_free(r);
	return st;
}

static enum rp_status
write_log(struct splitting *sp, const struct rp_split_file *file,
    const char *dir, bool append)
{
	struct rp_log_options options = { .frames = sp->options.writer,
		.sync = RP_SYNC_ROLL,
		.append = append };
	struct rp_log_writer *lw;
	bool recovered;
	enum rp_status st;
	int fd;

	if (!rp_encoding_is_set(&sp->o->frames.codec, &sp->o->frames.layout))
		options.frames.encoding =
		    (struct rp_encoding){ RP_CODEC_LZ4, RP_LAYOUT_COLUMNS, 0 };
	if ((st = rp_part_read(&sp->parts, file->part, &fd)) != RP_OK)
		return st;
	st =
	    rp_log_writer_open(&lw, dir, &options, &recovered, &sp->cli->error);
	if (st == RP_OK) {
		st = fill_log(sp, lw, fd);
		rp_log_writer_free(lw);
	}
	close(fd);
	return st;
}

/* Logs that are new are all written before the first has its name. */
static enum rp_status
write_logs(struct splitting *sp)
{
	enum rp_existing existing = existing_of(sp->o);
	const struct rp_split_file *file;
	struct rp_log_stage *stages;
	enum rp_status st = RP_OK;
	size_t n = 0, i;

	while (rp_splitter_file(sp->s, n) != NULL)
		n++;
	/* a log that gives way is locked until then, by two files */
	if (existing == RP_EXISTING_REPLACE &&
	    (st = rp_cli_files(
		 sp->cli, sp->o->open_files + 2 * n, "files of logs")) != RP_OK)
		return st;
	if ((stages = calloc(n + 1, sizeof(*stages))) == NULL)
		return rp_error_no_memory(&sp->cli->error);
	for (i = 0; i < n && st == RP_OK; i++) {
		file = rp_splitter_file(sp->s, i);
		if ((st = rp_parts_folders(&sp->parts, file->path)) != RP_OK)
			break;
		if (existing == RP_EXISTING_APPEND &&
		    rp_log_is_directory(file->path)) {
			st = write_log(sp, file, file->path, true);
			continue;
		}
		st = rp_log_stage_open(&stages[i], file->path,
		    existing == RP_EXISTING_REPLACE, &sp->cli->error);
		if (st == RP_OK)
			st = write_log(sp, file, stages[i].dir, false);
	}
	for (i = 0; i < n && st == RP_OK; i++)
		if (stages[i].dir != NULL)
			st = rp_log_stage_publish(&stages[i], &sp->cli->error);
	for (i = 0; i < n; i++)
		if (stages[i].target != NULL) /* it was opened, or tried */
			rp_log_stage_discard(&stages[i]);
	free(stages);
	return st;
}

/* ---- splitting ---- */

static enum rp_status
open_parts(struct splitting *sp)
{
	size_t len;
	const char *text = rp_template_base(sp->paths, &len);
	uint64_t most = sp->o->open_files;
	char *base = len > 0 ? strndup(text, len) : strdup(".");
	enum rp_status st;

	if (base == NULL)
		return rp_error_no_memory(&sp->cli->error);
	if (most > SIZE_MAX / 2)
		most = SIZE_MAX / 2;
	st = rp_cli_files(sp->cli, most, "output files");
	if (st == RP_OK)
		st = rp_parts_open(&sp->parts, sp->cli, base,
		    existing_of(sp->o), (size_t)most);
	free(base);
	return st;
}

static enum rp_status
split(struct splitting *sp, struct rp_input *in)
{
	struct rp_frame f;
	enum rp_status st;

	while ((st = rp_input_head(in, &f)) == RP_OK)
		if ((st = rp_splitter_frame(sp->s, in, &f)) != RP_OK)
			break;
	if (st == RP_END)
		st = rp_splitter_finish(
		    sp->s, in->end_flags & ~(uint32_t)RP_END_MORE);
	if (st != RP_OK)
		return st;
	return sp->o->log ? write_logs(sp) : rp_parts_publish(&sp->parts);
}

/* What each file got, for -v; how many there are, for --stats. */
static void
report(const struct splitting *sp)
{
	const struct rp_split_file *file;
	size_t n = 0;

	for (; (file = rp_splitter_file(sp->s, n)) != NULL; n++)
		rp_cli_say(sp->cli, "%s: %" PRIu64 " records", file->path,
		    file->records);
	rp_cli_count(sp->cli, "files", n);
}

static enum rp_status
run(struct rp_cli *cli, const struct opts *o)
{
	struct splitting sp = { .cli = cli, .o = o };
	struct rp_input in = { 0 };
	enum rp_status st;

	if ((st = read_opts(&sp, o)) == RP_OK &&
	    (st = open_parts(&sp)) == RP_OK &&
	    (st = rp_splitter_new(&sp.s, cli, &sp.options, &sp.parts)) ==
		RP_OK) {
		rp_input_init(&in, cli, true);
		st = split(&sp, &in);
		rp_input_close(&in);
	}
	if (st == RP_OK)
		report(&sp);
	if (sp.parts.cli != NULL)
		rp_parts_close(&sp.parts, st);
	rp_splitter_free(sp.s);
	rp_template_free(sp.paths);
	return st;
}

int
main(int argc, char **argv)
{
	struct opts o = { .existing = "fail",
		.day_start = "00:00",
		.memory = 64 << 20,
		.open_files = 256,
		.frames = RP_FRAME_OPTIONS_UNSET };
	const struct rp_option options[] = {
		{ 'o', "output", RP_OPT_STRING, &o.output, "TEMPLATE",
		    "paths, such as {symbol}/{date}.rps", NULL },
		{ 0, "log", RP_OPT_FLAG, &o.log, NULL, "make logs, not files",
		    NULL },
		{ 0, "size", RP_OPT_COUNT, &o.size, "BYTES",
		    "begin another {part} when one has so many bytes", NULL },
		{ 0, "count", RP_OPT_COUNT, &o.count, "N", "or so many records",
		    NULL },
		{ 0, "time", RP_OPT_SPAN, &o.time, "SPAN",
		    "or with each such span of time, such as 1h", NULL },
		{ 0, "existing", RP_OPT_STRING, &o.existing, "WHAT",
		    "if a file or log is there: fail (default), replace or "
		    "append to it",
		    "fail|replace|append" },
		{ 0, "clock", RP_OPT_CLOCK, &o.clock, "CLOCK",
		    "the time that counts: recv (default) or event",
		    RP_CLOCK_WORDS },
		{ 0, "tz", RP_OPT_STRING, &o.tz, "ZONE",
		    "zone of dates and hours (default: UTC)", NULL },
		{ 0, "day-start", RP_OPT_STRING, &o.day_start, "TIME",
		    "when a {date} begins, such as 17:00 (default 00:00)",
		    NULL },
		{ 'S', "buffer-size", RP_OPT_COUNT, &o.memory, "BYTES",
		    "memory for records in hand (default 64Mi)", NULL },
		{ 0, "open-files", RP_OPT_COUNT, &o.open_files, "N",
		    "open at once (default 256)", NULL },
		RP_FRAME_OPTIONS(&o.frames),
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
