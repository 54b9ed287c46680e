/* The stream inputs of a tool, one after the other. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/private.h"
#include "cli/schemas.h"
#include "log/tree.h"

static char standard_input[] = "-";
static char *no_operands[] = { standard_input };

/* Does what comes depend on another process? */
static bool
is_piped(const char *name)
{
	struct stat st;
	int r =
	    strcmp(name, "-") == 0 ? fstat(STDIN_FILENO, &st) : stat(name, &st);

	return r == 0 && !S_ISREG(st.st_mode);
}

/* Bytes that the file will yield, or 0 if nobody knows. */
static uint64_t
size_of(const char *name)
{
	bool is_stdin = strcmp(name, "-") == 0;
	struct stat st;
	off_t at = 0;

	if ((is_stdin ? fstat(STDIN_FILENO, &st) : stat(name, &st)) != 0 ||
	    !S_ISREG(st.st_mode))
		return 0;
	if (is_stdin)
		at = lseek(STDIN_FILENO, 0, SEEK_CUR);
	return at >= 0 && at < st.st_size ? (uint64_t)(st.st_size - at) : 0;
}

void
rp_cli_expect_files(struct rp_cli *cli, char **names, int n)
{
	uint64_t size, sum = cli->counts.bytes_in;
	int i;

	for (i = 0; i < n; i++) {
		if ((size = size_of(names[i])) == 0)
			return;
		sum += size;
	}
	rp_cli_expect(cli, sum);
}

void
rp_inputs_outlive_source(const struct rp_cli *cli, char **names, int n)
{
	for (int i = 0; i < n && !(cli->tool->flags & RP_TOOL_SOURCE); i++)
		if (is_piped(names[i]))
			rp_signals_outlive_source();
}

void
rp_input_init_names(struct rp_input *in, struct rp_cli *cli, char **names,
    int n, bool verify_sums)
{
	*in = (struct rp_input){ .cli = cli,
		.names = names,
		.n = n,
		.fd = -1,
		.object = RP_READABLE_CLOSED,
		.verify_sums = verify_sums };
	rp_cli_expect_files(cli, names, n);
	rp_inputs_outlive_source(cli, names, n);
}

void
rp_input_init(struct rp_input *in, struct rp_cli *cli, bool verify_sums)
{
	if (cli->argc > 0)
		rp_input_init_names(in, cli, cli->argv, cli->argc, verify_sums);
	else
		rp_input_init_names(in, cli, no_operands, 1, verify_sums);
}

enum rp_status
rp_cli_open(struct rp_cli *cli, const char *name, int *fd, const char **label)
{
	struct rp_error *err = &cli->error;
	struct stat st;

	*fd = STDIN_FILENO;
	*label = name;
	if (strcmp(name, "-") == 0) {
		*label = "<stdin>";
		if (cli->p->closed[STDIN_FILENO])
			return rp_error_set(
			    err, RP_ERR_IO, "<stdin>: is closed");
	} else if ((*fd = open(name, O_RDONLY | O_CLOEXEC)) < 0) {
		return rp_error_errno(err, "%s", name);
	}
	if (fstat(*fd, &st) != 0)
		return rp_error_errno(err, "%s", *label);
	if (S_ISDIR(st.st_mode))
		return rp_error_set(err, RP_ERR_IO,
		    "%s: is a directory (a log is read with rp-read)", *label);
	if (isatty(*fd) == 1 && !cli->force)
		return rp_error_set(err, RP_ERR_USAGE,
		    "%s: is a terminal, and the input is binary: give a file "
		    "or a pipe",
		    *label);
	rp_pipe_widen(*fd);
	return RP_OK;
}

static enum rp_status
open_object(struct rp_input *in, const char *url)
{
	struct rp_error *err = &in->cli->error;
	enum rp_status st =
	    rp_log_remote_open(in->remote, url, &in->object, err);

	if (st == RP_EMPTY)
		return rp_error_set(
		    err, RP_ERR_IO, "%s: neither log nor object is there", url);
	if (st != RP_OK)
		return st;
	rp_readable_announce(&in->object, 0, in->object.size);
	in->r = rp_reader_open(&in->object, url);
	return RP_OK;
}

static enum rp_status
open_file(struct rp_input *in, const char *name)
{
	enum rp_status st = RP_OK;

	if (in->remote != NULL)
		name = rp_log_path(name);
	if (in->far != NULL)
		in->r = rp_reader_open(in->far, name);
	else if (in->remote != NULL && rp_log_is_remote(name))
		st = open_object(in, name);
	else if ((st = rp_cli_open(in->cli, name, &in->fd, &name)) == RP_OK)
		in->r = rp_reader_fd(in->fd, name);
	if (st != RP_OK)
		return st;
	if (in->r == NULL)
		return rp_error_no_memory(&in->cli->error);
	in->frames = in->records = 0;
	in->log[0] = '\0';
	in->foreign = false;
	rp_reader_verify_sums(in->r, in->verify_sums);
	rp_reader_follow(in->r, in->growing);
	rp_reader_on_wait(in->r, in->wait != NULL ? in->wait : rp_sinks_idle,
	    in->wait != NULL ? in->wait_arg : in->cli);
	return RP_OK;
}

static void
close_file(struct rp_input *in)
{
	rp_reader_free(in->r);
	in->r = NULL;
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	in->fd = -1;
	rp_readable_close(&in->object);
}

static void
account(struct rp_input *in, const struct rp_frame *f)
{
	struct rp_counts *counts = &in->cli->counts;

	in->frames++;
	counts->bytes_in += f->size;
	if (f->head.kind != RP_DATA)
		return;
	rp_cli_note_schemas(in->cli, f);
	in->records += f->head.records;
	counts->records_in += f->head.records;
	rp_cli_progress(in->cli);
}

/* Take over the reader's error. */
static enum rp_status
failed(struct rp_input *in, enum rp_status st)
{
	if (st < 0)
		(void)rp_error_set(
		    &in->cli->error, st, "%s", rp_reader_error(in->r)->text);
	return st;
}

const char *
rp_input_label(const struct rp_input *in)
{
	const char *name = in->names[in->at - 1];

	return strcmp(name, "-") == 0 ? "<stdin>" : name;
}

/* At the clean end of a file. */
static void
leave_file(struct rp_input *in)
{
	rp_cli_say(in->cli, "%s: %" PRIu64 " records in %" PRIu64 " frames",
	    rp_input_label(in), in->records, in->frames);
	in->end_flags |= rp_reader_end_flags(in->r);
	close_file(in);
}

static enum rp_status
next(struct rp_input *in, struct rp_frame *f,
    enum rp_status (*read)(struct rp_reader *, struct rp_frame *))
{
	enum rp_status st;

	for (;;) {
		if (in->r == NULL) {
			if (in->at == in->n) {
				st = rp_cli_check_schemas(in->cli, true);
				return st == RP_OK ? RP_END : st;
			}
			st = open_file(in, in->names[in->at++]);
			if (st != RP_OK)
				return st;
		}
		st = read(in->r, f);
		if (st == RP_OK) {
			account(in, f);
			if ((st = rp_cli_check_schemas(in->cli, false)) !=
				RP_OK ||
			    (st = rp_confirm_frame(in, f)) != RP_OK)
				return st;
		}
		if (st != RP_END)
			return failed(in, st);
		leave_file(in);
	}
}

enum rp_status
rp_input_next(struct rp_input *in, struct rp_frame *f)
{
	return next(in, f, rp_reader_next);
}

enum rp_status
rp_input_head(struct rp_input *in, struct rp_frame *f)
{
	return next(in, f, rp_reader_head);
}

enum rp_status
rp_input_body(struct rp_input *in, struct rp_frame *f)
{
	return failed(in, rp_reader_body(in->r, f));
}

enum rp_status
rp_input_rows(struct rp_input *in, struct rp_frame *f)
{
	return failed(in, rp_reader_rows(in->r, f));
}

void
rp_input_cut(struct rp_input *in)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)dup3(fd, in->fd, O_CLOEXEC);
		close(fd);
	}
}

void
rp_input_close(struct rp_input *in)
{
	if (in->cli == NULL)
		return;
	if (in->r != NULL)
		in->end_flags |= rp_reader_end_flags(in->r);
	in->cli->p->last_seq = in->last_seq;
	close_file(in);
}
