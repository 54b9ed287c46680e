/*
 * rp-write: a stream into a log.
 *
 * Reads streams and writes a log directory (rp-log(5)): records get their seq
 * here. Frames of a good size are recoded whole, small ones are gathered.
 * Memory: a frame in and a frame out, and with -j as many again a thread; the
 * index of the segment in hand, some 100 bytes a frame.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/frames.h"
#include "log/stage.h"
#include "log/writer.h"

struct opts {
	bool append, replace, atomic;
	const char *sync;
	struct rp_frame_options frames;
	struct rp_log_options log;
};

static const struct rp_tool tool = {
	.name = "rp-write",
	.usage =
	    "[--append | --replace] [--atomic] [--codec CODEC] [--sync WHEN] "
	    "LOG [FILE ...]",
	.summary = "store a stream in a log",
	.flags = RP_TOOL_STATS | RP_TOOL_NOTES | RP_TOOL_CONFIRM,
};

static enum rp_status
check_opts(struct rp_cli *cli, struct opts *o)
{
	static const char *const sync[] = { "never", "roll", "interval",
		"frame" };

	if (cli->argc < 1)
		return rp_cli_usage(cli, "which LOG?");
	if (o->append && o->replace)
		return rp_cli_usage(
		    cli, "--append and --replace exclude each other");
	if (o->append && o->atomic)
		return rp_cli_usage(cli,
		    "--atomic makes a whole new log; "
		    "it cannot --append");
	if (o->log.roll_time < 0 || o->log.sync_interval < 0)
		return rp_cli_usage(cli, "a time span is negative");
	for (size_t i = 0; i < RP_LEN(sync); i++)
		if (strcmp(o->sync, sync[i]) == 0)
			o->log.sync = (enum rp_log_sync)i;
	o->log.append = o->append;
	return rp_cli_frames(cli, &o->frames, &o->log.frames);
}

static enum rp_status
failed(struct rp_cli *cli, const struct rp_log_writer *lw, enum rp_status st)
{
	return st >= RP_OK ? st
			   : rp_error_set(&cli->error, st, "%s",
				 rp_log_writer_error(lw)->text);
}

static enum rp_status
write_note(struct rp_cli *cli, struct rp_log_writer *lw)
{
	size_t len;
	char *text;
	enum rp_status st;

	if (cli->no_notes)
		return RP_OK;
	if ((text = rp_cli_note(cli, &len)) == NULL)
		return rp_error_no_memory(&cli->error);
	st = rp_log_writer_note(lw, text, len);
	free(text);
	return failed(cli, lw, st);
}

/* Returns how the input ended: RP_END, or an error; *wrote: of the log. */
static enum rp_status
copy(struct rp_cli *cli, struct rp_input *in, struct rp_log_writer *lw,
    enum rp_status *wrote)
{
	bool noted = false;
	struct rp_frame f;
	enum rp_status st;

	*wrote = RP_OK;
	while ((st = rp_input_next(in, &f)) == RP_OK) {
		if (f.head.kind == RP_NOTE && cli->no_notes)
			continue;
		if (f.head.kind == RP_DATA && !noted) {
			noted = true;
			*wrote = write_note(cli, lw);
		}
		if (*wrote == RP_OK)
			*wrote = failed(cli, lw, rp_log_writer_frame(lw, &f));
		if (*wrote != RP_OK)
			break;
	}
	return st;
}

/* Seal what there is; how the input ended decides as what. */
static enum rp_status
finish(struct rp_cli *cli, const struct opts *o, struct rp_log_writer *lw,
    enum rp_status read, enum rp_status wrote, uint32_t end_flags)
{
	const struct rp_log_totals *t = rp_log_writer_totals(lw);
	uint64_t put = t->next_seq - t->first_seq; /* without gap records */
	bool lost = read != RP_END;
	enum rp_status st;

	if (wrote == RP_OK && lost &&
	    (o->atomic || o->replace || (put == 0 && !o->append))) {
		rp_log_writer_discard(lw);
		return read;
	}
	if (lost && wrote == RP_OK && put > 0)
		rp_cli_warn(cli,
		    "the input broke off: kept %llu records, "
		    "sealed as RECOVERED",
		    (unsigned long long)put);
	end_flags &= RP_END_EARLY | RP_END_SIGNAL | RP_END_LOSSY;
	st = failed(cli, lw, rp_log_writer_close(lw, end_flags, lost));
	cli->counts.records_out = put < t->records ? put : t->records;
	cli->counts.bytes_out = t->bytes;
	if (wrote != RP_OK)
		return wrote;
	if (st != RP_OK)
		return st;
	return lost ? read : RP_OK;
}

static enum rp_status
store(struct rp_cli *cli, const struct opts *o, const char *dir)
{
	struct rp_log_writer *lw;
	struct rp_input in;
	bool recovered;
	enum rp_status st, wrote;

	st = rp_log_writer_open(&lw, dir, &o->log, &recovered, &cli->error);
	if (st != RP_OK)
		return st;
	if (recovered)
		rp_cli_warn(cli,
		    "%s: its last segment was not closed; "
		    "recovered it",
		    dir);
	rp_input_init(&in, cli, true);
	in.wait = rp_log_writer_idle;
	in.wait_arg = lw;
	st = copy(cli, &in, lw, &wrote);
	st = finish(cli, o, lw, st, wrote, in.end_flags);
	rp_input_close(&in);
	rp_log_writer_free(lw);
	return st;
}

/* A log that appears, or gives way, only once the new one is whole. */
static enum rp_status
store_staged(struct rp_cli *cli, const struct opts *o, const char *log)
{
	struct rp_log_stage stage;
	enum rp_status st;

	st = rp_log_stage_open(&stage, log, o->replace, &cli->error);
	if (st != RP_OK) {
		rp_log_stage_discard(&stage);
		return st;
	}
	st = store(cli, o, stage.dir);
	if (st == RP_OK)
		st = rp_log_stage_publish(&stage, &cli->error);
	rp_log_stage_discard(&stage);
	return st;
}

static enum rp_status
run(struct rp_cli *cli, struct opts *o)
{
	const char *log;
	enum rp_status st;

	if ((st = check_opts(cli, o)) != RP_OK)
		return st;
	log = cli->argv[0];
	cli->argv++; /* what is left are the inputs */
	cli->argc--;
	if (o->replace || o->atomic)
		return store_staged(cli, o, log);
	return store(cli, o, log);
}

int
main(int argc, char **argv)
{
	struct opts o = { .sync = "roll",
		.frames.codec = { .codec = RP_CODEC_LZ4 },
		.frames.layout = RP_ENCODING_UNSET,
		.frames.threads = 1 };
	const struct rp_option options[] = {
		{ 0, "append", RP_OPT_FLAG, &o.append, NULL,
		    "go on with a log that exists", NULL },
		{ 0, "replace", RP_OPT_FLAG, &o.replace, NULL,
		    "put a new log in the place of one, once it is whole",
		    NULL },
		{ 0, "atomic", RP_OPT_FLAG, &o.atomic, NULL,
		    "let the log appear only once the input has ended well",
		    NULL },
		{ 0, "codec", RP_OPT_CODEC, &o.frames.codec, "CODEC",
		    "none, lz4[:LEVEL] (default) or zstd[:LEVEL]", NULL },
		{ 0, "layout", RP_OPT_LAYOUT, &o.frames.layout, "LAYOUT",
		    "rows or columns (default, but with codec none)", NULL },
		{ 'j', "threads", RP_OPT_INT, &o.frames.threads, "N",
		    "encode in N threads (default 1)", NULL },
		{ 0, "frame-size", RP_OPT_COUNT, &o.frames.size, "BYTES",
		    "gather frames of this many bytes of rows (default 1Mi)",
		    NULL },
		{ 0, "frame-records", RP_OPT_COUNT, &o.frames.records, "N",
		    "and of at most this many records", NULL },
		{ 0, "frame-time", RP_OPT_SPAN, &o.frames.time, "SPAN",
		    "but let none wait longer for more input (default 50ms)",
		    NULL },
		{ 0, "roll-size", RP_OPT_COUNT, &o.log.roll_size, "BYTES",
		    "begin another segment at this size (default 256Mi)",
		    NULL },
		{ 0, "roll-time", RP_OPT_SPAN, &o.log.roll_time, "SPAN",
		    "and with each such span of ts_recv, such as 1h", NULL },
		{ 0, "sync", RP_OPT_STRING, &o.sync, "WHEN",
		    "never, roll (default), interval or frame",
		    "never|roll|interval|frame" },
		{ 0, "sync-interval", RP_OPT_SPAN, &o.log.sync_interval, "SPAN",
		    "how often --sync interval syncs (default 1s)", NULL },
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
