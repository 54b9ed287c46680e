/*
 * rp-gc: what a log costs over time.
 *
 * Removes segments from a log's cold end, recompresses them, moves them to
 * another directory, and cleans up after those that were killed, all while
 * the log is written and read. Memory: some 300 bytes a segment, and to
 * recompress a frame in and, for each thread, a frame out.
 */
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "log/lock.h"
#include "log/readers.h"
#include "log/recompress.h"
#include "log/replace.h"
#include "log/stage.h"
#include "log/survey.h"
#include "log/tree.h"
#include "log/trim.h"

struct opts {
	int64_t keep, recompress_after, move_after; /* ns; -1: not given */
	uint64_t keep_size, keep_segments; /* UINT64_MAX: not given */
	bool remove_logs, dry_run, json, json_numbers;
	struct rp_encoding encoding;
	char codec[32]; /* the same as text */
	int threads;
	const char *cold_dir, *now_text;
	struct rp_list ignore_readers;
	int64_t now; /* ns */
};

/* One log on its way. */
struct gc {
	struct rp_cli *cli;
	const struct opts *o;
	const char *dir;
	struct rp_survey survey;
	struct rp_log_trimmed trimmed;
	size_t first; /* of the survey that is left */
	uint64_t confirmed; /* by all readers that count */
	const char *slowest; /* of them; NULL: there are none */
	struct rp_log_position *positions;
	size_t n_positions;
	enum rp_status worst;
};

static const struct rp_tool tool = {
	.name = "rp-gc",
	.usage = "[--keep AGE] [--keep-size BYTES] [--keep-segments N]\n"
		 "             [--recompress-after AGE] [--cold-dir DIR "
		 "--move-after AGE] LOG ...",
	.summary = "trim, recompress and move the old segments of logs",
};

/* Tell a failure, and go on with what is next. */
static void
go_on(struct gc *g, enum rp_status st)
{
	rp_cli_go_on(g->cli, st);
	g->worst = rp_cli_worse(g->worst, st);
}

static void
failed(void *arg, const struct rp_error *err)
{
	struct gc *g = arg;

	go_on(g, rp_error_set(&g->cli->error, err->status, "%s", err->text));
}

/* ---- the report ---- */

enum action { TRIM, RECOMPRESS, MOVE, INDEX, CLEAN, REMOVE };

static const char *const will[] = { "trim", "recompress", "move", "index",
	"clean", "remove" };
static const char *const did[] = { "trimmed", "recompressed", "moved",
	"indexed", "cleaned up", "removed" };

/* What is said of an action beside its words; 0 and NULL: nothing. */
struct detail {
	const char *file;
	const struct rp_survey_item *item;
	uint64_t bytes_after;
	const char *to;
};

static void
say_json(const struct gc *g, enum action a, const struct detail *d)
{
	struct rp_json j = { .f = stdout, .numbers = g->o->json_numbers };

	rp_json_open(&j, NULL);
	rp_json_text(&j, "log", g->dir);
	rp_json_text(&j, "action", will[a]);
	rp_json_bool(&j, "done", !g->o->dry_run);
	if (d->file != NULL)
		rp_json_text(&j, "file", d->file);
	if (d->item != NULL) {
		const struct rp_index *x = &d->item->summary;

		rp_json_u64(&j, "records", x->end.records);
		rp_json_u64(&j, "first_seq", d->item->segment.first_seq);
		rp_json_u64(
		    &j, "last_seq", rp_segment_last_seq(x, &d->item->segment));
		rp_json_u64(&j, "bytes", d->item->segment.size);
	}
	if (d->bytes_after != 0)
		rp_json_u64(&j, "bytes_after", d->bytes_after);
	if (d->to != NULL)
		rp_json_text(&j, "to", d->to);
	rp_json_close(&j);
}

static void
say(const struct gc *g, enum action a, const struct detail *d)
{
	if (g->o->json || g->o->json_numbers) {
		say_json(g, a, d);
		return;
	}
	printf("%s: %s%s", g->dir, g->o->dry_run ? "would " : "",
	    g->o->dry_run ? will[a] : did[a]);
	if (d->file != NULL)
		printf(" %s", d->file);
	if (d->item != NULL)
		printf(": %" PRIu64 " records, %" PRIu64,
		    d->item->summary.end.records, d->item->segment.size);
	if (d->bytes_after != 0)
		printf(" -> %" PRIu64, d->bytes_after);
	printf("%s%s%s\n", d->item != NULL ? " bytes" : "",
	    d->to != NULL ? " to " : "", d->to != NULL ? d->to : "");
}

static void
found(void *arg, const char *name)
{
	say(arg, CLEAN, &(struct detail){ .file = name });
}

/* ---- which segments ---- */

static bool
is_ignored(const struct gc *g, const char *reader)
{
	for (size_t i = 0; i < g->o->ignore_readers.n; i++)
		if (strcmp(g->o->ignore_readers.item[i], reader) == 0)
			return true;
	return false;
}

static enum rp_status
find_confirmed(struct gc *g)
{
	enum rp_status st = rp_log_positions(
	    g->dir, &g->positions, &g->n_positions, &g->cli->error);

	g->confirmed = UINT64_MAX;
	for (size_t i = 0; i < g->n_positions && st == RP_OK; i++) {
		const struct rp_log_position *p = &g->positions[i];

		if (is_ignored(g, p->name) || p->seq >= g->confirmed)
			continue;
		g->confirmed = p->seq;
		g->slowest = p->name;
	}
	return st;
}

/* Whether the last record of a segment is so old; one without records is. */
static bool
is_older(const struct gc *g, const struct rp_survey_item *it, int64_t age)
{
	return age >= 0 && it->summary.range.ts_max <= g->o->now - age;
}

static bool
is_free(const struct gc *g, const struct rp_survey_item *it)
{
	return it->settled &&
	    rp_segment_last_seq(&it->summary, &it->segment) <= g->confirmed;
}

/* How many segments the limits would have go, whoever may need them. */
static size_t
beyond_limits(const struct gc *g)
{
	const struct rp_survey *v = &g->survey;
	uint64_t bytes = v->bytes;
	size_t i;

	for (i = g->first; i < v->n; i++) {
		const struct rp_survey_item *it = &v->item[i];

		if (!is_older(g, it, g->o->keep) && bytes <= g->o->keep_size &&
		    v->n - i <= g->o->keep_segments)
			break;
		bytes -= it->segment.size;
	}
	return i;
}

/* ---- what is done ---- */

/* What a kill left, and what it had begun: that is finished. */
static enum rp_status
clean(struct gc *g)
{
	struct rp_error *err = &g->cli->error;
	enum rp_status st = rp_log_clean(g->dir, g->o->dry_run, found, g, err);

	if (st == RP_OK)
		st = rp_log_trim_finish(
		    g->dir, &g->trimmed, g->o->dry_run, found, g, err);
	return st;
}

/* An index that is missing or stale, as a kill leaves it. */
static enum rp_status
reindex(struct gc *g, struct rp_survey_item *it)
{
	enum rp_status st = RP_OK;

	if (it->indexed)
		return RP_OK;
	if (!g->o->dry_run)
		st = rp_segment_reindex(g->dir, &it->segment, &g->cli->error);
	if (st == RP_OK)
		say(g, INDEX,
		    &(struct detail){ .file = it->segment.name, .item = it });
	return st;
}

static enum rp_status
trim(struct gc *g)
{
	struct rp_survey *v = &g->survey;
	size_t end = beyond_limits(g);
	enum rp_status st = RP_OK;

	for (; g->first < end && g->first + 1 < v->n; g->first++) {
		const struct rp_survey_item *it = &v->item[g->first];

		if (!is_free(g, it))
			break;
		if (!g->o->dry_run)
			st = rp_log_trim(g->dir, &it->segment, &it->summary,
			    &g->trimmed, &g->cli->error);
		if (st != RP_OK)
			return st;
		say(g, TRIM,
		    &(struct detail){ .file = it->segment.name, .item = it });
	}
	if (g->first < end && v->item[g->first].settled &&
	    !is_free(g, &v->item[g->first]))
		rp_cli_warn(g->cli,
		    "%s: %zu segments that could go are kept for reader %s, "
		    "which is at seq %" PRIu64,
		    g->dir, end - g->first, g->slowest, g->confirmed);
	return RP_OK;
}

static enum rp_status
recompress(struct gc *g, struct rp_survey_item *it)
{
	struct rp_recompression how = { .frames = { .encoding = g->o->encoding,
					    .frame_raw = RP_FRAME_RAW,
					    .threads = g->o->threads },
		.codec = g->o->codec };
	struct detail d = { .file = it->segment.name, .item = it };
	char codec[sizeof(g->o->codec)];
	enum rp_status st;

	if (it->summary.end.records == 0)
		return RP_OK;
	st = rp_segment_note(g->dir, &it->segment, "log.codec", codec,
	    sizeof(codec), &g->cli->error);
	if (st < RP_OK || (st == RP_OK && strcmp(codec, g->o->codec) == 0))
		return st;
	if (!g->o->dry_run) {
		st = rp_segment_recompress(
		    g->dir, &it->segment, &how, &g->cli->error);
		if (st != RP_OK)
			return st;
		d.bytes_after = how.bytes;
	}
	say(g, RECOMPRESS, &d);
	if (d.bytes_after != 0)
		it->segment.size = d.bytes_after;
	return RP_OK;
}

/* "DIR/UUID.cold/NAME", as a link in the log says it. */
static enum rp_status
move(struct gc *g, struct rp_survey_item *it)
{
	const struct opts *o = g->o;
	char *folder = NULL, *link = NULL;
	char uuid[37];
	enum rp_status st;

	if (it->moved)
		return RP_OK;
	if ((st = rp_log_uuid(g->dir, uuid, &g->cli->error)) != RP_OK)
		return st;
	folder = *o->cold_dir == '/' ? strdup(o->cold_dir)
				     : rp_path_between(g->dir, o->cold_dir);
	if (folder == NULL ||
	    asprintf(&link, "%s/%s.cold/%s", folder, uuid, it->segment.name) <
		0)
		st =
		    rp_error_set(&g->cli->error, RP_ERR_NOMEM, "out of memory");
	else if (!o->dry_run)
		st =
		    rp_segment_move(g->dir, &it->segment, link, &g->cli->error);
	if (st == RP_OK)
		say(g, MOVE,
		    &(struct detail){
			.file = it->segment.name, .item = it, .to = link });
	free(folder);
	free(link);
	return st;
}

/* The whole log, if nothing in it is to be kept and nobody is at it. */
static enum rp_status
remove_log(struct gc *g)
{
	const struct rp_survey *v = &g->survey;
	int lock = -1;
	enum rp_status st = RP_OK;

	if (v->n == 0 || g->first + 1 != v->n || v->live ||
	    !is_older(g, &v->item[g->first], g->o->keep) ||
	    !is_free(g, &v->item[g->first]))
		return RP_OK;
	if (!g->o->dry_run) {
		st = rp_log_lock(g->dir, &lock, NULL);
		if (st == RP_ERR_BUSY) /* its writer came back */
			return RP_OK;
		if (st == RP_OK)
			st = rp_log_remove(g->dir, &g->cli->error);
		if (lock >= 0)
			close(lock);
	}
	if (st == RP_OK)
		say(g, REMOVE, &(struct detail){ .item = &v->item[g->first] });
	g->first += st == RP_OK;
	return st;
}

/* ---- logs ---- */

/* What is left of the log. A segment that fails does not stop the others. */
static void
tend(struct gc *g)
{
	for (size_t i = g->first; i < g->survey.n; i++) {
		struct rp_survey_item *it = &g->survey.item[i];
		enum rp_status st = RP_OK;

		if (!it->settled)
			continue;
		st = reindex(g, it);
		if (st == RP_OK && is_free(g, it) &&
		    is_older(g, it, g->o->recompress_after))
			st = recompress(g, it);
		if (st == RP_OK && is_free(g, it) &&
		    is_older(g, it, g->o->move_after))
			st = move(g, it);
		if (st != RP_OK)
			go_on(g, st);
	}
}

static enum rp_status
keep_log(struct gc *g)
{
	struct rp_error *err = &g->cli->error;
	enum rp_status st;

	if ((st = clean(g)) == RP_OK && (st = find_confirmed(g)) == RP_OK &&
	    (st = rp_survey_log(&g->survey, g->dir, failed, g, err)) == RP_OK)
		st = trim(g);
	if (st == RP_OK && g->o->remove_logs)
		st = remove_log(g);
	if (st == RP_OK)
		tend(g);
	rp_survey_free(&g->survey);
	free(g->positions);
	return st;
}

static enum rp_status
gc_log(struct rp_cli *cli, const struct opts *o, const char *dir)
{
	struct gc g = { .cli = cli, .o = o, .dir = dir };
	int lock = -1;
	enum rp_status st = RP_OK;

	if (rp_log_is_cold(dir))
		return rp_error_set(&cli->error, RP_ERR_USAGE,
		    "%s: holds segments of a log elsewhere: name that log",
		    dir);
	if (!o->dry_run)
		st = rp_log_lock_upkeep(dir, &lock, &cli->error);
	if (st == RP_OK)
		st = keep_log(&g);
	if (lock >= 0)
		close(lock);
	if (st != RP_OK)
		go_on(&g, st);
	return g.worst;
}

/* ---- the command line ---- */

static enum rp_status
check_opts(struct rp_cli *cli, struct opts *o)
{
	static const char *const codecs[] = { "none", "lz4", "zstd" };
	struct rp_when when;
	const char *now = o->now_text != NULL ? o->now_text : "now";

	if (cli->argc == 0)
		return rp_cli_usage(cli, "which LOG?");
	if ((o->cold_dir == NULL) != (o->move_after < 0))
		return rp_cli_usage(
		    cli, "--cold-dir and --move-after go together");
	if (o->keep_segments == 0)
		return rp_cli_usage(
		    cli, "--keep-segments 0: the newest one always stays");
	if (o->remove_logs && o->keep < 0)
		return rp_cli_usage(cli, "--remove-logs goes with --keep");
	if (o->cold_dir != NULL && !rp_log_is_directory(o->cold_dir))
		return rp_error_set(&cli->error, RP_ERR_IO,
		    "%s: --cold-dir is no directory", o->cold_dir);
	if (rp_when_parse(now, strlen(now), NULL, rp_time_now(), &when, NULL) !=
		RP_OK ||
	    when.kind != RP_WHEN_AT)
		return rp_cli_usage(cli, "--now: not a date and time");
	o->now = when.ns;
	if (o->encoding.codec != RP_CODEC_NONE)
		o->encoding.layout = RP_LAYOUT_COLUMNS;
	snprintf(o->codec, sizeof(o->codec), "%s", codecs[o->encoding.codec]);
	if (o->encoding.level != 0)
		snprintf(o->codec, sizeof(o->codec), "%s:%d",
		    codecs[o->encoding.codec], o->encoding.level);
	return RP_OK;
}

/* Logs in a directory that were never finished, or not wholly removed. */
static enum rp_status
clean_folder(struct rp_cli *cli, const struct opts *o, const char *dir)
{
	struct gc g = { .cli = cli, .o = o, .dir = dir };

	return rp_log_stage_clean(dir, o->dry_run, found, &g, &cli->error);
}

static enum rp_status
run(struct rp_cli *cli, struct opts *o)
{
	struct rp_log_names logs = { 0 };
	struct gc g = { .cli = cli };
	enum rp_status st = check_opts(cli, o);

	if (st != RP_OK)
		return st;
	for (int i = 0; i < cli->argc; i++) {
		st = rp_log_names_add(&logs, cli->argv[i], &cli->error);
		if (st == RP_EMPTY && !rp_log_is_directory(cli->argv[i]))
			st = rp_error_set(
			    &cli->error, RP_ERR_IO, "%s: no log", cli->argv[i]);
		if (st < RP_OK)
			go_on(&g, st);
	}
	for (size_t i = 0; i < logs.n_folders; i++)
		if ((st = clean_folder(cli, o, logs.folder[i].path)) != RP_OK)
			go_on(&g, st);
	for (size_t i = 0; i < logs.n; i++)
		if ((st = gc_log(cli, o, logs.item[i].path)) != RP_OK)
			g.worst = rp_cli_worse(g.worst, st);
	rp_log_names_free(&logs);
	return g.worst;
}

int
main(int argc, char **argv)
{
	struct opts o = { .keep = -1,
		.recompress_after = -1,
		.move_after = -1,
		.keep_size = UINT64_MAX,
		.keep_segments = UINT64_MAX,
		.encoding = { .codec = RP_CODEC_ZSTD, .level = 9 },
		.threads = 1 };
	const struct rp_option options[] = {
		{ 0, "keep", RP_OPT_SPAN, &o.keep, "AGE",
		    "remove segments whose last record is this old", NULL },
		{ 0, "keep-size", RP_OPT_COUNT, &o.keep_size, "BYTES",
		    "remove the oldest until a log has no more than this",
		    NULL },
		{ 0, "keep-segments", RP_OPT_COUNT, &o.keep_segments, "N",
		    "remove all but the newest N", NULL },
		{ 0, "remove-logs", RP_OPT_FLAG, &o.remove_logs, NULL,
		    "remove a log of which --keep would leave nothing", NULL },
		{ 0, "recompress-after", RP_OPT_SPAN, &o.recompress_after,
		    "AGE", "recompress segments that are this old", NULL },
		{ 0, "codec", RP_OPT_CODEC, &o.encoding, "CODEC",
		    "with none, lz4[:LEVEL] or zstd[:LEVEL] (default zstd:9)",
		    NULL },
		{ 'j', "threads", RP_OPT_INT, &o.threads, "N",
		    "recompress in N threads (default 1)", NULL },
		{ 0, "cold-dir", RP_OPT_STRING, &o.cold_dir, "DIR",
		    "move old segments to DIR, and link them", NULL },
		{ 0, "move-after", RP_OPT_SPAN, &o.move_after, "AGE",
		    "those that are this old", NULL },
		{ 0, "ignore-readers", RP_OPT_LIST, &o.ignore_readers, "NAME",
		    "touch what this reader has not confirmed; repeatable",
		    NULL },
		{ 0, "now", RP_OPT_STRING, &o.now_text, "T",
		    "count ages from this time", NULL },
		{ 'n', "dry-run", RP_OPT_FLAG, &o.dry_run, NULL,
		    "only say what would be done", NULL },
		{ 0, "json", RP_OPT_FLAG, &o.json, NULL,
		    "write a JSON object for each thing done", NULL },
		{ 0, "json-numbers", RP_OPT_FLAG, &o.json_numbers, NULL,
		    "the same with 64-bit numbers bare, not as strings", NULL },
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
