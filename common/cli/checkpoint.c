#include "cli/checkpoint.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* All of an open file; one of no bytes is at no place in particular. */
static enum rp_status
map(struct rp_cli *cli, const char *path, int fd, uint8_t **p, size_t *size)
{
	static uint8_t nothing;
	struct stat sb;

	if (fstat(fd, &sb) != 0)
		return rp_error_errno(&cli->error, "%s", path);
	if (!S_ISREG(sb.st_mode))
		return rp_error_set(
		    &cli->error, RP_ERR_IO, "%s: is no regular file", path);
	*p = &nothing;
	if ((*size = (size_t)sb.st_size) == 0)
		return RP_OK;
	*p = mmap(NULL, *size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	return *p != MAP_FAILED ? RP_OK
				: rp_error_errno(&cli->error, "%s", path);
}

enum rp_status
rp_checkpoint_read(
    struct rp_cli *cli, const char *path, struct rp_checkpoint_file *c)
{
	struct rp_error why = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	uint8_t *p;
	enum rp_status st;

	*c = (struct rp_checkpoint_file){ 0 };
	if (fd < 0)
		return rp_error_errno(&cli->error, "%s", path);
	st = map(cli, path, fd, &p, &size);
	close(fd);
	if (st != RP_OK)
		return st;
	st = rp_checkpoint_decode(&c->head, p, size, size, &why);
	if (st == RP_OK)
		st = rp_checkpoint_verify(
		    &c->head, p + RP_CHECKPOINT_HEAD, &why);
	if (st == RP_OK) {
		c->body = p + RP_CHECKPOINT_HEAD;
		return RP_OK;
	}
	if (size > 0)
		munmap(p, size);
	return rp_error_set(&cli->error, st, "%s: %s", path, why.text);
}

void
rp_checkpoint_release(struct rp_checkpoint_file *c)
{
	if (c->body != NULL)
		munmap((void *)(uintptr_t)(c->body - RP_CHECKPOINT_HEAD),
		    RP_CHECKPOINT_HEAD + c->head.body_len);
	c->body = NULL;
}
