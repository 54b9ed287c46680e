/*
 * NDJSON both ways. The first byte chooses a mode:
 *
 *	bit 0   bad lines are skipped
 *	bit 1   a NOTE is written
 *	bit 2   numbers are written bare
 *	bit 3   times are ISO 8601
 *	bit 4   decimals are trimmed
 *	bit 5   the bytes are not text but a record: its type, length, payload
 *
 * Text: no crash; what came of it is a valid stream, and its text makes the
 * same stream and the same text again. A record: its text makes that record.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "columns/json.h"
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

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* Text to stream; false: it was refused. */
static bool
import(struct rp_buffer *stream, const void *text, size_t len, uint8_t mode)
{
	const struct rp_import_host host = { .reject = mode & 1 ? skip : NULL };
	struct rp_import im = { .name = "f", .host = &host };
	enum rp_status st;

	im.notes = mode & 2;
	im.format = &rp_import_ndjson;
	im.in = rp_intake_memory(text, len);
	im.out = rp_writer_memory(stream, NULL);
	must(im.in != NULL && im.out != NULL);
	st = rp_import_open(&im);
	while (st == RP_OK)
		st = rp_import_step(&im);
	must((st == RP_END) == (im.error.status == RP_OK));
	rp_import_close(&im);
	rp_intake_free(im.in);
	must(rp_writer_finish(im.out, 0) == RP_OK);
	rp_writer_free(im.out);
	return st == RP_END;
}

static void
print_frame(struct rp_json *json, struct rp_cell_style *style,
    struct rp_out *out, const struct rp_frame *f)
{
	const struct rp_record *rec = NULL;

	must(rp_cell_style_frame(style, f) == RP_OK);
	while ((rec = rp_frame_next(f, rec)) != NULL)
		must(rp_json_record(json, out, rec) == RP_OK);
}

/* A stream, which must be valid, to text; the sum of its records. */
static uint64_t
print(struct rp_out *out, const struct rp_buffer *stream, uint8_t mode)
{
	struct rp_reader *r = rp_reader_memory(stream->data, stream->len, "s");
	struct rp_cell_style style = { .quoting.quote = rp_json_quote };
	struct rp_plan plan;
	struct rp_json json;
	struct rp_frame f;
	enum rp_status st;
	uint64_t sum = 0;

	must(r != NULL);
	rp_reader_verify_sums(r, true);
	style.text.iso = mode & 8;
	style.text.digits = mode & 16 ? RP_DIGITS_TRIM : RP_DIGITS_KEEP;
	rp_plan_init(&plan, &style);
	plan.set = RP_COLUMNS_ALL;
	plan.levels = 0;
	rp_json_init(&json, &plan, mode & 4);
	rp_out_init(out, -1, "text");
	while ((st = rp_reader_next(r, &f)) == RP_OK)
		if (f.head.kind == RP_DATA) {
			print_frame(&json, &style, out, &f);
			sum += f.head.rec_sum;
		}
	must(st == RP_END);
	rp_json_free(&json);
	rp_plan_free(&plan);
	rp_cell_style_free(&style);
	rp_reader_free(r);
	return sum;
}

/* A stream to text to a stream to text: nothing changes. */
static void
there_and_back(const struct rp_buffer *stream, uint8_t mode)
{
	struct rp_buffer again = { 0 };
	struct rp_out first, second;
	uint64_t sum = print(&first, stream, mode);

	must(import(&again, first.text.data, first.text.len, mode & ~1));
	must(print(&second, &again, mode) == sum);
	must(first.text.len == second.text.len &&
	    (first.text.len == 0 ||
		memcmp(first.text.data, second.text.data, first.text.len) ==
		    0));
	rp_out_free(&first);
	rp_out_free(&second);
	rp_buffer_free(&again);
}

/* A stream of the record that the bytes make. */
static bool
make(struct rp_buffer *stream, const uint8_t *data, size_t size)
{
	enum { HEAD = 2 + 8 + 2 };
	struct rp_label symbol, source;
	struct rp_record *rec;
	struct rp_writer *w;

	if (size < HEAD || rp_le16(data) == 0)
		return false;
	rec = calloc(1, sizeof(*rec) + rp_align8(size - HEAD));
	w = rp_writer_memory(stream, NULL);
	must(rec != NULL && w != NULL);
	rec->type = rp_le16(data);
	rec->ts_recv = (int64_t)rp_le64(data + 2);
	rec->flags = rp_le16(data + 10);
	rec->len = (uint32_t)(size - HEAD);
	memcpy(rec->payload, data + HEAD, rec->len);
	rp_label_init(&symbol, RP_NAME_SYMBOL, "\"E\\S\xc3\xa9", 6);
	rp_label_init(&source, RP_NAME_SOURCE, "XCME", 4);
	must(rp_writer_add(w, rec, &symbol, &source) == RP_OK);
	must(rp_writer_finish(w, 0) == RP_OK);
	rp_writer_free(w);
	free(rec);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rp_buffer stream = { 0 };

	if (size == 0)
		return 0;
	if (data[0] & 32) {
		if (make(&stream, data + 1, size - 1))
			there_and_back(&stream, data[0]);
	} else {
		(void)import(&stream, data + 1, size - 1, data[0]);
		there_and_back(&stream, data[0]);
	}
	rp_buffer_free(&stream);
	return 0;
}
