/*
 * Filters and sinks that read from a pipe take no notice of the first INT or
 * TERM: a Ctrl-C goes to the whole pipeline, its source dies, and they see the
 * truncation and say so. The second one kills, and where the input is a file,
 * the first. On every deadly way out, temporary files go too.
 */
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "cli/private.h"

static volatile sig_atomic_t patience; /* signals that do not kill yet */
static volatile sig_atomic_t live; /* the first one means: stop */
static atomic_bool stopping; /* asked by threads, too */
static _Atomic(char *) doomed[256];
static char doomed_folder[PATH_MAX + 32]; /* "" or a path and a "/" */
static size_t doomed_folder_len;
static const uint64_t *doomed_files; /* 0 to before this, in that folder */
static void (*last_act)(void); /* rp_cli_on_death */

bool
rp_cli_stopping(void)
{
	return stopping;
}

/* The files of a folder whose names are numbers, and the folder. */
static void
unlink_numbered(void)
{
	char *end = doomed_folder + doomed_folder_len;
	char digits[24];

	for (uint64_t i = 0; doomed_files != NULL && i < *doomed_files; i++) {
		char *p = digits + sizeof(digits) - 1;
		uint64_t n = i;

		*p = '\0';
		do
			*--p = (char)('0' + n % 10);
		while ((n /= 10) != 0);
		memcpy(end, p, (size_t)(digits + sizeof(digits) - p));
		unlink(doomed_folder);
	}
	*end = '\0';
	if (doomed_files != NULL)
		rmdir(doomed_folder);
}

static void
unlink_doomed(void)
{
	const char *name;
	size_t i;

	for (i = 0; i < RP_LEN(doomed); i++)
		if ((name = atomic_load(&doomed[i])) != NULL)
			unlink(name);
	unlink_numbered();
}

/* Only async-signal-safe calls. */
static void
on_signal(int sig)
{
	if ((sig == SIGINT || sig == SIGTERM || (sig == SIGHUP && live)) &&
	    patience > 0) {
		patience--;
		stopping = live;
		return;
	}
	if (last_act != NULL)
		last_act();
	unlink_doomed();
	signal(sig, SIG_DFL);
	raise(sig); /* delivered on return: it is blocked in here */
}

void
rp_signals_start(unsigned tool_flags)
{
	static const int deadly[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM,
		SIGUSR1, SIGUSR2, SIGXCPU };
	struct sigaction sa, old;
	size_t i;

	live = (tool_flags & RP_TOOL_LIVE) != 0;
	patience = live;
	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL); /* EPIPE tells, after cleaning up */
	sigaction(SIGXFSZ, &sa, NULL); /* EFBIG tells */
	sa.sa_handler = on_signal;
	/* A live tool waits in poll, which must return. */
	sa.sa_flags = live ? 0 : SA_RESTART;
	for (i = 0; i < RP_LEN(deadly); i++)
		if (sigaction(deadly[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN) /* nohup, background jobs */
			sigaction(deadly[i], &sa, NULL);
}

void
rp_signals_outlive_source(void)
{
	static bool done;

	if (!done)
		patience = 1;
	done = true;
}

void
rp_cli_live(void)
{
	rp_signals_start(RP_TOOL_LIVE);
}

/* What goes wrong in ourselves kills as before, but not before the act. */
void
rp_cli_on_death(void (*act)(void))
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT,
		SIGTRAP, SIGSYS };

	last_act = act;
	for (size_t i = 0; i < RP_LEN(faults); i++)
		signal(faults[i], act != NULL ? on_signal : SIG_DFL);
}

_Noreturn void
rp_signal_die(int sig)
{
	sigset_t set;

	signal(sig, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(sig);
	_exit(128 + sig);
}

bool
rp_doomed_add(char *name)
{
	char *none;
	size_t i;

	for (i = 0; i < RP_LEN(doomed); i++) {
		none = NULL;
		if (atomic_compare_exchange_strong(&doomed[i], &none, name))
			return true;
	}
	return false;
}

void
rp_doomed_remove(const char *name)
{
	size_t i;

	for (i = 0; i < RP_LEN(doomed); i++)
		if (atomic_load(&doomed[i]) == name)
			atomic_store(&doomed[i], NULL);
}

void
rp_doomed_folder(const char *folder, const uint64_t *files)
{
	sigset_t all, old;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	doomed_files = NULL;
	if (folder != NULL && strlen(folder) < PATH_MAX) {
		doomed_folder_len = strlen(folder) + 1;
		memcpy(doomed_folder, folder, doomed_folder_len - 1);
		memcpy(doomed_folder + doomed_folder_len - 1, "/", 2);
		doomed_files = files;
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
}
