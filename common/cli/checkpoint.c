#include "cli/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Up to n bytes; less where the file ends. */
static ssize_t
read_up_to(int fd, uint8_t *p, size_t n)
{
	size_t have = 0;
	ssize_t got;

	while (have < n) {
		got = read(fd, p + have, n - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

enum rp_status
rp_checkpoint_open(
    struct rp_cli *cli, const char *path, struct rp_checkpoint *c, int *fd)
{
	struct rp_error why = { 0 };
	uint8_t head[RP_CHECKPOINT_HEAD];
	struct stat sb;
	ssize_t n;

	*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 || fstat(*fd, &sb) != 0)
		return rp_error_errno(&cli->error, "%s", path);
	if (!S_ISREG(sb.st_mode))
		return rp_error_set(
		    &cli->error, RP_ERR_IO, "%s: is no regular file", path);
	if ((n = read_up_to(*fd, head, sizeof(head))) < 0)
		return rp_error_errno(&cli->error, "%s", path);
	if (rp_checkpoint_decode(
		c, head, (size_t)n, (uint64_t)sb.st_size, &why) == RP_OK)
		return RP_OK;
	return rp_error_set(&cli->error, why.status, "%s: %s", path, why.text);
}
