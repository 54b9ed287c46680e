#include "raw.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

static const char *
name_of(const struct rp_raw *raw)
{
	return raw->name != NULL ? raw->name : raw->path;
}

static enum rp_status
failed(const struct rp_raw *raw)
{
	return rp_error_errno(&raw->cli->error, "--raw %s", name_of(raw));
}

/* Let name be that of file n. */
static enum rp_status
rename_to(struct rp_raw *raw, unsigned n)
{
	free(raw->name);
	if (asprintf(&raw->name, "%s.%u", raw->path, n) >= 0)
		return RP_OK;
	raw->name = NULL;
	return rp_error_no_memory(&raw->cli->error);
}

static enum rp_status
create(struct rp_raw *raw)
{
	raw->size = 0;
	raw->fd =
	    open(name_of(raw), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return raw->fd >= 0 ? RP_OK : failed(raw);
}

/* A file of an earlier recording shows now, not after hours of this one. */
static enum rp_status
check_next(struct rp_raw *raw)
{
	enum rp_status st;

	if ((st = rename_to(raw, 2)) != RP_OK)
		return st;
	if (access(raw->name, F_OK) == 0) {
		errno = EEXIST;
		return failed(raw);
	}
	free(raw->name);
	raw->name = NULL;
	return RP_OK;
}

enum rp_status
rp_raw_open(struct rp_raw *raw, bool numbered)
{
	enum rp_status st;

	if (raw->path == NULL)
		return RP_OK;
	if (numbered && (st = check_next(raw)) != RP_OK)
		return st;
	raw->number = 1;
	return create(raw);
}

enum rp_status
rp_raw_next(struct rp_raw *raw)
{
	enum rp_status st;

	if (raw->fd < 0 || raw->size == 0)
		return RP_OK;
	if ((st = rp_raw_close(raw)) != RP_OK ||
	    (st = rename_to(raw, ++raw->number)) != RP_OK)
		return st;
	return create(raw);
}

enum rp_status
rp_raw_add(struct rp_raw *raw, const void *p, size_t len)
{
	if (raw->fd < 0)
		return RP_OK;
	raw->size += len;
	return rp_file_write(raw->fd, p, len, name_of(raw), &raw->cli->error);
}

enum rp_status
rp_raw_cut(struct rp_raw *raw, size_t len)
{
	if (raw->fd < 0 || len == 0)
		return RP_OK;
	raw->size -= len;
	if (ftruncate(raw->fd, (off_t)raw->size) != 0 ||
	    lseek(raw->fd, 0, SEEK_END) < 0)
		return failed(raw);
	return RP_OK;
}

enum rp_status
rp_raw_close(struct rp_raw *raw)
{
	enum rp_status st = RP_OK;

	if (raw->fd >= 0 && close(raw->fd) != 0)
		st = failed(raw);
	raw->fd = -1;
	free(raw->name);
	raw->name = NULL;
	return st;
}
