/* What targets of the formats of rp-import share. */
#ifndef RP_FUZZ_IMPORT_H
#define RP_FUZZ_IMPORT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "import/import.h"
#include "wire/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum rp_status
fuzz_skip(void *arg, const char *text, size_t len, const char *reason)
{
	(void)arg;
	(void)text;
	(void)len;
	(void)reason;
	return RP_OK;
}

/* What was written is a valid stream. */
static void
fuzz_verify(const struct rp_buffer *stream)
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

/* Lines that hold more than blanks, of which a byte order mark is none. */
static uint64_t
fuzz_lines(const uint8_t *p, size_t len)
{
	const uint8_t *end = p + len, *next;
	uint64_t n = 0;

	if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	for (; p < end; p = next < end ? next + 1 : end) {
		next = memchr(p, '\n', (size_t)(end - p));
		next = next != NULL ? next : end;
		while (p < next && (*p == ' ' || *p == '\t' || *p == '\r'))
			p++;
		n += p < next;
	}
	return n;
}

/*
 * Any bytes as a file of a format, or of whichever takes them (NULL): no
 * crash, no leak, an error exactly if it fails, and a stream that verifies
 * whatever came of the input. Of messages in lines each is met.
 */
static void
fuzz_import(const struct rp_import_format *format,
    const struct rp_import_options *options, bool skip, const uint8_t *data,
    size_t size)
{
	const struct rp_import_host host = { .reject =
						 skip ? fuzz_skip : NULL };
	struct rp_import im = { .name = "f",
		.host = &host,
		.format = format,
		.options = *options };
	struct rp_buffer stream = { 0 };
	enum rp_status st;

	im.in = rp_intake_memory(data, size);
	im.out = rp_writer_memory(&stream, NULL);
	st = rp_import_open(&im);
	while (st == RP_OK)
		st = rp_import_step(&im);
	if ((st == RP_END) != (im.error.status == RP_OK))
		abort();
	if (st == RP_END && !rp_intake_packed(im.in) &&
	    (im.format == &rp_import_binance ||
		im.format == &rp_import_cryptofeed) &&
	    im.records != fuzz_lines(data, size))
		abort();
	rp_import_close(&im);
	rp_intake_free(im.in);
	if (rp_writer_finish(im.out, 0) == RP_OK)
		fuzz_verify(&stream);
	rp_writer_free(im.out);
	rp_buffer_free(&stream);
}

#endif
