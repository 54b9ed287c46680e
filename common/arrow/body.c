#include "arrow/body.h"

#include <string.h>

void
rp_arrow_part_free(struct rp_arrow_part *p)
{
	rp_buffer_free(&p->nodes);
	rp_buffer_free(&p->pieces);
	rp_buffer_free(&p->packed);
	rp_codec_state_free(&p->codec);
}

struct job {
	struct rp_arrow_part *part;
	enum rp_codec codec;
	int level;
};

static enum rp_status
put_node(const struct job *j, uint64_t rows, uint64_t nulls)
{
	const struct rp_arrow_node node = { rows, nulls };

	return rp_buffer_add(&j->part->nodes, &node, sizeof(node));
}

/* The length of what was compressed, then it; -1, and the bytes as they are, if
 * that takes less. */
static enum rp_status
pack(const struct job *j, const uint8_t *data, size_t len,
    struct rp_arrow_piece *piece)
{
	struct rp_arrow_part *part = j->part;
	struct rp_buffer *b = &part->packed;
	int64_t length = (int64_t)len;
	enum rp_status st;

	*piece = (struct rp_arrow_piece){ .at = b->len };
	if ((st = rp_buffer_add(b, &length, sizeof(length))) != RP_OK ||
	    (st = rp_codec_pack(
		 &part->codec, j->codec, j->level, data, len, b)) != RP_OK)
		return st;
	if (b->len - piece->at > sizeof(length) + len) {
		b->len = piece->at + sizeof(length);
		rp_put64(b->data + piece->at, (uint64_t)-1);
		st = rp_buffer_add(b, data, len);
	}
	piece->len = b->len - piece->at;
	return st;
}

static enum rp_status
put_bytes(const struct job *j, const void *data, size_t len)
{
	struct rp_arrow_piece piece = { .data = data, .len = len };
	enum rp_status st = RP_OK;

	if (j->codec != RP_CODEC_NONE && len > 0)
		st = pack(j, data, len, &piece);
	return st != RP_OK
	    ? st
	    : rp_buffer_add(&j->part->pieces, &piece, sizeof(piece));
}

static enum rp_status
put_buffer(const struct job *j, const struct rp_buffer *b)
{
	return put_bytes(j, b->data, b->len);
}

/* Of no rows as well there is one offset. */
static enum rp_status
put_offsets(const struct job *j, const struct rp_column *c)
{
	static const int32_t none;

	return c->offsets.len > 0 ? put_buffer(j, &c->offsets)
				  : put_bytes(j, &none, sizeof(none));
}

static enum rp_status
put_leaf(const struct job *j, const struct rp_column *c, uint64_t rows)
{
	enum rp_status st;

	if ((st = put_node(j, rows, c->nulls)) != RP_OK ||
	    (st = put_buffer(j, &c->validity)) != RP_OK)
		return st;
	if (c->size == 0 && (st = put_offsets(j, c)) != RP_OK)
		return st;
	return put_buffer(j, &c->values);
}

/* A list of a struct of the children. */
static enum rp_status
put_levels(const struct job *j, const struct rp_column *c, uint64_t rows)
{
	const uint64_t levels = c->offsets.len == 0
	    ? 0
	    : rp_le32(c->offsets.data + c->offsets.len - 4);
	enum rp_status st;

	if ((st = put_node(j, rows, c->nulls)) != RP_OK ||
	    (st = put_buffer(j, &c->validity)) != RP_OK ||
	    (st = put_offsets(j, c)) != RP_OK ||
	    (st = put_node(j, levels, 0)) != RP_OK ||
	    (st = put_bytes(j, NULL, 0)) != RP_OK)
		return st;
	for (size_t i = 0; st == RP_OK && i < c->n_children; i++)
		st = put_leaf(j, &c->children[i], levels);
	return st;
}

enum rp_status
rp_arrow_part_encode(struct rp_arrow_part *p, const struct rp_column *c,
    uint64_t rows, enum rp_codec codec, int level)
{
	const struct job j = { p, codec, level };

	p->nodes.len = p->pieces.len = p->packed.len = 0;
	p->status = c->kind == RP_COLUMN_LEVELS ? put_levels(&j, c, rows)
						: put_leaf(&j, c, rows);
	return p->status;
}
