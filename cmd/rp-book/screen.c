#include "screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/bytes.h"
#include "cli/cli.h"

#define OUT STDOUT_FILENO

/* The other screen, and no cursor; the first one, and the cursor. */
static const char enter[] = "\033[?1049h\033[?25l";
static const char leave[] = "\033[0m\033[?25h\033[?1049l";

static volatile sig_atomic_t entered; /* the other screen is shown */
static volatile sig_atomic_t changed;

/* ---- signals ---- */

/* Only async-signal-safe calls. */
static void
go_back(void)
{
	if (entered)
		(void)!write(OUT, leave, sizeof(leave) - 1);
	entered = 0;
}

static void
on_change(int sig)
{
	(void)sig;
	changed = 1;
}

/* Ctrl-Z: stop with the first screen; the next picture enters the other. */
static void
on_stop(int sig)
{
	sigset_t stop;

	go_back();
	signal(sig, SIG_DFL);
	raise(sig);
	sigemptyset(&stop);
	sigaddset(&stop, sig);
	sigprocmask(SIG_UNBLOCK, &stop, NULL); /* here it stops */
	signal(sig, on_stop);
	changed = 1;
}

static void
catch_signals(void)
{
	static const int changes[] = { SIGWINCH, SIGCONT };
	struct sigaction sa = { .sa_handler = on_change };

	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < RP_LEN(changes); i++)
		sigaction(changes[i], &sa, NULL);
	sa.sa_handler = on_stop;
	sigaction(SIGTSTP, &sa, NULL);
	rp_cli_on_death(go_back);
}

/* ---- the terminal ---- */

static unsigned
number_of(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);
	long n = text != NULL ? strtol(text, NULL, 10) : 0;

	return n > 0 && n <= 10000 ? (unsigned)n : otherwise;
}

static void
measure(struct screen *s)
{
	struct winsize size = { 0 };

	if (s->live)
		(void)ioctl(OUT, TIOCGWINSZ, &size);
	s->columns = size.ws_col > 0 ? size.ws_col : number_of("COLUMNS", 80);
	s->rows = size.ws_row > 0 ? size.ws_row : number_of("LINES", 24);
}

static bool
is_set(const char *name)
{
	const char *text = getenv(name);

	return text != NULL && *text != '\0';
}

/* The first of these that is set decides. */
static bool
is_utf8(void)
{
	const char *locale = is_set("LC_ALL") ? getenv("LC_ALL")
	    : is_set("LC_CTYPE")              ? getenv("LC_CTYPE")
	    : is_set("LANG")                  ? getenv("LANG")
					      : "";

	return strcasestr(locale, "utf-8") != NULL ||
	    strcasestr(locale, "utf8") != NULL;
}

void
screen_open(struct screen *s)
{
	const char *term = getenv("TERM");

	*s = (struct screen){ 0 };
	s->live = isatty(OUT) == 1 && term != NULL && *term != '\0' &&
	    strcmp(term, "dumb") != 0;
	s->color = s->live && !is_set("NO_COLOR");
	s->blocks = is_utf8();
	measure(s);
	if (s->live)
		catch_signals();
}

bool
screen_has_changed(struct screen *s)
{
	if (!changed)
		return false;
	changed = 0;
	measure(s);
	return true;
}

static bool
put(const char *text, size_t len)
{
	struct pollfd p = { .fd = OUT, .events = POLLOUT };
	ssize_t n;

	while (len > 0) {
		n = write(OUT, text, len);
		if (n < 0 && errno == EAGAIN)
			(void)poll(&p, 1, -1);
		else if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return true;
}

bool
screen_draw(const char *text, size_t len)
{
	if (!entered) {
		entered = 1; /* before: a signal in between goes back */
		if (!put(enter, sizeof(enter) - 1))
			return false;
	}
	return put(text, len);
}

void
screen_close(struct screen *s)
{
	if (!s->live)
		return;
	rp_cli_on_death(NULL);
	signal(SIGTSTP, SIG_DFL);
	signal(SIGWINCH, SIG_DFL);
	signal(SIGCONT, SIG_DFL);
	go_back();
	s->live = false;
}
