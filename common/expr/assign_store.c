/* What an assignment does to a record. */
#include <string.h>

#include "base/bytes.h"
#include "expr/assign_work.h"
#include "types/text.h"
#include "wire/directory.h"

static const char out_of_range[] = "the value is out of range";

static enum rp_status
refuse(const char **why, const char *what)
{
	*why = what;
	return RP_ERR_LIMIT;
}

/* ---- numbers ---- */

static enum rp_status
put_i64(uint8_t *p, rp_wide m, const char **why)
{
	if (m > INT64_MAX || m <= INT64_MIN)
		return refuse(why, out_of_range);
	rp_put64(p, (uint64_t)m);
	return RP_OK;
}

/* An integer of size bytes, which is not the one that says absent. */
static enum rp_status
put_integer(const struct rp_field *f, uint8_t *p, rp_wide m, const char **why)
{
	bool is_signed = f->kind == RP_KIND_INT;
	rp_wide size = (rp_wide)1 << (8 * f->size);
	rp_wide min = is_signed ? -size / 2 : 0, max = min + size - 1;

	min += is_signed && f->optional;
	max -= !is_signed && f->optional;
	if (m < min || m > max)
		return refuse(why, out_of_range);
	memcpy(p, &m, f->size);
	return RP_OK;
}

/* Where a field is in the record, in units of 10^*exp; NULL: nowhere. */
static uint8_t *
place_of(const struct rp_field *f, struct rp_record *rec, int *exp)
{
	int px =
	    rec->len > RP_EV_QTY_EXP ? (int8_t)rec->payload[RP_EV_PX_EXP] : 0;
	int qty =
	    rec->len > RP_EV_QTY_EXP ? (int8_t)rec->payload[RP_EV_QTY_EXP] : 0;
	const uint8_t *level = NULL;
	size_t off = 0;

	*exp = 0;
	switch (f->kind) {
	case RP_KIND_TS_RECV:
		return (uint8_t *)&rec->ts_recv;
	case RP_KIND_PRICE:
		*exp = px;
		return rec->payload + f->off;
	case RP_KIND_SIZE:
		*exp = qty;
		return rec->payload + f->off;
	case RP_KIND_TURNOVER:
		*exp = px + qty;
		return rec->payload + f->off;
	case RP_KIND_LEVEL_PX:
		*exp = px;
		break;
	case RP_KIND_LEVEL_SZ:
		*exp = qty;
		off = offsetof(struct rp_book_level, size);
		break;
	case RP_KIND_LEVEL_CT:
		off = offsetof(struct rp_book_level, orders);
		break;
	default:
		return rec->payload + f->off;
	}
	level = rp_book_level(rec, f->side, f->index);
	return level != NULL ? rec->payload + (level - rec->payload) + off
			     : NULL;
}

static enum rp_status
store_number(const struct rp_field *f, struct rp_record *rec, rp_wide m,
    int exp, const char **why)
{
	static const struct rp_field orders = { .kind = RP_KIND_UINT,
		.size = 4 };
	enum rp_status st;
	uint8_t *p;
	int unit;

	if ((p = place_of(f, rec, &unit)) == NULL)
		return RP_EMPTY;
	if (exp != unit && (st = rp_assign_scale(&m, exp, unit, why)) != RP_OK)
		return st;
	switch (f->kind) {
	case RP_KIND_UINT:
	case RP_KIND_INT:
		return put_integer(f, p, m, why);
	case RP_KIND_LEVEL_CT:
		return put_integer(&orders, p, m, why);
	case RP_KIND_TURNOVER:
		if (m == (rp_wide)((unsigned __int128)1 << 127))
			return refuse(why, out_of_range);
		memcpy(p, &m, sizeof(m));
		return RP_OK;
	default:
		return put_i64(p, m, why);
	}
}

static enum rp_status
number(struct rp_assign *a, const struct assign_program *p,
    struct rp_record *rec, const char **why)
{
	enum rp_status st;
	rp_wide m;
	int exp;

	if ((st = rp_assign_number(p, &a->frame, rec, &m, &exp, why)) != RP_OK)
		return st;
	if (p->store == STORE_NUMBER)
		return store_number(&p->target, rec, m, exp, why);
	if ((st = rp_assign_scale(&m, exp, 0, why)) != RP_OK)
		return st;
	if (m < RP_EXP_MIN || m > RP_EXP_MAX)
		return refuse(why, "an exponent is from -18 to 18");
	return rp_assign_rescale(
	    rec, p->target.off == RP_EV_PX_EXP, (int)m, why);
}

/* ---- texts ---- */

static enum rp_status
name(struct rp_assign *a, const struct assign_program *p, struct rp_record *rec,
    const char **why)
{
	bool symbol = p->target.kind == RP_KIND_SYMBOL;
	uint32_t *own = symbol ? &rec->symbol : &rec->source, index;
	uint32_t *memo = p->of_symbol && rec->symbol < a->memo.len / 4
	    ? (uint32_t *)a->memo.data + rec->symbol
	    : NULL;
	struct assign_text t;
	enum rp_status st;

	a->intact = false;
	if (memo != NULL && *memo != RP_NO_NAME) {
		*own = *memo;
		return RP_OK;
	}
	if ((st = rp_assign_text(p, &a->frame, rec, &t, why)) != RP_OK)
		return st;
	if (!rp_name_is_valid(t.text, t.len))
		return refuse(why, "no text for a name");
	st = rp_assign_name(
	    a, symbol ? RP_NAME_SYMBOL : RP_NAME_SOURCE, t.text, t.len, &index);
	if (st != RP_OK)
		return st;
	if (memo != NULL)
		*memo = index;
	*own = index;
	return RP_OK;
}

static enum rp_status
chars(struct rp_assign *a, const struct assign_program *p,
    struct rp_record *rec, const char **why)
{
	uint8_t *to = rec->payload + p->target.off;
	struct assign_text t;
	enum rp_status st;

	if ((st = rp_assign_text(p, &a->frame, rec, &t, why)) != RP_OK)
		return st;
	if (t.len > p->target.size || memchr(t.text, '\0', t.len) != NULL)
		return refuse(why, "a text that does not fit");
	memset(to, 0, p->target.size);
	memcpy(to, t.text, t.len);
	return RP_OK;
}

/* ---- the others ---- */

static void
flags(const struct assign_program *p, struct rp_record *rec)
{
	const struct rp_field *f = &p->target;
	uint8_t *at = f->kind == RP_KIND_RECORD_FLAGS ? (uint8_t *)&rec->flags
						      : rec->payload + f->off;
	uint32_t v = 0;

	memcpy(&v, at, f->size);
	v = (v & p->keep) | p->constant;
	memcpy(at, &v, f->size);
}

static enum rp_status
absent(
    struct rp_assign *a, const struct assign_program *p, struct rp_record *rec)
{
	struct rp_error err = { 0 };

	a->intact = a->intact && p->target.kind != RP_KIND_SYMBOL &&
	    p->target.kind != RP_KIND_SOURCE;
	if (p->target.kind == RP_KIND_SYMBOL)
		rec->symbol = RP_NO_NAME;
	else if (p->target.kind == RP_KIND_SOURCE)
		rec->source = RP_NO_NAME;
	else if (rp_text_read(&p->target, rec, NULL, 0, &err) != RP_OK)
		return RP_EMPTY; /* a level that there is not */
	return RP_OK;
}

static enum rp_status
id(const struct assign_program *p, struct rp_record *rec, const char **why)
{
	struct rp_error err = { 0 };

	return rp_text_read(&p->target, rec, p->text, p->len, &err) == RP_OK
	    ? RP_OK
	    : refuse(why, "an id that is not of the form in tflags");
}

static enum rp_status
id_field(const struct assign_program *p, struct rp_record *rec)
{
	if (rec->len < (uint32_t)p->from.off + p->from.size)
		return RP_EMPTY;
	memmove(rec->payload + p->target.off, rec->payload + p->from.off,
	    p->target.size);
	return RP_OK;
}

static enum rp_status
cut(struct rp_assign *a, uint32_t i, uint32_t len)
{
	return assign_row(a, i)->len > len ? rp_assign_resize(a, i, len)
					   : RP_EMPTY;
}

/* A field of the payload that lies beyond its end. */
static bool
lies_beyond(const struct rp_field *f, const struct rp_record *rec)
{
	return f->kind > RP_KIND_RECORD_FLAGS && f->kind < RP_KIND_LEVEL_PX &&
	    rec->len < (uint32_t)f->off + f->size;
}

static enum rp_status
run(struct rp_assign *a, const struct assign_program *p, uint32_t i,
    const char **why)
{
	struct rp_record *rec = assign_row(a, i);

	switch ((enum store)p->store) {
	case STORE_NUMBER:
	case STORE_EXPONENT:
		return number(a, p, rec, why);
	case STORE_NAME:
		return name(a, p, rec, why);
	case STORE_CHARS:
		return chars(a, p, rec, why);
	case STORE_WORD:
		memcpy(
		    rec->payload + p->target.off, &p->constant, p->target.size);
		return RP_OK;
	case STORE_FLAGS:
		flags(p, rec);
		return RP_OK;
	case STORE_ID:
		return id(p, rec, why);
	case STORE_ID_FIELD:
		return id_field(p, rec);
	case STORE_ABSENT:
		return absent(a, p, rec);
	case STORE_TYPE:
		return rp_assign_convert(a, i, (uint16_t)p->constant, why);
	case STORE_CUT:
		return cut(a, i, p->constant);
	default:
		return RP_EMPTY;
	}
}

enum rp_status
rp_assign_store(struct rp_assign *a, const struct assign_program *p, uint32_t i,
    const char **why)
{
	const struct rp_record *rec = assign_row(a, i);
	const uint32_t len = rec->len;
	enum rp_status st;

	/* what is not there has to be made first; if absent, it is already */
	if (p->store < STORE_TYPE && lies_beyond(&p->target, rec)) {
		if (p->store == STORE_ABSENT)
			return RP_EMPTY;
		st = rp_assign_resize(
		    a, i, (uint32_t)p->target.off + p->target.size);
		if (st != RP_OK)
			return st;
	}
	if ((st = run(a, p, i, why)) == RP_EMPTY && assign_row(a, i)->len > len)
		(void)!rp_assign_resize(a, i, len); /* made in vain */
	if (st != RP_OK)
		return st;
	rec = assign_row(a, i);
	*why = rec->type == RP_BOOK
	    ? rp_record_fault(rp_type_by_id(RP_BOOK), rec)
	    : NULL;
	return *why == NULL ? RP_OK : RP_ERR_LIMIT;
}
