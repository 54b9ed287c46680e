/*
 * Outputs that appear whole or not at all. The file has no name while it is
 * written (O_TMPFILE), so that no death, however sudden, leaves a part of it;
 * where the file system has no such files, it has a temporary name beside its
 * target, which every way out but SIGKILL removes.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/private.h"

static const char *
name_of(const struct rp_output *out)
{
	return out->path != NULL ? out->path : "<stdout>";
}

static enum rp_status
failed(struct rp_output *out)
{
	return rp_error_errno(&out->cli->error, "%s", name_of(out));
}

/* The folder of the target: the caller's to free, or NULL. */
static char *
folder_of(const char *target)
{
	char *copy = strdup(target), *folder = NULL;

	if (copy != NULL)
		folder = strdup(dirname(copy));
	free(copy);
	return folder;
}

/* A temporary name beside the target: the caller's to free, or NULL. */
static char *
temporary_name(const char *target, unsigned n)
{
	char *copy = strdup(target), *folder = folder_of(target), *name = NULL;

	if (copy == NULL || folder == NULL ||
	    asprintf(&name, "%s/.%.200s.%ld-%u", folder, basename(copy),
		(long)getpid(), n) < 0)
		name = NULL;
	free(copy);
	free(folder);
	return name;
}

static bool
open_anonymous(struct rp_output *out)
{
	char *folder = folder_of(out->target), link[64];

	if (folder == NULL)
		return false;
	out->fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
	free(folder);
	if (out->fd < 0)
		return false;
	/* It gets its name through /proc: is that there? */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", out->fd);
	if (access(link, F_OK) == 0)
		return true;
	close(out->fd);
	out->fd = -1;
	return false;
}

/*
 * Take a name that nobody has and doom it: make (out, name) creates it, and
 * no signal comes between that and the dooming.
 */
static enum rp_status
take_name(struct rp_output *out, int (*make)(struct rp_output *, const char *))
{
	sigset_t all, old;
	unsigned n;
	char *name;
	int r = -1;

	for (n = 0; r < 0 && n < 100; n++) {
		name = temporary_name(out->target, n);
		if (name == NULL)
			return rp_error_no_memory(&out->cli->error);
		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, &old);
		r = make(out, name);
		if (r >= 0 && !rp_doomed_add(name)) {
			unlink(name);
			errno = EMFILE;
			r = -1;
		}
		sigprocmask(SIG_SETMASK, &old, NULL);
		if (r >= 0) {
			out->temporary = name;
			return RP_OK;
		}
		free(name);
		if (errno != EEXIST)
			break;
	}
	return failed(out);
}

static int
make_file(struct rp_output *out, const char *name)
{
	out->fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return out->fd;
}

static int
make_link(struct rp_output *out, const char *name)
{
	char self[64];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", out->fd);
	return linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

static enum rp_status
check_terminal(struct rp_output *out, bool binary)
{
	if (!binary || out->cli->force || isatty(out->fd) != 1)
		return RP_OK;
	return rp_error_set(&out->cli->error, RP_ERR_USAGE,
	    "%s: is a terminal, and a stream is binary: give a pipe or a "
	    "file%s",
	    name_of(out),
	    out->cli->tool->flags & RP_TOOL_FORCE ? ", or --force" : "");
}

static enum rp_status
open_stdout(struct rp_output *out, bool binary)
{
	if (out->cli->p->closed[STDOUT_FILENO])
		return rp_error_set(
		    &out->cli->error, RP_ERR_IO, "<stdout>: is closed");
	out->fd = STDOUT_FILENO;
	return check_terminal(out, binary);
}

/* A device or a FIFO is written as it is. */
static enum rp_status
open_special(struct rp_output *out, bool binary)
{
	out->fd = open(out->path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (out->fd < 0)
		return failed(out);
	rp_pipe_widen(out->fd);
	return check_terminal(out, binary);
}

/* What the shell has opened is written on from where it stands. */
static enum rp_status
open_descriptor(struct rp_output *out, int fd, bool binary)
{
	if (fd == STDOUT_FILENO) {
		out->path = NULL;
		return open_stdout(out, binary);
	}
	out->fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (out->fd < 0)
		return failed(out);
	return check_terminal(out, binary);
}

enum rp_status
rp_output_open(
    struct rp_output *out, struct rp_cli *cli, const char *path, bool binary)
{
	struct stat st;
	bool exists;
	enum rp_status r;
	int fd;

	*out = (struct rp_output){ .cli = cli, .fd = -1 };
	if (path == NULL || strcmp(path, "-") == 0)
		return open_stdout(out, binary);
	if (*path == '\0')
		return rp_cli_usage(cli, "an output needs a name, or -");
	out->path = path;
	if ((fd = rp_descriptor_of(path)) >= 0)
		return open_descriptor(out, fd, binary);
	exists = stat(path, &st) == 0;
	if (exists && S_ISDIR(st.st_mode))
		return rp_error_set(
		    &cli->error, RP_ERR_IO, "%s: is a directory", path);
	if (exists && !S_ISREG(st.st_mode))
		return open_special(out, binary);
	/* Through a link, it is the file behind it that is replaced. */
	out->target = exists ? realpath(path, NULL) : strdup(path);
	if (out->target == NULL)
		return failed(out);
	r = open_anonymous(out) ? RP_OK : take_name(out, make_file);
	if (r == RP_OK && exists && fchmod(out->fd, st.st_mode & 07777) != 0)
		r = failed(out);
	return r;
}

static bool
sync_fd(int fd)
{
	return fsync(fd) == 0 || errno == EINVAL || errno == EROFS;
}

/* The name is on disk once its folder is. */
static bool
sync_folder(const char *target)
{
	char *folder = folder_of(target);
	int fd = -1;
	bool ok;

	if (folder != NULL)
		fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (fd < 0)
		return errno == EACCES;
	ok = sync_fd(fd);
	close(fd);
	return ok;
}

static void
forget_temporary(struct rp_output *out)
{
	if (out->temporary == NULL)
		return;
	rp_doomed_remove(out->temporary);
	free(out->temporary);
	out->temporary = NULL;
}

static enum rp_status
publish(struct rp_output *out)
{
	enum rp_status st;

	if (out->temporary == NULL) {
		if (make_link(out, out->target) == 0)
			return RP_OK;
		if (errno != EEXIST)
			return failed(out);
		/* A link replaces nothing; a rename does. */
		if ((st = take_name(out, make_link)) != RP_OK)
			return st;
	}
	if (rename(out->temporary, out->target) != 0)
		return failed(out);
	forget_temporary(out);
	return RP_OK;
}

enum rp_status
rp_output_publish(struct rp_output *out)
{
	int fd = out->fd;
	enum rp_status st;

	if (out->path == NULL)
		return RP_OK;
	if (out->target != NULL) {
		if (!sync_fd(fd))
			return failed(out);
		if ((st = publish(out)) != RP_OK)
			return st;
		if (!sync_folder(out->target))
			return failed(out);
	}
	out->fd = -1;
	return close(fd) == 0 ? RP_OK : failed(out);
}

enum rp_status
rp_output_commit(struct rp_output *out)
{
	enum rp_status st = rp_reject_verdict(out->cli);

	return st == RP_OK ? rp_output_publish(out) : st;
}

void
rp_output_discard(struct rp_output *out)
{
	if (out->cli == NULL)
		return;
	if (out->fd > STDERR_FILENO)
		close(out->fd);
	out->fd = -1;
	if (out->temporary != NULL)
		unlink(out->temporary);
	forget_temporary(out);
	free(out->target);
	out->target = NULL;
}

/* ---- two of them ---- */

/* The folder and the name in it of what a path is to be, as rp_output_open
 * would have it. */
static bool
find_place(const char *path, struct stat *folder, char name[static PATH_MAX])
{
	char real[PATH_MAX], copy[PATH_MAX];

	if (realpath(path, real) == NULL) {
		if (strlen(path) >= sizeof(real))
			return false;
		strcpy(real, path);
	}
	strcpy(copy, real);
	if (stat(dirname(copy), folder) != 0)
		return false;
	strcpy(copy, real);
	strcpy(name, basename(copy));
	return true;
}

bool
rp_output_same(const char *a, const char *b)
{
	char name_of_a[PATH_MAX], name_of_b[PATH_MAX];
	struct stat of_a, of_b;
	int fd_a, fd_b;

	if (strcmp(a, b) == 0)
		return true;
	fd_a = strcmp(a, "-") == 0 ? STDOUT_FILENO : rp_descriptor_of(a);
	fd_b = strcmp(b, "-") == 0 ? STDOUT_FILENO : rp_descriptor_of(b);
	if (fd_a >= 0 || fd_b >= 0)
		return fd_a == fd_b;
	return find_place(a, &of_a, name_of_a) &&
	    find_place(b, &of_b, name_of_b) && of_a.st_dev == of_b.st_dev &&
	    of_a.st_ino == of_b.st_ino && strcmp(name_of_a, name_of_b) == 0;
}

enum rp_status
rp_output_apart(struct rp_cli *cli, const char *path, const char *other)
{
	if (other == NULL || !rp_output_same(path != NULL ? path : "-", other))
		return RP_OK;
	return rp_cli_usage(cli, "two outputs cannot both go to '%s'", other);
}
