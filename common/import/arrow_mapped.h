/* Inside import/: Arrow by a mapping. */
#ifndef RP_IMPORT_ARROW_MAPPED_H
#define RP_IMPORT_ARROW_MAPPED_H

#include "import/arrow.h"
#include "import/mapping.h"

struct rp_arrow_mapped {
	struct rp_arrow_source source;
	struct rp_mapping mapping;
	struct rp_mapping_rows out;
	size_t n; /* columns of the mapping */
	uint32_t *columns; /* where each is among the arrays */
	struct rp_cell *values; /* of the row */
	char (*texts)[RP_ARROW_TEXT_ROOM];
	struct rp_buffer *hex; /* digits of bytes, a column each */
};

/* A format whose state is made, with its mapping. */
extern const struct rp_import_format rp_import_mapped_arrow;

#endif
