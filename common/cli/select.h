/*
 * The options of the shared selection (expr/select.h): --from --to --clock
 * --tz --seq -s -t --source --flags -w. A tool puts them into its table,
 *
 *	struct rp_select_options select = { 0 };
 *	const struct rp_option options[] = { RP_SELECT_OPTIONS(&select), ...
 *
 * and after rp_cli_start turns them into a selection.
 */
#ifndef RP_CLI_SELECT_H
#define RP_CLI_SELECT_H

#include "cli/cli.h"
#include "expr/select.h"

struct rp_select_options {
	const char *from, *to, *tz, *seq, *where;
	enum rp_clock clock;
	const char *shard; /* for who has such an option; NULL: all */
	struct rp_list symbols, types, sources, flags;
};

/* clang-format off */
#define RP_SELECT_OPTIONS(o)                                               \
	{ 0, "from", RP_OPT_STRING, &(o)->from, "T",                       \
	    "from this time on", NULL },                                   \
	{ 0, "to", RP_OPT_STRING, &(o)->to, "T",                           \
	    "to before this time", NULL },                                 \
	{ 0, "clock", RP_OPT_CLOCK, &(o)->clock,  "CLOCK",                 \
	    "the time that counts: recv (default) or event",               \
	    RP_CLOCK_WORDS },                                              \
	{ 0, "tz", RP_OPT_STRING, &(o)->tz, "ZONE",                        \
	    "zone of times that name none (default: UTC)", NULL },         \
	{ 0, "seq", RP_OPT_STRING, &(o)->seq, "A..B",                      \
	    "from one sequence number to another", NULL },                 \
	{ 's', "symbol", RP_OPT_LIST, &(o)->symbols, "PATTERN",            \
	    "these symbols: names, globs, @FILE; repeatable", NULL },      \
	{ 't', "type", RP_OPT_LIST, &(o)->types, "NAME",                   \
	    "these record types: names, globs, @FILE; repeatable", NULL }, \
	{ 0, "source", RP_OPT_LIST, &(o)->sources, "PATTERN",              \
	    "these sources: names, globs, @FILE; repeatable", NULL },      \
	{ 0, "flags", RP_OPT_LIST, &(o)->flags, "NAMES",                   \
	    "records with these flags, with !NAME without", NULL },        \
	{ 'w', "where", RP_OPT_STRING, &(o)->where, "EXPR",                \
	    "records for which an expression holds: rp-syntax(7)", NULL }
/* clang-format on */

/*
 * Turn the options into a selection, which the caller frees. What is wrong is
 * said with the option's name; RP_ERR_USAGE, RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_cli_select(struct rp_cli *cli,
    const struct rp_select_options *o, struct rp_select **sel);

#endif
