/* Encodings by column, as the options have them: inside parquet/. */
#ifndef RP_PARQUET_OPTIONS_H
#define RP_PARQUET_OPTIONS_H

#include "parquet/writer.h"

/* What a column was given. RP_ERR_USAGE, with err: it cannot have that;
 * RP_ERR_UNSUPPORTED: no file of Parquet can have such a column. */
RP_CHECKED enum rp_status rp_parquet_encoding_of(struct rp_parquet_options *o,
    const struct rp_column *c, enum rp_parquet_encoding *encoding,
    struct rp_error *err);

#endif
