/* Inside import/: how files are packed, told by their first bytes. */
#ifndef RP_IMPORT_UNPACK_H
#define RP_IMPORT_UNPACK_H

#include "wire/codec.h"

struct rp_packing {
	const char *name;
	bool (*is)(const uint8_t *p, size_t len);
	/* as rp_unzstd_step and rp_unzstd_free */
	enum rp_status (*step)(struct rp_unpacker *u, const uint8_t **in,
	    const uint8_t *in_end, uint8_t **out, uint8_t *out_end);
	void (*free)(struct rp_unpacker *u);
};

/* bytes that suffice to tell */
#define RP_PACKING_PROBE 12

/* NULL: these first bytes are of none. */
const struct rp_packing *rp_packing_find(const uint8_t *p, size_t len);

#endif
