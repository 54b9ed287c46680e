/* Numbers of the Parquet format (parquet.thrift of the Parquet project). */
#ifndef RP_PARQUET_FORMAT_H
#define RP_PARQUET_FORMAT_H

#define RP_PARQUET_MAGIC "PAR1"
#define RP_PARQUET_MAGIC_LEN 4

enum rp_parquet_type {
	RP_PARQUET_INT32 = 1,
	RP_PARQUET_INT64 = 2,
	RP_PARQUET_DOUBLE = 5,
	RP_PARQUET_BYTES = 6,
	RP_PARQUET_FIXED = 7 /* bytes, all of the same length */
};

enum rp_parquet_repetition {
	RP_PARQUET_REQUIRED,
	RP_PARQUET_OPTIONAL,
	RP_PARQUET_REPEATED
};

/* What readers knew before there were logical types. */
enum rp_parquet_converted {
	RP_PARQUET_UTF8 = 0,
	RP_PARQUET_AS_LIST = 3,
	RP_PARQUET_AS_DECIMAL = 5,
	RP_PARQUET_UINT_8 = 11, /* then 16, 32, 64 */
	RP_PARQUET_INT_8 = 15
};

/* Fields of the union LogicalType. */
enum rp_parquet_logical {
	RP_PARQUET_STRING = 1,
	RP_PARQUET_LIST = 3,
	RP_PARQUET_DECIMAL = 5,
	RP_PARQUET_TIMESTAMP = 8,
	RP_PARQUET_INTEGER = 10
};
#define RP_PARQUET_NANOS 3 /* field of the union TimeUnit */

enum rp_parquet_encoding {
	RP_PARQUET_PLAIN = 0,
	RP_PARQUET_RLE = 3,
	RP_PARQUET_DELTA = 5, /* DELTA_BINARY_PACKED */
	RP_PARQUET_DELTA_LENGTH = 6, /* DELTA_LENGTH_BYTE_ARRAY */
	RP_PARQUET_DICT = 8, /* RLE_DICTIONARY */
	RP_PARQUET_ENCODINGS
};

enum rp_parquet_page_type {
	RP_PARQUET_DATA_PAGE = 0,
	RP_PARQUET_DICT_PAGE = 2
};

enum rp_parquet_codec {
	RP_PARQUET_NONE = 0,
	RP_PARQUET_ZSTD = 6,
	RP_PARQUET_LZ4_RAW = 7
};

enum rp_parquet_order {
	RP_PARQUET_UNORDERED,
	RP_PARQUET_ASCENDING,
	RP_PARQUET_DESCENDING
};

#endif
