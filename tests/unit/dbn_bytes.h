/*
 * DBN files made by hand for tests: little-endian bytes put one after the
 * other. Layouts as in rp-types(5), DBN.
 */
#ifndef DBN_BYTES_H
#define DBN_BYTES_H

#include <stdint.h>
#include <string.h>

struct bytes {
	uint8_t p[65536];
	size_t n;
};

static inline void
put(struct bytes *b, uint64_t v, size_t size)
{
	for (size_t i = 0; i < size; i++)
		b->p[b->n++] = i < 8 ? (uint8_t)(v >> (8 * i)) : 0;
}

static inline void
put_text(struct bytes *b, const char *s, size_t size)
{
	memset(b->p + b->n, 0, size);
	memcpy(b->p + b->n, s, strlen(s));
	b->n += size;
}

static inline void
set(struct bytes *b, size_t at, uint64_t v, size_t size)
{
	for (size_t i = 0; i < size; i++)
		b->p[at + i] = (uint8_t)(v >> (8 * i));
}

/* A header without the lists; dbn_end_header sets its length. */
struct dbn_file {
	uint8_t version;
	uint16_t schema;
	uint8_t stype_in, stype_out;
	int ts_out;
};

static inline size_t
dbn_symbol_len(const struct dbn_file *f)
{
	return f->version == 1 ? 22 : 71;
}

static inline void
dbn_begin_header(struct bytes *b, const struct dbn_file *f)
{
	put_text(b, "DBN", 3);
	put(b, f->version, 1);
	put(b, 0, 4);
	put_text(b, "GLBX.MDP3", 16);
	put(b, f->schema, 2);
	put(b, UINT64_C(1700000000000000000), 8);
	put(b, UINT64_MAX, 8);
	put(b, 0, f->version == 1 ? 16 : 8);
	put(b, f->stype_in, 1);
	put(b, f->stype_out, 1);
	put(b, f->ts_out != 0, 1);
	if (f->version != 1)
		put(b, dbn_symbol_len(f), 2);
	put_text(b, "", f->version == 1 ? 47 : 53);
	put(b, 0, 4); /* schema definition */
}

static inline void
dbn_end_header(struct bytes *b, size_t start)
{
	set(b, start + 4, b->n - start - 8, 4);
}

/* A whole header that maps nothing. */
static inline void
dbn_plain_header(struct bytes *b, const struct dbn_file *f)
{
	size_t start = b->n;

	dbn_begin_header(b, f);
	put(b, 0, 16); /* symbols, partial, not_found, mappings */
	dbn_end_header(b, start);
}

/* A record's header: rtype, GLBX.MDP3.GLBX, instrument, time. */
static inline void
dbn_record(struct bytes *b, size_t len, uint8_t rtype, uint32_t id, uint64_t ts)
{
	put(b, len / 4, 1);
	put(b, rtype, 1);
	put(b, 1, 2);
	put(b, id, 4);
	put(b, ts, 8);
}

struct dbn_mbo {
	uint64_t ts_event, ts_recv, order_id;
	int64_t price;
	uint32_t id, size, sequence;
	int32_t delta;
	uint8_t flags, channel, action, side;
};

static inline void
dbn_put_mbo(struct bytes *b, const struct dbn_mbo *m, int ts_out)
{
	dbn_record(b, ts_out ? 64 : 56, 0xa0, m->id, m->ts_event);
	put(b, m->order_id, 8);
	put(b, (uint64_t)m->price, 8);
	put(b, m->size, 4);
	put(b, m->flags, 1);
	put(b, m->channel, 1);
	put(b, m->action, 1);
	put(b, m->side, 1);
	put(b, m->ts_recv, 8);
	put(b, (uint32_t)m->delta, 4);
	put(b, m->sequence, 4);
	if (ts_out)
		put(b, m->ts_recv + 1000, 8);
}

#endif
