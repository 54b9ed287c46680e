/* The schema of columns as a flatbuffer. */
#ifndef RP_ARROW_SCHEMA_WRITE_H
#define RP_ARROW_SCHEMA_WRITE_H

#include "arrow/flat_write.h"
#include "arrow/writer.h"

/* Appends the table Schema: where it is. The dictionary of column i has the
 * number i. */
size_t rp_arrow_put_schema(struct rp_flat_out *f,
    const struct rp_column *columns, size_t n,
    const struct rp_arrow_meta *meta);

#endif
