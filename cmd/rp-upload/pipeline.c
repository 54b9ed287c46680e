/* --exec: a pipeline of the user's, all of whose stages have to end well. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "upload.h"

/* A group of its own: it can be stopped as one. Our signals are not its. */
static int
spawn(struct pipeline *p, char *const argv[], int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t all;
	int failed;

	sigfillset(&all);
	if ((failed = posix_spawn_file_actions_init(&actions)) != 0)
		return failed;
	if ((failed = posix_spawnattr_init(&attr)) == 0) {
		(void)posix_spawnattr_setsigdefault(&attr, &all);
		(void)posix_spawnattr_setpgroup(&attr, 0);
		(void)posix_spawnattr_setflags(
		    &attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
		(void)posix_spawn_file_actions_adddup2(
		    &actions, out, STDOUT_FILENO);
		failed = posix_spawnp(
		    &p->pid, argv[0], &actions, &attr, argv, environ);
		(void)posix_spawnattr_destroy(&attr);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return failed;
}

enum rp_status
pipeline_start(struct pipeline *p, struct rp_cli *cli, const char *command)
{
	char shell[] = "bash", e[] = "-e", o[] = "-o", pipefail[] = "pipefail",
	     c[] = "-c";
	char *text = strdup(command);
	char *const argv[] = { shell, e, o, pipefail, c, text, NULL };
	int ends[2], failed;

	*p = (struct pipeline){ .fd = -1 };
	if (text == NULL)
		return rp_error_no_memory(&cli->error);
	if (pipe2(ends, O_CLOEXEC) != 0) {
		free(text);
		return rp_error_errno(&cli->error, "--exec");
	}
	failed = spawn(p, argv, ends[1]);
	free(text);
	close(ends[1]);
	p->fd = ends[0];
	errno = failed;
	return failed == 0 ? RP_OK
			   : rp_error_errno(&cli->error, "--exec: bash");
}

enum rp_status
pipeline_end(struct pipeline *p, struct rp_cli *cli, bool whole)
{
	int status = 0;

	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	if (p->pid == 0)
		return RP_OK;
	if (!whole)
		kill(-p->pid, SIGTERM);
	while (waitpid(p->pid, &status, 0) < 0)
		if (errno != EINTR)
			return rp_error_errno(&cli->error, "--exec");
		else if (rp_cli_stopping())
			kill(-p->pid, SIGTERM);
	p->pid = 0;
	if (!whole || status == 0)
		return RP_OK;
	if (WIFSIGNALED(status))
		return rp_error_set(&cli->error, RP_ERR_ABORTED,
		    "--exec: signal %d ended the pipeline: nothing is uploaded",
		    WTERMSIG(status));
	return rp_error_set(&cli->error, RP_ERR_ABORTED,
	    "--exec: a stage ended with status %d: nothing is uploaded",
	    WEXITSTATUS(status));
}
