/*
 * Thrift's compact protocol, as far as Parquet's metadata needs it: structs,
 * lists, integers, booleans and bytes, appended to a buffer.
 *
 *	rp_thrift_struct(&t, 5);          field 5, a struct of
 *	rp_thrift_i64(&t, 1, rows);           field 1
 *	rp_thrift_end(&t);
 *
 * Fields come in ascending order. Lack of memory is kept in status.
 */
#ifndef RP_PARQUET_THRIFT_H
#define RP_PARQUET_THRIFT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

enum { RP_THRIFT_DEPTH = 12 };

enum rp_thrift_type {
	RP_THRIFT_TRUE = 1,
	RP_THRIFT_FALSE = 2,
	RP_THRIFT_BYTE = 3,
	RP_THRIFT_I16 = 4,
	RP_THRIFT_I32 = 5,
	RP_THRIFT_I64 = 6,
	RP_THRIFT_BYTES = 8,
	RP_THRIFT_LIST = 9,
	RP_THRIFT_STRUCT = 12
};

struct rp_thrift {
	struct rp_buffer *out; /* the caller's */
	int16_t last[RP_THRIFT_DEPTH]; /* field in each open struct */
	int depth;
	enum rp_status status;
};

/* A struct of its own, or the next element of a list of structs. */
void rp_thrift_begin(struct rp_thrift *t);
void rp_thrift_end(struct rp_thrift *t);

/* Fields of the struct that is open; end closes a struct. */
void rp_thrift_struct(struct rp_thrift *t, int16_t id);
void rp_thrift_bool(struct rp_thrift *t, int16_t id, bool v);
void rp_thrift_byte(struct rp_thrift *t, int16_t id, uint8_t v);
void rp_thrift_i32(struct rp_thrift *t, int16_t id, int32_t v);
void rp_thrift_i64(struct rp_thrift *t, int16_t id, int64_t v);
void rp_thrift_bytes(
    struct rp_thrift *t, int16_t id, const void *p, size_t len);
/* n elements follow, by begin and end or by the functions below. */
void rp_thrift_list(
    struct rp_thrift *t, int16_t id, enum rp_thrift_type of, size_t n);

/* Elements of a list; bool is one of TRUE. */
void rp_thrift_add_bool(struct rp_thrift *t, bool v);
void rp_thrift_add_int(struct rp_thrift *t, int64_t v);
void rp_thrift_add_bytes(struct rp_thrift *t, const void *p, size_t len);

/* What was encoded before: a field's struct; elements of a list. */
void rp_thrift_struct_raw(
    struct rp_thrift *t, int16_t id, const void *p, size_t len);
void rp_thrift_raw(struct rp_thrift *t, const void *p, size_t len);

#endif
