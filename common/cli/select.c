#include "cli/select.h"

#include <stdio.h>
#include <string.h>

#include "cli/schemas.h"

/* What was given to the option at fault, or a system error as it is. */
static enum rp_status
refuse(struct rp_cli *cli, enum rp_status st, const struct rp_error *err,
    const char *option)
{
	if (st == RP_ERR_USAGE)
		return rp_cli_usage(cli, "--%s: %s", option, err->text);
	if (err->status == RP_OK)
		return rp_error_no_memory(&cli->error);
	return rp_error_set(&cli->error, st, "--%s: %s", option, err->text);
}

static enum rp_status
each(struct rp_cli *cli, const char *option, const struct rp_list *list,
    struct rp_select *sel,
    enum rp_status (*add)(struct rp_select *, const char *, struct rp_error *))
{
	struct rp_error err = { 0 };
	enum rp_status st;
	size_t i;

	for (i = 0; i < list->n; i++)
		if ((st = add(sel, list->item[i], &err)) != RP_OK)
			return refuse(cli, st, &err, option);
	return RP_OK;
}

static enum rp_status
once(struct rp_cli *cli, const char *option, const char *value,
    struct rp_select *sel,
    enum rp_status (*add)(struct rp_select *, const char *, struct rp_error *))
{
	const struct rp_list list = { &value, value != NULL };

	return each(cli, option, &list, sel, add);
}

/* Of types a comma separates two; names may hold one. */
static void
warn_comma(
    const struct rp_cli *cli, const char *option, const struct rp_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (*list->item[i] != '@' && strchr(list->item[i], ',') != NULL)
			rp_cli_warn(cli,
			    "--%s '%s' is one name with a comma; for several, "
			    "repeat the option",
			    option, list->item[i]);
}

static enum rp_status
times(struct rp_cli *cli, const struct rp_select_options *o,
    struct rp_select *sel)
{
	struct rp_error err = { 0 };

	/* its messages start with "from" or "to" */
	if (rp_select_times(sel, o->from, o->to, o->clock, &err) != RP_OK)
		return rp_cli_usage(cli, "--%s", err.text);
	return RP_OK;
}

static enum rp_status
expect(struct rp_cli *cli, const struct rp_select *sel)
{
	const struct rp_guess *g;
	size_t n = rp_select_guesses(sel, &g);
	char why[sizeof(g->message) + 16];
	enum rp_status st = RP_OK;

	for (size_t i = 0; st == RP_OK && i < n; i++) {
		snprintf(why, sizeof(why), "--where: %s", g[i].message);
		st = rp_cli_need_feature(cli, g[i].name, g[i].len, why);
	}
	return st;
}

enum rp_status
rp_cli_select(struct rp_cli *cli, const struct rp_select_options *o,
    struct rp_select **out)
{
	struct rp_select *sel = rp_select_new();
	enum rp_status st;

	*out = NULL;
	if (sel == NULL)
		return rp_error_no_memory(&cli->error);
	if ((st = once(cli, "tz", o->tz, sel, rp_select_zone)) == RP_OK &&
	    (st = times(cli, o, sel)) == RP_OK &&
	    (st = once(cli, "seq", o->seq, sel, rp_select_seq)) == RP_OK &&
	    (st = each(cli, "symbol", &o->symbols, sel, rp_select_symbol)) ==
		RP_OK &&
	    (st = each(cli, "type", &o->types, sel, rp_select_type)) == RP_OK &&
	    (st = each(cli, "source", &o->sources, sel, rp_select_source)) ==
		RP_OK &&
	    (st = each(cli, "flags", &o->flags, sel, rp_select_flags)) ==
		RP_OK &&
	    (st = once(cli, "shard", o->shard, sel, rp_select_shard)) ==
		RP_OK &&
	    (st = once(cli, "where", o->where, sel, rp_select_where)) ==
		RP_OK &&
	    (st = expect(cli, sel)) == RP_OK) {
		warn_comma(cli, "symbol", &o->symbols);
		warn_comma(cli, "source", &o->sources);
		*out = sel;
		return RP_OK;
	}
	rp_select_free(sel);
	return st;
}
