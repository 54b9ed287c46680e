/* Inside import/: tables as text, by a mapping or with rp's names of fields. */
#ifndef RP_IMPORT_CSV_H
#define RP_IMPORT_CSV_H

#include "import/csv_quoted.h"
#include "import/mapping.h"
#include "import/rows.h"

struct rp_csv {
	struct rp_rows rows;
	struct rp_mapping mapping;
	struct rp_mapping_rows out;
	struct rp_csv_quoted *quoted; /* for rows with quotes */
	struct rp_buffer split; /* struct rp_cell: rows without */
	struct rp_cell *cells; /* of the row at hand */
	size_t n_cells;
	struct rp_buffer header; /* the line with the names, or none */
	bool ready; /* the columns are found */
	size_t n; /* columns that a row has */
	uint32_t *order; /* where each column of the mapping stands */
	struct rp_cell *values; /* of the row, by columns of the mapping */
};

/* A format whose state is made, with its mapping. */
extern const struct rp_import_format rp_import_mapped_csv;

/*
 * The mapping of a table that names its columns as rp does, by the line with
 * these names. RP_ERR_UNSUPPORTED: they are none; RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_csv_own_mapping(
    struct rp_mapping *m, const char *header, size_t len, struct rp_error *err);

/* Whether such a line begins with these bytes. */
bool rp_csv_own_probe(const char *text, size_t len);

#endif
