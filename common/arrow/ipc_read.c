/* Messages and footers: metadata, but for what is in their schemas. */
#include "arrow/ipc_read.h"

#include "arrow/ipc_work.h"
#include "base/limits.h"

/* The numbers of fields: Message.fbs, File.fbs. */
enum { MESSAGE_VERSION, MESSAGE_KIND, MESSAGE_HEADER, MESSAGE_BODY_LENGTH };
enum { FOOTER_VERSION, FOOTER_SCHEMA, FOOTER_DICTIONARIES, FOOTER_BATCHES };
enum { BLOCK = 24, BLOCK_META = 8, BLOCK_BODY = 16 };

enum rp_status
rp_arrow_flat_status(const struct rp_flat *flat, struct rp_error *err)
{
	if (flat->why == NULL)
		return RP_OK;
	return rp_error_set(err, RP_ERR_CORRUPT,
	    "bad metadata: %s, at byte %u of it", flat->why, flat->where);
}

static enum rp_status
check_version(int64_t version, bool *old, struct rp_error *err)
{
	*old = version == RP_ARROW_V4;
	if (version == RP_ARROW_V4 || version == RP_ARROW_V5)
		return RP_OK;
	return rp_error_set(err,
	    version < 0 || version > INT8_MAX ? RP_ERR_CORRUPT
					      : RP_ERR_UNSUPPORTED,
	    "metadata of version %lld; read are V4 and V5",
	    (long long)version + 1);
}

enum rp_status
rp_arrow_head_read(struct rp_arrow_head *head, const uint8_t *meta, size_t len,
    struct rp_error *err)
{
	struct rp_flat_table t;
	int64_t version, kind, body_len;
	enum rp_status st;

	rp_flat_begin(&head->flat, meta, len);
	t = rp_flat_root(&head->flat);
	version = rp_flat_int(&t, MESSAGE_VERSION, 2, 0);
	kind = rp_flat_int(&t, MESSAGE_KIND, 1, 0);
	body_len = rp_flat_int(&t, MESSAGE_BODY_LENGTH, 8, 0);
	head->header = rp_flat_table(&t, MESSAGE_HEADER);
	if ((st = rp_arrow_flat_status(&head->flat, err)) != RP_OK ||
	    (st = check_version(version, &head->old, err)) != RP_OK)
		return st;
	head->kind = (enum rp_arrow_message)kind;
	head->body_len = (uint64_t)body_len;
	if (body_len < 0)
		return rp_error_set(err, RP_ERR_CORRUPT, "a body of %lld bytes",
		    (long long)body_len);
	if (body_len > RP_MAX_ARROW_BODY)
		return rp_error_set(err, RP_ERR_LIMIT,
		    "a body of %lld bytes; more than %d are not read in one "
		    "piece",
		    (long long)body_len, RP_MAX_ARROW_BODY);
	if (kind < RP_ARROW_SCHEMA || kind > RP_ARROW_BATCH)
		return rp_error_set(err, RP_ERR_UNSUPPORTED,
		    kind == RP_ARROW_TENSOR || kind == RP_ARROW_SPARSE_TENSOR
			? "a tensor is no table"
			: "a message of the unknown kind %lld",
		    (long long)kind);
	if (!rp_flat_is(&head->header))
		return rp_error_set(
		    err, RP_ERR_CORRUPT, "a message without its header");
	return RP_OK;
}

bool
rp_arrow_is_schema(const uint8_t *meta, size_t len)
{
	struct rp_flat flat;
	struct rp_flat_table t;
	int64_t version, kind;

	rp_flat_begin(&flat, meta, len);
	t = rp_flat_root(&flat);
	version = rp_flat_int(&t, MESSAGE_VERSION, 2, 0);
	kind = rp_flat_int(&t, MESSAGE_KIND, 1, 0);
	return flat.why == NULL && kind == RP_ARROW_SCHEMA && version >= 0 &&
	    version <= RP_ARROW_V5;
}

/* ---- footers ---- */

/* Are the blocks that a footer names those that were read? */
static enum rp_status
check_blocks(const struct rp_flat_vector *v, const struct rp_buffer *read,
    const char *what, struct rp_error *err)
{
	const struct rp_arrow_block *b = (const void *)read->data;
	const size_t n = read->len / sizeof(*b);

	if (v->n != n)
		return rp_error_set(err, RP_ERR_UNSUPPORTED,
		    "it names %u %s, but there are %zu", v->n, what, n);
	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = v->flat->p + v->at + BLOCK * i;

		if (rp_le64(p) != b[i].at ||
		    rp_le32(p + BLOCK_META) != b[i].meta_len ||
		    rp_le64(p + BLOCK_BODY) != b[i].body_len)
			return rp_error_set(err, RP_ERR_UNSUPPORTED,
			    "it names %s in another order, or of other "
			    "lengths, than they have",
			    what);
	}
	return RP_OK;
}

enum rp_status
rp_arrow_footer_check(const uint8_t *p, size_t len,
    const struct rp_arrow_contents *contents, struct rp_error *err)
{
	struct rp_flat flat;
	struct rp_flat_table t, schema;
	struct rp_flat_vector dictionaries, batches;
	enum rp_status st;

	rp_flat_begin(&flat, p, len);
	t = rp_flat_root(&flat);
	/* its version is not that of the messages: 0.14 left it out */
	schema = rp_flat_table(&t, FOOTER_SCHEMA);
	dictionaries = rp_flat_vector(&t, FOOTER_DICTIONARIES, BLOCK);
	batches = rp_flat_vector(&t, FOOTER_BATCHES, BLOCK);
	if ((st = rp_arrow_flat_status(&flat, err)) != RP_OK ||
	    (st = rp_arrow_schema_compare(contents->schema, &schema, err)) !=
		RP_OK ||
	    (st = check_blocks(&dictionaries, &contents->dictionaries,
		 "dictionaries", err)) != RP_OK)
		return st;
	return check_blocks(&batches, &contents->batches, "batches", err);
}

enum rp_status
rp_arrow_footer_schema(struct rp_arrow_schema *s, const uint8_t *p, size_t len,
    bool old, struct rp_error *err)
{
	struct rp_flat flat;
	struct rp_flat_table t;
	enum rp_status st;

	if (rp_buffer_add(&s->bytes, p, len) != RP_OK)
		return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
	rp_flat_begin(&flat, s->bytes.data, len);
	t = rp_flat_root(&flat);
	t = rp_flat_table(&t, FOOTER_SCHEMA);
	s->old = old;
	if ((st = rp_arrow_flat_status(&flat, err)) != RP_OK)
		return st;
	return rp_arrow_schema_table(s, &t, err);
}
