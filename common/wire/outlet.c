#include "wire/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

void
rp_outlet_fd(struct rp_outlet *o, int fd)
{
	struct stat sb;

	*o = (struct rp_outlet){ .fd = fd };
	o->splices = fstat(fd, &sb) == 0 && S_ISFIFO(sb.st_mode);
}

static enum rp_status
add_to_memory(struct rp_outlet *o, const struct iovec *iov, int n,
    const char *name, struct rp_error *err)
{
	for (int i = 0; i < n; i++)
		if (rp_buffer_add(o->memory, iov[i].iov_base, iov[i].iov_len) !=
		    RP_OK)
			return rp_error_set(
			    err, RP_ERR_NOMEM, "%s: out of memory", name);
	return RP_OK;
}

/* Until fd takes more. False: it shall not. */
static bool
await(struct rp_outlet *o)
{
	struct pollfd p = { .fd = o->fd, .events = POLLOUT };

	if (o->wait != NULL)
		return o->wait(o->wait_arg);
	(void)poll(&p, 1, -1);
	return true;
}

enum rp_status
rp_outlet_write(struct rp_outlet *o, struct iovec *iov, int n, const char *name,
    struct rp_error *err)
{
	for (int i = 0; i < n; i++)
		o->bytes += iov[i].iov_len;
	if (o->memory != NULL)
		return add_to_memory(o, iov, n, name, err);
	while (n > 0) {
		ssize_t put;

		if (iov->iov_len == 0) {
			iov++;
			n--;
			continue;
		}
		put = writev(o->fd, iov, n);
		if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			if (!await(o))
				return rp_error_set(
				    err, RP_ERR_PIPE, "%s: given up", name);
		} else if (put < 0 && errno != EINTR)
			return rp_error_errno(err, "%s", name);
		for (; put > 0 && n > 0; iov++, n--) {
			size_t k = iov->iov_len;

			if ((size_t)put < k) {
				iov->iov_base = (uint8_t *)iov->iov_base + put;
				iov->iov_len -= (size_t)put;
				break;
			}
			put -= (ssize_t)k;
		}
	}
	return RP_OK;
}

size_t
rp_outlet_splice(struct rp_outlet *o, int file, uint64_t offset, size_t size)
{
	off_t from = (off_t)offset;
	size_t done = 0;

	while (o->splices && done < size) {
		ssize_t n = splice(
		    file, &from, o->fd, NULL, size - done, SPLICE_F_MORE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			o->splices = n < 0 && errno == EAGAIN;
			break;
		}
		done += (size_t)n;
	}
	o->bytes += done;
	return done;
}
