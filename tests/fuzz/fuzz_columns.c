/*
 * Word columns: any bytes as columns do no harm, and any rows come back from
 * their columns as they were.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "wire/record.h"
#include "wire/wordcols.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
decode_any(const uint8_t *data, size_t size)
{
	struct rp_buffer tmp = { 0 };
	uint32_t records = rp_le16(data);
	size_t raw = 8 * (size_t)rp_le16(data + 2);
	uint8_t *out = malloc(raw + 1);

	if (out != NULL && records * sizeof(struct rp_record) <= raw)
		(void)!rp_wordcols_decode(
		    out, raw, records, &tmp, data + 4, size - 4, NULL);
	rp_buffer_free(&tmp);
	free(out);
}

/* Rows whose lengths and types are a byte of the input each, their bytes the
 * rest of it, as often as need be. */
static uint32_t
make_rows(struct rp_buffer *rows, const uint8_t *data, size_t size)
{
	struct rp_record rec = { 0 };
	uint32_t records = 0;
	size_t at, room, n;

	for (at = 0; at + 2 < size; at += 2 + n) {
		rec.type = data[at] & 7;
		rec.len = data[at + 1];
		n = size - at - 2 < rec.len ? size - at - 2 : rec.len;
		room = rows->len + rp_record_size(&rec);
		memcpy(&rec.ts_recv, data + at, 2);
		if (rp_buffer_reserve(rows, room) != RP_OK)
			abort();
		memset(rows->data + rows->len, 0, rp_record_size(&rec));
		memcpy(rows->data + rows->len, &rec, sizeof(rec));
		memcpy(rows->data + rows->len + sizeof(rec), data + at + 2, n);
		rows->len = room;
		records++;
	}
	return records;
}

static void
there_and_back(const uint8_t *data, size_t size)
{
	struct rp_buffer rows = { 0 }, out = { 0 }, cuts = { 0 }, tmp = { 0 };
	uint32_t records = make_rows(&rows, data, size);
	uint8_t *back = malloc(rows.len + 1);
	enum rp_status st = RP_EMPTY;

	if (back == NULL)
		abort();
	if (records > 0)
		st = rp_wordcols_encode(
		    &out, &cuts, &tmp, rows.data, rows.len, records);
	if (st == RP_OK &&
	    (rp_wordcols_decode(back, rows.len, records, &tmp, out.data,
		 out.len, NULL) != RP_OK ||
		memcmp(back, rows.data, rows.len) != 0))
		abort();
	rp_buffer_free(&rows);
	rp_buffer_free(&out);
	rp_buffer_free(&cuts);
	rp_buffer_free(&tmp);
	free(back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 5 && (data[0] & 1))
		decode_any(data + 1, size - 1);
	else if (size > 0)
		there_and_back(data + 1, size - 1);
	return 0;
}
