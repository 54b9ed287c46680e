/*
 * What the tests of wire/ and log/ share: a seeded generator, records of any
 * shape, streams in memory, and what reading one comes to.
 */
#ifndef RP_TESTS_STREAMS_H
#define RP_TESTS_STREAMS_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "wire/reader.h"
#include "wire/writer.h"

/* SplitMix64 (Steele, Lea, Flood 2014). */
static inline uint64_t
draw(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* A record with its payload in place. */
union record {
	struct rp_record rec;
	_Alignas(8) uint8_t bytes[sizeof(struct rp_record) + 512];
};

/* The i-th record of a plain stream: type 1000, 16 bytes, a tick a second. */
static inline void
plain_record(union record *u, uint64_t i)
{
	memset(u, 0, sizeof(*u));
	u->rec = (struct rp_record){ .symbol = RP_NO_NAME,
		.source = RP_NO_NAME,
		.seq = i,
		.len = 16,
		.type = 1000,
		.ts_recv = (int64_t)i * 1000000000 };
	rp_put64(u->rec.payload, i * 3);
	rp_put64(u->rec.payload + 8, i * i);
}

/*
 * A test sets this in a child that it forks. Check's channel is the parent's: two
 * processes on it, or a kill in the middle, tear its messages. So a child fails
 * by its exit status, which the test must look at.
 */
static bool forked;

static inline void
ck_ok(enum rp_status st)
{
	if (!forked)
		ck_assert_int_eq(st, RP_OK);
	else if (st != RP_OK)
		_exit(1);
}

/* Records first to last into w, of one symbol and one source. */
static inline void
add_records(struct rp_writer *w, uint64_t first, uint64_t last)
{
	struct rp_label symbol, source;
	union record u;

	rp_label_init(&symbol, RP_NAME_SYMBOL, "ESH4", 4);
	rp_label_init(&source, RP_NAME_SOURCE, "test", 4);
	for (uint64_t i = first; i <= last; i++) {
		plain_record(&u, i);
		ck_ok(rp_writer_add(w, &u.rec, &symbol, &source));
	}
}

/* A stream of n plain records, frames of per records. The caller frees it. */
static inline struct rp_buffer
plain_stream(uint64_t n, uint32_t per, const struct rp_encoding *enc)
{
	struct rp_writer_options opt = { .frame_records = per };
	struct rp_buffer b = { 0 };
	struct rp_writer *w;

	if (enc != NULL)
		opt.encoding = *enc;
	w = rp_writer_memory(&b, &opt);
	ck_assert_ptr_nonnull(w);
	ck_ok(rp_writer_note(w, "tool=test\n", 10));
	add_records(w, 1, n);
	ck_ok(rp_writer_finish(w, 0));
	rp_writer_free(w);
	return b;
}

/* What reading a stream to its end comes to. */
struct outcome {
	enum rp_status status;
	uint64_t records, frames, sum, hash; /* hash: of all records in order */
	uint32_t end_flags;
	char text[512];
};

static inline uint64_t
record_hash(const struct rp_frame *f, const struct rp_record *r)
{
	const struct rp_label *symbol = rp_frame_name(f, r->symbol);
	const struct rp_label *source = rp_frame_name(f, r->source);

	return r->seq * 31 +
	    rp_record_hash(r, symbol != NULL ? symbol->hash : 0,
		source != NULL ? source->hash : 0);
}

static inline struct outcome
read_all(struct rp_reader *r)
{
	const struct rp_record *rec;
	struct outcome o = { 0 };
	struct rp_frame f;

	ck_assert_ptr_nonnull(r);
	rp_reader_verify_sums(r, true);
	while ((o.status = rp_reader_next(r, &f)) == RP_OK) {
		o.frames++;
		if (f.head.kind != RP_DATA)
			continue;
		o.records += f.head.records;
		o.sum += f.head.rec_sum;
		for (rec = rp_frame_next(&f, NULL); rec != NULL;
		     rec = rp_frame_next(&f, rec))
			o.hash = o.hash * 1099511628211u + record_hash(&f, rec);
	}
	o.end_flags = rp_reader_end_flags(r);
	snprintf(o.text, sizeof(o.text), "%s", rp_reader_error(r)->text);
	return o;
}

static inline struct outcome
read_bytes(const void *p, size_t len)
{
	struct rp_reader *r = rp_reader_memory(p, len, "t");
	struct outcome o = read_all(r);

	rp_reader_free(r);
	return o;
}

static inline void
ck_same(const struct outcome *a, const struct outcome *b)
{
	ck_assert_int_eq(a->status, b->status);
	ck_assert_uint_eq(a->records, b->records);
	ck_assert_uint_eq(a->sum, b->sum);
	ck_assert_uint_eq(a->hash, b->hash);
}

/* The main() of a suite of one test case. */
static inline int
run_suite(const char *name, void (*add)(TCase *))
{
	Suite *s = suite_create(name);
	TCase *tc = tcase_create("wire");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	add(tc);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}

#endif
