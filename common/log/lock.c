#include "log/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether fd is still the file that stands at path. */
static bool
is_at(int fd, const char *path)
{
	struct stat open_file, named;

	return fstat(fd, &open_file) == 0 && stat(path, &named) == 0 &&
	    open_file.st_dev == named.st_dev &&
	    open_file.st_ino == named.st_ino;
}

/* Open and lock a file. RP_EMPTY: it was replaced meanwhile. */
static enum rp_status
lock_file(const char *path, int *fd, struct rp_error *err)
{
	/* a lock of the open file: it can be asked for without being taken */
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (*fd < 0)
		return rp_error_errno(err, "%s", path);
	if (fcntl(*fd, F_OFD_SETLK, &lock) == 0 && is_at(*fd, path))
		return RP_OK;
	close(*fd);
	*fd = -1;
	return errno == EAGAIN || errno == EACCES ? RP_ERR_BUSY : RP_EMPTY;
}

/* who: is said of the one that has it */
static enum rp_status
take(const char *dir, const char *name, const char *who, int *fd,
    struct rp_error *err)
{
	char *path;
	enum rp_status st;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		return rp_error_no_memory(err);
	do {
		errno = 0;
		st = lock_file(path, fd, err);
	} while (st == RP_EMPTY && errno == 0);
	if (st == RP_EMPTY)
		st = rp_error_errno(err, "%s: lock", dir);
	else if (st == RP_ERR_BUSY)
		(void)rp_error_set(
		    err, st, "%s: another process is %s this log", dir, who);
	free(path);
	return st;
}

enum rp_status
rp_log_lock(const char *dir, int *fd, struct rp_error *err)
{
	return take(dir, "lock", "writing to", fd, err);
}

enum rp_status
rp_log_lock_upkeep(const char *dir, int *fd, struct rp_error *err)
{
	return take(dir, "lock.gc", "cleaning up", fd, err);
}

bool
rp_log_is_locked(const char *dir)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	bool locked = false;
	char *path;
	int fd;

	if (asprintf(&path, "%s/lock", dir) < 0)
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	if (fd < 0)
		return false;
	if (fcntl(fd, F_OFD_GETLK, &lock) == 0)
		locked = lock.l_type != F_UNLCK;
	close(fd);
	return locked;
}
