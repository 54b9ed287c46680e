/*
 * Preloaded into rp-compile: KILL_STEP is "STEP HOW [N]", where the process is
 * killed, at the N-th time (1) that it comes there. Steps, by what is written:
 *
 *	read take seal adopt finish bury    to Redis
 *	put create part complete            to S3
 *	file write sync rename              in a directory
 *
 * HOW is "before" it; "answered", when it is done and the answer came; or a
 * number of bytes of it that were still written. With KILL_KEY only a file counts
 * whose name has that in it.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) (*(__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

static struct {
	char step[16], how[16];
	int nth;
	long bytes; /* of the step; -1: how is a word */
} at;
static atomic_int times; /* that the step was come to */
static atomic_int watched = -1; /* the descriptor that it goes on with */
static atomic_long left; /* bytes until the kill */

__attribute__((constructor)) static void
begin(void)
{
	const char *step = getenv("KILL_STEP");
	char *end;

	unsetenv("LD_PRELOAD"); /* what it starts is left alone */
	at.nth = 1;
	if (step == NULL ||
	    sscanf(step, "%15s %15s %d", at.step, at.how, &at.nth) < 2)
		return;
	at.bytes = strtol(at.how, &end, 10);
	if (*end != '\0')
		at.bytes = -1;
}

static void
die(void)
{
	kill(getpid(), SIGKILL);
}

/* ---- which step it is ---- */

static bool
has(const void *p, size_t n, const char *what)
{
	return memmem(p, n, what, strlen(what)) != NULL;
}

static bool
begins(const void *p, size_t n, const char *what)
{
	return n > strlen(what) && memcmp(p, what, strlen(what)) == 0;
}

/* Scripts are told by their keys. */
static const char *
step_of_redis(const void *p, size_t n)
{
	bool window = has(p, n, "\nwindow:"), member = has(p, n, "\nmember:"),
	     history = has(p, n, "\nhistory:");

	if (has(p, n, "\nXREADGROUP\r"))
		return "read";
	if (has(p, n, "\ndlq:"))
		return "bury";
	if (window)
		return !member ? "adopt" : history ? "finish" : "seal";
	return history ? "take" : "";
}

static const char *
step_of_http(const void *p, size_t n)
{
	if (begins(p, n, "PUT "))
		return has(p, n, "partNumber=") ? "part" : "put";
	return has(p, n, "uploadId=") ? "complete" : "create";
}

static const char *
step_of_bytes(int fd, const void *p, size_t n)
{
	struct stat is;

	if (begins(p, n, "*"))
		return step_of_redis(p, n);
	if (begins(p, n, "PUT ") || begins(p, n, "POST "))
		return step_of_http(p, n);
	return fd > 2 && fstat(fd, &is) == 0 && S_ISREG(is.st_mode) ? "write"
								    : "";
}

/* ---- what becomes of it ---- */

/* A step begins: whether it is the one. */
static bool
is_it(const char *step)
{
	if (strcmp(step, at.step) != 0 ||
	    atomic_fetch_add(&times, 1) + 1 != at.nth)
		return false;
	if (strcmp(at.how, "before") == 0)
		die();
	return true;
}

/* Bytes are about to be written: all of them, or fewer, which are the last. */
static size_t
mind(int fd, const void *p, size_t n, bool *last)
{
	if (watched != fd && is_it(step_of_bytes(fd, p, n))) {
		left = at.bytes;
		watched = fd;
	}
	*last = watched == fd && at.bytes >= 0 && (size_t)left <= n;
	return *last ? (size_t)left : n;
}

#define WRITER(name, parameters, call)                         \
	ssize_t name parameters                                \
	{                                                      \
		bool last;                                     \
		ssize_t put;                                   \
                                                               \
		n = mind(fd, p, n, &last);                     \
		put = REAL(name) call;                         \
		if (last)                                      \
			die();                                 \
		if (watched == fd && at.bytes >= 0 && put > 0) \
			left -= put;                           \
		return put;                                    \
	}

#define READER(name, parameters, call)                        \
	ssize_t name parameters                               \
	{                                                     \
		ssize_t got = REAL(name) call;                \
                                                              \
		if (watched == fd && at.bytes < 0 && got > 0) \
			die();                                \
		return got;                                   \
	}

#define CALL(name, step, parameters, call) \
	int name parameters                \
	{                                  \
		bool it = is_it(step);     \
		int r = REAL(name) call;   \
                                           \
		if (it)                    \
			die();             \
		return r;                  \
	}

/* clang-format off */
WRITER(write, (int fd, const void *p, size_t n), (fd, p, n))
WRITER(send, (int fd, const void *p, size_t n, int f), (fd, p, n, f))
READER(read, (int fd, void *p, size_t n), (fd, p, n))
READER(recv, (int fd, void *p, size_t n, int f), (fd, p, n, f))
CALL(rename, "rename", (const char *a, const char *b), (a, b))
CALL(link, "rename", (const char *a, const char *b), (a, b))
CALL(fsync, "sync", (int fd), (fd))
/* clang-format on */

int
open(const char *name, int flags, ...)
{
	const char *key = getenv("KILL_KEY");
	bool it = (flags & O_CREAT) != 0 &&
	    (key == NULL || strstr(name, key) != NULL) && is_it("file");
	mode_t mode = 0;
	va_list ap;
	int fd;

	if (flags & O_CREAT) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	fd = REAL(open)(name, flags, mode);
	if (it)
		die();
	return fd;
}
