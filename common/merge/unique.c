#include "merge/unique.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/limits.h"
#include "types/key.h"

enum by { BY_RECORD, BY_CONTENT, BY_SEQ, BY_FIELDS };

/* How often a key was seen, of all inputs or of one; count 0: free. */
struct seen {
	uint64_t hash;
	int64_t last; /* time */
	uint64_t count;
};

/* In order of time, what to look at once it has passed the window. */
struct expiry {
	uint64_t hash;
	int64_t at;
};

struct rp_unique {
	enum by by;
	struct rp_key *key;
	int64_t window, now;
	bool within;

	struct seen *table; /* open addresses; size is a power of two */
	size_t n, size;
	struct expiry *ring; /* room for size entries, from first on */
	size_t first, n_ring;
};

enum rp_status
rp_unique_new(struct rp_unique **out, const char *key, int64_t window,
    bool within, struct rp_error *err)
{
	static const char *const names[] = { "record", "content", "seq" };
	struct rp_unique *u = calloc(1, sizeof(*u));
	enum rp_status st = RP_OK;

	*out = NULL;
	if (u == NULL)
		return rp_error_no_memory(err);
	u->window = window;
	u->within = within;
	u->now = INT64_MIN;
	while (u->by < BY_FIELDS && strcmp(key, names[u->by]) != 0)
		u->by++;
	if (u->by == BY_FIELDS)
		st = rp_key_parse(&u->key, key, false, err);
	if (st == RP_OK)
		*out = u;
	else
		rp_unique_free(u);
	return st;
}

void
rp_unique_free(struct rp_unique *u)
{
	if (u == NULL)
		return;
	rp_key_free(u->key);
	free(u->table);
	free(u->ring);
	free(u);
}

/* ---- keys ---- */

static uint64_t
hash_value(const struct rp_value *v, uint64_t seed)
{
	char text[RP_WIDE_ROOM];
	size_t len;

	switch (v->kind) {
	case RP_VALUE_DECIMAL:
		len = rp_decimal_format(text, v->i, v->exp, RP_DIGITS_TRIM);
		return rp_hash_seed(text, len, seed);
	case RP_VALUE_WIDE:
		len = rp_wide_format(text, v->wide, v->exp, RP_DIGITS_TRIM);
		return rp_hash_seed(text, len, seed);
	case RP_VALUE_TEXT:
		return rp_hash_seed(v->text, v->len, seed);
	case RP_VALUE_ID:
		return rp_hash_seed(&v->id, sizeof(v->id), seed + v->form);
	default:
		return rp_hash_seed(&v->u, sizeof(v->u), seed);
	}
}

/* False in *has: a field of the key is absent. */
static enum rp_status
hash_fields(struct rp_unique *u, const struct rp_frame *f,
    const struct rp_record *rec, uint64_t *hash, bool *has)
{
	const struct rp_field *fields = rp_key_fields(u->key, rec->type);
	struct rp_value v;

	if (fields == NULL)
		return RP_ERR_NOMEM;
	*hash = 0;
	*has = true;
	for (size_t i = 0; i < rp_key_size(u->key) && *has; i++) {
		v.kind = RP_VALUE_ABSENT;
		if (fields[i].name != NULL)
			rp_field_get(&fields[i], f, rec, &v);
		*has = v.kind != RP_VALUE_ABSENT;
		if (*has)
			*hash = hash_value(&v, *hash + i + 1);
	}
	return RP_OK;
}

static enum rp_status
hash_record(struct rp_unique *u, const struct rp_frame *f,
    const struct rp_record *rec, uint64_t *hash, bool *has)
{
	const struct rp_label *symbol = rp_frame_name(f, rec->symbol);
	const struct rp_label *source = rp_frame_name(f, rec->source);
	uint64_t of_symbol = symbol != NULL ? symbol->hash : 0;
	uint64_t of_source = source != NULL ? source->hash : 0;

	*has = true;
	switch (u->by) {
	case BY_RECORD:
		*hash = rp_record_hash(rec, of_symbol, of_source);
		return RP_OK;
	case BY_CONTENT:
		*hash =
		    rp_hash_seed(rec->payload, rec->len, of_symbol + rec->type);
		return RP_OK;
	case BY_SEQ:
		*hash = rp_hash_seed(&rec->seq, sizeof(rec->seq), of_source);
		*has = rec->seq != 0;
		return RP_OK;
	default:
		return hash_fields(u, f, rec, hash, has);
	}
}

/* ---- what was seen ---- */

static struct seen *
find(struct seen *table, size_t size, uint64_t hash)
{
	size_t i = hash & (size - 1);

	while (table[i].count != 0 && table[i].hash != hash)
		i = (i + 1) & (size - 1);
	return &table[i];
}

/* Close the hole: move back what was pushed on by the one that goes. */
static void
forget(struct rp_unique *u, struct seen *gone)
{
	size_t mask = u->size - 1, hole = (size_t)(gone - u->table), i = hole;
	size_t home;

	for (;;) {
		i = (i + 1) & mask;
		if (u->table[i].count == 0)
			break;
		home = u->table[i].hash & mask;
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			u->table[hole] = u->table[i];
			hole = i;
		}
	}
	u->table[hole].count = 0;
	u->n--;
}

static void
push(struct rp_unique *u, uint64_t hash, int64_t at)
{
	u->ring[(u->first + u->n_ring++) & (u->size - 1)] =
	    (struct expiry){ hash, at };
}

static bool
has_passed(const struct rp_unique *u, int64_t at)
{
	return (uint64_t)u->now - (uint64_t)at > (uint64_t)u->window;
}

static void
expire(struct rp_unique *u)
{
	struct expiry *e;
	struct seen *s;

	while (u->n_ring > 0 && has_passed(u, (e = &u->ring[u->first])->at)) {
		s = find(u->table, u->size, e->hash);
		u->first = (u->first + 1) & (u->size - 1);
		u->n_ring--;
		if (has_passed(u, s->last))
			forget(u, s);
		else
			push(u, s->hash, s->last);
	}
}

/* At most half of the table is in use; each entry has one in the ring. */
static bool
grow(struct rp_unique *u)
{
	size_t size = u->size == 0 ? 1024 : 2 * u->size;
	struct seen *table = calloc(size, sizeof(*table));
	struct expiry *ring = malloc(size * sizeof(*ring));

	if (table == NULL || ring == NULL) {
		free(table);
		free(ring);
		return false;
	}
	for (size_t i = 0; i < u->size; i++)
		if (u->table[i].count != 0)
			*find(table, size, u->table[i].hash) = u->table[i];
	for (size_t i = 0; i < u->n_ring; i++)
		ring[i] = u->ring[(u->first + i) & (u->size - 1)];
	free(u->table);
	free(u->ring);
	u->table = table;
	u->ring = ring;
	u->size = size;
	u->first = 0;
	return true;
}

/* The entry of a key; its count is 0 if it is new: the caller counts it. */
static struct seen *
enter(struct rp_unique *u, uint64_t hash)
{
	struct seen *s = find(u->table, u->size, hash);

	if (s->count == 0) {
		s->hash = hash;
		u->n++;
		push(u, hash, u->now);
	} else if (has_passed(u, s->last)) {
		s->count = 0;
	}
	s->last = u->now;
	return s;
}

enum rp_status
rp_unique_test(struct rp_unique *u, size_t input, const struct rp_frame *f,
    const struct rp_record *rec, int64_t now, bool *repeats)
{
	uint64_t hash, turn = 1;
	struct seen *s;
	bool has;
	enum rp_status st;

	*repeats = false;
	if ((st = hash_record(u, f, rec, &hash, &has)) != RP_OK || !has)
		return st;
	if (now > u->now)
		u->now = now;
	expire(u);
	if (2 * (u->n + 2) > u->size && !grow(u))
		return RP_ERR_NOMEM;
	if (!u->within)
		turn = ++enter(
		    u, hash ^ UINT64_C(0x9e3779b97f4a7c15) * (input + 1))
			     ->count;
	s = enter(u, hash);
	*repeats = turn <= s->count;
	if (!*repeats)
		s->count = turn;
	return RP_OK;
}
