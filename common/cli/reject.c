/* Records that cannot be handled: --on-error and --max-errors. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "cli/private.h"
#include "cli/values.h"

bool
rp_reject_start(struct rp_cli *cli)
{
	struct rp_cli_private *p = cli->p;
	const char *path;
	int fd;

	if (cli->on_error == NULL)
		cli->on_error = "fail";
	cli->max_errors = strcmp(cli->on_error, "fail") == 0 ? 0 : UINT64_MAX;
	if (p->max_errors != NULL &&
	    !rp_value_maximum(
		p->max_errors, &cli->max_errors, &cli->max_errors_part)) {
		(void)rp_cli_usage(cli,
		    "--max-errors '%s': expected a number or a percentage",
		    p->max_errors);
		return false;
	}
	if (strncmp(cli->on_error, "file:", 5) != 0)
		return true;
	path = cli->on_error + 5;
	if ((fd = rp_descriptor_of(path)) < 0)
		p->rejects = fopen(path, "we");
	else if ((fd = fcntl(fd, F_DUPFD_CLOEXEC, 3)) >= 0)
		p->rejects = fdopen(fd, "w");
	if (p->rejects == NULL)
		(void)rp_error_errno(&cli->error, "%s", path);
	return p->rejects != NULL;
}

/* reason, tab, text; control characters as \xNN so that it is one line. */
static void
put_line(FILE *f, const char *reason, const char *text, size_t len)
{
	fprintf(f, "%s\t", reason);
	for (; len > 0; len--, text++) {
		if (((unsigned char)*text < ' ' && *text != '\t') ||
		    *text == 0x7f)
			fprintf(f, "\\x%02x", (unsigned char)*text);
		else
			putc(*text, f);
	}
	putc('\n', f);
}

enum rp_status
rp_cli_reject(struct rp_cli *cli, const char *text, size_t len,
    const char *reason_fmt, ...)
{
	struct rp_cli_private *p = cli->p;
	char reason[400];
	va_list ap;

	va_start(ap, reason_fmt);
	vsnprintf(reason, sizeof(reason), reason_fmt, ap);
	va_end(ap);
	if (cli->counts.rejected++ == 0)
		snprintf(
		    p->first_reason, sizeof(p->first_reason), "%s", reason);
	if (p->rejects != NULL)
		put_line(p->rejects, reason, text, len);
	if (cli->counts.rejected <= cli->max_errors)
		return RP_OK;
	if (cli->max_errors == 0)
		return rp_error_set(&cli->error, RP_ERR_REJECTED, "%s", reason);
	return rp_error_set(&cli->error, RP_ERR_REJECTED,
	    "more than %" PRIu64 " records rejected, the last: %s",
	    cli->max_errors, reason);
}

static enum rp_status
not_kept(struct rp_cli *cli)
{
	if (errno != 0)
		return rp_error_errno(&cli->error, "%s", cli->on_error + 5);
	return rp_error_set(&cli->error, RP_ERR_IO, "%s: could not be written",
	    cli->on_error + 5);
}

enum rp_status
rp_reject_verdict(struct rp_cli *cli)
{
	FILE *f = cli->p->rejects;
	double part = cli->max_errors_part;
	double in = (double)cli->counts.records_in;
	double bad = (double)cli->counts.rejected;

	/* what is left out of an output is kept before that is put in place */
	errno = 0;
	if (f != NULL && (fflush(f) != 0 || ferror(f) != 0))
		return not_kept(cli);
	if (part < 0 || bad == 0 || bad <= part * in)
		return RP_OK;
	return rp_error_set(&cli->error, RP_ERR_REJECTED,
	    "%.0f of %.0f records rejected, more than %g %%, the first: %s",
	    bad, in, part * 100, cli->p->first_reason);
}

enum rp_status
rp_reject_end(struct rp_cli *cli)
{
	struct rp_cli_private *p = cli->p;
	FILE *f = p->rejects;
	bool failed;

	if (cli->counts.rejected > 0 && cli->error.status == RP_OK)
		rp_cli_warn(cli, "%" PRIu64 " %s rejected, the first: %s",
		    cli->counts.rejected,
		    cli->counts.rejected == 1 ? "record" : "records",
		    p->first_reason);
	if (f == NULL)
		return RP_OK;
	p->rejects = NULL;
	failed = ferror(f) != 0;
	errno = 0;
	return fclose(f) != 0 || failed ? not_kept(cli) : RP_OK;
}
