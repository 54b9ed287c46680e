/* Descriptors 0 to 2, as they are found and as they are left. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "cli/private.h"
#include "cli/values.h"

/*
 * A descriptor that is closed is taken up by one that refuses its use, so that
 * no file that is opened later becomes stdout.
 */
void
rp_standard_open(struct rp_cli *cli)
{
	int fd;

	for (fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
			continue;
		cli->p->closed[fd] = true;
		if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			_exit(1);
	}
	rp_pipe_widen(STDIN_FILENO);
	rp_pipe_widen(STDOUT_FILENO);
}

/* Advisory: an unprivileged user's pipes share a budget. */
void
rp_pipe_widen(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) &&
	    fcntl(fd, F_GETPIPE_SZ) < RP_PIPE_SIZE)
		(void)fcntl(fd, F_SETPIPE_SZ, RP_PIPE_SIZE);
}

/* The real folder of path, in buf, or NULL. */
static char *
real_folder(const char *path, char buf[static PATH_MAX])
{
	char copy[PATH_MAX];

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return NULL;
	return realpath(dirname(copy), buf);
}

/*
 * /dev/stdout, /dev/stderr and /dev/fd are links to /proc/self/fd. To open one
 * anew would lose the place and the O_APPEND of what the shell has opened.
 */
int
rp_descriptor_of(const char *path)
{
	char ours[64], folder[PATH_MAX], at[PATH_MAX], link[PATH_MAX];
	int links, fd;
	ssize_t n;

	snprintf(ours, sizeof(ours), "/proc/%ld/fd", (long)getpid());
	snprintf(at, sizeof(at), "%s", path);
	for (links = 0; links < 16; links++) {
		if (real_folder(at, folder) == NULL)
			return -1;
		if (strcmp(folder, ours) == 0)
			return rp_value_int(strrchr(at, '/') + 1, &fd) ? fd
								       : -1;
		if ((n = readlink(at, link, sizeof(link) - 1)) < 0)
			return -1;
		link[n] = '\0';
		if (link[0] == '/')
			strcpy(at, link);
		else if (snprintf(at, sizeof(at), "%s/%s", folder, link) >=
		    (int)sizeof(at))
			return -1;
	}
	return -1;
}

/* Whether the reader of stdout has gone: stdio forgets the errno of it. */
static bool
reader_gone(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLERR) != 0;
}

enum rp_status
rp_standard_close(struct rp_cli *cli)
{
	bool failed = ferror(stdout) != 0;

	if (fflush(stdout) != 0) {
		if (cli->p->closed[STDOUT_FILENO])
			return rp_error_set(
			    &cli->error, RP_ERR_IO, "<stdout>: is closed");
		return rp_error_errno(&cli->error, "<stdout>");
	}
	if (failed && reader_gone())
		return rp_error_set(
		    &cli->error, RP_ERR_PIPE, "<stdout>: nobody reads");
	if (failed)
		return rp_error_set(
		    &cli->error, RP_ERR_IO, "<stdout>: could not be written");
	if (close(STDOUT_FILENO) != 0)
		return rp_error_errno(&cli->error, "<stdout>");
	return RP_OK;
}
