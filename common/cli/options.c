/* The command line by the tool's table and the common options' table. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/nearest.h"
#include "cli/private.h"
#include "cli/values.h"

enum { LONG_OPTION = 256 }; /* getopt's value of the first long option */

/* A common option and the tools that have it (any of these flags; 0: all). */
struct common {
	unsigned flags;
	struct rp_option option;
};

static size_t
own_options(const struct rp_option *own)
{
	size_t n = 0;

	while (own != NULL && own[n].kind != RP_OPT_LAST)
		n++;
	return n;
}

static bool
has(const struct rp_option *o, size_t n, char letter, const char *name)
{
	for (; n > 0; n--, o++)
		if ((letter != 0 && o->letter == letter) ||
		    (name != NULL && strcmp(o->name, name) == 0))
			return true;
	return false;
}

/* The tool's own options first; they may take a letter or a name over. */
static bool
gather(struct rp_cli *cli, const struct rp_option *own)
{
	struct rp_cli_private *p = cli->p;
	const struct common common[] = {
		{ RP_TOOL_ERRORS,
		    { 0, "on-error", RP_OPT_STRING, &cli->on_error, NULL,
			"what to do with a record that cannot be handled",
			"fail|skip|file:PATH" } },
		{ RP_TOOL_ERRORS,
		    { 0, "max-errors", RP_OPT_STRING, &p->max_errors, "N|P%",
			"give up above this many, or this part of the records",
			NULL } },
		{ RP_TOOL_CONFIRM,
		    { 0, "confirm", RP_OPT_STRING, &cli->confirm, "LOG:NAME",
			"store in LOG how far reader NAME has committed",
			NULL } },
		{ RP_TOOL_NOTES,
		    { 0, "no-notes", RP_OPT_FLAG, &cli->no_notes, NULL,
			"leave provenance out of the output", NULL } },
		{ RP_TOOL_FORCE,
		    { 0, "force", RP_OPT_FLAG, &cli->force, NULL,
			"use a terminal for a binary stream all the same",
			NULL } },
		{ RP_TOOL_STATS,
		    { 0, "stats", RP_OPT_FLAG, &cli->stats, NULL,
			"say at the end what was done, and how fast", NULL } },
		{ RP_TOOL_STATS,
		    { 0, "stats-json", RP_OPT_STRING, &cli->stats_json, "FILE",
			"write the same as a JSON object", NULL } },
		{ RP_TOOL_STATS,
		    { 0, "progress", RP_OPT_FLAG, &cli->progress, NULL,
			"show progress while working", NULL } },
		{ RP_TOOL_STATS,
		    { 'v', "verbose", RP_OPT_FLAG, &cli->verbose, NULL,
			"say what each input held", NULL } },
		{ 0,
		    { 'q', "quiet", RP_OPT_FLAG, &cli->quiet, NULL,
			"no warnings", NULL } },
		{ 0,
		    { 0, "help", RP_OPT_FLAG, &p->help, NULL, "show this text",
			NULL } },
		{ 0,
		    { 0, "version", RP_OPT_FLAG, &p->version, NULL,
			"show versions", NULL } },
	};
	size_t i, n = own_options(own);
	struct rp_option *o;

	p->options = calloc(n + RP_LEN(common), sizeof(*p->options));
	p->given = calloc(n + RP_LEN(common), sizeof(*p->given));
	if (p->options == NULL || p->given == NULL)
		return false;
	if (n > 0)
		memcpy(p->options, own, n * sizeof(*own));
	p->n_options = n;
	for (i = 0; i < RP_LEN(common); i++) {
		o = &p->options[p->n_options];
		*o = common[i].option;
		if ((common[i].flags != 0 &&
			!(common[i].flags & cli->tool->flags)) ||
		    has(p->options, n, 0, o->name))
			continue;
		if (has(p->options, n, o->letter, NULL))
			o->letter = 0;
		p->n_options++;
	}
	return true;
}

static bool
list_add(struct rp_cli *cli, struct rp_list *list, const char *item)
{
	struct rp_cli_private *p = cli->p;
	const char **items;
	struct rp_list **lists;

	if (list->n == 0) {
		lists = realloc(p->lists, (p->n_lists + 1) * sizeof(*lists));
		if (lists == NULL)
			return false;
		p->lists = lists;
		p->lists[p->n_lists++] = list;
	}
	items = realloc(list->item, (list->n + 1) * sizeof(*items));
	if (items == NULL)
		return false;
	list->item = items;
	list->item[list->n++] = item;
	return true;
}

/* True: arg was read. */
static bool
take(struct rp_cli *cli, const struct rp_option *o, const char *arg)
{
	switch (o->kind) {
	case RP_OPT_FLAG:
		*(bool *)o->value = true;
		return true;
	case RP_OPT_STRING:
		*(const char **)o->value = arg;
		return o->words == NULL || rp_value_word(arg, o->words);
	case RP_OPT_LIST:
		return list_add(cli, o->value, arg);
	case RP_OPT_COUNT:
		return rp_value_count(arg, o->value);
	case RP_OPT_INT:
		return rp_value_int(arg, o->value);
	case RP_OPT_CODEC:
		return rp_value_codec(arg, o->value);
	case RP_OPT_LAYOUT:
		return rp_value_layout(arg, o->value);
	case RP_OPT_CLOCK:
		*(enum rp_clock *)o->value =
		    strcmp(arg, "event") == 0 ? RP_CLOCK_EVENT : RP_CLOCK_RECV;
		return rp_value_word(arg, o->words);
	case RP_OPT_SPAN:
		return rp_value_span(arg, o->value);
	case RP_OPT_LAST:
		break;
	}
	return false;
}

static const char *
expected(const struct rp_option *o)
{
	switch (o->kind) {
	case RP_OPT_COUNT:
		return "a number, as 1000, 10k or 4Mi";
	case RP_OPT_INT:
		return "a number";
	case RP_OPT_CODEC:
		return "none, lz4 or zstd, or lz4:LEVEL, 0 to 12, or "
		       "zstd:LEVEL, -131072 to 22";
	case RP_OPT_LAYOUT:
		return "rows or columns";
	case RP_OPT_SPAN:
		return "a time span, as 50ms, 2s or 1h";
	default:
		return o->words;
	}
}

static const struct rp_option *
find(const struct rp_cli_private *p, int value)
{
	size_t i;

	if (value >= LONG_OPTION)
		return &p->options[value - LONG_OPTION];
	for (i = 0; i < p->n_options; i++)
		if (p->options[i].letter == value)
			return &p->options[i];
	return NULL;
}

/* A long option that is none, or more than one when it is cut short. */
static void
unknown(struct rp_cli *cli, const char *word)
{
	const struct rp_cli_private *p = cli->p;
	size_t i, n, len = strcspn(word, "="), used = 0;
	char names[300] = "", hint[80];
	struct rp_nearest near;

	rp_nearest_init(&near, word + 2, len - 2);
	for (i = n = 0; i < p->n_options; i++) {
		const char *name = p->options[i].name;

		rp_nearest_consider(&near, name);
		if (strncmp(name, word + 2, len - 2) != 0 ||
		    used >= sizeof(names))
			continue;
		used += (size_t)snprintf(names + used, sizeof(names) - used,
		    "%s--%s", n++ > 0 ? ", " : "", name);
	}
	rp_nearest_say(&near, hint, sizeof(hint));
	if (n > 1)
		(void)rp_cli_usage(
		    cli, "option %.*s is ambiguous: %s", (int)len, word, names);
	else
		(void)rp_cli_usage(
		    cli, "unknown option %.*s%s", (int)len, word, hint);
}

static bool
misuse(struct rp_cli *cli, int problem, const char *word)
{
	const struct rp_option *o = find(cli->p, optopt);

	if (optopt != 0 && o != NULL && problem == ':')
		(void)rp_cli_usage(cli, "--%s needs %s", o->name,
		    o->arg != NULL ? o->arg : "an argument");
	else if (optopt >= LONG_OPTION && o != NULL)
		(void)rp_cli_usage(cli, "--%s takes no argument", o->name);
	else if (optopt != 0)
		(void)rp_cli_usage(cli, "unknown option -%c", optopt);
	else
		unknown(cli, word);
	return false;
}

/* A second value would silently take the place of the first. */
static bool
is_repeated(struct rp_cli *cli, const struct rp_option *o)
{
	bool *given = &cli->p->given[o - cli->p->options];

	if (*given && o->kind != RP_OPT_FLAG && o->kind != RP_OPT_LIST) {
		(void)rp_cli_usage(
		    cli, "--%s takes one value, but is given twice", o->name);
		return true;
	}
	*given = true;
	return false;
}

bool
rp_cli_given(const struct rp_cli *cli, const char *name)
{
	const struct rp_cli_private *p = cli->p;

	for (size_t i = 0; i < p->n_options; i++)
		if (strcmp(p->options[i].name, name) == 0)
			return p->given[i];
	return false;
}

static bool
read_options(struct rp_cli *cli, const char *letters,
    const struct option *names, int argc, char **argv)
{
	const struct rp_option *o;
	int c;

	opterr = 0;
	optind = 0; /* from the start, also in tests that parse twice */
	while ((c = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		if (c == '?' || c == ':')
			return misuse(cli, c, argv[optind - 1]);
		o = find(cli->p, c);
		if (is_repeated(cli, o))
			return false;
		if (!take(cli, o, optarg)) {
			(void)rp_cli_usage(cli, "--%s '%s': expected %s",
			    o->name, optarg, expected(o));
			return false;
		}
	}
	cli->argc = argc - optind;
	cli->argv = argv + optind;
	return true;
}

bool
rp_options_parse(
    struct rp_cli *cli, const struct rp_option *own, int argc, char **argv)
{
	struct rp_cli_private *p = cli->p;
	struct option *names;
	const struct rp_option *o;
	char *letters, *l;
	size_t i;
	bool ok;

	if (!gather(cli, own)) {
		(void)rp_error_no_memory(&cli->error);
		return false;
	}
	names = calloc(p->n_options + 1, sizeof(*names));
	letters = calloc(p->n_options + 1, 2);
	if (names == NULL || letters == NULL) {
		free(names);
		free(letters);
		(void)rp_error_no_memory(&cli->error);
		return false;
	}
	l = letters;
	*l++ = ':'; /* tells a missing argument from an unknown option */
	for (i = 0; i < p->n_options; i++) {
		o = &p->options[i];
		names[i] = (struct option){ .name = o->name,
			.has_arg = o->kind != RP_OPT_FLAG,
			.val = LONG_OPTION + (int)i };
		if (o->letter == 0)
			continue;
		*l++ = o->letter;
		if (o->kind != RP_OPT_FLAG)
			*l++ = ':';
	}
	ok = read_options(cli, letters, names, argc, argv);
	free(names);
	free(letters);
	return ok;
}

void
rp_options_free(struct rp_cli *cli)
{
	struct rp_cli_private *p = cli->p;
	size_t i;

	for (i = 0; i < p->n_lists; i++) {
		free(p->lists[i]->item);
		*p->lists[i] = (struct rp_list){ 0 };
	}
	free(p->lists);
	free(p->options);
	free(p->given);
}
