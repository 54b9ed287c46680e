/* --listen: streams by TCP, one connection after another; datagrams by UDP. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"
#include "live.h"
#include "net/capture.h"
#include "net/datagrams.h"
#include "net/endpoint.h"

enum {
	NAME = 80, /* bytes of an endpoint's name */
	KEPT = 8 << 20 /* bytes that the kernel is to keep of datagrams */
};

/* ---- TCP ---- */

struct connection {
	struct rp_live *l;
	int fd;
	int64_t since; /* when its first bytes came; RP_ABSENT: none have */
	char name[NAME];
};

/* A gap between the last bytes of one connection and the first of the next. */
static enum rp_status
begin(struct connection *c, int64_t now)
{
	const int64_t last = c->l->ts;
	enum rp_status st;

	c->since = now;
	if ((st = rp_raw_next(&c->l->raw)) != RP_OK)
		return st;
	return last == RP_ABSENT
	    ? RP_OK
	    : rp_live_gap(c->l, RP_GAP_DISCONNECT, last, now, 0);
}

static enum rp_status
read_connection(void *arg, uint8_t *dst, size_t cap, size_t *n, int ms,
    struct rp_error *err)
{
	struct connection *c = arg;
	enum rp_status st;
	ssize_t got;
	int64_t now;

	(void)err;
	if ((st = rp_live_await(c->l, c->fd, ms)) != RP_OK)
		return st;
	got = read(c->fd, dst, cap);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return RP_EMPTY;
	if (got < 0)
		rp_cli_warn(c->l->cli, "%s: %s", c->name, strerror(errno));
	if (got <= 0)
		return RP_END;
	*n = (size_t)got;
	now = rp_time_now();
	st = c->since == RP_ABSENT ? begin(c, now) : RP_OK;
	return st == RP_OK ? rp_live_received(c->l, dst, *n, now) : st;
}

/*
 * A connection ended otherwise than between two records. One that breaks off
 * within a record costs that; what no format knows, which may be anybody's,
 * the connection; what is corrupt is a bad record, the last that can be found.
 */
static enum rp_status
ended_badly(struct connection *c, enum rp_status st, const char *why)
{
	struct rp_live *l = c->l;

	switch (st) {
	case RP_ERR_TRUNCATED:
		rp_cli_warn(l->cli, "%s", why);
		return RP_OK;
	case RP_ERR_UNSUPPORTED:
		rp_cli_warn(l->cli, "%s", why);
		break;
	case RP_ERR_CORRUPT:
		l->cli->counts.records_in++;
		if ((st = rp_cli_reject(l->cli, "", 0, "%s", why)) != RP_OK)
			return st;
		break;
	default:
		return rp_error_set(&l->cli->error, st, "%s", why);
	}
	return rp_live_gap(l, RP_GAP_UNDECODABLE, c->since, l->ts, 0);
}

static enum rp_status
serve(struct rp_live *l, int fd)
{
	struct connection c = { .l = l, .fd = fd, .since = RP_ABSENT };
	const struct rp_intake_source source = { .arg = &c,
		.read = read_connection };
	struct rp_error err = { 0 };
	enum rp_status st;

	rp_endpoint_name(fd, false, true, c.name, sizeof(c.name));
	rp_cli_say(l->cli, "%s: connected", c.name);
	st = rp_live_convert(l, &source, c.name, &err);
	return st == RP_OK ? st : ended_badly(&c, st, err.text);
}

/* The next one; what waits in the kernel's queue comes after it. */
static enum rp_status
accept_one(struct rp_live *l, int fd, int *connection)
{
	enum rp_status st;
	int ms = 0;

	for (;;) {
		st = rp_live_await(l, fd, ms);
		if (st == RP_EMPTY) {
			ms = rp_writer_idle(l->w);
			continue;
		}
		if (st != RP_OK)
			return st;
		*connection =
		    accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (*connection >= 0)
			return RP_OK;
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			return rp_error_errno(
			    &l->cli->error, "%s", l->o->listen);
	}
}

static enum rp_status
listen_tcp(struct rp_live *l, int fd)
{
	enum rp_status st;
	int connection;

	if ((st = rp_raw_open(&l->raw, true)) != RP_OK)
		return st;
	while ((st = accept_one(l, fd, &connection)) == RP_OK) {
		st = serve(l, connection);
		close(connection);
		if (st != RP_OK)
			break;
	}
	return st == RP_END ? RP_OK : st;
}

/* ---- UDP ---- */

struct receiver {
	struct rp_live *l;
	int fd;
	const char *name;
	struct rp_datagrams *datagrams;
	bool packets; /* for the format pcap, else lines */
	struct rp_capture capture;
	uint64_t dropped;
};

/* What the kernel had no room for was lost between the last one and this. */
static enum rp_status
tell_dropped(struct receiver *r, const struct rp_datagram *d)
{
	if (d->dropped == 0)
		return RP_OK;
	if (r->dropped == 0)
		rp_cli_warn(r->l->cli,
		    "%s: the kernel drops datagrams: what reads this stream "
		    "is too slow",
		    r->name);
	r->dropped += d->dropped;
	return rp_live_gap(r->l, RP_GAP_OVERLOAD,
	    r->l->ts != RP_ABSENT ? r->l->ts : d->ts, d->ts, d->dropped);
}

/* A datagram is a line, or some; cap is above what one can be. */
static size_t
put_lines(uint8_t *dst, const struct rp_datagram *d)
{
	size_t n = d->len;

	memcpy(dst, d->data, n);
	if (n == 0 || dst[n - 1] != '\n')
		dst[n++] = '\n';
	return n;
}

static enum rp_status
read_datagram(void *arg, uint8_t *dst, size_t cap, size_t *n, int ms,
    struct rp_error *err)
{
	struct receiver *r = arg;
	struct rp_live *l = r->l;
	struct rp_datagram d;
	enum rp_status st;

	(void)cap;
	(void)err;
	if (rp_live_over(l))
		return RP_END;
	while ((st = rp_datagrams_next(r->datagrams, &d, &l->cli->error)) ==
	    RP_EMPTY)
		if ((st = rp_live_await(l, r->fd, ms)) != RP_OK)
			return st;
	if (st == RP_OK)
		st = tell_dropped(r, &d);
	if (st != RP_OK)
		return st;
	*n = r->packets ? rp_capture_put(&r->capture, dst, &d)
			: put_lines(dst, &d);
	return rp_live_received(l, dst, *n, d.ts);
}

/* ITCH comes in packets of MoldUDP64, of which the format pcap makes it. */
static bool
is_itch(const struct rp_import_format *format)
{
	return strcmp(format->name, "itch") == 0;
}

static enum rp_status
listen_udp(struct rp_live *l, int fd, const char *name)
{
	struct receiver r = { .l = l, .fd = fd, .name = name };
	const struct rp_intake_source source = {
		.arg = &r, .read = read_datagram, .plain = true
	};
	socklen_t len = sizeof(r.capture.to);
	struct rp_error err = { 0 };
	enum rp_status st;

	if ((st = rp_raw_open(&l->raw, false)) != RP_OK)
		return st;
	r.packets = is_itch(l->format);
	if (r.packets)
		l->format = rp_import_format_find("pcap");
	(void)getsockname(fd, (struct sockaddr *)&r.capture.to, &len);
	if ((r.datagrams = rp_datagrams_new(fd, KEPT)) == NULL)
		return rp_error_no_memory(&l->cli->error);
	rp_cli_say(l->cli, "%s: the kernel keeps %d bytes", name,
	    rp_datagrams_buffer(r.datagrams));
	st = rp_live_convert(l, &source, name, &err);
	if (st == RP_ERR_TRUNCATED && l->ts == RP_ABSENT)
		st = RP_OK; /* not a datagram: not even a capture's header */
	if (st != RP_OK)
		rp_error_set(&l->cli->error, st, "%s", err.text);
	rp_cli_count(l->cli, "dropped", r.dropped);
	rp_datagrams_free(r.datagrams);
	return st;
}

enum rp_status
rp_live_check_listen(struct rp_cli *cli, const char *where,
    const struct rp_import_format *format)
{
	struct rp_endpoint e;

	if (rp_endpoint_parse(&e, where, &cli->error) != RP_OK)
		return rp_cli_usage(cli, "--listen %s", cli->error.text);
	if (!e.udp)
		return RP_OK;
	if (format == NULL)
		return rp_cli_usage(cli, "--listen %s needs a --format", where);
	if (!format->lines && !is_itch(format))
		return rp_cli_usage(cli,
		    "--format %s is not of lines, so no datagram has a record "
		    "of it",
		    format->name);
	return RP_OK;
}

enum rp_status
rp_live_listen(struct rp_live *l)
{
	struct rp_endpoint e;
	enum rp_status st;
	char name[NAME];
	int fd;

	st = rp_endpoint_parse(&e, l->o->listen, &l->cli->error);
	if (st != RP_OK)
		return st;
	if ((st = rp_endpoint_open(&e, &fd, &l->cli->error)) != RP_OK)
		return st;
	rp_endpoint_name(fd, e.udp, false, name, sizeof(name));
	rp_cli_say(l->cli, "listening on %s", name);
	st = e.udp ? listen_udp(l, fd, name) : listen_tcp(l, fd);
	close(fd);
	return st;
}
