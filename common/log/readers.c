#include "log/readers.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "log/segment.h"

enum rp_status
rp_log_reader_name_check(const char *name, struct rp_error *err)
{
	size_t n = strlen(name);

	if (n == 0 || n > 64 || name[0] == '.' ||
	    strspn(name,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != n)
		return rp_error_set(err, RP_ERR_USAGE,
		    "\"%s\" cannot name a reader: up to 64 letters, digits, "
		    "'.', '_', '-'",
		    name);
	return RP_OK;
}

/* Parse "UUID SEQ\n"; false if it is not that. */
static bool
parse_position(const char *text, char uuid[static 37], uint64_t *seq)
{
	char end;

	if (strlen(text) < 38 || text[37] < '0' || text[37] > '9')
		return false; /* scanf would take a sign */
	return sscanf(text, "%36s %" SCNu64 "%c", uuid, seq, &end) == 3 &&
	    end == '\n';
}

/* RP_EMPTY: no such file. */
static enum rp_status
read_position(const char *dir, const struct rp_log_remote *remote,
    const char *file, char uuid[static 37], uint64_t *seq, struct rp_error *err)
{
	char text[80];
	enum rp_status st =
	    rp_log_text(dir, remote, file, text, sizeof(text), err);

	if (st == RP_OK && !parse_position(text, uuid, seq))
		st = rp_error_set(err, RP_ERR_CORRUPT,
		    "%s/%s: not a reader's position", dir, file);
	return st;
}

enum rp_status
rp_log_confirmed(const char *dir, const struct rp_log_remote *remote,
    const char *name, uint64_t *seq, struct rp_error *err)
{
	char mine[37], theirs[37], file[80];
	enum rp_status st;

	*seq = 0;
	if ((st = rp_log_reader_name_check(name, err)) != RP_OK)
		return st;
	snprintf(file, sizeof(file), "readers/%s", name);
	st = read_position(dir, remote, file, theirs, seq, err);
	if (st == RP_OK &&
	    (st = rp_log_uuid(dir, remote, mine, err)) == RP_OK &&
	    strcmp(mine, theirs) != 0)
		st = rp_error_set(err, RP_ERR_CORRUPT,
		    "%s/%s: position of another log (%s); remove it to start "
		    "anew",
		    dir, file, theirs);
	return st == RP_EMPTY ? RP_OK : st;
}

enum rp_status
rp_log_confirm(
    const char *dir, const char *name, uint64_t seq, struct rp_error *err)
{
	char text[64], uuid[37];
	char *folder = NULL, *path = NULL, *tmp = NULL;
	uint64_t before;
	enum rp_status st;

	if ((st = rp_log_confirmed(dir, NULL, name, &before, err)) != RP_OK)
		return st;
	if (seq <= before)
		return RP_OK;
	if ((st = rp_log_uuid(dir, NULL, uuid, err)) != RP_OK)
		return st;
	snprintf(text, sizeof(text), "%s %" PRIu64 "\n", uuid, seq);
	if (asprintf(&folder, "%s/readers", dir) < 0 ||
	    asprintf(&path, "%s/%s", folder, name) < 0 ||
	    asprintf(&tmp, "%s/.%s.tmp", folder, name) < 0)
		st = rp_error_no_memory(err);
	else if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		st = rp_error_errno(err, "%s", folder);
	if (st == RP_OK)
		st = rp_file_replace(path, tmp, text, strlen(text), true, err);
	if (st == RP_OK)
		st = rp_directory_sync(folder, err);
	if (st == RP_OK)
		st = rp_directory_sync(dir, err);
	free(folder);
	free(path);
	free(tmp);
	return st;
}

static int
by_name(const void *a, const void *b)
{
	const struct rp_log_position *x = a, *y = b;

	return strcmp(x->name, y->name);
}

enum rp_status
rp_log_positions(const char *dir, struct rp_log_position **all, size_t *n,
    struct rp_error *err)
{
	struct rp_buffer list = { 0 };
	struct dirent *d;
	char *folder;
	DIR *h;
	enum rp_status st = RP_OK;

	*all = NULL;
	*n = 0;
	if (asprintf(&folder, "%s/readers", dir) < 0)
		return rp_error_no_memory(err);
	h = opendir(folder);
	free(folder);
	if (h == NULL)
		return RP_OK;
	while (st == RP_OK && (d = readdir(h)) != NULL) {
		struct rp_log_position p = { 0 };

		if (rp_log_reader_name_check(d->d_name, NULL) != RP_OK)
			continue;
		snprintf(p.name, sizeof(p.name), "%.64s", d->d_name);
		if ((st = rp_log_confirmed(dir, NULL, p.name, &p.seq, err)) ==
		    RP_OK)
			st = rp_buffer_add(&list, &p, sizeof(p));
	}
	closedir(h);
	if (st != RP_OK) {
		rp_buffer_free(&list);
		return st;
	}
	*all = (struct rp_log_position *)list.data;
	*n = list.len / sizeof(**all);
	if (*n > 1)
		qsort(*all, *n, sizeof(**all), by_name);
	return RP_OK;
}
