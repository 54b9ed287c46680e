#include "arrow/body.h"

#include <string.h>

void
rp_arrow_part_free(struct rp_arrow_part *p)
{
	rp_buffer_free(&p->nodes);
	rp_buffer_free(&p->pieces);
	rp_buffer_free(&p->packed);
	rp_buffer_free(&p->steps.packed);
	rp_codec_state_free(&p->codec);
}

struct job {
	struct rp_arrow_part *part;
	enum rp_codec codec;
	int level; /* 0: by the kind of a buffer */
};

/*
 * Where no level was asked for, from that many batches on: zstd's below 1 take
 * two thirds of the time for numbers that hardly repeat, at the price of some
 * size; what is compressed once for all the others may take long, which saves
 * more than that.
 */
enum { MANY = 16, FAST_LEVEL = -3, LZ4_FAST_LEVEL = -7, STEPS_LEVEL = 14 };

static int
fast(const struct job *j)
{
	if (j->part->batches < MANY)
		return 0;
	return j->codec == RP_CODEC_ZSTD ? FAST_LEVEL : LZ4_FAST_LEVEL;
}

/* The length of what was compressed, then it; -1, and the bytes as they are, if
 * that takes less: appended to b. */
static enum rp_status
pack(const struct job *j, struct rp_codec_state *state, int level,
    const void *data, size_t len, struct rp_buffer *b)
{
	const size_t at = b->len;
	int64_t length = (int64_t)len;
	enum rp_status st;

	if ((st = rp_buffer_add(b, &length, sizeof(length))) != RP_OK ||
	    (st = rp_codec_pack(state, j->codec,
		 j->level != 0 ? j->level : level, data, len, b)) != RP_OK)
		return st;
	if (b->len - at <= sizeof(length) + len)
		return RP_OK;
	b->len = at + sizeof(length);
	rp_put64(b->data + at, (uint64_t)-1);
	return rp_buffer_add(b, data, len);
}

static enum rp_status
put_node(const struct job *j, uint64_t rows, uint64_t nulls)
{
	const struct rp_arrow_node node = { rows, nulls };

	return rp_buffer_add(&j->part->nodes, &node, sizeof(node));
}

static enum rp_status
put_piece(const struct job *j, struct rp_arrow_piece piece)
{
	return rp_buffer_add(&j->part->pieces, &piece, sizeof(piece));
}

/* A buffer, at a level if none was asked for. */
static enum rp_status
put_bytes(const struct job *j, int level, const void *data, size_t len)
{
	struct rp_buffer *packed = &j->part->packed;
	const size_t at = packed->len;
	enum rp_status st;

	if (j->codec == RP_CODEC_NONE || len == 0)
		return put_piece(j, (struct rp_arrow_piece){ data, 0, len });
	st = pack(j, &j->part->codec, level, data, len, packed);
	return st != RP_OK
	    ? st
	    : put_piece(
		  j, (struct rp_arrow_piece){ NULL, at, packed->len - at });
}

/* ---- offsets ---- */

/* Are these 0, step, 2 x step ...? */
static bool
are_steps(const int32_t *offsets, size_t n, int32_t *step)
{
	*step = n > 1 ? offsets[1] : 0;
	for (size_t i = 0; i < n; i++)
		if ((uint32_t)offsets[i] != (uint32_t)i * (uint32_t)*step)
			return false;
	return true;
}

/* Compressed when they come first, and once more, well, when they keep coming:
 * with memory of its own, which such a level wants much of. */
static enum rp_status
put_steps(const struct job *j, int32_t step, const void *data, size_t len)
{
	struct rp_arrow_steps *s = &j->part->steps;
	const bool known = s->len == len && s->step == step;
	struct rp_codec_state once = { 0 };
	enum rp_status st = RP_OK;

	s->batches = known ? s->batches + 1 : 1;
	if (!known || (s->batches == MANY && j->codec == RP_CODEC_ZSTD)) {
		s->len = s->packed.len = 0;
		st = known ? pack(j, &once, STEPS_LEVEL, data, len, &s->packed)
			   : pack(j, &j->part->codec, 0, data, len, &s->packed);
		rp_codec_state_free(&once);
	}
	if (st != RP_OK)
		return st;
	s->len = len;
	s->step = step;
	return put_piece(
	    j, (struct rp_arrow_piece){ s->packed.data, 0, s->packed.len });
}

/* Of no rows as well there is one offset. */
static enum rp_status
put_offsets(const struct job *j, const struct rp_column *c)
{
	static const int32_t none;
	const size_t len = c->offsets.len;
	const int32_t *offsets = (const void *)c->offsets.data;
	int32_t step;

	if (len == 0)
		return put_bytes(j, 0, &none, sizeof(none));
	if (j->codec != RP_CODEC_NONE &&
	    are_steps(offsets, len / sizeof(*offsets), &step))
		return put_steps(j, step, offsets, len);
	return put_bytes(j, fast(j), offsets, len);
}

/* ---- columns ---- */

static int
level_of(const struct job *j, const struct rp_column *c)
{
	const bool is_id =
	    c->field.kind == RP_KIND_ID && j->codec == RP_CODEC_ZSTD;

	return is_id || c->kind == RP_COLUMN_TIME ? fast(j) : 0;
}

static enum rp_status
put_validity(const struct job *j, const struct rp_column *c)
{
	return put_bytes(j, 0, c->validity.data, c->validity.len);
}

static enum rp_status
put_leaf(const struct job *j, const struct rp_column *c, uint64_t rows)
{
	enum rp_status st;

	if ((st = put_node(j, rows, c->nulls)) != RP_OK ||
	    (st = put_validity(j, c)) != RP_OK)
		return st;
	if (c->size == 0 && (st = put_offsets(j, c)) != RP_OK)
		return st;
	return put_bytes(j, level_of(j, c), c->values.data, c->values.len);
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
	    (st = put_validity(j, c)) != RP_OK ||
	    (st = put_offsets(j, c)) != RP_OK ||
	    (st = put_node(j, levels, 0)) != RP_OK ||
	    (st = put_bytes(j, 0, NULL, 0)) != RP_OK)
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
	p->batches++;
	p->status = c->kind == RP_COLUMN_LEVELS ? put_levels(&j, c, rows)
						: put_leaf(&j, c, rows);
	return p->status;
}
