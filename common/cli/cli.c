#include "cli/cli.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/private.h"
#include "types/types.h"

/* Letters that need no quotes in a shell. */
static bool
plain(const char *s)
{
	return *s != '\0' &&
	    s[strspn(s,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_@%+=:,./-")] == '\0';
}

static void
put_quoted(FILE *f, const char *s)
{
	if (plain(s)) {
		fputs(s, f);
		return;
	}
	putc('\'', f);
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			fputs("'\\''", f);
		else /* a NOTE is text: no control characters */
			putc((unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s,
			    f);
	}
	putc('\'', f);
}

/* The arguments as one would type them; getopt permutes argv afterwards. */
static char *
quote_args(int argc, char **argv)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int i;

	if (f == NULL)
		return NULL;
	for (i = 1; i < argc; i++) {
		if (i > 1)
			putc(' ', f);
		put_quoted(f, argv[i]);
	}
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static void
complain(
    const struct rp_cli *cli, const char *kind, const char *fmt, va_list ap)
{
	char line[1024];

	vsnprintf(line, sizeof(line), fmt, ap);
	rp_error_flatten(line);
	rp_progress_clear(cli);
	fprintf(stderr, "%s: %s%s\n", cli->tool->name, kind, line);
}

enum rp_status
rp_cli_usage(struct rp_cli *cli, const char *fmt, ...)
{
	char line[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	rp_error_flatten(line);
	if (!cli->p->told && strchr(line, '\0')[-1] == ')') /* it has advice */
		fprintf(stderr, "%s: %s\n", cli->tool->name, line);
	else if (!cli->p->told)
		fprintf(stderr, "%s: %s (try %s --help)\n", cli->tool->name,
		    line, cli->tool->name);
	cli->p->told = true;
	return rp_error_set(&cli->error, RP_ERR_USAGE, "%s", line);
}

enum rp_status
rp_cli_mixed(struct rp_cli *cli, uint16_t a, uint16_t b, const char *or_else)
{
	char text_a[8], text_b[8];

	return rp_error_set(&cli->error, RP_ERR_USAGE,
	    "records of type %s and of type %s: choose one with -t, name "
	    "columns with -c, or %s",
	    rp_type_name(a, text_a), rp_type_name(b, text_b), or_else);
}

enum rp_status
rp_cli_threads(struct rp_cli *cli, int threads)
{
	enum { MOST = 64 };

	return threads >= 1 && threads <= MOST
	    ? RP_OK
	    : rp_cli_usage(cli, "-j is between 1 and %d", MOST);
}

void
rp_cli_warn(const struct rp_cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (cli->quiet)
		return;
	va_start(ap, fmt);
	complain(cli, "warning: ", fmt, ap);
	va_end(ap);
}

void
rp_cli_say(const struct rp_cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (!cli->verbose)
		return;
	va_start(ap, fmt);
	complain(cli, "", fmt, ap);
	va_end(ap);
}

static const char *
status_text(enum rp_status status)
{
	switch (status) {
	case RP_ERR_NOMEM:
		return "out of memory";
	case RP_ERR_CORRUPT:
		return "the input is corrupt";
	case RP_ERR_TRUNCATED:
		return "the input is truncated";
	case RP_ERR_UNSUPPORTED:
		return "the input is of an unsupported version";
	default:
		return "failed";
	}
}

static void
tell(struct rp_cli *cli, enum rp_status status)
{
	bool known = cli->error.text[0] != '\0';

	if (status >= 0 || status == RP_ERR_PIPE || cli->p->told ||
	    (cli->p->went_on && !known))
		return;
	fprintf(stderr, "%s: %s\n", cli->tool->name,
	    known ? cli->error.text : status_text(status));
	cli->p->told = true;
}

void
rp_cli_go_on(struct rp_cli *cli, enum rp_status status)
{
	rp_progress_clear(cli);
	tell(cli, status);
	cli->p->told = false;
	cli->p->went_on = true;
	cli->error = (struct rp_error){ 0 };
}

static int
weight(enum rp_status status)
{
	static const int of_exit[] = { 0, 2, 1, 5, 3, 4 };

	return of_exit[rp_status_exit(status)];
}

enum rp_status
rp_cli_worse(enum rp_status a, enum rp_status b)
{
	return weight(b) > weight(a) ? b : a;
}

static void
release(struct rp_cli *cli)
{
	rp_options_free(cli);
	rp_output_discard(&cli->p->stats_json);
	free(cli->p->args);
	free(cli->p->confirm_log);
	rp_needed_free(cli);
	for (size_t i = 0; i < cli->p->n_counts; i++)
		free(cli->p->counts[i].name);
	free(cli->p->counts);
	free(cli->p);
	cli->p = NULL;
}

/* The command line said it all: help, version, misuse or no memory. */
static bool
over(struct rp_cli *cli, enum rp_status status)
{
	if (status == RP_OK)
		status = rp_standard_close(cli);
	tell(cli, status);
	cli->status = rp_status_exit(status);
	release(cli);
	if (status == RP_ERR_PIPE)
		rp_signal_die(SIGPIPE);
	return false;
}

bool
rp_cli_start(struct rp_cli *cli, const struct rp_tool *tool,
    const struct rp_option *options, int argc, char **argv)
{
	*cli = (struct rp_cli){ .tool = tool, .max_errors_part = -1 };
	cli->p = calloc(1, sizeof(*cli->p));
	if (cli->p == NULL) {
		fprintf(stderr, "%s: out of memory\n", tool->name);
		cli->status = 1;
		return false;
	}
	rp_standard_open(cli);
	rp_signals_start(tool->flags);
	cli->p->started = cli->p->shown = rp_clock_monotonic();
	cli->p->args = quote_args(argc, argv);
	if (cli->p->args == NULL)
		return over(cli, RP_ERR_NOMEM);
	if (!rp_options_parse(cli, options, argc, argv))
		return over(cli, cli->error.status);
	if (cli->p->help)
		rp_help_print(cli);
	else if (cli->p->version)
		rp_version_print(cli);
	if (cli->p->help || cli->p->version)
		return over(cli, RP_OK);
	if (cli->stats_json != NULL && strcmp(cli->stats_json, "-") == 0)
		(void)rp_cli_usage(cli, "--stats-json takes a file, not '-'");
	else if (rp_confirm_start(cli) && rp_reject_start(cli) &&
	    rp_stats_start(cli))
		return true;
	return over(cli, cli->error.status);
}

int
rp_cli_status(const struct rp_cli *cli)
{
	return cli->status;
}

/* status, or how the next step failed: what fails first is what counts. */
static enum rp_status
then(enum rp_status status, enum rp_status next)
{
	return status < 0 ? status : next;
}

int
rp_cli_end(struct rp_cli *cli, enum rp_status status)
{
	int64_t elapsed = rp_clock_monotonic() - cli->p->started;

	rp_progress_end(cli);
	status = then(status, rp_reject_verdict(cli));
	status = then(status, rp_standard_close(cli));
	status = then(status, rp_reject_end(cli));
	if (status >= 0)
		status = then(status, rp_confirm_end(cli));
	if (cli->stats_json != NULL)
		status = then(status, rp_stats_write(cli, elapsed));
	tell(cli, status);
	if (cli->stats)
		rp_stats_print(cli, elapsed);
	cli->status = rp_status_exit(status);
	release(cli);
	if (status == RP_ERR_PIPE)
		rp_signal_die(SIGPIPE);
	return cli->status;
}
