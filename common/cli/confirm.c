/* --confirm LOG:NAME: a sink says to a log how far it has committed. */
#include <string.h>

#include "cli/private.h"
#include "log/readers.h"
#include "log/segment.h"

/* Split at the last colon, so that a path may hold others. */
bool
rp_confirm_start(struct rp_cli *cli)
{
	struct rp_cli_private *p = cli->p;
	struct rp_error err = { 0 };
	const char *colon;

	if (cli->confirm == NULL)
		return true;
	colon = strrchr(cli->confirm, ':');
	if (colon == NULL || colon == cli->confirm) {
		(void)rp_cli_usage(
		    cli, "--confirm '%s': expected LOG:NAME", cli->confirm);
		return false;
	}
	p->confirm_name = colon + 1;
	if (rp_log_reader_name_check(p->confirm_name, &err) != RP_OK) {
		(void)rp_cli_usage(cli, "--confirm: %s", err.text);
		return false;
	}
	p->confirm_log = strndup(cli->confirm, (size_t)(colon - cli->confirm));
	if (p->confirm_log == NULL)
		(void)rp_error_set(&cli->error, RP_ERR_NOMEM, "out of memory");
	else if (!rp_log_is_directory(p->confirm_log))
		(void)rp_error_set(&cli->error, RP_ERR_IO,
		    "--confirm: %s: is not a log", p->confirm_log);
	return cli->error.status == RP_OK;
}

enum rp_status
rp_confirm_end(struct rp_cli *cli)
{
	if (cli->confirm == NULL || cli->p->last_seq == 0)
		return RP_OK;
	return rp_log_confirm(cli->p->confirm_log, cli->p->confirm_name,
	    cli->p->last_seq, &cli->error);
}
