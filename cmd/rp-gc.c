/*
 * rp-gc: what a log costs over time.
 *
 * Removes segments from a log's cold end, recompresses them, moves them to
 * another directory or an object store, and cleans up after those that were
 * killed, all while the log is written and read. Memory: some 300 bytes a segment, and to
 * recompress a frame in and, for each thread, a frame out.
 */
#include <inttypes.h>
#include <string.h>

#include "base/time.h"
#include "cli/json.h"
#include "cli/stores.h"
#include "log/stage.h"
#include "log/tree.h"
#include "log/upkeep.h"
#include "store/uri.h"

struct opts {
	struct rp_upkeep_options upkeep;
	bool json, json_numbers;
	const char *now;
	struct rp_list ignore_readers;
	struct rp_store_choice store;
	struct rp_stores stores;
};

struct gc {
	struct rp_cli *cli;
	const struct opts *o;
	const char *dir; /* the one in hand */
	enum rp_status worst;
};

static const struct rp_tool tool = {
	.name = "rp-gc",
	.usage = "[--keep AGE] [--keep-size BYTES] [--keep-segments N]\n"
		 "             [--recompress-after AGE] [--cold-dir DIR "
		 "--move-after AGE] LOG ...",
	.summary = "trim, recompress and move the old segments of logs",
};

/* ---- the report ---- */

static const char *const will[] = { "trim", "recompress", "move", "index",
	"clean", "remove" };
static const char *const did[] = { "trimmed", "recompressed", "moved",
	"indexed", "cleaned up", "removed" };

static void
say_json(const struct gc *g, const struct rp_upkeep_event *e)
{
	struct rp_json j = { .f = stdout, .numbers = g->o->json_numbers };

	rp_json_open(&j, NULL);
	rp_json_text(&j, "log", g->dir);
	rp_json_text(&j, "action", will[e->action]);
	rp_json_bool(&j, "done", !g->o->upkeep.dry);
	if (e->file != NULL)
		rp_json_text(&j, "file", e->file);
	if (e->item != NULL) {
		const struct rp_index *x = &e->item->summary;
		const struct rp_segment *s = &e->item->segment;

		rp_json_u64(&j, "records", x->end.records);
		rp_json_u64(&j, "first_seq", s->first_seq);
		rp_json_u64(&j, "last_seq", rp_segment_last_seq(x, s));
		rp_json_u64(&j, "bytes", s->size);
	}
	if (e->bytes_after != 0)
		rp_json_u64(&j, "bytes_after", e->bytes_after);
	if (e->to != NULL)
		rp_json_text(&j, "to", e->to);
	rp_json_close(&j);
}

static void
say_text(const struct gc *g, const struct rp_upkeep_event *e)
{
	bool dry = g->o->upkeep.dry;

	printf("%s: %s%s", g->dir, dry ? "would " : "",
	    dry ? will[e->action] : did[e->action]);
	if (e->file != NULL)
		printf(" %s", e->file);
	if (e->item != NULL)
		printf(": %" PRIu64 " records, %" PRIu64,
		    e->item->summary.end.records, e->item->segment.size);
	if (e->bytes_after != 0)
		printf(" -> %" PRIu64, e->bytes_after);
	if (e->item != NULL)
		fputs(" bytes", stdout);
	if (e->to != NULL)
		printf(" to %s", e->to);
	putchar('\n');
}

static void
done(void *arg, const struct rp_upkeep_event *e)
{
	const struct gc *g = arg;

	if (g->o->json || g->o->json_numbers)
		say_json(g, e);
	else
		say_text(g, e);
}

static void
found(void *arg, const char *name)
{
	done(arg,
	    &(struct rp_upkeep_event){
		.action = RP_UPKEEP_CLEAN, .file = name });
}

static void
spared(void *arg, size_t n, const char *reader, uint64_t seq)
{
	const struct gc *g = arg;

	rp_cli_warn(g->cli,
	    "%s: %zu segments that could go are kept for reader %s, which is "
	    "at seq %" PRIu64,
	    g->dir, n, reader, seq);
}

/* ---- the command line ---- */

static enum rp_status
check_now(struct rp_cli *cli, struct opts *o)
{
	const char *now = o->now != NULL ? o->now : "now";
	struct rp_error why = { 0 };
	struct rp_when when;

	if (rp_when_parse(now, strlen(now), NULL, rp_time_now(), &when, &why) !=
	    RP_OK)
		return rp_cli_usage(cli, "--now: %s", why.text);
	if (when.kind != RP_WHEN_AT)
		return rp_cli_usage(cli, "--now: %s has no date", now);
	o->upkeep.limits.now = when.ns;
	return RP_OK;
}

/* The codec as segments name it. */
static void
name_codec(struct rp_upkeep_options *u)
{
	static const char *const names[] = { "none", "lz4", "zstd" };
	int n = snprintf(
	    u->codec, sizeof(u->codec), "%s", names[u->encoding.codec]);

	if (u->encoding.level != 0)
		snprintf(u->codec + n, sizeof(u->codec) - (size_t)n, ":%d",
		    u->encoding.level);
	if (u->encoding.codec != RP_CODEC_NONE)
		u->encoding.layout = RP_LAYOUT_COLUMNS;
}

/* A directory that is there, or s3://BUCKET/PREFIX. */
static enum rp_status
check_cold(struct rp_cli *cli, struct rp_upkeep_options *u)
{
	struct rp_target t;

	if (u->cold_dir == NULL)
		return RP_OK;
	u->cold_dir = rp_log_path(u->cold_dir);
	if (rp_log_is_remote(u->cold_dir))
		return rp_target_parse(&t, u->cold_dir, &cli->error);
	return rp_log_is_directory(u->cold_dir)
	    ? RP_OK
	    : rp_error_set(&cli->error, RP_ERR_IO,
		  "%s: --cold-dir is no directory", u->cold_dir);
}

static enum rp_status
check_opts(struct rp_cli *cli, struct opts *o)
{
	struct rp_upkeep_options *u = &o->upkeep;
	enum rp_status st;

	if (cli->argc == 0)
		return rp_cli_usage(cli, "which LOG?");
	if ((u->cold_dir == NULL) != (u->move_after < 0))
		return rp_cli_usage(
		    cli, "--cold-dir and --move-after go together");
	if (u->limits.segments == 0)
		return rp_cli_usage(
		    cli, "--keep-segments 0: the newest one always stays");
	if (u->remove_log && u->limits.keep < 0)
		return rp_cli_usage(cli, "--remove-logs goes with --keep");
	if ((st = rp_cli_threads(cli, u->threads)) != RP_OK)
		return st;
	if ((st = check_cold(cli, u)) != RP_OK)
		return st;
	u->ignored = o->ignore_readers.item;
	u->n_ignored = o->ignore_readers.n;
	name_codec(u);
	return check_now(cli, o);
}

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

/* All logs, whatever becomes of one. */
static void
tend(struct gc *g, const struct rp_log_names *logs)
{
	const struct rp_upkeep_watch watch = { done, spared, failed, g };
	struct rp_error *err = &g->cli->error;
	enum rp_status st;

	for (size_t i = 0; i < logs->n_folders; i++) {
		g->dir = logs->folder[i].path;
		st = rp_log_stage_clean(g->dir, g->o->upkeep.remote,
		    g->o->upkeep.dry, found, g, err);
		if (st != RP_OK)
			go_on(g, st);
	}
	for (size_t i = 0; i < logs->n; i++) {
		struct rp_error why = { 0 };

		g->dir = logs->item[i].path;
		if (rp_log_upkeep(g->dir, &g->o->upkeep, &watch, &why) != RP_OK)
			failed(g, &why);
	}
}

static enum rp_status
run(struct rp_cli *cli, struct opts *o)
{
	struct rp_log_names logs = { 0 };
	struct gc g = { .cli = cli, .o = o };
	enum rp_status st = check_opts(cli, o);

	if (st != RP_OK)
		return st;
	rp_stores_init(&o->stores, cli, &o->store);
	o->upkeep.remote = &o->stores.remote;
	for (int i = 0; i < cli->argc; i++) {
		st = rp_log_names_add(&logs, cli->argv[i], NULL, &cli->error);
		if (st == RP_EMPTY && !rp_log_is_directory(cli->argv[i]))
			st = rp_error_set(
			    &cli->error, RP_ERR_IO, "%s: no log", cli->argv[i]);
		if (st < RP_OK)
			go_on(&g, st);
	}
	tend(&g, &logs);
	rp_log_names_free(&logs);
	rp_stores_free(&o->stores);
	return g.worst;
}

int
main(int argc, char **argv)
{
	struct opts o = {
		.upkeep = { .limits = { .keep = -1,
				.bytes = UINT64_MAX,
				.segments = UINT64_MAX },
		    .recompress_after = -1,
		    .move_after = -1,
		    .encoding = { .codec = RP_CODEC_ZSTD, .level = 9 },
		    .threads = 1 },
		.store = RP_STORE_CHOICE
	};
	struct rp_upkeep_options *u = &o.upkeep;
	const struct rp_option options[] = {
		{ 0, "keep", RP_OPT_SPAN, &u->limits.keep, "AGE",
		    "remove segments whose last record is this old", NULL },
		{ 0, "keep-size", RP_OPT_COUNT, &u->limits.bytes, "BYTES",
		    "remove the oldest until a log has no more than this",
		    NULL },
		{ 0, "keep-segments", RP_OPT_COUNT, &u->limits.segments, "N",
		    "remove all but the newest N", NULL },
		{ 0, "remove-logs", RP_OPT_FLAG, &u->remove_log, NULL,
		    "remove a log of which --keep would leave nothing", NULL },
		{ 0, "recompress-after", RP_OPT_SPAN, &u->recompress_after,
		    "AGE", "recompress segments that are this old", NULL },
		{ 0, "codec", RP_OPT_CODEC, &u->encoding, "CODEC",
		    "with none, lz4[:LEVEL] or zstd[:LEVEL] (default zstd:9)",
		    NULL },
		{ 'j', "threads", RP_OPT_INT, &u->threads, "N",
		    "recompress in N threads (default 1)", NULL },
		{ 0, "cold-dir", RP_OPT_STRING, &u->cold_dir, "DIR",
		    "move old segments to DIR, or s3://BUCKET/PREFIX, and link "
		    "them",
		    NULL },
		{ 0, "move-after", RP_OPT_SPAN, &u->move_after, "AGE",
		    "those that are this old", NULL },
		{ 0, "ignore-readers", RP_OPT_LIST, &o.ignore_readers, "NAME",
		    "touch what this reader has not confirmed; repeatable",
		    NULL },
		{ 0, "now", RP_OPT_STRING, &o.now, "T",
		    "count ages from this time", NULL },
		{ 'n', "dry-run", RP_OPT_FLAG, &u->dry, NULL,
		    "only say what would be done", NULL },
		{ 0, "json", RP_OPT_FLAG, &o.json, NULL,
		    "write a JSON object for each thing done", NULL },
		{ 0, "json-numbers", RP_OPT_FLAG, &o.json_numbers, NULL,
		    "the same with 64-bit numbers bare, not as strings", NULL },
		RP_STORE_OPTIONS(&o.store),
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
