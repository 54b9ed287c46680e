#include "net/endpoint.h"

#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- text ---- */

static enum rp_status
misuse(const char *text, struct rp_error *err, const char *why)
{
	return rp_error_set(err, RP_ERR_USAGE, "%s: %s", text, why);
}

static bool
copy(char *dst, size_t size, const char *src, size_t len)
{
	if (len >= size)
		return false;
	memcpy(dst, src, len);
	dst[len] = '\0';
	return true;
}

enum rp_status
rp_endpoint_parse(struct rp_endpoint *e, const char *text, struct rp_error *err)
{
	static const char form[] = "is not tcp://HOST:PORT or "
				   "udp://HOST:PORT[,INTERFACE]";
	const char *host, *port, *comma;
	size_t len;

	*e = (struct rp_endpoint){ .text = text };
	e->udp = strncmp(text, "udp://", 6) == 0;
	if (!e->udp && strncmp(text, "tcp://", 6) != 0)
		return misuse(text, err, form);
	host = text + 6;
	if ((port = strrchr(host, ':')) == NULL)
		return misuse(text, err, form);
	len = (size_t)(port++ - host);
	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	} else if (memchr(host, ':', len) != NULL) {
		return misuse(text, err, "an IPv6 address needs brackets");
	}
	if (len == 1 && host[0] == '*')
		len = 0;
	if (!copy(e->host, sizeof(e->host), host, len))
		return misuse(text, err, "the host is too long");
	comma = strchr(port, ',');
	len = comma != NULL ? (size_t)(comma - port) : strlen(port);
	if (len == 0 || len > 5 || strspn(port, "0123456789") != len ||
	    !copy(e->port, sizeof(e->port), port, len))
		return misuse(text, err, form);
	if (strtoul(e->port, NULL, 10) > UINT16_MAX)
		return misuse(text, err, "a port is at most 65535");
	if (comma == NULL)
		return RP_OK;
	if (!e->udp)
		return misuse(text, err, "only udp takes an interface");
	if (comma[1] == '\0' ||
	    !copy(e->interface, sizeof(e->interface), comma + 1,
		strlen(comma + 1)))
		return misuse(text, err, form);
	return RP_OK;
}

/* ---- sockets ---- */

static bool
is_multicast(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET)
		return IN_MULTICAST(
		    ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr));
	return a->sa_family == AF_INET6 &&
	    IN6_IS_ADDR_MULTICAST(&((const struct sockaddr_in6 *)a)->sin6_addr);
}

static enum rp_status
join(int fd, const struct rp_endpoint *e, const struct addrinfo *a,
    struct rp_error *err)
{
	struct group_req req = { 0 };
	int level = a->ai_family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;

	if (e->interface[0] != '\0' &&
	    (req.gr_interface = if_nametoindex(e->interface)) == 0)
		return rp_error_errno(
		    err, "%s: interface %s", e->text, e->interface);
	memcpy(&req.gr_group, a->ai_addr, a->ai_addrlen);
	if (setsockopt(fd, level, MCAST_JOIN_GROUP, &req, sizeof(req)) != 0)
		return rp_error_errno(err, "%s: cannot join", e->text);
	return RP_OK;
}

/* Several receivers may share a group; nobody else's unicast is taken. */
static enum rp_status
bind_to(int fd, const struct rp_endpoint *e, const struct addrinfo *a,
    struct rp_error *err)
{
	bool group = is_multicast(a->ai_addr);
	int on = 1;

	if (e->interface[0] != '\0' && !group)
		return rp_error_set(err, RP_ERR_USAGE,
		    "%s: an interface goes with a multicast group", e->text);
	if (!e->udp || group)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, a->ai_addr, a->ai_addrlen) != 0 ||
	    (!e->udp && listen(fd, 16) != 0))
		return rp_error_errno(err, "%s", e->text);
	return e->udp && group ? join(fd, e, a, err) : RP_OK;
}

enum rp_status
rp_endpoint_open(const struct rp_endpoint *e, int *fd, struct rp_error *err)
{
	const struct addrinfo hints = { .ai_flags = AI_PASSIVE,
		.ai_socktype = e->udp ? SOCK_DGRAM : SOCK_STREAM };
	const char *host = e->host[0] != '\0' ? e->host : NULL;
	struct addrinfo *a;
	enum rp_status st;
	int r;

	if ((r = getaddrinfo(host, e->port, &hints, &a)) != 0)
		return rp_error_set(
		    err, RP_ERR_IO, "%s: %s", e->text, gai_strerror(r));
	*fd = socket(a->ai_family,
	    a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
	if (*fd < 0)
		st = rp_error_errno(err, "%s", e->text);
	else if ((st = bind_to(*fd, e, a, err)) != RP_OK)
		close(*fd);
	freeaddrinfo(a);
	return st;
}

void
rp_endpoint_name(int fd, bool udp, bool peer, char *buf, size_t size)
{
	struct sockaddr_storage a;
	struct sockaddr *p = (struct sockaddr *)&a;
	socklen_t len = sizeof(a);
	char host[64] = "?", port[8] = "?";

	if ((peer ? getpeername(fd, p, &len) : getsockname(fd, p, &len)) == 0)
		(void)getnameinfo(p, len, host, sizeof(host), port,
		    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(buf, size, strchr(host, ':') != NULL ? "%s[%s]:%s" : "%s%s:%s",
	    udp ? "udp://" : "tcp://", host, port);
}
