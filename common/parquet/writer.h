/*
 * A Parquet file, written from its first byte to its last without seeking. Each
 * batch becomes a page in every column; pages are encoded and compressed at once
 * and held until their row group is full. Memory: the pages of a row group, and
 * of what was written some 300 bytes a column and row group, and 50 a page.
 */
#ifndef RP_PARQUET_WRITER_H
#define RP_PARQUET_WRITER_H

#include "base/workers.h"
#include "columns/batch.h"
#include "parquet/format.h"

/* How all files of a program are made. */
struct rp_parquet_options {
	enum rp_parquet_codec codec;
	int level; /* the codec's own; 0: its default */
	/* a row group ends with so many rows or bytes of pages in all columns */
	uint64_t group_rows, group_bytes;
	struct rp_buffer encodings; /* rp_parquet_encode */
	struct rp_workers *workers;
	struct rp_chunk_work *work; /* rp_parquet_start: one a worker */
	struct rp_parquet *busy; /* whose batch they work on, or NULL */
};

/* Take up the options: threads. Ended by rp_parquet_stop, even if this fails.
 * RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_parquet_start(
    struct rp_parquet_options *o, int threads);
void rp_parquet_stop(struct rp_parquet_options *o);

/*
 * "price=delta", or "dict" for all columns: plain, dict, delta, delta-length,
 * or auto, the smallest by the first rows of each row group. RP_ERR_USAGE.
 */
RP_CHECKED enum rp_status rp_parquet_encode(
    struct rp_parquet_options *o, const char *text, struct rp_error *err);

/* The first of them that no column of any file took, or NULL. */
const char *rp_parquet_encoding_unused(const struct rp_parquet_options *o);

struct rp_parquet;

/* Where bytes go; what fails is told by who writes them. */
typedef enum rp_status rp_parquet_write_fn(
    void *arg, const void *data, size_t len);

/*
 * A file of a batch's columns, whose names must outlive it, but for those that
 * are left_out (ends with NULL; or NULL: none). RP_ERR_NOMEM; RP_ERR_USAGE,
 * with err: an encoding that a column cannot have; RP_ERR_UNSUPPORTED: a
 * column that Parquet cannot have.
 */
RP_CHECKED enum rp_status rp_parquet_new(struct rp_parquet **p,
    struct rp_parquet_options *o, const struct rp_batch *batch,
    const char *const *left_out, rp_parquet_write_fn *write, void *arg,
    struct rp_error *err);
void rp_parquet_free(struct rp_parquet *p);

/* Rows that the row group still takes; where it is full, those of the next. */
uint64_t rp_parquet_room(const struct rp_parquet *p);

/*
 * Add the rows of a batch of these columns. Threads work on it until the next
 * call of put, wait or finish of any file returns, and it is theirs until then.
 * RP_ERR_NOMEM, or the first failure of write.
 */
RP_CHECKED enum rp_status rp_parquet_put(
    struct rp_parquet *p, const struct rp_batch *batch);
RP_CHECKED enum rp_status rp_parquet_wait(struct rp_parquet *p);

/* Bytes written, and of pages in hand: after wait. */
uint64_t rp_parquet_written(const struct rp_parquet *p);
uint64_t rp_parquet_held(const struct rp_parquet *p);

/* End the row group early: hands out what is held, and the room for it. */
RP_CHECKED enum rp_status rp_parquet_flush(struct rp_parquet *p);

/* A key and a value for the footer, copied. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_parquet_say(
    struct rp_parquet *p, const char *key, const char *value, size_t len);

/* Write what is held and the footer. */
RP_CHECKED enum rp_status rp_parquet_finish(
    struct rp_parquet *p, const char *created_by);

#endif
