#include "cli/feeds.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/private.h"
#include "log/reader.h"
#include "log/segment.h"
#include "log/tree.h"

/* Descriptors of a tool besides: its standard ones, outputs, an index. */
enum { SPARE = 24 };

enum rp_status
rp_cli_files(struct rp_cli *cli, uint64_t n, const char *what)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= n + SPARE)
		return RP_OK;
	if (limit.rlim_max < n + SPARE)
		return rp_error_set(&cli->error, RP_ERR_IO,
		    "%" PRIu64 " %s at once need more open files than the "
		    "limit of %ju allows: raise it (ulimit -n)",
		    n, what, (uintmax_t)limit.rlim_max);
	limit.rlim_cur = n + SPARE;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		return rp_error_errno(&cli->error, "the limit of open files");
	return RP_OK;
}

/* ---- one input ---- */

static enum rp_status
checked(struct rp_feed *in, enum rp_status st)
{
	if (st >= RP_OK)
		return st;
	return rp_error_set(&in->cli->error, st, "%s",
	    in->log != NULL ? rp_log_reader_error(in->log)->text
			    : rp_reader_error(in->r)->text);
}

static enum rp_status
head(void *arg, struct rp_frame *f)
{
	struct rp_feed *in = arg;
	struct rp_counts *counts = &in->cli->counts;
	enum rp_status st;

	st = in->log != NULL ? rp_log_reader_head(in->log, f)
			     : rp_reader_head(in->r, f);
	in->ended = st == RP_END;
	if (st != RP_OK)
		return checked(in, st);
	in->frames++;
	counts->bytes_in += f->size;
	if (f->head.kind == RP_DATA) {
		in->records += f->head.records;
		counts->records_in += f->head.records;
		rp_cli_progress(in->cli);
	}
	return RP_OK;
}

static enum rp_status
body(void *arg, struct rp_frame *f)
{
	struct rp_feed *in = arg;

	return checked(in,
	    in->log != NULL ? rp_log_reader_body(in->log, f)
			    : rp_reader_body(in->r, f));
}

static enum rp_status
rows(void *arg, struct rp_frame *f)
{
	struct rp_feed *in = arg;

	return checked(in,
	    in->log != NULL ? rp_log_reader_rows(in->log, f)
			    : rp_reader_rows(in->r, f));
}

static enum rp_status
open_feed(struct rp_feed *in, struct rp_cli *cli, char *operand,
    const struct rp_log_remote *remote, int (*wait)(void *), void *wait_arg)
{
	const struct rp_log_reader_options plain = { .remote = remote };
	const char *name = rp_log_path(operand);
	size_t n = strlen(operand);
	enum rp_status st;

	in->cli = cli;
	in->name = name;
	if (rp_log_is_remote(name)) /* no name of an object ends so */
		while (operand[n - 1] == '/')
			operand[--n] = '\0';
	if (rp_log_is_directory(name) || rp_log_is_remote(name))
		return rp_log_reader_open(&in->log, name, &plain, &cli->error);
	if ((st = rp_cli_open(cli, name, &in->fd, &in->name)) != RP_OK)
		return st;
	if ((in->r = rp_reader_fd(in->fd, in->name)) == NULL)
		return rp_error_no_memory(&cli->error);
	rp_reader_on_wait(in->r, wait, wait_arg);
	return RP_OK;
}

static uint32_t
close_feed(struct rp_feed *in)
{
	uint32_t flags = 0;

	if (in->log != NULL)
		flags = rp_log_reader_end_flags(in->log);
	else if (in->r != NULL)
		flags = rp_reader_end_flags(in->r);
	if (in->log != NULL || in->r != NULL)
		rp_cli_say(in->cli,
		    "%s: %" PRIu64 " records in %" PRIu64 " frames", in->name,
		    in->records, in->frames);
	rp_log_reader_free(in->log);
	rp_reader_free(in->r);
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	return flags;
}

/* ---- all of them ---- */

static enum rp_status
check_stdin(struct rp_cli *cli, char **names, int n)
{
	int dashes = 0;

	for (int i = 0; i < n; i++)
		dashes += strcmp(names[i], "-") == 0;
	return dashes <= 1 ? RP_OK
			   : rp_cli_usage(cli, "stdin (-) is one input only");
}

enum rp_status
rp_feeds_open(struct rp_feeds *fs, struct rp_cli *cli,
    const struct rp_log_remote *remote, int (*wait)(void *), void *wait_arg)
{
	static char dash[] = "-";
	static char *standard[] = { dash };
	char **names = cli->argc > 0 ? cli->argv : standard;
	int n = cli->argc > 0 ? cli->argc : 1;
	enum rp_status st;

	*fs = (struct rp_feeds){ 0 };
	if ((st = check_stdin(cli, names, n)) != RP_OK ||
	    (st = rp_cli_files(cli, (uint64_t)n, "inputs")) != RP_OK)
		return st;
	fs->feed = calloc((size_t)n, sizeof(*fs->feed));
	fs->inputs = calloc((size_t)n, sizeof(*fs->inputs));
	if (fs->feed == NULL || fs->inputs == NULL)
		return rp_error_no_memory(&cli->error);
	rp_cli_expect_files(cli, names, n);
	rp_inputs_outlive_source(cli, names, n);
	for (int i = 0; i < n && st == RP_OK; i++) {
		fs->n++;
		fs->inputs[i] =
		    (struct rp_merge_input){ &fs->feed[i], head, body, rows };
		st = open_feed(
		    &fs->feed[i], cli, names[i], remote, wait, wait_arg);
	}
	return st;
}

uint32_t
rp_feeds_close(struct rp_feeds *fs)
{
	uint32_t flags = 0;

	for (size_t i = 0; i < fs->n; i++)
		flags |= close_feed(&fs->feed[i]);
	free(fs->feed);
	free(fs->inputs);
	*fs = (struct rp_feeds){ 0 };
	return flags;
}
