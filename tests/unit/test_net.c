/* What needs no network of net/: endpoints, captures, times between attempts. */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "net/backoff.h"
#include "net/capture.h"
#include "net/endpoint.h"

static const struct {
	const char *text, *host, *port, *interface;
	bool udp;
} good[] = {
	{ "tcp://127.0.0.1:80", "127.0.0.1", "80", "", false },
	{ "tcp://*:0", "", "0", "", false },
	{ "tcp://:65535", "", "65535", "", false },
	{ "tcp://[::1]:7001", "::1", "7001", "", false },
	{ "tcp://a.example:7001", "a.example", "7001", "", false },
	{ "udp://[ff02::1]:1,eth0", "ff02::1", "1", "eth0", true },
	{ "udp://239.1.2.3:26477", "239.1.2.3", "26477", "", true },
};

static const char *const bad[] = { "", "127.0.0.1:80", "tcp:/a:80",
	"http://a:80", "tcp://a", "tcp://a:", "tcp://a:b", "tcp://a:80x",
	"tcp://a:123456", "tcp://::1:80", "tcp://a:80,lo", "udp://a:80,",
	"udp://a:80,an-interface-of-a-name-that-is-too-long" };

START_TEST(endpoint_good)
{
	struct rp_endpoint e;

	ck_assert_int_eq(rp_endpoint_parse(&e, good[_i].text, NULL), RP_OK);
	ck_assert_str_eq(e.host, good[_i].host);
	ck_assert_str_eq(e.port, good[_i].port);
	ck_assert_str_eq(e.interface, good[_i].interface);
	ck_assert(e.udp == good[_i].udp);
}
END_TEST

START_TEST(endpoint_bad)
{
	struct rp_error err = { 0 };
	struct rp_endpoint e;

	ck_assert_int_eq(rp_endpoint_parse(&e, bad[_i], &err), RP_ERR_USAGE);
	ck_assert_int_eq(strncmp(err.text, bad[_i], strlen(bad[_i])), 0);
}
END_TEST

START_TEST(endpoint_long_host)
{
	struct rp_endpoint e;
	char text[400] = "tcp://";

	memset(text + 6, 'a', 300);
	strcat(text, ":1");
	ck_assert_int_eq(rp_endpoint_parse(&e, text, NULL), RP_ERR_USAGE);
}
END_TEST

START_TEST(endpoint_port_of_its_own)
{
	struct rp_endpoint e;
	char name[80];
	int fd;

	ck_assert_int_eq(
	    rp_endpoint_parse(&e, "udp://127.0.0.1:0", NULL), RP_OK);
	ck_assert_int_eq(rp_endpoint_open(&e, &fd, NULL), RP_OK);
	rp_endpoint_name(fd, true, false, name, sizeof(name));
	ck_assert_int_eq(strncmp(name, "udp://127.0.0.1:", 16), 0);
	ck_assert_int_gt(atoi(name + 16), 0);
	/* of two sockets one has it */
	e.text = name;
	strcpy(e.port, name + 16);
	ck_assert_int_eq(rp_endpoint_open(&e, &fd, NULL), RP_ERR_IO);
	close(fd);
}
END_TEST

static struct sockaddr_storage
address(const char *text, uint16_t port)
{
	struct sockaddr_storage s = { 0 };
	struct sockaddr_in *a = (struct sockaddr_in *)&s;

	a->sin_family = AF_INET;
	a->sin_port = htons(port);
	inet_pton(AF_INET, text, &a->sin_addr);
	return s;
}

/* RFC 1071: the sum over a header with its checksum in it is all ones. */
static unsigned
sum(const uint8_t *p, int n)
{
	unsigned s = 0;

	for (int i = 0; i < n; i += 2)
		s += rp_be16(p + i);
	while (s >> 16 != 0)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

START_TEST(capture_layers)
{
	struct rp_capture c = { .to = address("239.1.2.3", 26477) };
	const struct rp_datagram d = { .data = (const uint8_t *)"hello",
		.len = 5,
		.ts = INT64_C(1723161255030314667),
		.from = address("10.20.30.40", 5555) };
	uint8_t out[2 * RP_CAPTURE_ROOM];
	const uint8_t *ip = out + 24 + 16 + 14;

	ck_assert_uint_eq(rp_capture_put(&c, out, &d), 24 + 16 + 42 + 5);
	ck_assert_uint_eq(rp_le32(out), 0xa1b23c4d);
	ck_assert_uint_eq(rp_le32(out + 20), 1);
	ck_assert_uint_eq(rp_le32(out + 24), 1723161255);
	ck_assert_uint_eq(rp_le32(out + 28), 30314667);
	ck_assert_uint_eq(rp_le32(out + 32), 47);
	ck_assert_uint_eq(rp_le32(out + 36), 47);
	ck_assert_uint_eq(sum(ip, 20), 0xffff);
	ck_assert_uint_eq(rp_be16(ip + 2), 33);
	ck_assert_mem_eq(ip + 12, "\x0a\x14\x1e\x28\xef\x01\x02\x03", 8);
	ck_assert_uint_eq(rp_be16(ip + 20), 5555);
	ck_assert_uint_eq(rp_be16(ip + 22), 26477);
	ck_assert_uint_eq(rp_be16(ip + 24), 13);
	ck_assert_mem_eq(ip + 28, "hello", 5);
	/* the file has one header */
	ck_assert_uint_eq(rp_capture_put(&c, out, &d), 16 + 42 + 5);
	ck_assert_uint_eq(rp_le32(out), 1723161255);
}
END_TEST

START_TEST(capture_cut)
{
	static uint8_t data[65535], out[65535 + RP_CAPTURE_ROOM];
	struct rp_capture c = { .begun = true };
	const struct rp_datagram d = { .data = data, .len = sizeof(data) };

	ck_assert_uint_eq(rp_capture_put(&c, out, &d), 16 + 14 + 65535);
	ck_assert_uint_eq(rp_le32(out + 8), 14 + 65535);
	ck_assert_uint_eq(rp_le32(out + 12), 42 + 65535);
	ck_assert_uint_eq(rp_be16(out + 16 + 14 + 2), 65535);
}
END_TEST

START_TEST(backoff_grows_to_a_minute)
{
	struct rp_random random;
	int64_t most = RP_BACKOFF_FIRST;

	rp_random_seed(&random, 1);
	for (uint64_t failures = 0; failures < 100; failures++) {
		int64_t low = INT64_MAX, high = 0;

		for (int i = 0; i < 1000; i++) {
			int64_t ns = rp_backoff(&random, failures);

			low = ns < low ? ns : low;
			high = ns > high ? ns : high;
		}
		ck_assert_int_ge(low, 0);
		ck_assert_int_lt(low, most / 10);
		ck_assert_int_le(high, most);
		ck_assert_int_gt(high, most / 10 * 9);
		most = 2 * most < RP_BACKOFF_MOST ? 2 * most : RP_BACKOFF_MOST;
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("net");
	TCase *tc = tcase_create("net");
	SRunner *r;
	int failed;

	tcase_add_loop_test(tc, endpoint_good, 0, (int)RP_LEN(good));
	tcase_add_loop_test(tc, endpoint_bad, 0, (int)RP_LEN(bad));
	tcase_add_test(tc, endpoint_long_host);
	tcase_add_test(tc, endpoint_port_of_its_own);
	tcase_add_test(tc, capture_layers);
	tcase_add_test(tc, capture_cut);
	tcase_add_test(tc, backoff_grows_to_a_minute);
	suite_add_tcase(s, tc);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
