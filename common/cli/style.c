#include "cli/style.h"

#include <string.h>

enum rp_status
rp_cli_style(
    struct rp_cli *cli, struct rp_style_options *o, struct rp_text_style *style)
{
	struct rp_error err = { 0 };
	enum rp_status st;

	style->digits =
	    strcmp(o->digits, "keep") == 0 ? RP_DIGITS_KEEP : RP_DIGITS_TRIM;
	style->iso = strcmp(o->time, "iso") == 0;
	if (o->tz == NULL)
		return RP_OK;
	if (!style->iso)
		return rp_cli_usage(cli, "--tz needs --time iso");
	style->time.zone = &o->zone;
	st = rp_zone_open(&o->zone, o->tz, &err);
	if (st == RP_ERR_USAGE)
		return rp_cli_usage(cli, "--tz: %s", err.text);
	return st == RP_OK ? st : rp_error_set(&cli->error, st, "%s", err.text);
}
