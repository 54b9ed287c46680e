/*
 * Filters and sinks that read from a pipe take no notice of the first INT or
 * TERM: a Ctrl-C goes to the whole pipeline, its source dies, and they see the
 * truncation and say so. The second one kills, and where the input is a file,
 * the first. On every deadly way out, temporary files go too.
 */
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "cli/private.h"

static volatile sig_atomic_t patience; /* signals that do not kill yet */
static volatile sig_atomic_t live; /* the first one means: stop */
static volatile sig_atomic_t stopping;
static _Atomic(char *) doomed[256];

bool
rp_cli_stopping(void)
{
	return stopping != 0;
}

static void
unlink_doomed(void)
{
	const char *name;
	size_t i;

	for (i = 0; i < RP_LEN(doomed); i++)
		if ((name = atomic_load(&doomed[i])) != NULL)
			unlink(name);
}

/* Only async-signal-safe calls. */
static void
on_signal(int sig)
{
	if ((sig == SIGINT || sig == SIGTERM) && patience > 0) {
		patience--;
		stopping = live;
		return;
	}
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
