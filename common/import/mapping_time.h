/* Inside import/: times in the forms that a mapping names. */
#ifndef RP_IMPORT_MAPPING_TIME_H
#define RP_IMPORT_MAPPING_TIME_H

#include "import/mapping.h"

/* ns since the epoch, without the field's shift. RP_ERR_USAGE: the text is of
 * another form. RP_ERR_LIMIT: it is out of range, or finer than 1 ns. */
RP_CHECKED enum rp_status rp_mapping_time(
    struct rp_mapping_field *f, const struct rp_cell *text, int64_t *ns);

#endif
