/*
 * Any bytes as a stream: no crash, and what is accepted can be written again,
 * in word columns, with the same sum. Most inputs would fail at the first
 * hash; unless the first byte is 0 the hashes are put right beforehand, so
 * that the checks behind them are reached.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "wire/reader.h"
#include "wire/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Offsets of rp-stream(5), "FRAME HEADER" and "END". */
enum {
	KIND = 4,
	HEAD_WORDS = 7,
	DIR_LEN = 12,
	BODY_LEN = 16,
	BODY_HASH = 72,
	DIR_HASH = 80,
	HEAD_HASH = 88,
	END_CHAIN = 16
};

static void
mend(uint8_t *p, size_t size)
{
	uint64_t chain[2] = { 0, 0 };
	size_t head, dir, body, all;

	while (size >= RP_FRAME_HEAD) {
		head = 8 * (size_t)p[HEAD_WORDS];
		dir = rp_le32(p + DIR_LEN);
		body = rp_le32(p + BODY_LEN);
		all = head + dir + rp_align8(body);
		if (head < RP_FRAME_HEAD || all > size)
			return;
		if (p[KIND] == RP_END_FRAME && body >= END_CHAIN + 8)
			rp_put64(p + head + dir + END_CHAIN, chain[0]);
		rp_put64(p + DIR_HASH, rp_hash(p + head, dir));
		rp_put64(p + BODY_HASH, rp_hash(p + head + dir, body));
		rp_put64(p + HEAD_HASH, 0);
		chain[1] = rp_hash(p, head);
		rp_put64(p + HEAD_HASH, chain[1]);
		chain[0] = rp_hash(chain, sizeof(chain));
		if (p[KIND] == RP_END_FRAME)
			chain[0] = 0;
		p += all;
		size -= all;
	}
}

/* Read it all; what is accepted goes to w as well. The sum of its records. */
static enum rp_status
read_all(const uint8_t *p, size_t size, struct rp_writer *w, uint64_t *sum)
{
	struct rp_reader *r = rp_reader_memory(p, size, "fuzz");
	const struct rp_record *rec;
	struct rp_frame f;
	enum rp_status st;

	*sum = 0;
	while ((st = rp_reader_next(r, &f)) == RP_OK) {
		if (f.head.kind != RP_DATA)
			continue;
		*sum += rp_frame_sum(&f);
		for (rec = rp_frame_next(&f, NULL); rec != NULL && w != NULL;
		     rec = rp_frame_next(&f, rec))
			if (rp_writer_put(w, &f, rec) != RP_OK)
				abort();
	}
	if ((st == RP_END) != (rp_reader_error(r)->status == RP_OK))
		abort();
	rp_reader_free(r);
	return st;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rp_writer_options opt = {
		.encoding = { RP_CODEC_LZ4, RP_LAYOUT_COLUMNS, 0 },
		.frame_raw = 4096,
	};
	struct rp_buffer out = { 0 };
	struct rp_writer *w = rp_writer_memory(&out, &opt);
	uint8_t *copy = malloc(size);
	uint64_t sum, again;

	if (size > 0 && copy != NULL && w != NULL) {
		memcpy(copy, data + 1, size - 1);
		if (data[0] != 0)
			mend(copy, size - 1);
		(void)read_all(copy, size - 1, w, &sum);
		if (rp_writer_finish(w, 0) != RP_OK ||
		    read_all(out.data, out.len, NULL, &again) != RP_END ||
		    again != sum)
			abort();
	}
	rp_writer_free(w);
	rp_buffer_free(&out);
	free(copy);
	return 0;
}
