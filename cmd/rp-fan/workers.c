#include "workers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/time.h"

/* ms that a worker whose input was cut off has to end, and once more after a
 * SIGTERM. */
enum { PATIENCE_MS = 3000 };

static enum rp_status
no_memory(struct workers *ws)
{
	return rp_error_set(&ws->cli->error, RP_ERR_NOMEM, "out of memory");
}

static enum rp_status
failed(struct workers *ws, const char *what)
{
	return rp_error_errno(&ws->cli->error, "%s", what);
}

static void
shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- commands ---- */

/* The command with the numbers in it; the caller frees. */
static char *
command_of(const char *command, uint32_t number, uint32_t n)
{
	static const char keys[2][12] = { "{worker}", "{workers}" };
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		return NULL;
	while (*command != '\0') {
		bool all = strncmp(command, keys[1], strlen(keys[1])) == 0;

		if (all || strncmp(command, keys[0], strlen(keys[0])) == 0) {
			fprintf(f, "%" PRIu32, all ? n : number);
			command += strlen(keys[all]);
		} else {
			putc(*command++, f);
		}
	}
	if (fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* In the child; only what is safe there. A pipeline fails with its stages. */
static _Noreturn void
become(const struct worker *w, int in, int out, pid_t parent)
{
	sigset_t none;

	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL); /* the tools of rp ignore them */
	signal(SIGXFSZ, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() == parent && dup2(in, STDIN_FILENO) >= 0 &&
	    (out < 0 || dup2(out, STDOUT_FILENO) >= 0)) {
		execlp("bash", "bash", "-o", "pipefail", "-c", w->command,
		    (char *)NULL);
		execlp("sh", "sh", "-c", w->command, (char *)NULL);
	}
	_exit(127);
}

static enum rp_status
spawn(struct worker *w, int in, int out)
{
	pid_t self = getpid();
	char number[16];

	snprintf(number, sizeof(number), "%" PRIu32, w->number);
	if (setenv("RP_WORKER", number, 1) != 0)
		return no_memory(w->all);
	if ((w->pid = fork()) < 0)
		return failed(w->all, "a worker cannot be started");
	if (w->pid == 0)
		become(w, in, out, self);
	setpgid(w->pid, w->pid); /* whoever comes first */
	w->process = pidfd_open(w->pid, 0);
	return w->process >= 0 ? RP_OK
			       : failed(w->all, "a worker cannot be watched");
}

/* A large pipe; our end of it does not block. */
static enum rp_status
make_pipe(struct workers *ws, int *theirs, int *ours, bool we_write)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) != 0)
		return failed(ws, "a pipe to a worker");
	*theirs = fd[!we_write];
	*ours = fd[we_write];
	(void)fcntl(*ours, F_SETPIPE_SZ, RP_PIPE_SIZE); /* or as it is */
	if (fcntl(*ours, F_SETFL, O_NONBLOCK) == 0)
		return RP_OK;
	return failed(ws, "a pipe to a worker");
}

static enum rp_status
start(struct workers *ws, struct worker *w, const char *command)
{
	int in = -1, out = -1;
	enum rp_status st;

	if ((w->command = command_of(command, w->number, ws->n)) == NULL)
		return no_memory(ws);
	st = make_pipe(ws, &in, &w->in, true);
	if (st == RP_OK && ws->wants_output)
		st = make_pipe(ws, &out, &w->out, false);
	if (st == RP_OK)
		st = spawn(w, in, out);
	shut(&in);
	shut(&out);
	return st;
}

enum rp_status
workers_start(struct workers *ws, struct rp_cli *cli, const char *command,
    uint32_t n, bool wants_output)
{
	char number[16];
	enum rp_status st = RP_OK;

	signal(SIGCHLD, SIG_DFL); /* ignored, children leave no status */
	ws->cli = cli;
	ws->wants_output = wants_output;
	ws->worker = calloc(n, sizeof(*ws->worker));
	/* of each: its process, its output; and what is awaited */
	ws->polls = calloc(2 * (size_t)n + 1, sizeof(*ws->polls));
	ws->polled = calloc(2 * (size_t)n + 1, sizeof(struct worker *));
	snprintf(number, sizeof(number), "%" PRIu32, n);
	if (ws->worker == NULL || ws->polls == NULL || ws->polled == NULL ||
	    setenv("RP_WORKERS", number, 1) != 0)
		return no_memory(ws);
	ws->n = n;
	for (uint32_t i = 0; i < n; i++)
		ws->worker[i] = (struct worker){ .all = ws,
			.number = i + 1,
			.process = -1,
			.in = -1,
			.left = -1,
			.out = -1 };
	for (uint32_t i = 0; i < n && st == RP_OK; i++)
		st = start(ws, &ws->worker[i], command);
	return st;
}

/* ---- waiting ---- */

static bool
fails(struct worker *w)
{
	w->failed = true;
	if (w->all->failed == NULL)
		w->all->failed = w;
	return false;
}

/* Bytes of its input that a worker which has ended did not read. */
static bool
left_some(const struct worker *w)
{
	int n = 0;

	return w->left >= 0 && ioctl(w->left, FIONREAD, &n) == 0 && n > 0;
}

/* It has ended: well, if it had all of its input and has read it. */
static bool
reap(struct worker *w)
{
	bool well;

	while (waitpid(w->pid, &w->status, 0) < 0 && errno == EINTR)
		continue;
	shut(&w->process);
	if (w->status == 0 && !w->stopped && (w->in >= 0 || left_some(w)))
		(void)rp_error_set(&w->fault, RP_ERR_IO,
		    "stopped reading before the end of its input");
	shut(&w->left);
	well = w->status == 0 && w->fault.status == RP_OK;
	return well || w->stopped || fails(w);
}

static nfds_t
watch(struct workers *ws, nfds_t at, int fd, short events, struct worker *w)
{
	if (fd < 0)
		return at;
	ws->polls[at] = (struct pollfd){ .fd = fd, .events = events };
	ws->polled[at] = w;
	return at + 1;
}

static bool
handle(struct workers *ws, const struct pollfd *p, struct worker *w)
{
	if (p->revents == 0)
		return true;
	if (p->fd == w->process)
		return reap(w);
	ws->broken = ws->output(ws->arg, w);
	return ws->broken == RP_OK;
}

enum rp_status
workers_status(const struct workers *ws)
{
	return ws->failed != NULL ? RP_ERR_IO : ws->broken;
}

bool
workers_await(struct workers *ws, int fd, short events, int ms, bool *ready)
{
	nfds_t first = fd >= 0, n = watch(ws, 0, fd, events, NULL);
	bool ok = workers_status(ws) == RP_OK;

	*ready = false;
	if (!ok)
		return false;
	for (uint32_t i = 0; i < ws->n; i++) {
		struct worker *w = &ws->worker[i];

		n = watch(ws, n, w->out, POLLIN, w);
		n = watch(ws, n, w->process, POLLIN, w);
	}
	if (poll(ws->polls, n, ms) <= 0)
		return true; /* a signal, or the time is up */
	*ready = first == 0 || ws->polls[0].revents != 0;
	for (nfds_t i = first; i < n && ok; i++)
		ok = handle(ws, &ws->polls[i], ws->polled[i]);
	return ok;
}

bool
worker_takes_more(void *arg)
{
	struct worker *w = arg;
	bool ready = false;

	while (!ready)
		if (!workers_await(w->all, w->in, POLLOUT, -1, &ready))
			return false;
	return true;
}

/* ---- the end ---- */

void
worker_broke(struct worker *w, enum rp_status st, const char *why)
{
	(void)rp_error_set(&w->fault, st, "%s", why);
	(void)fails(w);
}

void
worker_close_input(struct worker *w)
{
	char self[64];

	/* another end of the pipe, to see what is left in it */
	snprintf(self, sizeof(self), "/proc/self/fd/%d", w->in);
	w->left = open(self, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	shut(&w->in);
}

static bool
is_running(const struct workers *ws)
{
	for (uint32_t i = 0; i < ws->n; i++)
		if (ws->worker[i].process >= 0 || ws->worker[i].out >= 0)
			return true;
	return false;
}

enum rp_status
workers_finish(struct workers *ws)
{
	bool ready;

	while (is_running(ws))
		if (!workers_await(ws, -1, 0, -1, &ready))
			break;
	return workers_status(ws);
}

/* Reap what ends within some time; false: not all have. */
static bool
reap_all(struct workers *ws, int ms)
{
	int64_t end = rp_clock_monotonic() / 1000000 + ms;
	bool all = true;

	for (uint32_t i = 0; i < ws->n; i++) {
		struct worker *w = &ws->worker[i];
		struct pollfd p = { .fd = w->process, .events = POLLIN };
		int64_t left;

		do
			left = end - rp_clock_monotonic() / 1000000;
		while (w->process >= 0 &&
		    poll(&p, 1, left > 0 ? (int)left : 0) <= 0 && left > 0);
		if (w->process >= 0 && p.revents != 0)
			(void)reap(w);
		all &= w->process < 0;
	}
	return all;
}

static void
kill_all(struct workers *ws, int sig)
{
	for (uint32_t i = 0; i < ws->n; i++) {
		struct worker *w = &ws->worker[i];

		if (w->process >= 0 && kill(-w->pid, sig) == 0)
			w->killed = true;
	}
}

enum rp_status
worker_fault(const struct worker *w, char text[static RP_FAULT_ROOM])
{
	int status = w->status;

	/* whose output is no stream has lost its pipes, and may say so */
	if (w->fault.status == RP_ERR_CORRUPT ||
	    (w->fault.status != RP_OK && (status == 0 || w->killed))) {
		snprintf(text, RP_FAULT_ROOM, "%.250s", w->fault.text);
		return w->fault.status;
	}
	if (WIFSIGNALED(status))
		snprintf(text, RP_FAULT_ROOM, "killed by signal %d (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(
		    text, RP_FAULT_ROOM, "exit status %d", WEXITSTATUS(status));
	if (status == 0)
		return RP_OK;
	return WIFEXITED(status) && WEXITSTATUS(status) == 3 ? RP_ERR_CORRUPT
							     : RP_ERR_IO;
}

int
worker_exit(const struct worker *w)
{
	return WIFSIGNALED(w->status) ? 128 + WTERMSIG(w->status)
				      : WEXITSTATUS(w->status);
}

static enum rp_status
verdict(struct workers *ws, enum rp_status st)
{
	const struct worker *w = ws->failed;
	char text[RP_FAULT_ROOM];

	if (w == NULL)
		return st;
	if (ws->cli->error.status != RP_OK)
		return ws->cli->error.status;
	st = worker_fault(w, text);
	return rp_error_set(&ws->cli->error, st, "worker %" PRIu32 ": %s: %s",
	    w->number, text, w->command);
}

enum rp_status
workers_stop(struct workers *ws, enum rp_status st)
{
	if (ws->worker == NULL)
		return st;
	for (uint32_t i = 0; i < ws->n; i++) {
		struct worker *w = &ws->worker[i];

		w->stopped = w->process >= 0 && !w->failed;
		shut(&w->in);
		shut(&w->out);
	}
	if (!reap_all(ws, PATIENCE_MS)) {
		kill_all(ws, SIGTERM);
		if (!reap_all(ws, PATIENCE_MS)) {
			kill_all(ws, SIGKILL);
			(void)reap_all(ws, PATIENCE_MS);
		}
	}
	return verdict(ws, st);
}

void
workers_free(struct workers *ws)
{
	for (uint32_t i = 0; i < ws->n; i++)
		free(ws->worker[i].command);
	free(ws->worker);
	free(ws->polls);
	free(ws->polled);
}
