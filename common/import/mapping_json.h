/* Inside import/: NDJSON by a mapping. */
#ifndef RP_IMPORT_MAPPING_JSON_H
#define RP_IMPORT_MAPPING_JSON_H

#include "import/json_pick.h"
#include "import/mapping.h"
#include "import/rows.h"

/* What is picked of a line, or of each element of an array in it. */
struct rp_json_picks {
	struct rp_json_pick pick;
	struct rp_scan scan;
	size_t n; /* columns of the mapping */
	uint32_t *numbers; /* of their pointers, ... */
	struct rp_json_value *values; /* ... by which their values stand */
	struct rp_cell *cells; /* the same, by columns of the mapping */
};

struct rp_json_rows {
	struct rp_rows rows;
	struct rp_mapping mapping;
	struct rp_mapping_rows out;
	struct rp_json_picks row, inner;
};

/* A format whose state is made, with its mapping. */
extern const struct rp_import_format rp_import_mapped_json;

#endif
