#include "log/recompress.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "log/replace.h"
#include "types/types.h"
#include "wire/reader.h"

/* ---- what a segment says ---- */

/* Sees what rec_sum does not: seq, the order of records, NOTEs. */
struct digest {
	uint64_t chain, records;
	uint32_t end_flags;
};

static void
digest_record(
    struct digest *d, const struct rp_frame *f, const struct rp_record *r)
{
	const struct rp_label *symbol = rp_frame_name(f, r->symbol);
	const struct rp_label *source = rp_frame_name(f, r->source);
	uint64_t pair[2] = { r->seq,
		rp_record_hash(r, symbol != NULL ? symbol->hash : 0,
		    source != NULL ? source->hash : 0) };

	d->chain = rp_hash_seed(pair, sizeof(pair), d->chain);
	d->records++;
}

static void
digest_frame(struct digest *d, const struct rp_frame *f)
{
	const struct rp_record *r = NULL;

	if (f->head.kind == RP_NOTE && f->number > 0)
		d->chain = rp_hash_seed(f->text, f->text_len, d->chain);
	else if (f->head.kind == RP_DATA)
		while ((r = rp_frame_next(f, r)) != NULL)
			digest_record(d, f, r);
	else if (f->head.kind == RP_END_FRAME)
		d->end_flags |= f->end.flags & ~(uint32_t)RP_END_MORE;
}

/* ---- one frame ---- */

/* The NOTE that opens a segment, with a line of how it was recompressed. */
static enum rp_status
put_opening(struct rp_writer *w, const struct rp_frame *f, const char *codec)
{
	static const char key[] = "log.codec=";
	const char *p = f->text, *end = p + f->text_len;
	struct rp_buffer b = { 0 };
	enum rp_status st = RP_OK;

	while (p < end && st == RP_OK) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t line = (size_t)((nl != NULL ? nl + 1 : end) - p);

		if (line < sizeof(key) || memcmp(p, key, sizeof(key) - 1) != 0)
			st = rp_buffer_add(&b, p, line);
		p += line;
	}
	if (st == RP_OK)
		st = rp_buffer_add(&b, key, sizeof(key) - 1);
	if (st == RP_OK)
		st = rp_buffer_add(&b, codec, strlen(codec));
	if (st == RP_OK)
		st = rp_buffer_add(&b, "\n", 1);
	if (st == RP_OK)
		st = rp_writer_note(w, (const char *)b.data, b.len);
	rp_buffer_free(&b);
	return st;
}

/* A gap record that is alone in its frame stays so: the log looks for it. */
static bool
is_gap(const struct rp_frame *f)
{
	return f->n_types == 1 && f->types[0].type == RP_GAP;
}

/* thinned: of the frames so far. Frames that are and that are not do not mix. */
static enum rp_status
put_frame(struct rp_writer *w, const struct rp_frame *f, const char *codec,
    bool *thinned)
{
	bool was = *thinned;
	enum rp_status st = RP_OK;

	switch (f->head.kind) {
	case RP_NOTE:
		if (f->number == 0)
			return put_opening(w, f, codec);
		return rp_writer_note(w, f->text, f->text_len);
	case RP_END_FRAME:
		return RP_OK;
	case RP_DATA:
		*thinned |= (f->head.flags & RP_FRAME_THINNED) != 0;
		if (*thinned != was)
			st = rp_writer_flush(w);
		if (st != RP_OK)
			return st;
		return is_gap(f) ? rp_writer_recode(w, f) : rp_writer_fit(w, f);
	default:
		return rp_writer_pass(w, f);
	}
}

/* ---- a segment ---- */

struct work {
	struct rp_writer *w; /* NULL: only read */
	const char *codec;
	struct rp_index *index; /* of what is written */
	struct digest digest;
	bool failed; /* the index */
};

static void
note_frame(void *arg, const struct rp_frame *f)
{
	struct work *k = arg;

	k->failed |= rp_index_add(k->index, f) != RP_OK;
}

/* Read all of a segment, and write it if that is asked for. */
static enum rp_status
walk(struct work *k, int fd, const char *name, struct rp_error *err)
{
	struct rp_reader *in = rp_reader_fd(fd, name);
	bool thinned = false;
	struct rp_frame f;
	enum rp_status st;

	if (in == NULL)
		return rp_error_no_memory(err);
	rp_reader_verify_sums(in, true);
	while ((st = rp_reader_next(in, &f)) == RP_OK) {
		digest_frame(&k->digest, &f);
		if (k->w != NULL &&
		    (st = put_frame(k->w, &f, k->codec, &thinned)) != RP_OK)
			break;
	}
	if (st == RP_END && k->w != NULL)
		st = rp_writer_finish(k->w, k->digest.end_flags);
	if (st < RP_OK && rp_reader_error(in)->status != RP_OK)
		(void)rp_error_set(err, st, "%s", rp_reader_error(in)->text);
	else if (st < RP_OK && k->w != NULL)
		(void)rp_error_set(err, st, "%s", rp_writer_error(k->w)->text);
	rp_reader_free(in);
	return st == RP_END ? RP_OK : st;
}

static bool
is_same(const struct digest *a, const struct digest *b)
{
	return a->chain == b->chain && a->records == b->records &&
	    a->end_flags == b->end_flags;
}

/* Write the staged file, and read it back. */
static enum rp_status
write_and_check(int fd, const char *name, struct rp_replacement *to,
    struct rp_recompression *how, struct rp_index *x, struct rp_error *err)
{
	struct work k = { .codec = how->codec, .index = x };
	struct work back = { .w = NULL };
	enum rp_status st;

	if ((k.w = rp_writer_fd(to->fd, to->path, &how->frames)) == NULL)
		return rp_error_no_memory(err);
	rp_index_clear(x);
	rp_writer_on_frame(k.w, note_frame, &k);
	st = walk(&k, fd, name, err);
	how->bytes = rp_writer_bytes(k.w);
	rp_writer_free(k.w);
	if (st == RP_OK && k.failed)
		st = rp_error_no_memory(err);
	if (st == RP_OK && lseek(to->fd, 0, SEEK_SET) != 0)
		st = rp_error_errno(err, "%s", to->path);
	if (st == RP_OK)
		st = walk(&back, to->fd, to->path, err);
	if (st == RP_OK && !is_same(&k.digest, &back.digest))
		st = rp_error_set(err, RP_ERR_CORRUPT,
		    "%s: differs from what was recompressed", to->path);
	return st;
}

enum rp_status
rp_segment_recompress(const char *dir, const struct rp_segment *s,
    struct rp_recompression *how, struct rp_error *err)
{
	char *name = rp_segment_path(dir, s, NULL);
	struct rp_replacement to;
	struct rp_index x = { 0 };
	struct rp_readable b;
	enum rp_status st;

	if (name == NULL)
		return rp_error_no_memory(err);
	if ((st = rp_segment_open(dir, s, &b, err)) != RP_OK) {
		free(name);
		return st;
	}
	if ((st = rp_replacement_open(&to, dir, s, NULL, err)) == RP_OK) {
		st = write_and_check(b.fd, name, &to, how, &x, err);
		if (st == RP_OK)
			st = rp_replacement_commit(&to, err);
		if (st == RP_OK)
			st = rp_segment_write_index(&x, dir, s, true, err);
		rp_replacement_discard(&to);
	}
	rp_index_free(&x);
	rp_readable_close(&b);
	free(name);
	return st;
}
