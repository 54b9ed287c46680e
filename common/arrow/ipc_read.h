/*
 * Arrow IPC, read: the metadata of messages, schemas, record batches and the
 * footers of files. Bytes come from the caller; nothing in them is believed.
 *
 * A schema is its fields in preorder, columns among them: fields[0] is the
 * first column, behind it are those within it, and fields[0].span fields on is
 * the next column. A batch has an array for each of them, in the same order.
 *
 * https://arrow.apache.org/docs/format/Columnar.html
 */
#ifndef RP_ARROW_IPC_READ_H
#define RP_ARROW_IPC_READ_H

#include "arrow/flat_read.h"
#include "arrow/format.h"
#include "base/buffer.h"
#include "base/error.h"
#include "wire/codec.h"

/* ---- messages ---- */

struct rp_arrow_head {
	enum rp_arrow_message kind;
	bool old; /* of metadata version V4 */
	uint64_t body_len; /* at most RP_MAX_ARROW_BODY */
	struct rp_flat flat; /* of the metadata, ... */
	struct rp_flat_table header; /* ... and its part of this kind */
};

/* The metadata of a message. RP_ERR_CORRUPT, RP_ERR_UNSUPPORTED, RP_ERR_LIMIT:
 * err says what is wrong. */
RP_CHECKED enum rp_status rp_arrow_head_read(struct rp_arrow_head *head,
    const uint8_t *meta, size_t len, struct rp_error *err);

/* Do these first bytes of metadata say that it is a schema's? */
bool rp_arrow_is_schema(const uint8_t *meta, size_t len);

/* ---- schemas ---- */

struct rp_arrow_field {
	struct rp_flat_text name;
	uint8_t type; /* enum rp_arrow_type; of a dictionary its values' */
	uint8_t width; /* bytes of a value in values; 0: it has none, or bits */
	bool is_signed;
	uint8_t unit; /* enum rp_arrow_unit */
	bool naive; /* TIMESTAMP: it has no time zone */
	bool dense; /* UNION */
	int32_t scale; /* DECIMAL: digits behind the point */
	uint32_t fixed; /* FIXED_BINARY: bytes, FIXED_LIST: elements */
	bool dictionary; /* values are indices ... */
	int64_t id; /* ... of this one, ... */
	uint8_t index_width; /* ... of so many bytes */
	bool index_signed;
	uint32_t span; /* fields: itself, and those within it */
	uint32_t depth; /* 0: a column */
};

struct rp_arrow_schema {
	struct rp_arrow_field *fields;
	size_t n;
	bool old; /* of metadata version V4 */
	struct rp_buffer bytes; /* the metadata, into which texts point */
	struct rp_buffer store; /* of fields */
	struct rp_buffer pairs; /* struct rp_flat_text: key, value, ... */
};

/*
 * Read the schema of a message. RP_ERR_CORRUPT; RP_ERR_UNSUPPORTED: it is
 * big-endian, or has a type of a later version; RP_ERR_LIMIT, RP_ERR_NOMEM. To
 * be freed either way; all zero is an empty one.
 */
RP_CHECKED enum rp_status rp_arrow_schema_read(struct rp_arrow_schema *s,
    const uint8_t *meta, size_t len, struct rp_error *err);
void rp_arrow_schema_free(struct rp_arrow_schema *s);

/* A value of its metadata; text NULL: it has none of that key. */
struct rp_flat_text rp_arrow_schema_get(
    const struct rp_arrow_schema *s, const char *key);

/* "int64", "decimal", ..., for messages. */
const char *rp_arrow_type_name(const struct rp_arrow_field *f);

/* ---- record batches ---- */

/* Bytes of one buffer, unpacked. */
struct rp_arrow_span {
	const uint8_t *p;
	uint64_t len;
};

struct rp_arrow_array {
	const struct rp_arrow_field *field;
	bool wanted; /* the caller's: else buffers are neither unpacked nor
		      * looked at */
	uint64_t rows;
	const uint8_t *validity; /* NULL: all are valid */
	const uint8_t *values; /* dense; bytes of text; indices */
	uint64_t values_len;
	const uint8_t *offsets; /* rows + 1, ascending, within values or
				 * within the rows of the array behind; of
				 * views their structs */
	bool wide_offsets; /* of 8 bytes, else of 4 */
	const struct rp_arrow_span *views; /* buffers of views */
	uint32_t n_views;
};

struct rp_arrow_batch {
	struct rp_arrow_array *arrays; /* a field each */
	uint64_t rows;
	/* within */
	const struct rp_arrow_field *fields;
	size_t n;
	bool old;
	const uint8_t *body;
	uint64_t body_len;
	struct rp_flat_vector nodes, buffers, variadic;
	uint32_t next_node, next_buffer, next_variadic;
	int codec; /* enum rp_arrow_codec, or -1 */
	uint64_t unpacked_len; /* of all buffers */
	struct rp_arrow_span *spans; /* a buffer each */
	struct rp_buffer *unpacked;
	uint32_t n_spans;
	struct rp_unpacker zstd, lz4;
};

/*
 * A batch of these fields, its arrays not wanted yet. An index of a dictionary
 * is an array of its own; its values are not part of it. RP_ERR_NOMEM; to be
 * freed either way.
 */
RP_CHECKED enum rp_status rp_arrow_batch_init(
    struct rp_arrow_batch *b, const struct rp_arrow_field *fields, size_t n);
void rp_arrow_batch_free(struct rp_arrow_batch *b);

/*
 * Read a batch: its table is that of a message, or within that of a dictionary.
 * The arrays point into the body, or into b, until the next one. Those that are
 * wanted are checked: what they claim to hold is there. RP_ERR_CORRUPT,
 * RP_ERR_UNSUPPORTED, RP_ERR_LIMIT, RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_arrow_batch_read(struct rp_arrow_batch *b,
    const struct rp_flat_table *table, bool old, const uint8_t *body,
    uint64_t body_len, struct rp_error *err);

static inline bool
rp_arrow_is_valid(const struct rp_arrow_array *a, uint64_t row)
{
	return a->validity == NULL || (a->validity[row / 8] >> row % 8 & 1);
}

/* Where the bytes or elements of a row begin; of row rows: where they end. */
static inline uint64_t
rp_arrow_offset(const struct rp_arrow_array *a, uint64_t row)
{
	return a->wide_offsets ? rp_le64(a->offsets + 8 * row)
			       : rp_le32(a->offsets + 4 * row);
}

/* ---- values ---- */

/* Has a field values that are one text each? Of a dictionary: its values. */
bool rp_arrow_has_text(const struct rp_arrow_field *f);

/* Are they bytes of any kind, rather than text? */
bool rp_arrow_is_binary(const struct rp_arrow_field *f);

/* Bytes that rp_arrow_text may write to buf. */
#define RP_ARROW_TEXT_ROOM 96

/*
 * The text of a row's value, by the rules of types/text.h: times and durations
 * in ns, decimals without trailing zeros, floating point in as few digits as
 * are read back as the same number; bytes as they are. It points into the
 * array or to buf. RP_EMPTY: it is null, or not a number. RP_ERR_LIMIT: there is
 * no such text, of a time beyond int64_t or of an infinite number. The field
 * has text, and its values are not indices.
 */
RP_CHECKED enum rp_status rp_arrow_text(const struct rp_arrow_array *a,
    uint64_t row, char buf[static RP_ARROW_TEXT_ROOM],
    struct rp_flat_text *text);

/* A row's integer, or the index of a dictionary; one that is negative and
 * should not is UINT64_MAX. The row is valid. */
int64_t rp_arrow_i64(const struct rp_arrow_array *a, uint64_t row);
uint64_t rp_arrow_index(const struct rp_arrow_array *a, uint64_t row);

/* ---- footers ---- */

/* What a file's footer says of a message, in bytes of the file. */
struct rp_arrow_block {
	uint64_t at, meta_len, body_len; /* the metadata with its prefix */
};

/* What stood before a footer. */
struct rp_arrow_contents {
	const struct rp_arrow_schema *schema;
	struct rp_buffer dictionaries, batches; /* struct rp_arrow_block */
};

/*
 * Hold a footer against that. RP_ERR_CORRUPT; RP_ERR_UNSUPPORTED: it leaves
 * out messages, or names them in another order; RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_arrow_footer_check(const uint8_t *p, size_t len,
    const struct rp_arrow_contents *contents, struct rp_error *err);

/* The schema that a footer has, as rp_arrow_schema_read; old: of the messages,
 * whose version it does not say. */
RP_CHECKED enum rp_status rp_arrow_footer_schema(struct rp_arrow_schema *s,
    const uint8_t *p, size_t len, bool old, struct rp_error *err);

#endif
