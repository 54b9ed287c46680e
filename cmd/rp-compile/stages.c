#include "stages.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the command ---- */

static void
add(struct stage *t, struct rp_buffer *list, char *text)
{
	if (text == NULL || rp_buffer_add(list, &text, sizeof(text)) != RP_OK) {
		free(text);
		t->failed = true;
	}
}

/* The tool beside this one, if it is there: of the same version. */
static char *
find_tool(const char *tool)
{
	char self[PATH_MAX], *path, *slash;
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len <= 0)
		return strdup(tool);
	self[len] = '\0';
	if ((slash = strrchr(self, '/')) == NULL)
		return strdup(tool);
	*slash = '\0';
	if (asprintf(&path, "%s/%s", self, tool) < 0)
		return NULL;
	if (access(path, X_OK) == 0)
		return path;
	free(path);
	return strdup(tool);
}

void
stage_begin(struct stage *t, const char *tool)
{
	add(t, &t->argv, find_tool(tool));
}

void
stage_addf(struct stage *t, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	add(t, &t->argv, text);
}

/* ---- its environment ---- */

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

void
stage_environment(struct stage *t, bool of_store)
{
	for (char **e = environ; *e != NULL; e++)
		if (!begins(*e, "REDIS_URL=") && !begins(*e, "S3_URL=") &&
		    (of_store || !begins(*e, "AWS_")))
			add(t, &t->env, strdup(*e));
}

void
stage_set(struct stage *t, const char *name, const char *value)
{
	char **env = (char **)t->env.data, *text = NULL;
	size_t len = strlen(name), n = t->env.len / sizeof(*env);

	if (asprintf(&text, "%s=%s", name, value) < 0)
		text = NULL;
	for (size_t i = 0; text != NULL && i < n; i++)
		if (begins(env[i], name) && env[i][len] == '=') {
			free(env[i]);
			env[i] = text;
			return;
		}
	add(t, &t->env, text);
}

static void
free_texts(struct rp_buffer *list)
{
	char **text = (char **)list->data;

	for (size_t i = 0; i < list->len / sizeof(*text); i++)
		free(text[i]);
	rp_buffer_free(list);
}

void
stage_free(struct stage *t)
{
	free_texts(&t->argv);
	free_texts(&t->env);
}

/* ---- the process ---- */

/* Our signals are not its: a Ctrl-C is ours to answer. */
static int
set_attributes(posix_spawnattr_t *attr)
{
	sigset_t all, none;
	int failed = posix_spawnattr_init(attr);

	sigfillset(&all);
	sigemptyset(&none);
	if (failed != 0)
		return failed;
	(void)posix_spawnattr_setsigdefault(attr, &all);
	(void)posix_spawnattr_setsigmask(attr, &none);
	(void)posix_spawnattr_setpgroup(attr, 0);
	(void)posix_spawnattr_setflags(attr,
	    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
		POSIX_SPAWN_SETPGROUP);
	return 0;
}

static int
set_files(posix_spawn_file_actions_t *actions, int in, int out, int told)
{
	int failed = posix_spawn_file_actions_init(actions);

	if (failed != 0)
		return failed;
	failed = in >= 0
	    ? posix_spawn_file_actions_adddup2(actions, in, STDIN_FILENO)
	    : posix_spawn_file_actions_addopen(
		  actions, STDIN_FILENO, "/dev/null", 0, 0);
	if (failed == 0)
		failed = posix_spawn_file_actions_adddup2(
		    actions, out, STDOUT_FILENO);
	if (failed == 0)
		failed = posix_spawn_file_actions_adddup2(
		    actions, told, STDERR_FILENO);
	return failed;
}

/* The list with a NULL behind it; NULL: no memory. */
static char **
terminated(struct rp_buffer *list)
{
	char *end = NULL;

	if (rp_buffer_add(list, &end, sizeof(end)) != RP_OK)
		return NULL;
	list->len -= sizeof(end);
	return (char **)list->data;
}

enum rp_status
stage_run(
    struct stage *t, int in, int out, int told, int *pid, struct rp_error *err)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	char **argv, **env;
	int failed;

	if (t->failed || (argv = terminated(&t->argv)) == NULL ||
	    (env = terminated(&t->env)) == NULL)
		return rp_error_no_memory(err);
	if ((failed = set_attributes(&attr)) != 0) {
		errno = failed;
		return rp_error_errno(err, "%s", argv[0]);
	}
	failed = set_files(&actions, in, out, told);
	if (failed == 0)
		failed = posix_spawnp(pid, argv[0], &actions, &attr, argv, env);
	if (failed != 0)
		*pid = 0;
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attr);
	errno = failed;
	return failed == 0 ? RP_OK : rp_error_errno(err, "%s", argv[0]);
}

bool
stage_last_words(int told, char *text, size_t size)
{
	off_t end = lseek(told, 0, SEEK_END);
	ssize_t len;
	char *line;

	if (end <= 0)
		return false;
	len = pread(told, text, size - 1,
	    end > (off_t)size - 1 ? end - ((off_t)size - 1) : 0);
	while (len > 0 && text[len - 1] == '\n')
		len--;
	if (len <= 0)
		return false;
	text[len] = '\0';
	if ((line = strrchr(text, '\n')) != NULL)
		memmove(text, line + 1, strlen(line + 1) + 1);
	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return true;
}
