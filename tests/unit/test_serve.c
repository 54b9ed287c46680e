/* net/serve.h, with sockets. */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "net/serve.h"

#define LARGE ((size_t)8 << 20)

static struct rp_serve *server;

static unsigned
show(void *arg, const char *path, struct rp_buffer *body, const char **type)
{
	if (strcmp(path, "/metrics") == 0) {
		*type = "text/plain; version=0.0.4";
		return rp_buffer_add(body, arg, strlen(arg)) == RP_OK ? 200
								      : 500;
	}
	if (strcmp(path, "/large") == 0) {
		if (rp_buffer_reserve(body, LARGE) != RP_OK)
			return 500;
		memset(body->data, 'x', LARGE);
		body->len = LARGE;
		return 200;
	}
	return strcmp(path, "/healthz") == 0 ? 503 : 404;
}

static void
start(void)
{
	static char body[] = "up 1\n";

	ck_assert_int_eq(
	    rp_serve_open(&server, "127.0.0.1:0", show, body, NULL), RP_OK);
}

static void
stop(void)
{
	rp_serve_close(server);
}

/* ---- a client ---- */

static int
dial(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(rp_serve_port(server)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void
say(int fd, const char *text)
{
	ck_assert_int_eq(
	    send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* What is answered until the connection is closed. */
static const char *
hear(int fd)
{
	static char text[64 << 10];
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(fd);
	return text;
}

static const char *
ask(const char *request)
{
	int fd = dial();

	say(fd, request);
	return hear(fd);
}

static bool
begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool
ends(const char *text, const char *with)
{
	size_t n = strlen(text), m = strlen(with);

	return n >= m && strcmp(text + n - m, with) == 0;
}

static void
ck_serves(void)
{
	const char *got = ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");

	ck_assert(begins(got, "HTTP/1.1 200 OK\r\n"));
	ck_assert(ends(got, "\r\n\r\nup 1\n"));
}

/* ---- requests ---- */

START_TEST(a_text_with_its_type)
{
	const char *got = ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");

	ck_assert(begins(got, "HTTP/1.1 200 OK\r\n"));
	ck_assert_ptr_nonnull(
	    strstr(got, "\r\nContent-Type: text/plain; version=0.0.4\r\n"));
	ck_assert_ptr_nonnull(strstr(got, "\r\nContent-Length: 5\r\n"));
	ck_assert_ptr_nonnull(strstr(got, "\r\nConnection: close\r\n"));
	ck_assert(ends(got, "\r\n\r\nup 1\n"));
	/* a query is not of the path; nor is a body looked at */
	ck_assert(ends(ask("GET /metrics?a=b HTTP/1.0\r\n\r\n"), "up 1\n"));
	ck_assert(ends(ask("GET /metrics HTTP/1.1\r\nHost: x\r\n"
			   "Content-Length: 3\r\n\r\nabc"),
	    "up 1\n"));
}
END_TEST

START_TEST(heads_have_no_body)
{
	const char *got = ask("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");

	ck_assert(begins(got, "HTTP/1.1 200 OK\r\n"));
	ck_assert_ptr_nonnull(strstr(got, "\r\nContent-Length: 5\r\n"));
	ck_assert(ends(got, "\r\n\r\n"));
}
END_TEST

START_TEST(failures_say_what_they_are)
{
	ck_assert(ends(ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
	    "\r\n\r\n404 Not Found\n"));
	ck_assert(ends(ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"),
	    "\r\n\r\n503 Service Unavailable\n"));
}
END_TEST

START_TEST(nothing_is_changed_by_a_request)
{
	static const char *const methods[] = { "POST", "PUT", "DELETE",
		"OPTIONS", "get" };
	char text[200];
	const char *got;

	for (size_t i = 0; i < RP_LEN(methods); i++) {
		snprintf(text, sizeof(text),
		    "%s /metrics HTTP/1.1\r\nHost: x\r\n"
		    "Content-Length: 0\r\n\r\n",
		    methods[i]);
		got = ask(text);
		ck_assert(begins(got, "HTTP/1.1 405 "));
		ck_assert_ptr_nonnull(strstr(got, "\r\nAllow: GET, HEAD\r\n"));
	}
}
END_TEST

START_TEST(what_is_no_request)
{
	static const char *const garbage[] = { "\r\n\r\n\r\n",
		"\x16\x03\x01\n\n", "GET\r\n\r\n",
		"GET /metrics HTTP/9.9\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nno header\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
		"GET %%%/\x01\x7f HTTP/1.1\r\nHost: x\r\n\r\n" };
	int fd;

	for (size_t i = 0; i < RP_LEN(garbage); i++) {
		fd = dial();
		say(fd, garbage[i]);
		shutdown(fd, SHUT_WR);
		ck_assert_msg(!ends(hear(fd), "up 1\n"), "%zu", i);
		ck_serves();
	}
}
END_TEST

/* A head of any length is refused, not kept. */
START_TEST(a_head_without_an_end)
{
	static char line[4096];
	int fd = dial();
	ssize_t n = 1;

	memset(line, 'a', sizeof(line));
	say(fd, "GET /metrics HTTP/1.1\r\nX: ");
	for (int i = 0; i < 1000 && n > 0; i++)
		n = send(fd, line, sizeof(line), MSG_NOSIGNAL);
	ck_assert_int_lt(n, (ssize_t)sizeof(line));
	close(fd);
	ck_serves();
}
END_TEST

/* ---- clients that are slow, many, or gone ---- */

START_TEST(a_slow_client_keeps_nobody_waiting)
{
	int slow = dial();

	say(slow, "GET /met");
	ck_serves();
	say(slow, "rics HTTP/1.1\r\nHost: x\r\n\r\n");
	ck_assert(ends(hear(slow), "up 1\n"));
}
END_TEST

START_TEST(many_that_say_nothing)
{
	int fd[28]; /* of which some wait to be accepted */

	for (size_t i = 0; i < RP_LEN(fd); i++)
		fd[i] = dial();
	for (size_t i = 0; i < RP_LEN(fd); i++)
		close(fd[i]);
	ck_serves();
}
END_TEST

START_TEST(one_that_is_gone_before_its_answer)
{
	const struct linger at_once = { .l_onoff = 1 };
	char some[1000];
	int fd;

	signal(SIGPIPE, SIG_DFL);
	for (int i = 0; i < 5; i++) {
		fd = dial();
		say(fd, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
		ck_assert_int_gt(read(fd, some, sizeof(some)), 0);
		ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once,
				     sizeof(at_once)),
		    0);
		close(fd);
	}
	ck_serves();
}
END_TEST

START_TEST(closing_waits_for_nobody)
{
	int silent = dial(), half = dial();

	say(half, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
	rp_serve_close(server);
	server = NULL;
	ck_assert(!ends(hear(silent), "up 1\n"));
	close(half);
}
END_TEST

/* ---- addresses ---- */

START_TEST(where_it_listens)
{
	static const char *const good[] = { "0", ":0", "127.0.0.1:0",
		"localhost:0", "*:0", "[127.0.0.1]:0" };
	struct rp_serve *s;

	for (size_t i = 0; i < RP_LEN(good); i++) {
		ck_assert_int_eq(
		    rp_serve_open(&s, good[i], show, NULL, NULL), RP_OK);
		ck_assert_uint_gt(rp_serve_port(s), 0);
		rp_serve_close(s);
	}
}
END_TEST

START_TEST(where_it_does_not)
{
	static const char *const bad[] = { "", "x", "70000",
		"127.0.0.1:", "::1:80", "127.0.0.1:80:90", "80,lo",
		"127.0.0.1:80,lo", "tcp://127.0.0.1:80", "-1" };
	struct rp_error err = { 0 };
	struct rp_serve *s = NULL;
	char taken[32], *all;

	for (size_t i = 0; i < RP_LEN(bad); i++) {
		err = (struct rp_error){ 0 };
		ck_assert_int_eq(
		    rp_serve_open(&s, bad[i], show, NULL, &err), RP_ERR_USAGE);
		ck_assert_ptr_nonnull(strstr(err.text, bad[i]));
		ck_assert_ptr_null(s);
	}
	all = malloc(1000);
	memset(all, '1', 999);
	all[999] = '\0';
	ck_assert_int_eq(
	    rp_serve_open(&s, all, show, NULL, NULL), RP_ERR_USAGE);
	free(all);
	err = (struct rp_error){ 0 };
	snprintf(taken, sizeof(taken), "%u", rp_serve_port(server));
	ck_assert_int_eq(rp_serve_open(&s, taken, show, NULL, &err), RP_ERR_IO);
	ck_assert(begins(err.text, taken));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("serve");
	TCase *tc = tcase_create("serve");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(tc, start, stop);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_text_with_its_type);
	tcase_add_test(tc, heads_have_no_body);
	tcase_add_test(tc, failures_say_what_they_are);
	tcase_add_test(tc, nothing_is_changed_by_a_request);
	tcase_add_test(tc, what_is_no_request);
	tcase_add_test(tc, a_head_without_an_end);
	tcase_add_test(tc, a_slow_client_keeps_nobody_waiting);
	tcase_add_test(tc, many_that_say_nothing);
	tcase_add_test(tc, one_that_is_gone_before_its_answer);
	tcase_add_test(tc, closing_waits_for_nobody);
	tcase_add_test(tc, where_it_listens);
	tcase_add_test(tc, where_it_does_not);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
