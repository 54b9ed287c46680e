/*
 * rp-map: records with other values in their fields.
 *
 * Reads streams and writes one, of the same records in the same order, but for
 * those that are rejected because a value does not fit. Frames in which nothing
 * changes are handed on as they are, those that no statement is for undecoded.
 * Memory: a frame in, a copy of it, a frame out, and the names that are given.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/schemas.h"
#include "cli/cli.h"
#include "cli/select.h"
#include "cli/sift.h"
#include "expr/assign.h"

struct opts {
	struct rp_select_options select;
	struct rp_list statements, files, symbols_of, sources_of;
	const char *output;
	bool check;
};

static const struct rp_tool tool = {
	.name = "rp-map",
	.usage = "[-w EXPR] [-s PATTERN] [-t NAME] [-o FILE] STATEMENTS "
		 "[FILE ...]\n"
		 "       rp-map [-e STATEMENTS] [-f FILE] [--symbols FILE] ... "
		 "[FILE ...]",
	.summary = "assign fields: mend prices, times, names, types",
	.flags = RP_TOOL_STATS | RP_TOOL_ERRORS | RP_TOOL_NOTES | RP_TOOL_FORCE,
};

struct map {
	const struct opts *o;
	struct rp_cli *cli;
	struct rp_select *sel;
	struct rp_assign *assign;
	struct rp_input in;
	struct rp_sift sift;
	struct rp_sink out;
	uint64_t changed;
	size_t guesses; /* of assign, that are known */
};

/* ---- statements ---- */

static enum rp_status
refuse(struct rp_cli *cli, enum rp_status st, const struct rp_error *err,
    const char *where)
{
	if (st == RP_ERR_NOMEM)
		return rp_error_no_memory(&cli->error);
	if (st == RP_ERR_USAGE)
		return rp_cli_usage(cli, "%s%s", where, err->text);
	return rp_error_set(&cli->error, st, "%s%s", where, err->text);
}

/* Names that statements have and only the stream's schemas may know. */
static enum rp_status
expect(struct map *x, const char *where)
{
	const struct rp_guess *g;
	enum rp_status st = RP_OK;
	char *why;

	while (st == RP_OK &&
	    (g = rp_assign_guess(x->assign, x->guesses)) != NULL) {
		x->guesses++;
		if (asprintf(&why, "%s%s", where, g->message) < 0)
			return rp_error_no_memory(&x->cli->error);
		st = rp_cli_need_feature(x->cli, g->name, g->len, why);
		free(why);
	}
	return st;
}

static enum rp_status
add(struct map *x, const char *text, const char *where)
{
	struct rp_error err = { 0 };
	enum rp_status st = rp_assign_add(x->assign, text, &err);

	return st == RP_OK ? expect(x, where) : refuse(x->cli, st, &err, where);
}

/* A file of statements, a line for one or more; "#" starts a comment. */
static enum rp_status
add_file(struct map *x, const char *path)
{
	FILE *f = fopen(path, "re");
	size_t size = 0, at, number = 0;
	char *line = NULL, *where = NULL;
	enum rp_status st = RP_OK;
	ssize_t len;

	if (f == NULL)
		return rp_error_errno(&x->cli->error, "%s", path);
	while (st == RP_OK && (len = getline(&line, &size, f)) > 0) {
		number++;
		at = strspn(line, " \t\r\n");
		if (line[at] == '\0' || line[at] == '#')
			continue;
		if (strlen(line) != (size_t)len)
			st = rp_cli_usage(x->cli,
			    "%s: line %zu holds a zero byte", path, number);
		else if (asprintf(&where, "%s: line %zu: ", path, number) < 0)
			st = RP_ERR_NOMEM;
		else
			st = add(x, line, where);
		free(where);
		where = NULL;
	}
	if (st == RP_OK && ferror(f))
		st = rp_error_errno(&x->cli->error, "%s", path);
	free(line);
	fclose(f);
	return st;
}

static enum rp_status
rename_by(struct map *x, enum rp_name_class class, const struct rp_list *files)
{
	struct rp_error err = { 0 };
	enum rp_status st = RP_OK;
	size_t i;

	for (i = 0; st == RP_OK && i < files->n; i++)
		st = rp_assign_rename(x->assign, class, files->item[i], &err);
	return st == RP_OK ? st : refuse(x->cli, st, &err, "");
}

/* Without options that say what to do, the first operand does. */
static enum rp_status
add_operand(struct map *x)
{
	const struct opts *o = x->o;

	if (o->statements.n + o->files.n + o->symbols_of.n + o->sources_of.n >
	    0)
		return RP_OK;
	if (x->cli->argc == 0)
		return rp_cli_usage(x->cli, "a statement is needed");
	x->cli->argc--;
	return add(x, *x->cli->argv++, "");
}

static enum rp_status
add_all(struct map *x)
{
	const struct opts *o = x->o;
	enum rp_status st;
	size_t i;

	x->assign = rp_assign_new(rp_select_its_zone(x->sel));
	if (x->assign == NULL)
		return rp_error_no_memory(&x->cli->error);
	if ((st = rename_by(x, RP_NAME_SYMBOL, &o->symbols_of)) != RP_OK ||
	    (st = rename_by(x, RP_NAME_SOURCE, &o->sources_of)) != RP_OK)
		return st;
	for (i = 0; st == RP_OK && i < o->files.n; i++)
		st = add_file(x, o->files.item[i]);
	for (i = 0; st == RP_OK && i < o->statements.n; i++)
		st = add(x, o->statements.item[i], "");
	return st == RP_OK ? add_operand(x) : st;
}

/* ---- frames ---- */

static enum rp_status
reject(void *arg, const struct rp_frame *f, const struct rp_record *rec,
    const char *why)
{
	struct map *x = arg;

	return rp_sift_reject(&x->sift, f, rec, why);
}

static enum rp_status
pass_frame(struct map *x, struct rp_frame *f)
{
	enum rp_status st = rp_input_body(&x->in, f);

	return st == RP_OK ? rp_sink_forward(&x->out, f) : st;
}

static enum rp_status
put_all(struct map *x)
{
	const struct rp_frame *f = rp_assign_frame(x->assign);
	uint32_t i, n = rp_assign_records(x->assign);
	const struct rp_record *rec;
	struct rp_frame whole;
	enum rp_status st = RP_OK;

	if (rp_assign_whole(x->assign, &whole))
		return rp_sink_recode(&x->out, &whole);
	for (i = 0; st == RP_OK && i < n; i++)
		if ((rec = rp_assign_record(x->assign, i)) != NULL)
			st = rp_sink_put(&x->out, f, rec);
	return st;
}

static enum rp_status
map_records(struct map *x, struct rp_frame *f, enum rp_verdict verdict)
{
	uint64_t rejected = x->cli->counts.rejected;
	enum rp_status st = rp_sift_rows(&x->sift, f);

	if (st != RP_OK)
		return st;
	st = rp_assign_run(
	    x->assign, f, verdict == RP_PASS_ALL ? NULL : x->sel, reject, x);
	if (st != RP_OK)
		return st;
	x->changed += rp_assign_changed(x->assign);
	if (rp_assign_changed(x->assign) == 0 && f->stored != NULL &&
	    x->cli->counts.rejected == rejected)
		return rp_sink_forward(&x->out, f);
	return put_all(x);
}

static enum rp_status
map_data(struct map *x, struct rp_frame *f)
{
	enum rp_verdict verdict;
	bool touches = false;
	enum rp_status st = rp_select_frame(x->sel, f, &verdict);

	if (st == RP_OK && verdict != RP_PASS_NONE)
		st = rp_assign_touches(x->assign, f, &touches);
	if (st == RP_OK)
		st = touches ? map_records(x, f, verdict) : pass_frame(x, f);
	if (st == RP_ERR_NOMEM)
		return rp_error_no_memory(&x->cli->error);
	return st;
}

static enum rp_status
map(struct map *x)
{
	enum rp_status st;
	struct rp_frame f;

	while ((st = rp_input_head(&x->in, &f)) == RP_OK) {
		if (f.head.kind == RP_DATA)
			st = map_data(x, &f);
		else if (f.head.kind != RP_END_FRAME &&
		    (f.head.kind != RP_MARK ||
			!rp_assign_moves_time(x->assign)))
			st = pass_frame(x, &f);
		if (st != RP_OK)
			return st;
	}
	return st;
}

/* ---- the ends ---- */

static enum rp_status
run_map(struct map *x)
{
	const struct rp_counts *c = &x->cli->counts;
	enum rp_status st = rp_sink_open(&x->out, x->cli, x->o->output, NULL);

	rp_input_init(&x->in, x->cli, false);
	rp_sift_init(&x->sift, &x->in, x->sel);
	if (st == RP_OK)
		st = map(x);
	rp_input_close(&x->in);
	rp_cli_count(x->cli, "changed", x->changed);
	rp_cli_count(
	    x->cli, "unchanged", c->records_in - c->rejected - x->changed);
	st = rp_sink_close(&x->out, st, x->in.end_flags);
	rp_sift_free(&x->sift);
	return st;
}

static enum rp_status
run(struct rp_cli *cli, const struct opts *o)
{
	struct map x = { .o = o, .cli = cli };
	enum rp_status st;

	if ((st = rp_cli_select(cli, &o->select, &x.sel)) == RP_OK)
		st = add_all(&x);
	if (st == RP_OK && o->check)
		rp_cli_warn_schemas(cli);
	else if (st == RP_OK)
		st = run_map(&x);
	rp_assign_free(x.assign);
	rp_select_free(x.sel);
	return st;
}

int
main(int argc, char **argv)
{
	struct opts o = { 0 };
	const struct rp_option options[] = {
		{ 'e', "expression", RP_OPT_LIST, &o.statements, "STATEMENTS",
		    "what to assign, in place of an operand; repeatable",
		    NULL },
		{ 'f', "file", RP_OPT_LIST, &o.files, "FILE",
		    "the same, of a file; repeatable", NULL },
		{ 0, "symbols", RP_OPT_LIST, &o.symbols_of, "FILE",
		    "rename symbols: old name, tab, new name a line", NULL },
		{ 0, "sources", RP_OPT_LIST, &o.sources_of, "FILE",
		    "rename sources, the same", NULL },
		RP_SELECT_OPTIONS(&o.select),
		{ 'o', "output", RP_OPT_STRING, &o.output, "FILE",
		    "write to FILE, whole or not at all", NULL },
		{ 0, "check", RP_OPT_FLAG, &o.check, NULL,
		    "check the options and the statements, read nothing",
		    NULL },
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
