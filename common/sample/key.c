#include "sample/key.h"

#include <string.h>

#include "base/hash.h"
#include "base/nearest.h"
#include "types/schema.h"

enum { ANY_TYPE = UINT32_MAX };

/* share x 2^64, rounded down: exact for what has at most 18 digits. */
static bool
scale(const struct rp_decimal *share, struct threshold *t)
{
	unsigned __int128 bound;
	struct rp_decimal d = *share;

	if (d.mantissa < 0 || d.mantissa > 1000000000000000000)
		return false;
	if (d.exp > 0 && rp_decimal_rescale(&d, 0) != RP_OK)
		return false;
	bound = (unsigned __int128)d.mantissa << 64;
	for (; d.exp < 0; d.exp++)
		bound /= 10;
	t->bound = (uint64_t)bound;
	t->all = bound >> 64 == 1;
	return bound >> 64 == 0 || (t->all && t->bound == 0);
}

static void
look_up(struct sample_key *k, const struct rp_type *type, uint16_t id)
{
	k->type = id;
	k->has = rp_schema_field(type, k->name, strlen(k->name), &k->field);
}

static enum rp_status
find_field(struct sample_key *k, struct rp_error *err)
{
	struct rp_nearest near;
	size_t i, j;

	rp_nearest_init(&near, k->name, strlen(k->name));
	for (i = 0; i < RP_HEADER_FIELDS; i++)
		rp_nearest_consider(&near, rp_header_fields[i].name);
	for (i = 0; i < rp_n_types; i++) {
		look_up(k, rp_types[i], rp_types[i]->id);
		if (k->has && k->field.kind != RP_KIND_BYTES &&
		    k->field.kind != RP_KIND_TEXT &&
		    k->field.kind != RP_KIND_VALUE) {
			k->kind = k->field.kind;
			return RP_OK;
		}
		for (j = 0; j < rp_types[i]->n_fields; j++)
			rp_nearest_consider(&near, rp_types[i]->fields[j].name);
	}
	rp_nearest_say(&near, k->hint, sizeof(k->hint));
	if (rp_schema_is_name(k->name, strlen(k->name)) &&
	    !rp_schema_is_known(k->name, strlen(k->name))) {
		k->kind = RP_KIND_VALUE;
		return RP_OK;
	}
	return rp_error_set(
	    err, RP_ERR_USAGE, "no field named \"%s\"%s", k->name, k->hint);
}

enum rp_status
rp_sample_key_init(struct sample_key *k, const struct rp_sample_options *o,
    struct rp_error *err)
{
	*k = (struct sample_key){
		.name = o->key, .seed = o->seed, .style.digits = RP_DIGITS_TRIM
	};
	if ((o->mode == RP_SAMPLE_CHANCE || o->mode == RP_SAMPLE_KEY) &&
	    !scale(&o->share, &k->threshold))
		return rp_error_set(err, RP_ERR_USAGE,
		    "a probability is from 0 to 1, of at most 18 digits");
	if (o->mode == RP_SAMPLE_KEY) {
		enum rp_status st = find_field(k, err);

		k->type = ANY_TYPE;
		return st;
	}
	return RP_OK;
}

void
rp_sample_key_free(struct sample_key *k)
{
	rp_buffer_free(&k->passes);
}

bool
rp_sample_key_is_whole(const struct sample_key *k)
{
	return k->kind == RP_KIND_SYMBOL || k->kind == RP_KIND_SOURCE ||
	    k->kind == RP_KIND_TYPE;
}

static bool
text_passes(const struct sample_key *k, const char *text, size_t len)
{
	return threshold_has(k->threshold, rp_hash_seed(text, len, k->seed));
}

static bool
type_passes(const struct sample_key *k, uint16_t id)
{
	char number[8];
	const char *name = rp_type_name(id, number);

	return text_passes(k, name, strlen(name));
}

/* ---- frames ---- */

static enum rp_status
names_pass(struct sample_key *k, const struct rp_frame *f, uint64_t *rejected)
{
	enum rp_name_class class =
	    k->kind == RP_KIND_SYMBOL ? RP_NAME_SYMBOL : RP_NAME_SOURCE;
	enum rp_status st = rp_buffer_reserve(&k->passes, f->n_names);
	uint32_t i;

	for (i = 0; st == RP_OK && i < f->n_names; i++) {
		const struct rp_label *name = &f->names[i];

		if (name->class != class)
			continue;
		k->passes.data[i] = text_passes(k, name->text, name->len);
		if (k->passes.data[i] == 0)
			*rejected += name->records;
	}
	return st;
}

static void
types_pass(struct sample_key *k, const struct rp_frame *f, uint64_t *rejected)
{
	uint32_t i;

	for (i = 0; i < f->n_types; i++)
		if (!type_passes(k, f->types[i].type))
			*rejected += f->types[i].records;
}

/* Records of a type that has the field are open, those of others pass. */
static void
payloads_pass(struct sample_key *k, const struct rp_frame *f, uint64_t *open)
{
	uint32_t i;

	for (i = 0; i < f->n_types; i++) {
		look_up(k, rp_type_by_id(f->types[i].type), f->types[i].type);
		*open += k->has;
	}
}

enum rp_status
rp_sample_key_frame(
    struct sample_key *k, const struct rp_frame *f, enum rp_sample_share *share)
{
	enum rp_status st = RP_OK;
	uint64_t rejected = 0;

	if (k->kind == RP_KIND_SYMBOL || k->kind == RP_KIND_SOURCE)
		st = names_pass(k, f, &rejected);
	else if (k->kind == RP_KIND_TYPE)
		types_pass(k, f, &rejected);
	else
		payloads_pass(k, f, &rejected);
	if (rejected == 0)
		*share = RP_SHARE_ALL;
	else if (rejected == f->head.records && rp_sample_key_is_whole(k))
		*share = RP_SHARE_NONE;
	else
		*share = RP_SHARE_SOME;
	return st;
}

/* ---- records ---- */

static bool
value_passes(
    struct sample_key *k, const struct rp_frame *f, const struct rp_record *rec)
{
	char buf[RP_TEXT_ROOM];
	struct rp_value v;

	if (rec->type != k->type)
		look_up(k, rp_type_by_id(rec->type), rec->type);
	if (!k->has)
		return true;
	rp_field_get(&k->field, f, rec, &v);
	if (v.kind == RP_VALUE_ABSENT)
		return true;
	if (v.kind == RP_VALUE_TEXT)
		return text_passes(k, v.text, v.len);
	return text_passes(
	    k, buf, rp_text_format(buf, &k->field, &v, &k->style));
}

bool
rp_sample_key_passes(
    struct sample_key *k, const struct rp_frame *f, const struct rp_record *rec)
{
	uint32_t name = k->kind == RP_KIND_SYMBOL ? rec->symbol : rec->source;

	switch (k->kind) {
	case RP_KIND_SYMBOL:
	case RP_KIND_SOURCE:
		return name == RP_NO_NAME || k->passes.data[name] != 0;
	case RP_KIND_TYPE:
		return type_passes(k, rec->type);
	default:
		return value_passes(k, f, rec);
	}
}
