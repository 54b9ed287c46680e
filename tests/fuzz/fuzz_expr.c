/*
 * The expression's text, and what it does to records: the input is the text
 * up to a zero byte, then payload bytes for records of every type, which an
 * expression must take however wrong they are.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "expr/expr.h"
#include "types/types.h"

enum { MAX_PAYLOAD = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One record, in memory of exactly its size, so that reading on is seen. */
static void
evaluate(struct rp_expr *e, uint16_t type, const uint8_t *payload, size_t len)
{
	struct rp_label names[2];
	struct rp_type_count types = { type, 0, 1 };
	struct rp_frame f = {
		.types = &types, .n_types = 1, .names = names, .n_names = 2
	};
	struct rp_record *rec = calloc(1, sizeof(*rec) + rp_align8(len));
	enum rp_verdict verdict;
	bool passes;

	if (rec == NULL)
		return;
	rp_label_init(&names[0], RP_NAME_SYMBOL, "ESH4", 4);
	rp_label_init(&names[1], RP_NAME_SOURCE, "glbx", 4);
	names[0].records = 1;
	*rec = (struct rp_record){ .symbol = 0,
		.source = RP_NO_NAME,
		.seq = 7,
		.len = (uint32_t)len,
		.type = type,
		.ts_recv = 1703545200000000000 };
	if (len != 0)
		memcpy(rec->payload, payload, len);
	f.rows = (const uint8_t *)rec;
	f.rows_end = f.rows + rp_record_size(rec);
	f.head = (struct rp_frame_head){ .records = 1,
		.seq_min = 7,
		.seq_max = 7,
		.ts_min = rec->ts_recv,
		.ts_max = rec->ts_recv };
	if (rp_expr_frame(e, &f, &verdict) == RP_OK) {
		passes = rp_expr_record(e, &f, rec);
		/* the header never says what the record belies */
		if ((verdict == RP_PASS_ALL && !passes) ||
		    (verdict == RP_PASS_NONE && passes))
			abort();
	}
	free(rec);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = strnlen((const char *)data, size), rest, i;
	char *text = strndup((const char *)data, len);
	struct rp_error err = { 0 };
	struct rp_expr *e;

	if (text == NULL)
		return 0;
	if (rp_expr_compile(&e, text, NULL, &err) == RP_OK) {
		data += len + (len < size);
		rest = size - len - (len < size);
		rest = rest < MAX_PAYLOAD ? rest : MAX_PAYLOAD;
		for (i = 0; i < rp_n_types; i++)
			evaluate(e, rp_types[i]->id, data, rest);
		evaluate(e, 5000, data, rest);
		rp_expr_free(e);
	} else if (err.text[0] == '\0') {
		abort(); /* a failure without a reason */
	}
	free(text);
	return 0;
}
