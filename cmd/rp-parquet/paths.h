/* Where the files of rp-parquet go, by its options. */
#ifndef RP_PARQUET_PATHS_H
#define RP_PARQUET_PATHS_H

#include "partition.h"

struct path_options {
	const char *output, *split, *hive, *existing, *clock, *tz, *day_start;
	uint64_t file_size, memory, open_files;
};

/* Files by a template, if the options have one. */
struct paths {
	struct rp_template *template;
	struct rp_zone zone;
	struct rp_parts parts;
	struct partition *partition; /* NULL: one file, named by output */
};

/* RP_ERR_USAGE, told. Ended by paths_close even if this fails. */
RP_CHECKED enum rp_status paths_open(
    struct paths *p, struct writing *w, const struct path_options *o);

/* Removes what was not published. */
void paths_close(struct paths *p, enum rp_status st);

#endif
