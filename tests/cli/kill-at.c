/*
 * Preloaded into a tool: of the calls that change files, the one whose number
 * is in KILL_AT is where the process is killed (a write being half done), and
 * the one in FAIL_AT fails as on a full disk.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) (*(__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

static int
is_at(const char *variable, long call)
{
	const char *at = getenv(variable);

	return at != NULL && atol(at) == call;
}

/* Whether this call is to fail; if it is to be the last, it does not return. at:
 * where it writes to, or -1. */
static int
fails(int fd, const struct iovec *iov, off_t at)
{
	static long calls;

	calls++;
	if (is_at("KILL_AT", calls)) {
		if (iov != NULL && at >= 0)
			(void)!REAL(pwrite)(
			    fd, iov->iov_base, iov->iov_len / 2, at);
		else if (iov != NULL)
			(void)!REAL(write)(fd, iov->iov_base, iov->iov_len / 2);
		kill(getpid(), SIGKILL);
	}
	if (!is_at("FAIL_AT", calls))
		return 0;
	errno = ENOSPC;
	return 1;
}

#define WRAP(name, parameters, arguments)                               \
	int name parameters                                             \
	{                                                               \
		return fails(-1, NULL, -1) ? -1 : REAL(name) arguments; \
	}

/* clang-format off */
WRAP(rename, (const char *a, const char *b), (a, b))
WRAP(renameat2, (int d, const char *a, int e, const char *b, unsigned f),
    (d, a, e, b, f))
WRAP(symlink, (const char *a, const char *b), (a, b))
WRAP(unlink, (const char *a), (a))
WRAP(unlinkat, (int d, const char *a, int f), (d, a, f))
WRAP(mkdir, (const char *a, mode_t m), (a, m))
WRAP(rmdir, (const char *a), (a))
WRAP(fsync, (int fd), (fd))
WRAP(fdatasync, (int fd), (fd))
WRAP(ftruncate, (int fd, off_t n), (fd, n))
/* clang-format on */

char *
mkdtemp(char *name)
{
	return fails(-1, NULL, -1) ? NULL : REAL(mkdtemp)(name);
}

int
open(const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if (flags & O_CREAT) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
		if (fails(-1, NULL, -1))
			return -1;
	}
	return REAL(open)(name, flags, mode);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	const struct iovec iov = { (void *)(__intptr_t)p, n };

	if (fd > 2 && fails(fd, &iov, -1))
		return -1;
	return REAL(write)(fd, p, n);
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	const struct iovec iov = { (void *)(__intptr_t)p, n };

	return fails(fd, &iov, at) ? -1 : REAL(pwrite64)(fd, p, n, at);
}

ssize_t
writev(int fd, const struct iovec *iov, int n)
{
	if (fd > 2 && fails(fd, iov, -1))
		return -1;
	return REAL(writev)(fd, iov, n);
}
