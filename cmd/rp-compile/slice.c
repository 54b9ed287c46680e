#include "slice.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"
#include "roots.h"
#include "stages.h"
#include "wire/reader.h"

enum { READ, ARROW }; /* the stages */
enum { WAIT_SLICE = 200 }; /* ms after which we look whether to stop */

/* ---- what a job may ask for ---- */

/* "@FILE" would have a file of ours read. */
static enum rp_status
check_patterns(const struct rp_job_texts *texts, struct rp_error *err)
{
	for (size_t i = 0; i < texts->n; i++)
		if (*texts->text[i] == '@')
			return rp_error_set(err, RP_ERR_USAGE,
			    "%s: a job names symbols and types, not files of "
			    "them",
			    texts->text[i]);
	return RP_OK;
}

enum fault
slice_open(struct slice *s, const struct rp_job *job,
    const struct config *config, bool (*stopping)(void), struct rp_error *err)
{
	*s = (struct slice){
		.stopping = stopping, .told = { -1, -1 }, .fd = -1
	};
	if (check_patterns(&job->symbols, err) != RP_OK ||
	    check_patterns(&job->types, err) != RP_OK)
		return FAULT_FINAL;
	return roots_find(config->roots, job->log, &s->log, err);
}

void
slice_free(struct slice *s)
{
	for (int i = 0; i < 2; i++) {
		if (s->pid[i] > 0) {
			kill(s->pid[i], SIGKILL);
			while (
			    waitpid(s->pid[i], NULL, 0) < 0 && errno == EINTR)
				;
		}
		if (s->told[i] >= 0)
			close(s->told[i]);
	}
	if (s->fd >= 0)
		close(s->fd);
	free(s->log);
	*s = (struct slice){ .told = { -1, -1 }, .fd = -1 };
}

/* ---- the stages ---- */

static void
add_list(struct stage *t, const char *option, const struct rp_job_texts *texts)
{
	for (size_t i = 0; i < texts->n; i++)
		stage_addf(t, "--%s=%s", option, texts->text[i]);
}

static void
add_time(struct stage *t, const char *option, int64_t ns)
{
	struct rp_time_text clock = { 0 };
	char text[RP_TIME_ROOM + 1];

	if (ns == 0)
		return;
	text[rp_time_format(&clock, text, ns)] = '\0';
	stage_addf(t, "--%s=%s", option, text);
}

/* rp-read of the slice; the log is the last argument, to be added. */
static void
make_read(struct stage *t, const struct slice *s, const struct rp_job *job,
    const struct config *config)
{
	const bool remote = strncmp(s->log, "s3://", 5) == 0;

	stage_begin(t, "rp-read");
	stage_environment(t, remote);
	if (remote && config->endpoint != NULL)
		stage_set(t, "AWS_ENDPOINT_URL", config->endpoint);
	if (remote)
		stage_set(t, "AWS_REGION", config->region);
	stage_addf(t, "--quiet");
	add_time(t, "from", job->from);
	add_time(t, "to", job->to);
	add_list(t, "symbol", &job->symbols);
	add_list(t, "type", &job->types);
	if (job->where != NULL)
		stage_addf(t, "--where=%s", job->where);
}

static void
make_arrow(
    struct stage *t, const struct rp_job *job, const struct config *config)
{
	stage_begin(t, "rp-arrow");
	stage_environment(t, false);
	stage_addf(t, "--quiet");
	/* notes name paths: of one job the bytes are the same anywhere */
	stage_addf(t, "--no-notes");
	for (size_t i = 0; i < job->columns.n; i++)
		stage_addf(t, "--columns=%s", job->columns.text[i]);
	stage_addf(t, "--codec=%s",
	    job->compression != NULL ? job->compression : config->compression);
}

/* Run a stage; its stdin and stdout are ours no more. */
static enum rp_status
run_stage(struct slice *s, int i, struct stage *t, int in, int out,
    struct rp_error *err)
{
	s->told[i] = memfd_create("told", MFD_CLOEXEC);
	if (s->told[i] < 0)
		return rp_error_errno(err, "memfd_create");
	return stage_run(t, in, out, s->told[i], &s->pid[i], err);
}

enum rp_status
slice_start(struct slice *s, const struct rp_job *job,
    const struct config *config, struct rp_error *err)
{
	struct stage read = { 0 }, arrow = { 0 };
	int between[2] = { -1, -1 }, out[2] = { -1, -1 };
	enum rp_status st = RP_OK;

	make_read(&read, s, job, config);
	stage_addf(&read, "--");
	stage_addf(&read, "%s", s->log);
	make_arrow(&arrow, job, config);
	if (pipe2(between, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		st = rp_error_errno(err, "pipe");
	if (st == RP_OK)
		st = run_stage(s, READ, &read, -1, between[1], err);
	if (st == RP_OK)
		st = run_stage(s, ARROW, &arrow, between[0], out[1], err);
	s->fd = out[0];
	for (int i = 0; i < 2; i++)
		if (between[i] >= 0)
			close(between[i]);
	if (out[1] >= 0)
		close(out[1]);
	stage_free(&read);
	stage_free(&arrow);
	return st;
}

/* ---- waiting ---- */

static enum rp_status
stopped(struct rp_error *err)
{
	return rp_error_set(err, RP_ERR_IO, "stopped by a signal");
}

enum rp_status
slice_wait(struct slice *s, struct rp_error *err)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };

	while (!s->stopping())
		if (poll(&p, 1, WAIT_SLICE) > 0)
			return RP_OK;
	return stopped(err);
}

/* rp_reader_on_wait */
static int
wait_or_stop(void *slice)
{
	return ((struct slice *)slice)->stopping() ? RP_READER_STOP
						   : WAIT_SLICE;
}

/* ---- the end ---- */

static enum fault
fault_of(int status)
{
	if (status == 0)
		return FAULT_NONE;
	if (WIFSIGNALED(status))
		return FAULT_AGAIN;
	switch (WEXITSTATUS(status)) {
	case 1:
		return FAULT_AGAIN;
	case 4:
		return FAULT_LOG;
	default:
		return FAULT_FINAL;
	}
}

/* What a stage said last, or what its status says. */
static void
say_why(const struct slice *s, int i, int status, struct rp_error *err)
{
	static const char *const names[] = { "rp-read", "rp-arrow" };
	char text[400];

	if (WIFSIGNALED(status))
		(void)rp_error_set(err, RP_ERR_IO, "%s: ended by signal %d",
		    names[i], WTERMSIG(status));
	else if (stage_last_words(s->told[i], text, sizeof(text)))
		(void)rp_error_set(err, RP_ERR_IO, "%s", text);
	else
		(void)rp_error_set(err, RP_ERR_IO, "%s: ended with status %d",
		    names[i], WEXITSTATUS(status));
}

static int
wait_for(int *pid)
{
	int status = 0;

	while (*pid > 0 && waitpid(*pid, &status, 0) < 0)
		if (errno != EINTR)
			break;
	*pid = 0;
	return status;
}

enum fault
slice_end(struct slice *s, struct rp_error *err)
{
	int status[2], why = READ;

	for (int i = 0; i < 2; i++)
		status[i] = wait_for(&s->pid[i]);
	/* a reader whose pipe was closed is not to blame */
	if (status[READ] == 0 ||
	    (WIFSIGNALED(status[READ]) && WTERMSIG(status[READ]) == SIGPIPE))
		why = ARROW;
	if (status[why] == 0)
		return FAULT_NONE;
	say_why(s, why, status[why], err);
	return fault_of(status[why]);
}

/* ---- its first record ---- */

static enum rp_status
read_first(struct slice *s, int64_t *ts)
{
	struct rp_reader *r = rp_reader_fd(s->fd, "rp-read");
	const struct rp_record *rec;
	struct rp_frame f;
	enum rp_status st = r != NULL ? RP_OK : RP_ERR_NOMEM;

	if (r != NULL)
		rp_reader_on_wait(r, wait_or_stop, s);
	while (st == RP_OK && (st = rp_reader_next(r, &f)) == RP_OK)
		if (f.head.kind == RP_DATA && *ts == RP_ABSENT &&
		    (rec = rp_frame_next(&f, NULL)) != NULL)
			*ts = rec->ts_recv;
	rp_reader_free(r);
	return st == RP_END ? RP_OK : st;
}

enum fault
slice_first_time(struct slice *s, const struct rp_job *job,
    const struct config *config, int64_t *ts, struct rp_error *err)
{
	struct stage read = { 0 };
	int out[2], status;
	enum rp_status st;

	*ts = RP_ABSENT;
	make_read(&read, s, job, config);
	stage_addf(&read, "--limit=1");
	stage_addf(&read, "--");
	stage_addf(&read, "%s", s->log);
	if (pipe2(out, O_CLOEXEC) != 0) {
		(void)rp_error_errno(err, "pipe");
		stage_free(&read);
		return FAULT_AGAIN;
	}
	s->fd = out[0];
	st = run_stage(s, READ, &read, -1, out[1], err);
	close(out[1]);
	stage_free(&read);
	if (st == RP_OK)
		st = read_first(s, ts);
	if (s->stopping()) {
		(void)stopped(err);
		return FAULT_LOG;
	}
	status = wait_for(&s->pid[READ]);
	if (status != 0) {
		say_why(s, READ, status, err);
		return fault_of(status);
	}
	return st == RP_OK ? FAULT_NONE : FAULT_AGAIN;
}
