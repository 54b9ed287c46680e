/* Inside import/: rows of CSV that have quotes (libcsv). */
#ifndef RP_IMPORT_CSV_QUOTED_H
#define RP_IMPORT_CSV_QUOTED_H

#include "base/error.h"
#include "import/cells.h"

struct rp_csv_quoted;

/* NULL: no memory. */
struct rp_csv_quoted *rp_csv_quoted_new(char delimiter);
void rp_csv_quoted_free(struct rp_csv_quoted *q);

/*
 * The cells of a row, all that it has, valid until the next one; its line
 * breaks are in quotes. RP_ERR_USAGE: a quote where none may be. RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_csv_quoted_split(struct rp_csv_quoted *q,
    const char *text, size_t len, struct rp_cell **cells, size_t *n);

#endif
