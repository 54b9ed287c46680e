#include "cli/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/private.h"

/* More of them are synced by their file system at once. */
enum { FEW = 64 };

struct rp_part {
	char *target; /* NULL: none */
	char *name; /* in the hidden folder, or NULL */
	int fd; /* -1: closed */
	bool published;
	uint64_t bytes;
	struct rp_part *newer, *older; /* while it is open */
};

static const char *
label_of(const struct rp_parts *ps, const struct rp_part *p)
{
	return p->target != NULL ? p->target : ps->base;
}

static enum rp_status
failed(struct rp_parts *ps, const struct rp_part *p)
{
	return rp_error_errno(&ps->cli->error, "%s", label_of(ps, p));
}

/* ---- folders ---- */

static enum rp_status
remember_folder(struct rp_parts *ps, const char *path)
{
	char **folders =
	    realloc(ps->folders, (ps->n_folders + 1) * sizeof(*folders));

	if (folders == NULL)
		return rp_error_no_memory(&ps->cli->error);
	ps->folders = folders;
	if ((folders[ps->n_folders] = strdup(path)) == NULL)
		return rp_error_no_memory(&ps->cli->error);
	ps->n_folders++;
	return RP_OK;
}

enum rp_status
rp_parts_folders(struct rp_parts *ps, const char *path)
{
	char *copy = strdup(path), *slash = copy;
	enum rp_status st =
	    copy != NULL ? RP_OK : rp_error_no_memory(&ps->cli->error);

	while (st == RP_OK && (slash = strchr(slash + 1, '/')) != NULL) {
		*slash = '\0';
		if (mkdir(copy, 0777) == 0)
			st = remember_folder(ps, copy);
		else if (errno != EEXIST)
			st = rp_error_errno(&ps->cli->error, "%s", copy);
		*slash = '/';
	}
	free(copy);
	return st;
}

/* The hidden folder; a signal that ends the process removes it. */
static enum rp_status
make_stage(struct rp_parts *ps)
{
	if (ps->stage != NULL)
		return RP_OK;
	if (asprintf(&ps->stage, "%s/.%s.XXXXXX", ps->base,
		ps->cli->tool->name) < 0) {
		ps->stage = NULL;
		return rp_error_no_memory(&ps->cli->error);
	}
	if (mkdtemp(ps->stage) == NULL) {
		free(ps->stage);
		ps->stage = NULL;
		return rp_error_errno(&ps->cli->error, "%s", ps->base);
	}
	rp_doomed_folder(ps->stage, &ps->staged);
	return RP_OK;
}

static char *
next_name(struct rp_parts *ps)
{
	char *name;

	return asprintf(&name, "%s/%llu", ps->stage,
		   (unsigned long long)ps->staged) < 0
	    ? NULL
	    : name;
}

/* ---- open files ---- */

static void
unlist(struct rp_parts *ps, struct rp_part *p)
{
	*(p->newer != NULL ? &p->newer->older : &ps->newest) = p->older;
	*(p->older != NULL ? &p->older->newer : &ps->oldest) = p->newer;
	p->newer = p->older = NULL;
	ps->opened--;
}

static void
list(struct rp_parts *ps, struct rp_part *p)
{
	p->older = ps->newest;
	*(ps->newest != NULL ? &ps->newest->newer : &ps->oldest) = p;
	ps->newest = p;
	ps->opened++;
}

/* Give an open file a name in the hidden folder. */
static enum rp_status
name_it(struct rp_parts *ps, struct rp_part *p)
{
	char self[64], *name;
	enum rp_status st;

	if (p->name != NULL)
		return RP_OK;
	if ((st = make_stage(ps)) != RP_OK)
		return st;
	if ((name = next_name(ps)) == NULL)
		return rp_error_no_memory(&ps->cli->error);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", p->fd);
	ps->staged++; /* first: a signal may come */
	if (linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) != 0) {
		free(name);
		return failed(ps, p);
	}
	p->name = name;
	return RP_OK;
}

static enum rp_status
shut(struct rp_parts *ps, struct rp_part *p)
{
	enum rp_status st = name_it(ps, p);

	if (st != RP_OK)
		return st;
	unlist(ps, p);
	st = close(p->fd) == 0 ? RP_OK : failed(ps, p);
	p->fd = -1;
	return st;
}

static enum rp_status
make_room(struct rp_parts *ps)
{
	enum rp_status st = RP_OK;

	while (st == RP_OK && ps->opened >= ps->most)
		st = shut(ps, ps->oldest);
	return st;
}

static enum rp_status
make_file(struct rp_parts *ps, struct rp_part *p)
{
	enum rp_status st;

	p->fd = open(ps->base, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
	if (p->fd < 0) {
		/* a file system that knows only names */
		if ((st = make_stage(ps)) != RP_OK)
			return st;
		if ((p->name = next_name(ps)) == NULL)
			return rp_error_no_memory(&ps->cli->error);
		ps->staged++;
		p->fd =
		    open(p->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	}
	if (p->fd < 0)
		return failed(ps, p);
	list(ps, p);
	return RP_OK;
}

/* Have it open, as the one that was used last. */
static enum rp_status
reopen(struct rp_parts *ps, struct rp_part *p)
{
	enum rp_status st;

	if (p->fd >= 0) {
		if (ps->newest != p) {
			unlist(ps, p);
			list(ps, p);
		}
		return RP_OK;
	}
	if ((st = make_room(ps)) != RP_OK)
		return st;
	if ((p->fd = open(p->name, O_RDWR | O_APPEND | O_CLOEXEC)) < 0)
		return failed(ps, p);
	list(ps, p);
	return RP_OK;
}

/* ---- files ---- */

enum rp_status
rp_parts_open(struct rp_parts *ps, struct rp_cli *cli, const char *base,
    enum rp_existing existing, size_t most)
{
	enum rp_status st;
	char *inside;

	*ps =
	    (struct rp_parts){ .cli = cli, .existing = existing, .most = most };
	if ((ps->base = strdup(base)) == NULL ||
	    asprintf(&inside, "%s/", base) < 0)
		return rp_error_no_memory(&ps->cli->error);
	st = rp_parts_folders(ps, inside);
	free(inside);
	return st;
}

/* Begin with what is there. */
static enum rp_status
copy_old(struct rp_parts *ps, struct rp_part *p, uint64_t *old)
{
	enum { SIZE = 256 << 10 };
	int fd = open(p->target, O_RDONLY | O_CLOEXEC);
	uint8_t *buf = malloc(SIZE);
	enum rp_status st = RP_OK;
	ssize_t n = 0;

	if (fd < 0)
		st = failed(ps, p);
	else if (buf == NULL)
		st = rp_error_no_memory(&ps->cli->error);
	while (st == RP_OK && (n = read(fd, buf, SIZE)) > 0)
		st = rp_part_write(ps, p, buf, (size_t)n);
	if (st == RP_OK && n < 0)
		st = failed(ps, p);
	*old = p->bytes;
	if (fd >= 0)
		close(fd);
	free(buf);
	return st;
}

/* Put a file of these names at the end of the list. */
static enum rp_status
append_part(struct rp_parts *ps, const char *target, struct rp_part **out)
{
	struct rp_part **parts =
	    realloc(ps->part, (ps->n + 1) * sizeof(*parts));
	struct rp_part *p = calloc(1, sizeof(*p));

	if (parts != NULL)
		ps->part = parts;
	if (p == NULL || parts == NULL) {
		free(p);
		return rp_error_no_memory(&ps->cli->error);
	}
	p->fd = -1;
	*out = parts[ps->n++] = p;
	if (target != NULL && (p->target = strdup(target)) == NULL)
		return rp_error_no_memory(&ps->cli->error);
	return RP_OK;
}

/* What is there already; through a link it is the file behind it. */
static enum rp_status
look_at_old(struct rp_parts *ps, struct rp_part *p, struct stat *old)
{
	char *real;

	if (ps->existing == RP_EXISTING_FAIL || !S_ISREG(old->st_mode))
		return rp_error_set(&ps->cli->error, RP_ERR_EXISTS,
		    "%s: is there already%s", p->target,
		    S_ISREG(old->st_mode) ? ": see --existing"
					  : " and is no file");
	if ((real = realpath(p->target, NULL)) == NULL)
		return failed(ps, p);
	free(p->target);
	p->target = real;
	return RP_OK;
}

enum rp_status
rp_parts_add(struct rp_parts *ps, const char *target, struct rp_part **out,
    uint64_t *old_size)
{
	struct stat old;
	bool exists = target != NULL && stat(target, &old) == 0;
	struct rp_part *p = NULL;
	enum rp_status st;

	*old_size = 0;
	if ((st = append_part(ps, target, &p)) != RP_OK ||
	    (exists && (st = look_at_old(ps, p, &old)) != RP_OK) ||
	    (st = make_room(ps)) != RP_OK || (st = make_file(ps, p)) != RP_OK)
		return st;
	*out = p;
	if (exists && fchmod(p->fd, old.st_mode & 07777) != 0)
		return failed(ps, p);
	return exists && ps->existing == RP_EXISTING_APPEND
	    ? copy_old(ps, p, old_size)
	    : RP_OK;
}

enum rp_status
rp_part_write(
    struct rp_parts *ps, struct rp_part *p, const void *data, size_t n)
{
	enum rp_status st = reopen(ps, p);

	if (st == RP_OK)
		st = rp_file_write(
		    p->fd, data, n, label_of(ps, p), &ps->cli->error);
	p->bytes += n;
	return st;
}

enum rp_status
rp_part_read(struct rp_parts *ps, struct rp_part *p, int *fd)
{
	enum rp_status st = reopen(ps, p);

	*fd = -1;
	if (st != RP_OK)
		return st;
	*fd = fcntl(p->fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return *fd >= 0 && lseek(*fd, 0, SEEK_SET) == 0 ? RP_OK : failed(ps, p);
}

uint64_t
rp_part_bytes(const struct rp_part *p)
{
	return p->bytes;
}

/* ---- the end ---- */

static enum rp_status
sync_all(struct rp_parts *ps)
{
	struct rp_part *p;
	enum rp_status st = RP_OK;
	bool done = false;
	int fd;

	if (ps->n > FEW &&
	    (fd = open(ps->base, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0) {
		done = syncfs(fd) == 0;
		close(fd);
	}
	for (size_t i = 0; i < ps->n && st == RP_OK && !done; i++) {
		p = ps->part[i];
		if ((st = reopen(ps, p)) == RP_OK && fsync(p->fd) != 0 &&
		    errno != EINVAL && errno != EROFS)
			st = failed(ps, p);
	}
	return st;
}

static enum rp_status
give_name(struct rp_parts *ps, struct rp_part *p)
{
	unsigned flags =
	    ps->existing == RP_EXISTING_FAIL ? RENAME_NOREPLACE : 0;
	enum rp_status st;

	if ((p->fd >= 0 && (st = shut(ps, p)) != RP_OK) ||
	    (st = rp_parts_folders(ps, p->target)) != RP_OK)
		return st;
	if (renameat2(AT_FDCWD, p->name, AT_FDCWD, p->target, flags) != 0)
		return failed(ps, p);
	p->published = true;
	return RP_OK;
}

/* Make the names durable, each folder once as long as they come in turn. */
static enum rp_status
sync_names(struct rp_parts *ps)
{
	const char *last = "", *slash;
	size_t last_len = 0, len;
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < ps->n && st == RP_OK; i++) {
		const char *target = ps->part[i]->target;

		slash = strrchr(target, '/');
		len = slash != NULL ? (size_t)(slash - target) : 0;
		if (i > 0 && len == last_len && memcmp(target, last, len) == 0)
			continue;
		st = rp_parent_sync(target, &ps->cli->error);
		last = target;
		last_len = len;
	}
	return st;
}

enum rp_status
rp_parts_publish(struct rp_parts *ps)
{
	enum rp_status st = sync_all(ps);

	for (size_t i = 0; i < ps->n && st == RP_OK; i++)
		st = give_name(ps, ps->part[i]);
	return st == RP_OK ? sync_names(ps) : st;
}

/* What was published of a set that is not whole goes again, where it has taken
 * no other's place. */
static void
close_part(struct rp_parts *ps, struct rp_part *p, enum rp_status st)
{
	if (p->fd >= 0)
		close(p->fd);
	if (p->name != NULL && !p->published)
		unlink(p->name);
	if (p->published && st != RP_OK && ps->existing == RP_EXISTING_FAIL)
		unlink(p->target);
	free(p->name);
	free(p->target);
	free(p);
}

void
rp_parts_close(struct rp_parts *ps, enum rp_status st)
{
	for (size_t i = 0; i < ps->n; i++)
		close_part(ps, ps->part[i], st);
	if (ps->stage != NULL) {
		rp_doomed_folder(NULL, NULL);
		rmdir(ps->stage);
	}
	for (size_t i = ps->n_folders; i-- > 0;) {
		if (st != RP_OK)
			rmdir(ps->folders[i]);
		free(ps->folders[i]);
	}
	free(ps->folders);
	free(ps->part);
	free(ps->stage);
	free(ps->base);
	*ps = (struct rp_parts){ 0 };
}
