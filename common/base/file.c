#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum rp_status
rp_file_write(
    int fd, const void *data, size_t n, const char *path, struct rp_error *err)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	const char *from = data;

	while (n > 0) {
		ssize_t put = write(fd, from, n);

		if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			(void)poll(&p, 1, -1);
		else if (put < 0 && errno != EINTR)
			return rp_error_errno(err, "%s", path);
		if (put > 0) {
			from += put;
			n -= (size_t)put;
		}
	}
	return RP_OK;
}

enum rp_status
rp_directory_sync(const char *dir, struct rp_error *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum rp_status st = RP_OK;

	if (fd < 0)
		return rp_error_errno(err, "%s", dir);
	if (fsync(fd) != 0)
		st = rp_error_errno(err, "%s: sync", dir);
	close(fd);
	return st;
}

enum rp_status
rp_parent_sync(const char *path, struct rp_error *err)
{
	char *copy = strdup(path);
	enum rp_status st;

	if (copy == NULL)
		return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
	st = rp_directory_sync(dirname(copy), err);
	free(copy);
	return st;
}
