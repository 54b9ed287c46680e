/* One Parquet file of rp-parquet: where it goes, its rows, what it says. */
#ifndef RP_PARQUET_TABLE_H
#define RP_PARQUET_TABLE_H

#include "cli/columnar.h"
#include "cli/parts.h"
#include "cli/provenance.h"
#include "parquet/writer.h"

/* What all files share. */
struct writing {
	struct rp_cli *cli;
	struct rp_columnar columns;
	struct rp_parquet_options parquet;
	const char
	    *left_out[4]; /* columns that the path says; ends with NULL */
	struct rp_provenance provenance;
	/* batches of one type; with threads two, that take turns */
	struct rp_batch batch[2];
	int at, n_batches; /* 0: none yet */
	uint16_t type; /* that they are of */
};

void writing_free(struct writing *w);

/* Have batches for records of a type, as in f (or NULL). */
RP_CHECKED enum rp_status writing_batches(
    struct writing *w, const struct rp_frame *f, uint16_t type);

struct table {
	struct writing *w;
	struct rp_output *out; /* where it goes: this, ... */
	struct rp_parts *parts; /* ... or this part */
	struct rp_part *part;
	struct rp_parquet *p; /* NULL: not begun */
	uint16_t type; /* of its records, or of the first one */
	uint64_t records;
	struct rp_origins origins;
};

/* Begin a file of the columns in w's batches; out, parts and part are set. */
RP_CHECKED enum rp_status table_begin(struct table *t);

/* Add n records of one type and frame; sift as of rp_columnar_add. */
RP_CHECKED enum rp_status table_add(struct table *t, struct rp_sift *sift,
    const struct rp_frame *f, const struct rp_record *const *recs, size_t n);

/* Make a page of the rows in w's batch, which are all this table's. */
RP_CHECKED enum rp_status table_page(struct table *t);

/* End the file. */
RP_CHECKED enum rp_status table_end(struct table *t);

/* Harmless twice, and on an all-zero object. */
void table_free(struct table *t);

#endif
