/*
 * The values of a feature record: its schema is a name of its frame,
 * "mid:-3,spread:-2", of class RP_NAME_SCHEMA and with the record's hash.
 */
#ifndef RP_TYPES_SCHEMA_H
#define RP_TYPES_SCHEMA_H

#include "types/types.h"
#include "wire/frame.h"
#include "wire/labels.h"

struct rp_schema_item {
	const char *name; /* in the label */
	size_t len;
	int8_t exp;
};

/* The item at *p of a label's text, and *p behind it. False: the end, or no
 * schema from here on. */
bool rp_schema_next(
    const struct rp_label *schema, const char **p, struct rp_schema_item *item);

/* The schema of a feature record, or NULL: the frame does not have it, or the
 * record is none. */
struct rp_label *rp_schema_of(
    const struct rp_frame *f, const struct rp_record *rec);

/* Value index of a feature record, scaled by exp, if it has it; else *v is left
 * as it is. */
void rp_schema_value(const struct rp_record *rec, uint32_t index, int8_t exp,
    struct rp_value *v);

/*
 * For who keeps records longer than their frames: note the schema of one, if it
 * has one, and find it again. RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_schema_keep(struct rp_labels *schemas,
    const struct rp_frame *f, const struct rp_record *rec);
struct rp_label *rp_schema_kept(
    const struct rp_labels *schemas, const struct rp_record *rec);

/* At most so many letters, digits and _, begun by none of the digits: what others
 * can address. */
#define RP_SCHEMA_NAME 48
bool rp_schema_is_name(const char *text, size_t len);

/*
 * rp_type_field, and for a feature the value of any such name that no type has a
 * field of; whether there is one, its schema says. name must outlive out.
 */
bool rp_schema_field(const struct rp_type *t, const char *name, size_t len,
    struct rp_field *out);

/* Is it a field of any type, whatever schemas say? */
bool rp_schema_is_known(const char *name, size_t len);

/*
 * Would a record that is made anew of its schema and its values be the same? It
 * has as many, each of another name, and nothing where one is absent.
 */
bool rp_schema_is_whole(
    const struct rp_label *schema, const struct rp_record *rec);

/* Value i of a record that is whole; false: it is absent. */
bool rp_schema_mantissa(const struct rp_record *rec, uint32_t i, int64_t *v);

/* Has a frame a schema with that name? */
bool rp_schema_names(const struct rp_frame *f, const char *name, size_t len);

/* Which value of a schema's has that name, and its exponent. */
bool rp_schema_find(const struct rp_label *schema, const char *name, size_t len,
    uint32_t *index, int8_t *exp);

/* The value of that name, as rp_field_get of a RP_KIND_VALUE. */
void rp_schema_get(const struct rp_frame *f, const struct rp_record *rec,
    const char *name, size_t len, struct rp_value *v);

/* Bytes of a feature's payload with n values. */
static inline uint32_t
rp_feature_size(uint32_t n)
{
	return (uint32_t)sizeof(struct rp_feature_head) +
	    8 * ((n + 63) / 64 + n);
}

#endif
