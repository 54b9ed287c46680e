/*
 * Inside import/: lines of NDJSON that look alike. What the members of a line
 * mean is found out once for all lines in a row that have the same keys and
 * the same type.
 */
#ifndef RP_IMPORT_NDJSON_H
#define RP_IMPORT_NDJSON_H

#include "import/import.h"
#include "import/json_line.h"
#include "wire/labels.h"
#include "types/types.h"

/* What a member is; the order in which they are read. */
enum rp_ndjson_role {
	RP_ROLE_TYPE,
	RP_ROLE_SYMBOL,
	RP_ROLE_SOURCE,
	RP_ROLE_NOTE,
	RP_ROLE_HEADER,
	RP_ROLE_EARLY, /* fields that others depend on, and most others */
	RP_ROLE_PRICE, /* decimals with px_exp, and with qty_exp */
	RP_ROLE_SIZE,
	RP_ROLE_LATE, /* what depends on exponents, tflags, counts of levels */
	RP_ROLE_RAW, /* hex: the payload, or what follows its fields */
	RP_ROLE_TAIL
};

struct rp_ndjson_slot {
	struct rp_field field;
	enum rp_ndjson_role role;
};

struct rp_ndjson {
	struct rp_json_line line;
	uint64_t number; /* of the line, from 1 */
	struct rp_labels symbols, sources;
	struct rp_buffer record, marks;
	/* how lines with the keys of the last one are read */
	struct rp_ndjson_slot *slots; /* a member each */
	size_t cap;
	bool known; /* slots are of the last line's keys */
	uint16_t type;
	const struct rp_type *t; /* NULL: opaque */
	size_t type_at; /* which member is the type */
	uint32_t len; /* bytes of the payload's fields */
	bool has_px_exp, has_qty_exp, has_ts_recv;
	bool raw, tail; /* members whose text makes the length */
	uint32_t n_fields, n_level_fields; /* members of the payload */
	uint32_t levels[2]; /* of a book's sides, by its members */
	struct rp_buffer blank; /* a payload in which all is absent */
};

/* Does a member have this key? */
bool rp_ndjson_is_key(const struct rp_json_member *m, const char *key);

/*
 * Find out what the members of the line mean: slots, type and all that
 * follows from them. why is empty; if they make no record, it says so
 * then (room bytes). RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_ndjson_survey(
    struct rp_ndjson *s, char *why, size_t room);

#endif
