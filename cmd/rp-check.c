/*
 * rp-check: verify streams, files and logs, and repair them.
 *
 * Reads streams (or logs segment by segment) and writes a report. Memory: a
 * frame, and some 100 bytes a name.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/stores.h"
#include "cli/summary.h"
#include "log/lock.h"
#include "log/tree.h"
#include "rp-check/repair.h"
#include "types/types.h"

struct opts {
	bool quick, sum, repair, json, json_numbers;
	struct rp_store_choice store;
	struct rp_stores stores;
};

/* One operand on its way. */
struct check {
	struct rp_cli *cli;
	const struct opts *o;
	const struct rp_log_remote *remote;
	const char *name; /* of the operand */
	struct rp_tally tally;
	struct rp_summary summary;
	bool open; /* a log that is being written: no END yet */
	struct rp_error error; /* the first failure */
};

static const struct rp_tool tool = {
	.name = "rp-check",
	.usage = "[--quick | --repair] [--sum] [--json] [FILE | LOG ...]",
	.summary = "verify streams and logs, and say what they hold",
	.flags = RP_TOOL_STATS,
};

/* ---- frames ---- */

static enum rp_status
check_frame(struct check *c, struct rp_input *in, struct rp_frame *f)
{
	enum rp_status st = RP_OK;

	if (!c->o->quick)
		st = rp_input_rows(in, f);
	if (st == RP_OK)
		st = rp_tally_frame(&c->tally, f, RP_GAP);
	if (st == RP_OK && c->o->sum && f->head.kind == RP_DATA)
		st = rp_tally_rows(&c->tally, f);
	return st;
}

/*
 * growing: the file may stop at any frame, for it is being written. far: what is
 * read in its place, or NULL.
 */
static enum rp_status
check_file(
    struct check *c, char *name, bool growing, const struct rp_readable *far)
{
	struct rp_input in;
	struct rp_frame f;
	enum rp_status st;

	rp_input_init_names(&in, c->cli, &name, 1, true);
	in.growing = growing;
	in.far = far;
	while ((st = rp_input_head(&in, &f)) == RP_OK)
		if ((st = check_frame(c, &in, &f)) != RP_OK)
			break;
	rp_input_close(&in);
	c->summary.end_flags |= in.end_flags;
	c->open = st == RP_EMPTY;
	return st == RP_END || st == RP_EMPTY ? RP_OK : st;
}

/* ---- logs ---- */

/* A segment's index is only a help: that it is stale is worth a word. */
static enum rp_status
check_index(struct check *c, const struct rp_segment *s, const char *path,
    const struct rp_readable *b)
{
	struct rp_index x = { 0 };
	bool built = false;
	enum rp_status st;

	st = rp_segment_index(&x, c->name, s, b, &built, &c->cli->error);
	if (st == RP_OK && built && c->o->repair)
		st = rp_segment_write_index(
		    &x, c->name, s, true, &c->cli->error);
	if (st == RP_OK && built)
		rp_cli_warn(c->cli, "%s: its index was missing or stale%s",
		    path,
		    c->o->repair ? ": rebuilt" : "; --repair rebuilds it");
	rp_index_free(&x);
	return st;
}

static enum rp_status
check_segment(struct check *c, const struct rp_segment *s, bool growing)
{
	char *path = rp_segment_path(c->name, s, NULL);
	uint64_t before = c->tally.seq_max;
	const struct rp_readable *far;
	struct rp_readable b;
	enum rp_status st;

	if (path == NULL)
		return rp_error_no_memory(&c->cli->error);
	/* it is there, wherever it was moved to */
	st = rp_segment_open(c->name, s, &b, &c->cli->error);
	far = b.kind != NULL ? &b : NULL;
	if (st == RP_OK && c->o->repair && far == NULL)
		st = repair_segment(c->cli, c->name, s, path);
	if (st == RP_OK && far != NULL && !c->o->quick)
		rp_readable_announce(far, 0, b.size);
	if (st == RP_OK)
		st = check_file(c, path, growing, far);
	if (st == RP_OK && !c->open)
		st = check_index(c, s, path, &b);
	rp_readable_close(&b);
	if (st == RP_EMPTY) /* retention took it meanwhile */
		st = RP_OK;
	else if (st == RP_OK && before != 0 && s->first_seq <= before)
		rp_cli_warn(c->cli,
		    "%s: begins at seq %" PRIu64 ", but seq %" PRIu64
		    " stands before it",
		    path, s->first_seq, before);
	free(path);
	return st;
}

/* All segments, also behind a bad one: the first failure is the log's. */
static enum rp_status
check_segments(struct check *c, const struct rp_segments *all, bool live)
{
	enum rp_status st, worst = RP_OK;
	size_t i;

	for (i = 0; i < all->n; i++) {
		st = check_segment(c, &all->item[i], live && i + 1 == all->n);
		if (st == RP_OK)
			continue;
		if (worst == RP_OK)
			c->error = c->cli->error;
		worst = rp_cli_worse(worst, st);
		if (st == RP_ERR_NOMEM)
			break;
		if (i + 1 < all->n)
			rp_cli_go_on(c->cli, st);
	}
	return worst;
}

static enum rp_status
check_log(struct check *c)
{
	struct rp_error *err = &c->cli->error;
	struct rp_segments all = { 0 };
	bool live = false;
	int lock = -1, upkeep = -1;
	enum rp_status st = RP_OK;

	if (c->o->repair && (st = rp_log_lock(c->name, &lock, err)) == RP_OK)
		st = rp_log_lock_upkeep(c->name, &upkeep, err);
	if (!c->o->repair)
		live = rp_log_is_locked(c->name);
	if (st == RP_OK)
		st = rp_segments_find(&all, c->name, c->remote, err);
	if (st == RP_OK && all.n == 0)
		st = rp_error_set(err, RP_ERR_TRUNCATED,
		    "%s: a directory without segments", c->name);
	c->summary.segments = all.n;
	if (st == RP_OK)
		st = check_segments(c, &all, live);
	rp_segments_free(&all);
	if (lock >= 0)
		close(lock);
	if (upkeep >= 0)
		close(upkeep);
	return st;
}

/* ---- the report ---- */

static void
warn(const struct check *c)
{
	const struct rp_tally *t = &c->tally;

	if (t->seq.back > 0)
		rp_cli_warn(c->cli,
		    "%s: seq goes back %" PRIu64 " %s, first at frame %" PRIu64,
		    c->name, t->seq.back, t->seq.back == 1 ? "time" : "times",
		    t->seq.frame);
	if (t->gaps > 0 && t->thinned == 0)
		rp_cli_warn(c->cli,
		    "%s: seq has %" PRIu64 " %s (%" PRIu64
		    " missing), the first after %" PRIu64,
		    c->name, t->gaps, t->gaps == 1 ? "gap" : "gaps", t->missing,
		    t->gap_after);
}

static const char *
verdict(const struct check *c, enum rp_status st)
{
	switch (st) {
	case RP_OK:
		return c->open ? "ok, being written" : "ok";
	case RP_ERR_TRUNCATED:
		return "truncated";
	case RP_ERR_ABORTED:
		return "aborted";
	case RP_ERR_CORRUPT:
	case RP_ERR_LIMIT:
		return "corrupt";
	case RP_ERR_UNSUPPORTED:
		return "unsupported";
	default:
		return "not checked";
	}
}

static void
report_json(const struct check *c, enum rp_status st)
{
	struct rp_json j = { .f = stdout, .numbers = c->o->json_numbers };

	rp_json_open(&j, NULL);
	rp_json_text(&j, "name", c->name);
	rp_json_text(&j, "status", verdict(c, st));
	if (st < 0)
		rp_json_text(&j, "error", c->error.text);
	rp_json_text(&j, "checked", c->o->quick ? "headers" : "all");
	if (c->tally.frames > 0)
		rp_summary_json(&c->summary, &j);
	rp_json_close(&j);
}

static void
report(struct check *c, enum rp_status st)
{
	if (c->error.status == RP_OK)
		c->error = c->cli->error;
	warn(c);
	rp_tally_sort(&c->tally);
	if (c->o->json || c->o->json_numbers) {
		report_json(c, st);
		return;
	}
	printf("%s: %s%s\n", c->name, verdict(c, st),
	    c->o->quick ? " (headers only)" : "");
	if (c->tally.frames > 0)
		rp_summary_print(&c->summary, stdout);
}

static enum rp_status
check_operand(struct rp_cli *cli, const struct opts *o, char *name)
{
	struct check c = { .cli = cli,
		.o = o,
		.remote = &o->stores.remote,
		.name = strcmp(name, "-") == 0 ? "<stdin>" : name };
	enum rp_status st;

	rp_tally_init(&c.tally);
	c.summary.tally = &c.tally;
	c.summary.sums = o->sum;
	if (rp_log_is_directory(name) || rp_log_is_remote(name)) {
		st = check_log(&c);
	} else {
		st = o->repair ? repair_file(cli, name) : RP_OK;
		if (st == RP_OK)
			st = check_file(&c, name, false, NULL);
	}
	if (c.tally.frames > 0 || rp_status_exit(st) != 1)
		report(&c, st);
	rp_tally_free(&c.tally);
	return st;
}

/* The logs that an operand means, or the file that it is. */
static enum rp_status
check_operands(struct rp_cli *cli, const struct opts *o, char *name)
{
	struct rp_log_names logs = { 0 };
	enum rp_status st, worst = RP_OK;

	st = rp_log_names_add(&logs, name, &o->stores.remote, &cli->error);
	if (st == RP_EMPTY && rp_log_is_remote(name))
		worst = rp_error_set(
		    &cli->error, RP_ERR_IO, "%s: no log is there", name);
	else if (st == RP_EMPTY)
		worst = check_operand(cli, o, name);
	else
		worst = st;
	for (size_t i = 0; i < logs.n; i++) {
		st = check_operand(cli, o, logs.item[i].path);
		if (st < 0 && i + 1 < logs.n)
			rp_cli_go_on(cli, st);
		worst = rp_cli_worse(worst, st);
	}
	rp_log_names_free(&logs);
	return worst;
}

static enum rp_status
run(struct rp_cli *cli, struct opts *o)
{
	static char standard_input[] = "-";
	enum rp_status st, worst = RP_OK;
	int i;

	if (o->quick && o->sum)
		return rp_cli_usage(
		    cli, "--sum adds up records, which --quick does not read");
	if (o->quick && o->repair)
		return rp_cli_usage(
		    cli, "--repair reads everything: leave out --quick");
	for (i = 0; i < cli->argc || i == 0; i++)
		if (o->repair &&
		    (cli->argc == 0 || strcmp(cli->argv[i], "-") == 0))
			return rp_cli_usage(
			    cli, "--repair needs a file or a log");
		else if (o->repair && rp_log_is_remote(cli->argv[i]))
			return rp_cli_usage(
			    cli, "--repair changes directories and files only");
	if (cli->argc == 0)
		return check_operand(cli, o, standard_input);
	for (i = 0; i < cli->argc; i++) {
		st = check_operands(cli, o, cli->argv[i]);
		if (st < 0 && i + 1 < cli->argc)
			rp_cli_go_on(cli, st);
		worst = rp_cli_worse(worst, st);
	}
	return worst;
}

int
main(int argc, char **argv)
{
	struct opts o = { .store = RP_STORE_CHOICE };
	const struct rp_option options[] = {
		{ 0, "quick", RP_OPT_FLAG, &o.quick, NULL,
		    "headers and directories only, not the records", NULL },
		{ 0, "repair", RP_OPT_FLAG, &o.repair, NULL,
		    "cut torn ends off to FILE.torn and rebuild indexes",
		    NULL },
		{ 0, "sum", RP_OPT_FLAG, &o.sum, NULL,
		    "list the sums by symbol as well", NULL },
		{ 0, "json", RP_OPT_FLAG, &o.json, NULL,
		    "write a JSON object for each operand", NULL },
		{ 0, "json-numbers", RP_OPT_FLAG, &o.json_numbers, NULL,
		    "the same with 64-bit numbers bare, not as strings", NULL },
		RP_STORE_OPTIONS(&o.store),
		RP_OPT_END,
	};
	struct rp_cli cli;
	enum rp_status st;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	rp_stores_init(&o.stores, &cli, &o.store);
	st = run(&cli, &o);
	rp_stores_free(&o.stores);
	return rp_cli_end(&cli, st);
}
