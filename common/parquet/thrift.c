#include "parquet/thrift.h"

#include <string.h>

#include "parquet/varint.h"

void
rp_thrift_raw(struct rp_thrift *t, const void *p, size_t len)
{
	if (t->status == RP_OK && len > 0)
		t->status = rp_buffer_add(t->out, p, len);
}

static void
add_varint(struct rp_thrift *t, uint64_t v)
{
	uint8_t bytes[RP_VARINT_MAX];

	rp_thrift_raw(t, bytes, (size_t)(rp_varint(bytes, v) - bytes));
}

/* The head of a field: how far it is from the one before it, and its type. */
static void
field(struct rp_thrift *t, int16_t id, enum rp_thrift_type type)
{
	int16_t *last = &t->last[t->depth - 1];
	uint8_t head = (uint8_t)((id - *last) << 4 | type);

	*last = id;
	rp_thrift_raw(t, &head, 1);
}

void
rp_thrift_begin(struct rp_thrift *t)
{
	t->last[t->depth++] = 0;
}

void
rp_thrift_end(struct rp_thrift *t)
{
	rp_thrift_raw(t, "", 1);
	t->depth--;
}

void
rp_thrift_struct(struct rp_thrift *t, int16_t id)
{
	field(t, id, RP_THRIFT_STRUCT);
	rp_thrift_begin(t);
}

void
rp_thrift_struct_raw(struct rp_thrift *t, int16_t id, const void *p, size_t len)
{
	field(t, id, RP_THRIFT_STRUCT);
	rp_thrift_raw(t, p, len);
}

void
rp_thrift_bool(struct rp_thrift *t, int16_t id, bool v)
{
	field(t, id, v ? RP_THRIFT_TRUE : RP_THRIFT_FALSE);
}

void
rp_thrift_byte(struct rp_thrift *t, int16_t id, uint8_t v)
{
	field(t, id, RP_THRIFT_BYTE);
	rp_thrift_raw(t, &v, 1);
}

void
rp_thrift_i32(struct rp_thrift *t, int16_t id, int32_t v)
{
	field(t, id, RP_THRIFT_I32);
	rp_thrift_add_int(t, v);
}

void
rp_thrift_i64(struct rp_thrift *t, int16_t id, int64_t v)
{
	field(t, id, RP_THRIFT_I64);
	rp_thrift_add_int(t, v);
}

void
rp_thrift_bytes(struct rp_thrift *t, int16_t id, const void *p, size_t len)
{
	field(t, id, RP_THRIFT_BYTES);
	rp_thrift_add_bytes(t, p, len);
}

void
rp_thrift_list(
    struct rp_thrift *t, int16_t id, enum rp_thrift_type of, size_t n)
{
	enum { SHORT = 15 };
	uint8_t head = (uint8_t)((n < SHORT ? n : SHORT) << 4 | of);

	field(t, id, RP_THRIFT_LIST);
	rp_thrift_raw(t, &head, 1);
	if (n >= SHORT)
		add_varint(t, n);
}

void
rp_thrift_add_bool(struct rp_thrift *t, bool v)
{
	uint8_t byte = v ? RP_THRIFT_TRUE : RP_THRIFT_FALSE;

	rp_thrift_raw(t, &byte, 1);
}

void
rp_thrift_add_int(struct rp_thrift *t, int64_t v)
{
	add_varint(t, rp_zigzag(v));
}

void
rp_thrift_add_bytes(struct rp_thrift *t, const void *p, size_t len)
{
	add_varint(t, len);
	rp_thrift_raw(t, p, len);
}
