/*
 * One line of JSON, a flat object: its members as spans of text. Strict: keys
 * and values as RFC 8259 has them, no arrays, objects, true or false as
 * values. Lines mostly have the keys of the line before; those are recognised
 * at once.
 */
#ifndef RP_IMPORT_JSON_LINE_H
#define RP_IMPORT_JSON_LINE_H

#include "import/json_scan.h"

struct rp_json_member {
	const char *key, *text; /* not terminated; text NULL: null */
	uint32_t key_len, len;
	bool string; /* else a number, or null */
};

struct rp_json_line {
	struct rp_json_member *members;
	size_t n;
	bool same_keys; /* as those of the line before, in the same order */
	/* within */
	size_t cap, n_before;
	struct rp_buffer before; /* the keys of the line before, as written */
	struct rp_scan scan;
};

/*
 * Read a line; what is found points into it or into l, until the next call.
 * RP_ERR_CORRUPT: l->scan says what is wrong, and where. RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_json_line_read(
    struct rp_json_line *l, const char *line, size_t len);
void rp_json_line_free(struct rp_json_line *l);

#endif
