#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
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
rp_file_read(
    const char *path, size_t most, struct rp_buffer *out, struct rp_error *err)
{
	const size_t piece = 4096, last = out->len + most;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum rp_status st = RP_OK;
	ssize_t n = 1;

	if (fd < 0)
		return rp_error_errno(err, "%s", path);
	while (st == RP_OK && n != 0) {
		if (rp_buffer_reserve(out, out->len + piece) != RP_OK)
			st = rp_error_no_memory(err);
		else if ((n = read(fd, out->data + out->len, piece)) > 0)
			out->len += (size_t)n;
		else if (n < 0 && errno != EINTR)
			st = rp_error_errno(err, "%s", path);
		if (out->len > last)
			st = rp_error_set(err, RP_ERR_LIMIT,
			    "%s: is larger than %zu bytes", path, most);
	}
	close(fd);
	return st;
}

enum rp_status
rp_file_replace(const char *path, const char *tmp, const void *data, size_t n,
    bool sync, struct rp_error *err)
{
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	enum rp_status st;

	if (fd < 0)
		return rp_error_errno(err, "%s", tmp);
	st = rp_file_write(fd, data, n, tmp, err);
	if (st == RP_OK && sync && fsync(fd) != 0)
		st = rp_error_errno(err, "%s: sync", tmp);
	if (close(fd) != 0 && st == RP_OK)
		st = rp_error_errno(err, "%s", tmp);
	if (st == RP_OK && rename(tmp, path) != 0)
		st = rp_error_errno(err, "%s", path);
	if (st != RP_OK)
		unlink(tmp);
	return st;
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
		return rp_error_no_memory(err);
	st = rp_directory_sync(dirname(copy), err);
	free(copy);
	return st;
}

char *
rp_link_target(const char *path)
{
	char to[PATH_MAX];
	char *copy, *target = NULL;
	ssize_t n = path != NULL ? readlink(path, to, sizeof(to)) : -1;

	if (n <= 0 || n == sizeof(to) || (copy = strdup(path)) == NULL)
		return NULL;
	if (to[0] == '/' || memmem(to, (size_t)n, "://", 3) != NULL)
		target = strndup(to, (size_t)n);
	else if (asprintf(&target, "%s/%.*s", dirname(copy), (int)n, to) < 0)
		target = NULL;
	free(copy);
	return target;
}

char *
rp_path_between(const char *from, const char *to)
{
	char *a = realpath(from, NULL), *b = realpath(to, NULL), *path = NULL;
	size_t i, same = 0, up = 0;

	if (a == NULL || b == NULL)
		goto out;
	/* the directories that both begin with */
	for (i = 0; a[i] == b[i] && a[i] != '\0'; i++)
		if (a[i] == '/')
			same = i;
	if ((a[i] == '\0' || a[i] == '/') && (b[i] == '\0' || b[i] == '/'))
		same = i;
	for (i = same; a[i] != '\0'; i++)
		up += a[i] == '/' && a[i + 1] != '\0';
	if ((path = malloc(3 * up + strlen(b + same) + 2)) == NULL)
		goto out;
	for (i = 0; i < up; i++)
		memcpy(path + 3 * i, "../", 3);
	strcpy(path + 3 * up, b[same] == '/' ? b + same + 1 : b + same);
	if (path[0] == '\0')
		strcpy(path, ".");
	else if (path[strlen(path) - 1] == '/')
		path[strlen(path) - 1] = '\0';
out:
	free(a);
	free(b);
	return path;
}

enum rp_status
rp_file_temporary(const char *dir, int *fd, struct rp_error *err)
{
	char *name;

	*fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*fd >= 0)
		return RP_OK;
	/* a file system that knows only names */
	if (asprintf(&name, "%s/rp.XXXXXX", dir) < 0)
		return rp_error_no_memory(err);
	if ((*fd = mkostemp(name, O_CLOEXEC)) >= 0)
		unlink(name);
	free(name);
	return *fd >= 0 ? RP_OK
			: rp_error_errno(err, "a temporary file in %s", dir);
}
