/*
 * What every tool does alike: options, help, version, diagnostics, opening
 * and closing, statistics, progress, signals, exit status. Only this layer
 * and cmd/ print or exit.
 *
 * A tool's main():
 *
 *	struct rp_cli cli;
 *	const struct rp_option options[] = { ..., RP_OPT_END };
 *
 *	if (!rp_cli_start(&cli, &tool, options, argc, argv))
 *		return rp_cli_status(&cli);            help, version, usage
 *	st = run(&cli);                                reads, works, finishes
 *	return rp_cli_end(&cli, st);                   reports; the exit status
 */
#ifndef RP_CLI_CLI_H
#define RP_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "types/times.h"
#include "wire/reader.h"
#include "wire/writer.h"

/*
 * How an option's argument is read. value points to the named type. Flags and
 * lists may be repeated; of the others a second value is misuse.
 */
enum rp_option_kind {
	RP_OPT_FLAG, /* bool *: set true */
	RP_OPT_STRING, /* const char ** */
	RP_OPT_LIST, /* struct rp_list *: repeatable */
	RP_OPT_COUNT, /* uint64_t *: a number, suffixes k M G (1000) or Ki Mi Gi (1024) */
	RP_OPT_INT, /* int * */
	RP_OPT_CODEC, /* struct rp_encoding *: none, lz4[:L], zstd[:L] */
	RP_OPT_LAYOUT, /* struct rp_encoding *: rows, columns */
	RP_OPT_CLOCK, /* enum rp_clock *: recv, event; words are RP_CLOCK_WORDS */
	RP_OPT_SPAN, /* int64_t *: a time span such as 50ms, 2s, 1h: ns */
	RP_OPT_LAST /* end of the table */
};

struct rp_option {
	char letter; /* 0: long name only */
	const char *name;
	enum rp_option_kind kind;
	void *value;
	const char *arg; /* what --help calls the argument, or NULL */
	const char *help; /* one line, lower case, no full stop */
	const char *words; /* "a|b|c": a STRING's only values, or NULL */
};
#define RP_CLOCK_WORDS "recv|event"
#define RP_OPT_END                  \
	{                           \
		.kind = RP_OPT_LAST \
	}

struct rp_list {
	const char **item;
	size_t n;
};

/* What a tool is to the shared code. */
enum rp_tool_flags {
	/* no stream comes in: INT and TERM end it, pipe or not */
	RP_TOOL_SOURCE = 1 << 0,
	RP_TOOL_LIVE = 1 << 1, /* first INT or TERM means: stop here, exit 0 */
	RP_TOOL_STATS = 1 << 2, /* --stats --stats-json --progress */
	RP_TOOL_ERRORS = 1 << 3, /* --on-error --max-errors */
	RP_TOOL_NOTES = 1 << 4, /* --no-notes: writes a stream */
	RP_TOOL_FORCE = 1 << 5, /* --force: binary to a terminal */
	RP_TOOL_CONFIRM = 1 << 6 /* --confirm LOG:NAME: a sink */
};

struct rp_tool {
	const char *name; /* "rp-filter" */
	const char *usage; /* "[-v] [-w EXPR] ... [FILE]", after the name */
	const char *summary; /* one line: what it is for */
	unsigned flags; /* enum rp_tool_flags */
	/* for --version, beside wire's: "NAME VERSION, ..."; or NULL */
	void (*libraries)(char *buf, size_t size);
};

struct rp_counts {
	uint64_t records_in, records_out, dropped, rejected;
	uint64_t bytes_in, bytes_out;
};

struct rp_cli {
	const struct rp_tool *tool;
	int argc; /* operands, after the options */
	char **argv;
	bool quiet, verbose, force, no_notes;
	bool stats, progress;
	const char *stats_json;
	const char *confirm;
	const char *on_error; /* fail (default), skip, file:PATH */
	uint64_t max_errors; /* records; UINT64_MAX: no limit */
	double max_errors_part; /* of the records in; negative: not given */
	struct rp_counts counts;
	struct rp_error error; /* the first failure, for rp_cli_end */
	int status; /* for rp_cli_status */
	struct rp_cli_private *p;
};

/*
 * Read the command line. False: it is over (help, version or misuse); the
 * status is rp_cli_status(). The option table may name fields of a struct on
 * main's stack; strings point into argv.
 */
bool rp_cli_start(struct rp_cli *cli, const struct rp_tool *tool,
    const struct rp_option *options, int argc, char **argv);

/* The option of this long name was given, be it as its default is. */
bool rp_cli_given(const struct rp_cli *cli, const char *name);

int rp_cli_status(const struct rp_cli *cli);

/*
 * Report what failed, statistics and progress; check that stdout could be
 * closed; release what the cli holds. Returns the exit status; on EPIPE it
 * raises SIGPIPE instead, after an INT or TERM of a source that signal.
 */
int rp_cli_end(struct rp_cli *cli, enum rp_status status);

/*
 * Tell a failure now and go on with other work: cli->error is cleared, and
 * rp_cli_end is given the worst status at last.
 */
void rp_cli_go_on(struct rp_cli *cli, enum rp_status status);

/*
 * Of two failures of as many operands the one that decides the exit status:
 * input that is bad (3) before input of another version (5) before all others.
 */
enum rp_status rp_cli_worse(enum rp_status a, enum rp_status b);

/* A usage error: one line to stderr; returns RP_ERR_USAGE. */
enum rp_status rp_cli_usage(struct rp_cli *cli, const char *fmt, ...)
    RP_PRINTF(2, 3);

/* Records of two types came where one was to come, as nothing else was asked for;
 * or_else: what to do besides -t and -c. RP_ERR_USAGE. */
enum rp_status rp_cli_mixed(
    struct rp_cli *cli, uint16_t a, uint16_t b, const char *or_else);

/* The number of threads that -j may ask for, or RP_ERR_USAGE, told. */
RP_CHECKED enum rp_status rp_cli_threads(struct rp_cli *cli, int threads);

/* "rp-filter: warning: ..." unless --quiet. */
void rp_cli_warn(const struct rp_cli *cli, const char *fmt, ...)
    RP_PRINTF(2, 3);

/* The same, only with --verbose and without "warning". */
void rp_cli_say(const struct rp_cli *cli, const char *fmt, ...) RP_PRINTF(2, 3);

/* What RP_TOOL_LIVE means, for a tool that knows only by its options. */
void rp_cli_live(void);

/* On every deadly way out act is called first (NULL: no more): only
 * async-signal-safe calls. */
void rp_cli_on_death(void (*act)(void));

/* The first INT or TERM has come (RP_TOOL_LIVE). */
bool rp_cli_stopping(void);

/*
 * Show progress, if it was asked for and is due, by cli->counts and the main
 * sink. rp_input does it by itself; a source calls it once a frame or so.
 */
void rp_cli_progress(struct rp_cli *cli);

/* Bytes that counts.bytes_in will reach, for percent and ETA; 0: unknown. */
void rp_cli_expect(struct rp_cli *cli, uint64_t bytes);

/* The same by the sizes of n files, "-" being stdin, if all are known. */
void rp_cli_expect_files(struct rp_cli *cli, char **names, int n);

/*
 * Open a binary input by name, "-" being stdin; label is its name in messages.
 * A directory or a terminal is refused. The caller closes fd above 2, also
 * after a failure.
 */
RP_CHECKED enum rp_status rp_cli_open(
    struct rp_cli *cli, const char *name, int *fd, const char **label);

/* ---- input ---- */

struct rp_log_remote;

/*
 * The stream inputs of a filter or sink: the operands, or stdin ("-"), one
 * after the other. next hands out frames of all of them as rp_reader_next
 * does, counts records and bytes, and shows progress. *f's reader is in->r.
 */
struct rp_input {
	struct rp_cli *cli;
	struct rp_reader *r; /* the file being read */
	char **names;
	const struct rp_readable *far; /* in place of the file; or NULL */
	const struct rp_log_remote
	    *remote; /* opens URLs; NULL: there are none */
	struct rp_readable object; /* that it opened */
	int n, at, fd;
	bool verify_sums;
	bool
	    growing; /* next gives RP_EMPTY where a file stops (rp_reader_follow) */
	/* before a read that blocks (rp_reader_on_wait); NULL: rp_sinks_idle */
	int (*wait)(void *);
	void *wait_arg;
	uint32_t end_flags; /* of all ENDs so far, for rp_sink_close */
	uint64_t last_seq; /* seen up to here: what --confirm stores */
	char
	    log[37]; /* UUID of the log that the file being read is of, or "" */
	bool foreign; /* its NOTE in hand is of another one */
	uint64_t frames, records; /* of the file being read */
};

/* Opens nothing yet. verify_sums: hold records against each frame's sum (sinks). */
void rp_input_init(struct rp_input *in, struct rp_cli *cli, bool verify_sums);

/* The same for n names of the caller's, "-" being stdin. */
void rp_input_init_names(struct rp_input *in, struct rp_cli *cli, char **names,
    int n, bool verify_sums);

/* The next whole frame of any kind (rp_reader_next), or RP_END. */
RP_CHECKED enum rp_status rp_input_next(
    struct rp_input *in, struct rp_frame *f);

/*
 * The same but header and directory only. Go on with body or rows, as
 * rp_reader_body and rp_reader_rows, or leave the frame to be skipped.
 */
RP_CHECKED enum rp_status rp_input_head(
    struct rp_input *in, struct rp_frame *f);
RP_CHECKED enum rp_status rp_input_body(
    struct rp_input *in, struct rp_frame *f);
RP_CHECKED enum rp_status rp_input_rows(
    struct rp_input *in, struct rp_frame *f);

/* The file being read, as messages name it. */
const char *rp_input_label(const struct rp_input *in);

/*
 * Keep in log and foreign what a NOTE with its body says; with --confirm that is
 * done. A segment's first one names its log, and those behind it, of what the
 * log was made from, may name others.
 */
void rp_input_note(struct rp_input *in, const struct rp_frame *f);

/* Close what is open. Hands last_seq to --confirm. Harmless twice. */
void rp_input_close(struct rp_input *in);

/* ---- output ---- */

/*
 * A file that appears whole or not at all, or stdout ("-" or NULL).
 */
struct rp_output {
	struct rp_cli *cli;
	const char *path; /* NULL: stdout */
	int fd; /* -1: not open */
	char *target; /* the regular file to be, or NULL: written directly */
	char *temporary; /* its name while it is written; NULL: it has none */
};

/* binary: refuse a terminal unless --force. */
RP_CHECKED enum rp_status rp_output_open(
    struct rp_output *out, struct rp_cli *cli, const char *path, bool binary);
/* Sync, rename to path. For stdout: nothing but a check. */
RP_CHECKED enum rp_status rp_output_commit(struct rp_output *out);
/* Do two paths, "-" being stdout, name one output, however they are spelled? */
bool rp_output_same(const char *a, const char *b);
/* The main output (NULL: stdout) and another one (NULL: is not wanted) go to
 * two places, or RP_ERR_USAGE, told. */
RP_CHECKED enum rp_status rp_output_apart(
    struct rp_cli *cli, const char *path, const char *other);
/* Remove what was written, unless committed. Harmless twice. */
void rp_output_discard(struct rp_output *out);

/*
 * --codec and --layout, each read into an encoding of its own that began as
 * RP_ENCODING_UNSET, as one: what compresses does so by columns, unless the
 * layout was given.
 */
#define RP_ENCODING_UNSET                                                     \
	{                                                                     \
		.codec = (enum rp_codec) - 1, .layout = (enum rp_layout) - 1, \
	}
bool rp_encoding_is_set(
    const struct rp_encoding *codec, const struct rp_encoding *layout);
struct rp_encoding rp_encoding_of(
    const struct rp_encoding *codec, const struct rp_encoding *layout);

/* A stream as output: the file, its writer and this tool's NOTE. */
struct rp_sink {
	struct rp_output out;
	struct rp_writer *w;
	bool noted; /* our NOTE was written (after those of the input) */
	struct rp_sink
	    *next; /* of this tool; the first one opened is the main */
};

/*
 * The first sink that a tool opens is its main output: records and bytes out
 * are those of it, and what it lacks of the input is counted as dropped. opt
 * may be NULL.
 */
RP_CHECKED enum rp_status rp_sink_open(struct rp_sink *s, struct rp_cli *cli,
    const char *path, const struct rp_writer_options *opt);
/*
 * Hand on a whole frame: NOTE unless --no-notes, MARK, kinds that are not
 * known; END is left out. DATA passes as it is (rp_writer_pass), after
 * this tool's NOTE.
 */
RP_CHECKED enum rp_status rp_sink_forward(
    struct rp_sink *s, const struct rp_frame *f);
/* The text of this tool's NOTE, which the caller frees; NULL: no memory. */
char *rp_cli_note(const struct rp_cli *cli, size_t *len);

/* Before the first DATA frame: this tool's NOTE, once. */
RP_CHECKED enum rp_status rp_sink_note(struct rp_sink *s);
/* A record of f (rp_writer_put), after this tool's NOTE. */
RP_CHECKED enum rp_status rp_sink_put(
    struct rp_sink *s, const struct rp_frame *f, const struct rp_record *rec);
/* One that the caller made (rp_writer_add), the same. */
RP_CHECKED enum rp_status rp_sink_add(struct rp_sink *s,
    const struct rp_record *rec, struct rp_label *symbol,
    struct rp_label *source);
/* The same of a schema (rp_writer_add_of). */
RP_CHECKED enum rp_status rp_sink_add_of(struct rp_sink *s,
    const struct rp_record *rec, struct rp_label *symbol,
    struct rp_label *source, struct rp_label *schema);
/* Write out the frame in hand; the same, then a MARK (rp_writer_mark). */
RP_CHECKED enum rp_status rp_sink_flush(struct rp_sink *s);
RP_CHECKED enum rp_status rp_sink_mark(struct rp_sink *s, int64_t ts);
/* A decoded frame, in the sink's encoding (rp_writer_fit), after the NOTE. */
RP_CHECKED enum rp_status rp_sink_recode(
    struct rp_sink *s, const struct rp_frame *f);
/*
 * END and commit if status is RP_OK or RP_END; else ABORT and discard. Of
 * end_flags (rp_input.end_flags, RP_END_EARLY) MORE is left out; LOSSY and
 * SIGNAL are added where they hold. Returns RP_OK, or the first failure.
 * Harmless twice, and on an all-zero sink.
 */
RP_CHECKED enum rp_status rp_sink_close(
    struct rp_sink *s, enum rp_status status, uint32_t end_flags);

/* In rp_input.wait: there shall be no more to wait for; the file being read ends
 * here, truncated. */
void rp_input_cut(struct rp_input *in);

/* For rp_input.wait, with the rp_cli: the open sinks flush what they have had
 * in hand for long enough. */
int rp_sinks_idle(void *cli);

/* ---- records that cannot be handled ---- */

/*
 * A record or row was bad: counted, and by --on-error failed, skipped or
 * written to a file as a line of reason, tab, text. RP_OK: go on.
 * RP_ERR_REJECTED: too many. A maximum in percent is held against
 * counts.records_in when an output is committed.
 */
RP_CHECKED enum rp_status rp_cli_reject(struct rp_cli *cli, const char *text,
    size_t len, const char *reason_fmt, ...) RP_PRINTF(4, 5);

/* A name (copied) and a number for --stats, added up by name. */
void rp_cli_count(struct rp_cli *cli, const char *name, uint64_t n);

#endif
