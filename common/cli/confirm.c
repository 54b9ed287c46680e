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
		(void)rp_error_no_memory(&cli->error);
	else if (!rp_log_is_directory(p->confirm_log))
		(void)rp_error_set(&cli->error, RP_ERR_IO,
		    "--confirm: %s: is not a log", p->confirm_log);
	return cli->error.status == RP_OK;
}

static enum rp_status
refuse(struct rp_cli *cli, const char *why)
{
	return rp_error_set(
	    &cli->error, RP_ERR_CORRUPT, "--confirm %s: %s", cli->confirm, why);
}

void
rp_input_note(struct rp_input *in, const struct rp_frame *f)
{
	const char *uuid;
	size_t len;

	uuid = rp_note_value(f->text, f->text_len, "log.uuid", &len);
	if (uuid == NULL || len != sizeof(in->log) - 1)
		return;
	if (in->log[0] == '\0')
		memcpy(in->log, uuid, len);
	in->foreign = memcmp(in->log, uuid, len) != 0;
}

/* The UUID of the log, which has one once something is written to it. */
static enum rp_status
read_uuid(struct rp_cli *cli)
{
	struct rp_cli_private *p = cli->p;

	if (p->confirm_uuid[0] != '\0')
		return RP_OK;
	return rp_log_uuid(p->confirm_log, NULL, p->confirm_uuid, &cli->error);
}

enum rp_status
rp_confirm_frame(struct rp_input *in, const struct rp_frame *f)
{
	struct rp_cli *cli = in->cli;
	bool data = f->head.kind == RP_DATA;
	enum rp_status st;

	if (cli->confirm == NULL)
		return RP_OK;
	if (f->head.kind == RP_NOTE)
		rp_input_note(in, f);
	if (!data && (f->head.kind != RP_MARK || f->head.seq_max == 0))
		return RP_OK;
	if (in->log[0] == '\0')
		return data ? refuse(cli,
				  "the input does not say of which log it is "
				  "(rp-read says so, but with --no-notes)")
			    : RP_OK;
	if ((st = read_uuid(cli)) != RP_OK)
		return st;
	/* seq goes on over NOTEs of the past, and hardly into another log */
	if (strcmp(in->log, cli->p->confirm_uuid) != 0 ||
	    (data && in->foreign && f->head.seq_min <= in->last_seq))
		return refuse(cli, "the input is of another log");
	if (data && f->head.seq_min == 0)
		return refuse(cli, "the input has records without a seq");
	if (f->head.seq_max > in->last_seq)
		in->last_seq = f->head.seq_max;
	return RP_OK;
}

enum rp_status
rp_confirm_end(struct rp_cli *cli)
{
	if (cli->confirm == NULL || cli->p->last_seq == 0)
		return RP_OK;
	return rp_log_confirm(cli->p->confirm_log, cli->p->confirm_name,
	    cli->p->last_seq, &cli->error);
}
