/*
 * A mapping, a zero byte, and the bytes that it is for. The first byte chooses:
 * bit 0 skips bad rows, bit 1 reads the bytes as a table with rp's own names,
 * bit 2 has the mapping checked instead.
 */
#include <sys/mman.h>

#include <stdio.h>
#include <unistd.h>

#include "import.h"

/* The mapping as a file. */
static int
make_file(const uint8_t *text, size_t len, char *path, size_t room)
{
	int fd = memfd_create("mapping", MFD_CLOEXEC);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		abort();
	snprintf(path, room, "/proc/self/fd/%d", fd);
	return fd;
}

static void
check(const struct rp_import_options *options, const uint8_t *data, size_t size)
{
	struct rp_import im = { .name = "f", .options = *options };
	struct rp_buffer text = { 0 };
	enum rp_status st;

	im.in = rp_intake_memory(data, size);
	st = rp_import_check_mapping(&im, &text);
	if ((st == RP_OK || st == RP_ERR_REJECTED) !=
	    (im.error.status == RP_OK))
		abort();
	rp_intake_free(im.in);
	rp_buffer_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rp_import_options options = { 0 };
	const uint8_t *end, *mapping = data + 1;
	char path[64];
	int fd;

	if (size == 0)
		return 0;
	if (data[0] & 2) {
		fuzz_import(
		    &rp_import_csv, &options, data[0] & 1, mapping, size - 1);
		return 0;
	}
	end = memchr(mapping, '\0', size - 1);
	if (end == NULL)
		end = data + size;
	fd = make_file(mapping, (size_t)(end - mapping), path, sizeof(path));
	options.mapping = path;
	if (end < data + size)
		end++;
	if (data[0] & 4)
		check(&options, end, (size_t)(data + size - end));
	else
		fuzz_import(NULL, &options, data[0] & 1, end,
		    (size_t)(data + size - end));
	close(fd);
	return 0;
}
