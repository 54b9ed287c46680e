/* The cells of a row of plain CSV: no quotes, one character between them. */
#ifndef RP_IMPORT_CELLS_H
#define RP_IMPORT_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct rp_cell {
	const char *text; /* not terminated */
	size_t len;
};

/* Split a row: how many cells it has, at least 1; the first cap are stored. */
size_t rp_cells_split(struct rp_cell *cells, size_t cap, const char *text,
    size_t len, char delimiter);

static inline bool
rp_cell_is(const struct rp_cell *c, const char *text)
{
	return c->len == strlen(text) && memcmp(c->text, text, c->len) == 0;
}

#endif
