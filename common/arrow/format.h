/*
 * What readers and writers of Arrow IPC share: the numbers of the format
 * (Schema.fbs, Message.fbs and File.fbs of the Arrow project), and what our own
 * schemas say of themselves.
 */
#ifndef RP_ARROW_FORMAT_H
#define RP_ARROW_FORMAT_H

/* A file starts with the magic and two zeros, and ends with the magic. */
#define RP_ARROW_MAGIC "ARROW1"
#define RP_ARROW_MAGIC_LEN 6
#define RP_ARROW_FILE_HEAD 8

/* Before the length of a message; V4 and earlier were written without. */
#define RP_ARROW_CONTINUATION UINT32_C(0xffffffff)

enum rp_arrow_version { RP_ARROW_V4 = 3, RP_ARROW_V5 = 4 };

enum rp_arrow_message {
	RP_ARROW_SCHEMA = 1,
	RP_ARROW_DICTIONARY,
	RP_ARROW_BATCH,
	RP_ARROW_TENSOR,
	RP_ARROW_SPARSE_TENSOR
};

enum rp_arrow_type {
	RP_ARROW_NULL = 1,
	RP_ARROW_INT,
	RP_ARROW_FLOAT,
	RP_ARROW_BINARY,
	RP_ARROW_UTF8,
	RP_ARROW_BOOL,
	RP_ARROW_DECIMAL,
	RP_ARROW_DATE,
	RP_ARROW_TIME,
	RP_ARROW_TIMESTAMP,
	RP_ARROW_INTERVAL,
	RP_ARROW_LIST,
	RP_ARROW_STRUCT,
	RP_ARROW_UNION,
	RP_ARROW_FIXED_BINARY,
	RP_ARROW_FIXED_LIST,
	RP_ARROW_MAP,
	RP_ARROW_DURATION,
	RP_ARROW_LARGE_BINARY,
	RP_ARROW_LARGE_UTF8,
	RP_ARROW_LARGE_LIST,
	RP_ARROW_RUN_END,
	RP_ARROW_BINARY_VIEW,
	RP_ARROW_UTF8_VIEW,
	RP_ARROW_LIST_VIEW,
	RP_ARROW_LARGE_LIST_VIEW
};

enum rp_arrow_unit {
	RP_ARROW_SECOND,
	RP_ARROW_MILLISECOND,
	RP_ARROW_MICROSECOND,
	RP_ARROW_NANOSECOND
};

enum rp_arrow_codec { RP_ARROW_LZ4_FRAME, RP_ARROW_ZSTD };

/* ---- metadata of a schema: what rp-arrow says, and rp-import reads ---- */

/* The record type of all rows, by its name: "trade". Without it there is a
 * column type. */
#define RP_ARROW_KEY_TYPE "rp.type"

/* "exact": prices and sizes are mantissas as integers, and px_exp and qty_exp
 * are columns; else "fixed" or "float". */
#define RP_ARROW_KEY_DECIMALS "rp.decimals"
/* Schemas of features whose values have no columns: ["mid:-3,spread:-2"] */
#define RP_ARROW_KEY_SCHEMAS "rp.schemas"

/* A column of exact schemas: bytes of each record's payload, which may end
 * before its type's last field, or between two of them. */
#define RP_ARROW_COLUMN_LEN "payload_len"

#endif
