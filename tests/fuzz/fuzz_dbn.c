/*
 * Any bytes as a DBN file: no crash, no leak, and a stream that verifies
 * whatever came of the input. The first byte chooses whether bad records are
 * skipped and whether a NOTE is written.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "import/import.h"
#include "wire/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum rp_status
skip(void *arg, const char *text, size_t len, const char *reason)
{
	(void)arg;
	(void)text;
	(void)len;
	(void)reason;
	return RP_OK;
}

/* What was written is a valid stream of as many records as were added. */
static void
verify(const struct rp_buffer *stream)
{
	struct rp_reader *r = rp_reader_memory(stream->data, stream->len, "s");
	struct rp_frame f;
	enum rp_status st;

	rp_reader_verify_sums(r, true);
	do
		st = rp_reader_next(r, &f);
	while (st == RP_OK);
	if (st != RP_END)
		abort();
	rp_reader_free(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rp_import_host host = {
		.reject = size > 0 && (data[0] & 1) ? skip : NULL
	};
	struct rp_import im = { .name = "f", .host = &host };
	struct rp_buffer stream = { 0 };
	enum rp_status st;

	if (size == 0)
		return 0;
	im.notes = data[0] & 2;
	im.format = data[0] & 4 ? &rp_import_dbn : NULL;
	im.in = rp_intake_memory(data + 1, size - 1);
	im.out = rp_writer_memory(&stream, NULL);
	st = rp_import_open(&im);
	while (st == RP_OK)
		st = rp_import_step(&im);
	if ((st == RP_END) != (im.error.status == RP_OK))
		abort();
	rp_import_close(&im);
	rp_intake_free(im.in);
	if (rp_writer_finish(im.out, 0) == RP_OK)
		verify(&stream);
	rp_writer_free(im.out);
	rp_buffer_free(&stream);
	return 0;
}
