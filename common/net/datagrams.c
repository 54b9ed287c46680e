#include "net/datagrams.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time.h"

enum {
	BATCH = 32, /* datagrams a system call */
	ROOM = 65536 /* bytes of the largest one */
};

struct rp_datagrams {
	int fd;
	unsigned n, at; /* received, handed out */
	uint32_t dropped; /* in all, as last told */
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_storage from[BATCH];
	/* a time and a counter */
	_Alignas(struct cmsghdr) char control[BATCH][CMSG_SPACE(sizeof(
							 struct timespec)) +
	    CMSG_SPACE(sizeof(uint32_t))];
	uint8_t data[BATCH][ROOM];
};

struct rp_datagrams *
rp_datagrams_new(int fd, int buffer)
{
	struct rp_datagrams *d = malloc(sizeof(*d));
	int on = 1;

	if (d == NULL)
		return NULL;
	d->fd = fd;
	d->n = d->at = d->dropped = 0;
	memset(d->msg, 0, sizeof(d->msg));
	(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
	/* the first needs a privilege, the second keeps to a limit */
	if (setsockopt(
		fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer)) != 0)
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	return d;
}

void
rp_datagrams_free(struct rp_datagrams *d)
{
	free(d);
}

int
rp_datagrams_buffer(const struct rp_datagrams *d)
{
	socklen_t len = sizeof(int);
	int granted = 0;

	(void)getsockopt(d->fd, SOL_SOCKET, SO_RCVBUF, &granted, &len);
	return granted / 2; /* the kernel doubles it for its own needs */
}

static enum rp_status
receive(struct rp_datagrams *d, struct rp_error *err)
{
	int n;

	for (unsigned i = 0; i < BATCH; i++) {
		d->iov[i] = (struct iovec){ d->data[i], ROOM };
		d->msg[i].msg_hdr = (struct msghdr){ .msg_iov = &d->iov[i],
			.msg_iovlen = 1,
			.msg_name = &d->from[i],
			.msg_namelen = sizeof(d->from[i]),
			.msg_control = d->control[i],
			.msg_controllen = sizeof(d->control[i]) };
	}
	d->n = d->at = 0;
	n = recvmmsg(d->fd, d->msg, BATCH, MSG_DONTWAIT, NULL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return RP_EMPTY;
	if (n < 0)
		return rp_error_errno(err, "cannot receive datagrams");
	d->n = (unsigned)n;
	return n == 0 ? RP_EMPTY : RP_OK;
}

/* What the kernel says of a datagram. */
static void
read_control(struct rp_datagrams *d, struct msghdr *m, struct rp_datagram *next)
{
	struct timespec t;
	uint32_t dropped = d->dropped;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL;
	     c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&t, CMSG_DATA(c), sizeof(t));
			next->ts = t.tv_sec * RP_SECOND + t.tv_nsec;
		} else if (c->cmsg_type == SO_RXQ_OVFL) {
			memcpy(&dropped, CMSG_DATA(c), sizeof(dropped));
		}
	}
	next->dropped = dropped - d->dropped;
	d->dropped = dropped;
}

enum rp_status
rp_datagrams_next(
    struct rp_datagrams *d, struct rp_datagram *next, struct rp_error *err)
{
	enum rp_status st;
	unsigned i;

	if (d->at == d->n && (st = receive(d, err)) != RP_OK)
		return st;
	i = d->at++;
	*next = (struct rp_datagram){ .data = d->data[i],
		.len = d->msg[i].msg_len,
		.ts = RP_ABSENT,
		.from = d->from[i] };
	read_control(d, &d->msg[i].msg_hdr, next);
	if (next->ts == RP_ABSENT)
		next->ts = rp_time_now();
	return RP_OK;
}
