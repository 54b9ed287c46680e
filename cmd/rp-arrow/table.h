/* One Arrow file or stream of rp-arrow: its rows, and what it says. */
#ifndef RP_ARROW_TABLE_H
#define RP_ARROW_TABLE_H

#include "arrow/writer.h"
#include "cli/columnar.h"
#include "cli/provenance.h"
#include "cli/sheets.h"

/* What all tables share. */
struct writing {
	struct rp_cli *cli;
	struct rp_columnar columns;
	struct rp_provenance provenance;
	struct rp_arrow_options arrow;
	struct rp_workers *workers; /* or NULL */
	struct table *busy; /* whose batch they work on, or NULL */
	bool split; /* a table for each type */
	uint64_t batch_rows, batch_bytes;
	int64_t batch_time; /* ns that rows wait at most; 0: for ever */
};

/* Write the batch that workers have. */
RP_CHECKED enum rp_status writing_settle(struct writing *w);

struct table {
	struct writing *w;
	struct rp_sheet *sheet;
	uint16_t type; /* of its records; 0: of several, or none yet */
	struct rp_arrow *arrow;
	bool begun; /* the schema was written */
	/* one is filled while workers have the other */
	struct rp_batch batch[2];
	int at;
	int64_t since; /* when its first row came: monotonic, ns */
	struct rp_origins names;
	struct rp_buffer texts; /* of metadata */
	struct table *next;
};

/* Begin with columns for records of a type as in f, or NULL; type 0 with no
 * columns at all, unless some were named. */
RP_CHECKED enum rp_status table_begin(
    struct table *t, const struct rp_frame *f, uint16_t type);

/* Add n records of one type and frame, writing batches that are full. */
RP_CHECKED enum rp_status table_add(struct table *t, struct rp_sift *sift,
    const struct rp_frame *f, const struct rp_record *const *recs, size_t n);

/* Write the rows in hand, and what workers have of it. */
RP_CHECKED enum rp_status table_flush(struct table *t);

/* The same, and the end. */
RP_CHECKED enum rp_status table_end(struct table *t);

void table_free(struct table *t);

#endif
