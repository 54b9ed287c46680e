/*
 * Batches as Arrow IPC: the stream format, or the file format, which ends with
 * a footer and is written without seeking as well. Columns are encoded by
 * workers, while the caller gathers the next batch.
 *
 * https://arrow.apache.org/docs/format/Columnar.html
 */
#ifndef RP_ARROW_WRITER_H
#define RP_ARROW_WRITER_H

#include "base/workers.h"
#include "columns/batch.h"
#include "columns/out.h"

struct rp_arrow_options {
	bool stream; /* no magic and no footer */
	enum rp_codec codec; /* of buffers */
	int level;
};

/* Metadata of the schema. */
struct rp_arrow_entry {
	const char *key;
	const char *text;
	size_t len;
};

struct rp_arrow_meta {
	const struct rp_arrow_entry *entries;
	size_t n;
};

struct rp_arrow;

/*
 * out, options and workers (NULL: none) stay the caller's. Workers may serve
 * several: of those only one has a batch in work, see rp_arrow_settle. NULL: no
 * memory.
 */
struct rp_arrow *rp_arrow_new(struct rp_out *out,
    const struct rp_arrow_options *options, struct rp_workers *workers);
void rp_arrow_free(struct rp_arrow *a);

/*
 * The schema, by columns that all batches have; columns NULL: none. This and
 * the following fail as out does (out->error).
 */
RP_CHECKED enum rp_status rp_arrow_begin(struct rp_arrow *a,
    const struct rp_column *columns, size_t n,
    const struct rp_arrow_meta *meta);

/* Take a batch into work. It must stay as it is until rp_arrow_settle, by
 * which it is written. */
RP_CHECKED enum rp_status rp_arrow_put(
    struct rp_arrow *a, const struct rp_batch *batch);
RP_CHECKED enum rp_status rp_arrow_settle(struct rp_arrow *a);

/* The end; in the file format the footer has the schema with the metadata as
 * it has become. */
RP_CHECKED enum rp_status rp_arrow_finish(
    struct rp_arrow *a, const struct rp_arrow_meta *meta);

#endif
