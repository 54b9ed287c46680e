/*
 * The options of tools that write values as text: --time --tz --digits. A tool
 * puts RP_STYLE_OPTIONS(&style) into its table, with its own defaults in
 * style, and after rp_cli_start turns them into a style of cells.
 */
#ifndef RP_CLI_STYLE_H
#define RP_CLI_STYLE_H

#include "cli/cli.h"
#include "types/text.h"

struct rp_style_options {
	const char *time, *tz, *digits; /* time and digits: the defaults */
	struct rp_zone zone; /* what tz means; the style points to it */
};

/* clang-format off */
#define RP_STYLE_OPTIONS(o)                                                 \
	{ 0, "time", RP_OPT_STRING, &(o)->time, "FORM",                     \
	    "times in ns since the epoch, or ISO 8601", "ns|iso" },         \
	{ 0, "tz", RP_OPT_STRING, &(o)->tz, "ZONE",                         \
	    "zone of ISO times (default UTC)", NULL },                      \
	{ 0, "digits", RP_OPT_STRING, &(o)->digits, "MODE",                 \
	    "decimals as the venue wrote them, or without trailing zeros",  \
	    "keep|trim" }
/* clang-format on */

/* RP_ERR_USAGE: an unknown zone, or one that nothing is written in. */
RP_CHECKED enum rp_status rp_cli_style(struct rp_cli *cli,
    struct rp_style_options *o, struct rp_text_style *style);

#endif
