/* Within the reader of Arrow IPC: what its files share. */
#ifndef RP_ARROW_IPC_WORK_H
#define RP_ARROW_IPC_WORK_H

#include "arrow/ipc_read.h"

/* The fault of a flatbuffer, or RP_OK. */
RP_CHECKED enum rp_status rp_arrow_flat_status(
    const struct rp_flat *flat, struct rp_error *err);

/* The schema of a table, which must outlive it. */
RP_CHECKED enum rp_status rp_arrow_schema_table(struct rp_arrow_schema *s,
    const struct rp_flat_table *table, struct rp_error *err);

/* Is it the same schema once more? */
RP_CHECKED enum rp_status rp_arrow_schema_compare(
    const struct rp_arrow_schema *s, const struct rp_flat_table *table,
    struct rp_error *err);

#endif
