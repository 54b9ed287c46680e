/*
 * The books of a stream, one for each source and symbol, in order of their
 * first records.
 */
#ifndef RP_BOOK_BOOKS_H
#define RP_BOOK_BOOKS_H

#include "book/lob.h"
#include "book/archive.h"
#include "book/views.h"
#include "wire/frame.h"
#include "wire/labels.h"

struct book {
	struct rp_lob lob;
	struct rp_label *symbol, *source; /* NULL: none */
	uint32_t number; /* its place in books.all */
	uint16_t type; /* what it is built from: mbo, level or book; 0: not
			  known */
	uint8_t id_form; /* enum rp_id_form of its orders */
	bool open; /* an event has begun and is not over */
	rp_faults faults; /* of the event that is open, or was last */
	uint64_t records; /* that were applied */
	struct rp_cause cause; /* the last event that is over; ts_recv is
				  RP_ABSENT before the first */
	uint64_t state[]; /* of the emissions (emit.h) */
};

struct books {
	struct book **all; /* n */
	size_t n, cap;
	size_t state_size; /* bytes of state a book */
	bool from_empty; /* a new book is valid and empty */
	size_t open; /* books with an event that is open */

	struct rp_labels symbols, sources;
	uint32_t *table; /* open addresses by hash: number + 1 */
	size_t size;
	/* the pair of names asked for last, in the frame in hand */
	uint64_t names;
	struct book *last;
};

void books_init(struct books *bs, bool from_empty);
void books_free(struct books *bs);

/* The names of a new frame: before the first books_find in it. */
static inline void
books_frame(struct books *bs)
{
	bs->last = NULL;
}

/* For books_find: the pair is another than before. */
struct book *books_look_up(
    struct books *bs, const struct rp_frame *f, const struct rp_record *rec);

/* The book of a record, made if there is none. NULL: no memory. */
static inline struct book *
books_find(
    struct books *bs, const struct rp_frame *f, const struct rp_record *rec)
{
	uint64_t names = (uint64_t)rec->source << 32 | rec->symbol;

	if (bs->last != NULL && bs->names == names)
		return bs->last;
	bs->names = names;
	return bs->last = books_look_up(bs, f, rec);
}

/* The same by names of books.symbols and books.sources. */
struct book *books_of(
    struct books *bs, struct rp_label *symbol, struct rp_label *source);

/* An event of the book is over, with this record: its cause. */
void book_set_cause(struct book *b, const struct rp_record *rec);

/* For checkpoints: all books, into none; without the state of emissions. */
void books_archive(struct books *bs, struct rp_archive *ar);

/*
 * A hash of all books, whatever their order: the sum, modulo 2^64, of a hash of
 * each one's names, what it is built from, whether it is valid, the number of
 * its last update, and what is in it (rp_lob_hash).
 */
uint64_t books_hash(const struct books *bs);

#endif
