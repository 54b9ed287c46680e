/*
 * Many Parquet files by a template of paths. Records wait in rows of their own
 * path, until they make a page or memory runs short; then files with much of
 * it end a row group early.
 */
#ifndef RP_PARQUET_PARTITION_H
#define RP_PARQUET_PARTITION_H

#include "base/template.h"
#include "table.h"

struct partition_options {
	const struct rp_template *paths;
	struct rp_path_clock clock;
	bool by_event; /* ts_event decides, where there is one */
	bool hive; /* names that are none as Hive has them */
	uint64_t file_size; /* begin another {part}; 0: do not */
	uint64_t memory; /* of records and pages in hand, bytes */
};

struct partition;

/* NULL: no memory. */
struct partition *partition_new(struct writing *w, struct rp_parts *parts,
    const struct partition_options *o);
void partition_free(struct partition *p);

/* Take in the records of a frame with its rows, of the types that are wanted. */
RP_CHECKED enum rp_status partition_frame(
    struct partition *p, const struct rp_frame *f);

/* End all files; partition_files says how many there are then. */
RP_CHECKED enum rp_status partition_finish(struct partition *p);
uint64_t partition_files(const struct partition *p);

#endif
