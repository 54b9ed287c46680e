/* -r: the files below a directory, those left out that are there already. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "upload.h"

/* An object of this key has the bytes of the file. RP_EMPTY: it has not. */
static enum rp_status
compare(struct upload *u, const char *path, const char *key,
    struct rp_put_result *there)
{
	/* as a directory sums objects: whole */
	const struct rp_part_sizes whole = { UINT64_MAX, RP_PART_MOST };
	struct rp_error *err = &u->cli->error;
	char etag[RP_ETAG_ROOM];
	struct rp_object object;
	enum rp_status st;
	struct stat sb;
	int fd;

	if (u->level != 0)
		return RP_EMPTY;
	if ((st = rp_store_head(u->store, key, &object, err)) != RP_OK)
		return st;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return rp_error_errno(err, "%s", path);
	if (fstat(fd, &sb) != 0)
		st = rp_error_errno(err, "%s", path);
	else if ((uint64_t)sb.st_size != object.size)
		st = RP_EMPTY;
	else
		st = rp_etag_of_file(etag, fd, object.size,
		    strchr(object.etag, '-') != NULL ? &u->options.sizes
						     : &whole,
		    path, err);
	close(fd);
	if (st != RP_OK)
		return st;
	there->size = object.size;
	memcpy(there->etag, object.etag, sizeof(there->etag));
	return strcasecmp(etag, object.etag) == 0 ? RP_OK : RP_EMPTY;
}

static enum rp_status
upload_file(struct upload *u, const char *path, const char *part)
{
	struct rp_put_result there = { 0 };
	char *key;
	enum rp_status st;

	st = expand_key(u, &(struct rp_path_values){ 0 }, part, &key);
	if (st == RP_OK)
		st = compare(u, path, key, &there);
	if (st == RP_OK) {
		rp_cli_count(u->cli, "skipped", 1);
		st = report(u, SKIPPED, key, &there, 0);
	} else if (st == RP_EMPTY) {
		st = upload_input(u, path, part);
	}
	free(key);
	return st;
}

static enum rp_status walk(struct upload *u, const char *dir, const char *part);

static enum rp_status
visit(struct upload *u, const char *dir, const char *part, const char *name)
{
	char *path = NULL, *below = NULL;
	enum rp_status st = RP_OK;
	struct stat sb;

	if (asprintf(&path, "%s/%s", dir, name) < 0 ||
	    asprintf(&below, "%s%s%s", part, *part != '\0' ? "/" : "", name) <
		0)
		st = rp_error_no_memory(&u->cli->error);
	else if (lstat(path, &sb) != 0)
		st = rp_error_errno(&u->cli->error, "%s", path);
	else if (S_ISDIR(sb.st_mode))
		st = walk(u, path, below);
	else if (S_ISREG(sb.st_mode))
		st = upload_file(u, path, below);
	else
		rp_cli_warn(u->cli, "%s: is no file, left out", path);
	free(path);
	free(below);
	return st;
}

static int
no_dots(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

static enum rp_status
walk(struct upload *u, const char *dir, const char *part)
{
	struct dirent **entry;
	int n = scandir(dir, &entry, no_dots, alphasort);
	enum rp_status st = RP_OK;

	if (n < 0)
		return rp_error_errno(&u->cli->error, "%s", dir);
	for (int i = 0; i < n; i++) {
		if (st == RP_OK)
			st = visit(u, dir, part, entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
	return st;
}

enum rp_status
upload_tree(struct upload *u, const char *dir)
{
	return walk(u, dir, "");
}
