#include "store/etag.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"

/* Parts of one size; behind them come parts of twice that size. */
enum { STAGE = 900 };

static uint64_t
round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

uint64_t
rp_part_size(const struct rp_part_sizes *sizes, uint32_t n, uint64_t total)
{
	uint64_t size = sizes->part;

	if (total > size * RP_PARTS_MOST)
		size = round_up(
		    (total + RP_PARTS_MOST - 1) / RP_PARTS_MOST, RP_MEBIBYTE);
	else if (total == 0)
		for (uint32_t i = n / STAGE; i > 0 && size < RP_PART_MOST; i--)
			size *= 2;
	/* what decides whether there are parts is gathered first */
	if (n == 0 && size < sizes->threshold)
		size = sizes->threshold;
	return size < RP_PART_MOST ? size : RP_PART_MOST;
}

enum rp_status
rp_etag_of_parts(
    char *etag, const uint8_t *sums, uint32_t n, struct rp_error *err)
{
	uint8_t sum[RP_MD5_SIZE];
	struct rp_digest d = { 0 };
	enum rp_status st = rp_digest_begin(&d, RP_MD5, err);

	if (st == RP_OK) {
		rp_digest_add(&d, sums, (size_t)n * RP_MD5_SIZE);
		rp_digest_end(&d, sum);
		rp_hex(etag, sum, sizeof(sum));
		(void)snprintf(etag + 2 * sizeof(sum),
		    RP_ETAG_ROOM - 2 * sizeof(sum), "-%u", n);
	}
	rp_digest_free(&d);
	return st;
}

/* len bytes of the file into a digest; *got: as many as there were. */
static enum rp_status
digest_file(struct rp_digest *d, int fd, uint64_t len, uint64_t *got,
    const char *name, struct rp_error *err)
{
	uint8_t data[64 << 10];

	for (*got = 0; *got < len;) {
		size_t want = len - *got < sizeof(data) ? (size_t)(len - *got)
							: sizeof(data);
		ssize_t n = read(fd, data, want);

		if (n < 0 && errno != EINTR)
			return rp_error_errno(err, "%s", name);
		if (n == 0)
			break;
		if (n > 0) {
			rp_digest_add(d, data, (size_t)n);
			*got += (uint64_t)n;
		}
	}
	return RP_OK;
}

static enum rp_status
part_sums(struct rp_buffer *sums, int fd, uint64_t total,
    const struct rp_part_sizes *sizes, const char *name, struct rp_error *err)
{
	struct rp_digest d = { 0 };
	enum rp_status st = RP_OK;
	uint8_t sum[RP_MD5_SIZE];
	uint64_t left = total, got;

	for (uint32_t n = 0; st == RP_OK && (left > 0 || n == 0); n++) {
		uint64_t len = rp_part_size(sizes, n, total);

		if (total < sizes->threshold || len > left)
			len = left;
		if ((st = rp_digest_begin(&d, RP_MD5, err)) == RP_OK)
			st = digest_file(&d, fd, len, &got, name, err);
		if (st != RP_OK)
			break;
		rp_digest_end(&d, sum);
		if (rp_buffer_add(sums, sum, sizeof(sum)) != RP_OK)
			st = rp_error_no_memory(err);
		left = got < len ? 0 : left - len; /* it has shrunk */
	}
	rp_digest_free(&d);
	return st;
}

enum rp_status
rp_etag_of_file(char *etag, int fd, uint64_t total,
    const struct rp_part_sizes *sizes, const char *name, struct rp_error *err)
{
	struct rp_buffer sums = { 0 };
	enum rp_status st = part_sums(&sums, fd, total, sizes, name, err);

	if (st == RP_OK && (total < sizes->threshold || total == 0))
		rp_hex(etag, sums.data, RP_MD5_SIZE);
	else if (st == RP_OK)
		st = rp_etag_of_parts(
		    etag, sums.data, (uint32_t)(sums.len / RP_MD5_SIZE), err);
	rp_buffer_free(&sums);
	return st;
}
