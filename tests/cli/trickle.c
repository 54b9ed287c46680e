/*
 * Preloaded into a tool: reads of one byte, writes of a few, and every third
 * call interrupted, as a terrible pipe would have it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

static int
interrupted(void)
{
	static unsigned calls;

	if (++calls % 3 != 0)
		return 0;
	errno = EINTR;
	return 1;
}

ssize_t
read(int fd, void *buf, size_t n)
{
	static ssize_t (*real)(int, void *, size_t);

	if (real == NULL)
		real = (ssize_t(*)(int, void *, size_t))dlsym(
		    RTLD_NEXT, "read");
	if (interrupted())
		return -1;
	return real(fd, buf, n > 1 ? 1 : n);
}

ssize_t
write(int fd, const void *buf, size_t n)
{
	static ssize_t (*real)(int, const void *, size_t);

	if (real == NULL)
		real = (ssize_t(*)(int, const void *, size_t))dlsym(
		    RTLD_NEXT, "write");
	if (interrupted())
		return -1;
	return real(fd, buf, n > 5 ? 5 : n);
}

ssize_t
writev(int fd, const struct iovec *iov, int n)
{
	for (; n > 0; iov++, n--)
		if (iov->iov_len > 0)
			return write(fd, iov->iov_base, iov->iov_len);
	return 0;
}
