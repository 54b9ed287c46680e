#include "merge/sortkey.h"

#include <stdlib.h>
#include <string.h>

#include "types/key.h"

/* What can be compared with one another; different ones in this order. */
enum sort { NUMBER, WORD, ID, TEXT, ABSENT };

/* Decimal places of a rank of decimals. */
enum { PLACES = 9 };

struct rp_sortkey {
	struct rp_key *key;
	struct rp_merge_order order;
	bool reverse;
	bool by_recv; /* ts_recv, seq: what a frame's header tells of */
	bool ranked; /* values of the first field are of one sort ... */
	bool decimal; /* ... and may have decimal places */
};

static enum sort
sort_of(enum rp_value_kind kind)
{
	switch (kind) {
	case RP_VALUE_WORD:
		return WORD;
	case RP_VALUE_ID:
		return ID;
	case RP_VALUE_TEXT:
		return TEXT;
	case RP_VALUE_ABSENT:
		return ABSENT;
	default:
		return NUMBER;
	}
}

/* ---- values ---- */

static rp_wide
mantissa_of(const struct rp_value *v)
{
	switch (v->kind) {
	case RP_VALUE_UINT:
		return v->u;
	case RP_VALUE_WIDE:
		return v->wide;
	default:
		return v->i;
	}
}

static int
exp_of(const struct rp_value *v)
{
	return v->kind == RP_VALUE_DECIMAL || v->kind == RP_VALUE_WIDE ? v->exp
								       : 0;
}

static int
compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_texts(const struct rp_value *a, const struct rp_value *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int c = len > 0 ? memcmp(a->text, b->text, len) : 0;

	return c != 0 ? c : compare_u64(a->len, b->len);
}

static int
compare_ids(const struct rp_value *a, const struct rp_value *b)
{
	int c = compare_u64(a->form, b->form);

	if (c == 0)
		c = compare_u64(a->id.hi, b->id.hi);
	return c != 0 ? c : compare_u64(a->id.lo, b->id.lo);
}

static int
compare_values(const struct rp_value *a, const struct rp_value *b)
{
	enum sort s = sort_of(a->kind), t = sort_of(b->kind);

	if (s != t)
		return s < t ? -1 : 1;
	switch (s) {
	case NUMBER:
		return rp_wide_compare(
		    mantissa_of(a), exp_of(a), mantissa_of(b), exp_of(b));
	case WORD:
		return compare_u64(a->u, b->u);
	case ID:
		return compare_ids(a, b);
	case TEXT:
		return compare_texts(a, b);
	default:
		return 0;
	}
}

/* ---- ranks: from INT64_MIN + 2 to INT64_MAX - 1, absent values above ---- */

#define RANK_MIN (INT64_MIN + 2)
#define RANK_MAX (INT64_MAX - 1)

static int64_t
clamp(rp_wide v)
{
	return v < RANK_MIN ? RANK_MIN : v > RANK_MAX ? RANK_MAX : (int64_t)v;
}

/* The mantissa of v with so many decimal places, rounded down. */
static int64_t
rank_number(const struct rp_value *v, int places)
{
	rp_wide m = mantissa_of(v), limit = (rp_wide)1 << 100;
	int exp = exp_of(v) + places;

	for (; exp > 0 && m < limit && m > -limit; exp--)
		m *= 10;
	for (; exp < 0 && m != 0 && m != -1; exp++)
		m = m < 0 ? -((9 - m) / 10) : m / 10;
	return clamp(m);
}

static int64_t
rank_text(const struct rp_value *v)
{
	uint8_t bytes[8] = { 0 };
	uint64_t n = 0;

	if (v->len > 0)
		memcpy(bytes, v->text, v->len < 8 ? v->len : 8);
	for (int i = 0; i < 8; i++)
		n = n << 8 | bytes[i];
	return clamp((rp_wide)n + INT64_MIN);
}

static int64_t
rank_value(const struct rp_sortkey *k, const struct rp_value *v)
{
	const uint64_t most = UINT64_C(1) << 60;

	if (v->kind == RP_VALUE_ABSENT)
		return INT64_MAX;
	if (!k->ranked)
		return 0;
	switch (sort_of(v->kind)) {
	case WORD:
		return clamp(v->u);
	case ID: /* a form is below the next, whatever its numbers */
		return (int64_t)(v->form * most +
		    (v->id.hi != 0 || v->id.lo >= most ? most - 1 : v->id.lo));
	case TEXT:
		return rank_text(v);
	default:
		return rank_number(v, k->decimal ? PLACES : 0);
	}
}

/* ---- records ---- */

static void
get(const struct rp_field *field, const struct rp_frame *f,
    const struct rp_record *rec, struct rp_value *v)
{
	v->kind = RP_VALUE_ABSENT;
	if (field->name != NULL)
		rp_field_get(field, f, rec, v);
}

int64_t
rp_sortkey_rank(
    struct rp_sortkey *k, const struct rp_frame *f, const struct rp_record *rec)
{
	struct rp_value v;
	int64_t rank;

	if (k->by_recv) {
		rank = clamp(rec->ts_recv);
	} else {
		get(&rp_key_fields(k->key, rec->type)[0], f, rec, &v);
		rank = rank_value(k, &v);
	}
	return k->reverse ? -rank : rank;
}

static int
compare_by_recv(const struct rp_record *a, const struct rp_record *b)
{
	if (a->ts_recv != b->ts_recv)
		return a->ts_recv < b->ts_recv ? -1 : 1;
	/* 0 is absent, and comes last */
	return compare_u64(a->seq - 1, b->seq - 1);
}

static int
compare_fields(struct rp_sortkey *k, const struct rp_frame *f,
    const struct rp_record *rec, const struct rp_frame *g,
    const struct rp_record *other)
{
	const struct rp_field *fields = rp_key_fields(k->key, rec->type);
	const struct rp_field *others = rp_key_fields(k->key, other->type);
	struct rp_value a, b;
	int c = 0;

	for (size_t i = 0; i < rp_key_size(k->key) && c == 0; i++) {
		get(&fields[i], f, rec, &a);
		get(&others[i], g, other, &b);
		c = compare_values(&a, &b);
	}
	return c;
}

int
rp_sortkey_compare(struct rp_sortkey *k, const struct rp_frame *f,
    const struct rp_record *rec, const struct rp_frame *g,
    const struct rp_record *other)
{
	int c = k->by_recv ? compare_by_recv(rec, other)
			   : compare_fields(k, f, rec, g, other);

	return k->reverse ? -c : c;
}

enum rp_status
rp_sortkey_learn(struct rp_sortkey *k, const struct rp_frame *f)
{
	for (uint32_t i = 0; i < f->n_types; i++)
		if (rp_key_fields(k->key, f->types[i].type) == NULL)
			return RP_ERR_NOMEM;
	return RP_OK;
}

bool
rp_sortkey_is_ordered(const struct rp_sortkey *k, const struct rp_frame *f)
{
	const uint32_t both = RP_FRAME_TS_ORDERED | RP_FRAME_SEQ_ORDERED;

	return k->by_recv && !k->reverse && (f->head.flags & both) == both &&
	    (f->head.seq_min != 0 || f->head.seq_max == 0);
}

/* ---- as an order of a merge ---- */

static int64_t
rank(void *k, const struct rp_frame *f, const struct rp_record *rec)
{
	return rp_sortkey_rank(k, f, rec);
}

static int
tie(void *k, const struct rp_frame *f, const struct rp_record *rec,
    const struct rp_frame *g, const struct rp_record *other)
{
	return rp_sortkey_compare(k, f, rec, g, other);
}

const struct rp_merge_order *
rp_sortkey_order(const struct rp_sortkey *k)
{
	return &k->order;
}

/* ---- life ---- */

/* What the first field is, over all types that have it. */
static void
survey(struct rp_sortkey *k)
{
	unsigned sorts = 0;
	enum rp_kind kind;

	for (size_t i = 0; i < rp_n_types; i++) {
		const struct rp_field *field =
		    rp_key_fields(k->key, rp_types[i]->id);

		if (field == NULL || field->name == NULL)
			continue;
		kind = field->kind;
		switch (kind) {
		case RP_KIND_ENUM:
		case RP_KIND_CHAR:
		case RP_KIND_FLAGS:
		case RP_KIND_RECORD_FLAGS:
			sorts |= 1 << WORD;
			break;
		case RP_KIND_ID:
			sorts |= 1 << ID;
			break;
		case RP_KIND_TYPE:
		case RP_KIND_SYMBOL:
		case RP_KIND_SOURCE:
		case RP_KIND_CHARS:
		case RP_KIND_BYTES:
			sorts |= 1 << TEXT;
			break;
		default:
			sorts |= 1 << NUMBER;
			k->decimal |= kind == RP_KIND_PRICE ||
			    kind == RP_KIND_SIZE || kind == RP_KIND_TURNOVER ||
			    kind == RP_KIND_LEVEL_PX || kind == RP_KIND_VALUE ||
			    kind == RP_KIND_LEVEL_SZ;
		}
	}
	k->ranked = (sorts & (sorts - 1)) == 0;
}

enum rp_status
rp_sortkey_new(struct rp_sortkey **out, const char *fields, bool reverse,
    struct rp_error *err)
{
	struct rp_sortkey *k = calloc(1, sizeof(*k));
	enum rp_status st;

	*out = NULL;
	if (k == NULL)
		return rp_error_no_memory(err);
	if ((st = rp_key_parse(&k->key, fields, true, err)) != RP_OK) {
		free(k);
		return st;
	}
	k->reverse = reverse;
	k->by_recv = strcmp(fields, "ts_recv,seq") == 0;
	survey(k);
	k->order = (struct rp_merge_order){ rank, tie, k };
	if (k->by_recv && !reverse)
		k->order.key = NULL; /* and with it the ranges of frames */
	*out = k;
	return RP_OK;
}

void
rp_sortkey_free(struct rp_sortkey *k)
{
	if (k != NULL)
		rp_key_free(k->key);
	free(k);
}
