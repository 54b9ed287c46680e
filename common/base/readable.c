#include "base/readable.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum rp_status
rp_readable_open(struct rp_readable *b, const char *path, struct rp_error *err)
{
	*b = RP_READABLE_CLOSED;
	b->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (b->fd < 0)
		return errno == ENOENT ? RP_EMPTY
				       : rp_error_errno(err, "%s", path);
	b->size = rp_readable_size(b);
	return RP_OK;
}

uint64_t
rp_readable_size(const struct rp_readable *b)
{
	struct stat sb;

	if (b->kind != NULL)
		return b->size;
	return fstat(b->fd, &sb) == 0 ? (uint64_t)sb.st_size : 0;
}

/* Once: *got bytes, 0 at the end. */
static enum rp_status
read_some(const struct rp_readable *b, void *p, size_t n, uint64_t offset,
    size_t *got, const char *name, struct rp_error *err)
{
	ssize_t r;

	if (b->kind != NULL)
		return b->kind->read(b->arg, p, n, offset, got, err);
	while ((r = pread(b->fd, p, n, (off_t)offset)) < 0)
		if (errno != EINTR)
			return rp_error_errno(err, "%s", name);
	*got = (size_t)r;
	return RP_OK;
}

enum rp_status
rp_readable_read(const struct rp_readable *b, void *p, size_t n,
    uint64_t offset, const char *name, struct rp_error *err)
{
	size_t done = 0, got;
	enum rp_status st;

	for (; done < n; done += got) {
		st = read_some(b, (char *)p + done, n - done, offset + done,
		    &got, name, err);
		if (st != RP_OK)
			return st;
		if (got == 0)
			return RP_EMPTY;
	}
	return RP_OK;
}

void
rp_readable_announce(const struct rp_readable *b, uint64_t offset, uint64_t len)
{
	if (b->kind != NULL)
		b->kind->announce(b->arg, offset, len);
}

void
rp_readable_close(struct rp_readable *b)
{
	if (b->kind != NULL)
		b->kind->close(b->arg);
	else if (b->fd >= 0)
		close(b->fd);
	*b = RP_READABLE_CLOSED;
}
