/*
 * The text of an expression, of assignments or of a formula, and what it does to
 * records and numbers:
 * the input is the text up to a zero byte, then payload bytes for records of
 * every type, which it must take however wrong they are.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "expr/assign.h"
#include "expr/formula.h"
#include "types/types.h"

enum { MAX_PAYLOAD = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One record, in memory of exactly its size, so that reading on is seen. */
struct sample {
	struct rp_label names[3];
	struct rp_type_count types;
	struct rp_frame f;
	struct rp_record *rec;
};

static const uint32_t third = 2;

static bool
make(struct sample *s, uint16_t type, const uint8_t *payload, size_t len)
{
	struct rp_record *rec = calloc(1, sizeof(*rec) + rp_align8(len));

	if (rec == NULL)
		return false;
	*s = (struct sample){ .types = { type, 0, 1 }, .rec = rec };
	rp_label_init(&s->names[0], RP_NAME_SYMBOL, "ESH4", 4);
	rp_label_init(&s->names[1], RP_NAME_SOURCE, "glbx", 4);
	rp_label_init(&s->names[2], RP_NAME_SCHEMA, "mid:-3,x:0", 10);
	s->names[0].records = 1;
	*rec = (struct rp_record){ .symbol = 0,
		.source = RP_NO_NAME,
		.seq = 7,
		.len = (uint32_t)len,
		.type = type,
		.ts_recv = 1703545200000000000 };
	if (len != 0)
		memcpy(rec->payload, payload, len);
	if (type == RP_FEATURE && len >= 40) /* where the schema is named */
		rp_put64(rec->payload + 32, s->names[2].hash);
	s->f = (struct rp_frame){
		.head = { .records = 1,
		    .seq_min = 7,
		    .seq_max = 7,
		    .ts_min = rec->ts_recv,
		    .ts_max = rec->ts_recv },
		.types = &s->types,
		.n_types = 1,
		.names = s->names,
		.n_names = 3,
		.schemas = &third,
		.n_schemas = 1,
		.rows = (const uint8_t *)rec,
		.rows_end = (const uint8_t *)rec + rp_record_size(rec),
	};
	return true;
}

static void
evaluate(void *expr, struct sample *s)
{
	struct rp_expr *e = expr;
	enum rp_verdict verdict;
	bool passes;

	if (rp_expr_frame(e, &s->f, &verdict) != RP_OK)
		return;
	passes = rp_expr_record(e, &s->f, s->rec);
	/* the header never says what the record belies */
	if ((verdict == RP_PASS_ALL && !passes) ||
	    (verdict == RP_PASS_NONE && passes))
		abort();
}

static enum rp_status
rejected(void *arg, const struct rp_frame *f, const struct rp_record *rec,
    const char *why)
{
	(void)f;
	(void)rec;
	*(bool *)arg = true;
	if (why == NULL || *why == '\0')
		abort();
	return RP_OK;
}

static void
assign(void *assignments, struct sample *s)
{
	struct rp_assign *a = assignments;
	const struct rp_frame *f = rp_assign_frame(a);
	const struct rp_record *rec;
	bool touches, is_rejected = false;

	/* bad ones are left out before */
	if (rp_record_fault(rp_type_by_id(s->rec->type), s->rec) != NULL ||
	    rp_assign_touches(a, &s->f, &touches) != RP_OK ||
	    rp_assign_run(a, &s->f, NULL, rejected, &is_rejected) != RP_OK)
		return;
	rec = rp_assign_record(a, 0);
	if ((rec == NULL) != is_rejected)
		abort();
	if (rec == NULL)
		return;
	if (rp_assign_changed(a) != 0 && !touches)
		abort();
	if (rp_record_fault(rp_type_by_id(rec->type), rec) != NULL ||
	    (rec->symbol != RP_NO_NAME && rec->symbol >= f->n_names) ||
	    (rec->source != RP_NO_NAME && rec->source >= f->n_names))
		abort();
}

static void
each_type(const uint8_t *payload, size_t len,
    void (*run)(void *, struct sample *), void *arg)
{
	struct sample s;
	size_t i;

	for (i = 0; i <= rp_n_types; i++)
		if (make(&s, i < rp_n_types ? rp_types[i]->id : 5000, payload,
			len)) {
			run(arg, &s);
			free(s.rec);
		}
}

/* Words of up to 3 bytes are numbers, lag(word) others. */
static enum rp_status
find(void *arg, const char *word, size_t len, bool lag, uint32_t *number,
    struct rp_error *err)
{
	(void)arg;
	(void)word;
	if (len > 3)
		return rp_error_set(err, RP_ERR_USAGE, "a long word");
	*number = (uint32_t)len + (lag ? 4 : 0);
	return RP_OK;
}

static void
compute(const char *text, const uint8_t *data, size_t len)
{
	struct rp_number numbers[8];
	struct rp_error err = { 0 };
	struct rp_formula *f;
	enum rp_status st = rp_formula_parse(&f, text, &err);
	int64_t v;

	for (size_t i = 0; i < RP_LEN(numbers); i++) {
		numbers[i] = (struct rp_number){ RP_ABSENT, 0 };
		if (len >= 9 * (i + 1))
			numbers[i] =
			    (struct rp_number){ (int64_t)rp_le64(data + 9 * i),
				    (int8_t)data[9 * i + 8] % 37 };
	}
	if (st == RP_OK)
		st = rp_formula_resolve(f, find, NULL, &err);
	if (st == RP_OK && rp_formula_value(f, numbers, &v) && v == RP_ABSENT)
		abort();
	if (st == RP_ERR_USAGE && err.text[0] == '\0')
		abort();
	rp_formula_free(f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = strnlen((const char *)data, size), rest;
	char *text = strndup((const char *)data, len);
	struct rp_error err = { 0 }, why = { 0 };
	struct rp_assign *a = rp_assign_new(NULL);
	struct rp_expr *e;

	if (text == NULL || a == NULL)
		abort();
	data += len + (len < size);
	rest = size - len - (len < size);
	rest = rest < MAX_PAYLOAD ? rest : MAX_PAYLOAD;
	if (rp_expr_compile(&e, text, NULL, &err) == RP_OK) {
		each_type(data, rest, evaluate, e);
		rp_expr_free(e);
	} else if (err.text[0] == '\0') {
		abort(); /* a failure without a reason */
	}
	if (rp_assign_add(a, text, &why) == RP_OK)
		each_type(data, rest, assign, a);
	else if (why.text[0] == '\0')
		abort();
	compute(text, data, rest);
	rp_assign_free(a);
	free(text);
	return 0;
}
