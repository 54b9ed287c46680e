/*
 * Records from members: names of fields and their texts, as lines of NDJSON,
 * rows of CSV and mappings have them. What the members mean is found out once
 * for all in a row that have the same names and the same type.
 */
#ifndef RP_IMPORT_COMPOSE_H
#define RP_IMPORT_COMPOSE_H

#include "import/json_line.h"
#include "types/types.h"
#include "wire/labels.h"

/* What a member is; the order in which they are read. */
enum rp_role {
	RP_ROLE_TYPE,
	RP_ROLE_SYMBOL,
	RP_ROLE_SOURCE,
	RP_ROLE_HEADER,
	RP_ROLE_EARLY, /* fields that others depend on, and most others */
	RP_ROLE_PRICE, /* decimals with px_exp, and with qty_exp */
	RP_ROLE_SIZE,
	RP_ROLE_LATE, /* what depends on exponents, tflags, counts of levels */
	RP_ROLE_SCHEMA, /* a feature's, as text ... */
	RP_ROLE_VALUE, /* ... and what has a name in it */
	RP_ROLE_RAW, /* hex: the payload, or what follows its fields */
	RP_ROLE_TAIL
};

struct rp_slot {
	struct rp_field field;
	enum rp_role role;
};

/* All zero but for its labels is a new one. */
struct rp_compose {
	/*
	 * Of tables: a member without text says nothing. A payload has the
	 * length that we write, and more only for what has text; levels of a
	 * book are counted by their text. Without tflags the form of an
	 * identifier is that of its text.
	 */
	bool sparse;
	/* Or it has the length that is told of it. */
	bool told;
	uint32_t told_len;
	struct rp_labels *symbols, *sources, *schemas; /* the caller's */
	struct rp_label *symbol, *source, *schema; /* of the last record */
	/* within */
	const struct rp_json_member *m; /* at hand */
	size_t n;
	struct rp_buffer record, marks;
	struct rp_slot *slots; /* a member each */
	size_t cap;
	bool known; /* slots are of the last members' names */
	uint16_t type;
	const struct rp_type *t; /* NULL: opaque */
	size_t type_at; /* which member is the type */
	uint32_t
	    len; /* bytes of the payload's fields; if sparse at least, ... */
	uint32_t reach; /* ... and at most */
	bool has_px_exp, has_qty_exp, has_ts_recv, has_tflags;
	bool own_ids; /* identifiers have the form of their text */
	bool by_schema; /* a feature whose schema is a text */
	bool raw, tail; /* members whose text makes the length */
	uint32_t n_fields, n_level_fields; /* members of the payload */
	uint32_t levels[2]; /* of a book's sides */
	struct rp_buffer blank; /* a payload in which all is absent */
};

void rp_compose_free(struct rp_compose *c);

/* compose_schema.c: is it a schema's text, rather than its hash? */
bool rp_compose_is_schema(const struct rp_json_member *m);

/* The label of the members' schema, and what its payload takes. RP_ERR_USAGE,
 * RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_compose_schema(
    struct rp_compose *c, uint64_t *len, struct rp_error *err);

/* Its hash and its values. RP_ERR_USAGE. */
RP_CHECKED enum rp_status rp_compose_values(
    const struct rp_compose *c, struct rp_record *rec, struct rp_error *err);

/* Does a member have this key? */
bool rp_member_is(const struct rp_json_member *m, const char *key);

/* Do the members mean what those of the last survey did? same_keys: they have
 * their names. */
bool rp_compose_knows(const struct rp_compose *c,
    const struct rp_json_member *m, size_t n, bool same_keys);

/*
 * Find out what the members mean. why is empty; if they make no record, it
 * says so then (room bytes). RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_compose_survey(struct rp_compose *c,
    const struct rp_json_member *m, size_t n, char *why, size_t room);

/*
 * The record of members that were surveyed, with its labels, until the next
 * call. RP_ERR_USAGE, RP_ERR_LIMIT: err says what is wrong with one of them;
 * RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_compose_record(struct rp_compose *c,
    const struct rp_json_member *m, size_t n, struct rp_record **rec,
    struct rp_error *err);

#endif
