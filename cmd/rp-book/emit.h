/*
 * What rp-book writes: emissions, each of a kind, to the main output or to a
 * file of its own. A kind is a line of the table in emit.c.
 *
 * A kind sees the books change by its hooks, any of which may be NULL. What it
 * keeps of a book is state, what it keeps beside is own; both begin zeroed, and
 * are stored in checkpoints. Whether anything is to be seen of a book is for
 * emission_shows to say.
 */
#ifndef RP_BOOK_EMIT_H
#define RP_BOOK_EMIT_H

#include "book/archive.h"
#include "cli/cli.h"
#include "books.h"

struct emission;

struct emission_kind {
	const char *name;
	const char *params; /* for messages: "[:N|all]", or "" */
	size_t options_size; /* what parameters say */
	size_t own_size;
	size_t state_size; /* a book */

	/*
	 * A parameter: len bytes of text, more of which may follow behind a
	 * colon; whoever takes of that sets *len. RP_EMPTY: it is none, and
	 * begins the name of a file. RP_ERR_USAGE, told by rp_cli_usage.
	 */
	enum rp_status (*param)(
	    struct emission *e, const char *text, size_t *len);
	/* All parameters were read: are they all there? */
	enum rp_status (*check)(struct emission *e);
	/* Can the records of two of this kind be told apart where they share an
	 * output? NULL: they cannot. */
	bool (*differ)(const struct emission *a, const struct emission *b);
	/* By the first record that has an event time and is from no snapshot:
	 * set e->due. */
	enum rp_status (*start)(
	    struct emission *e, const struct rp_record *rec);
	/*
	 * Event time has come to e->due by this record, which is not yet
	 * applied: set e->due anew.
	 */
	enum rp_status (*tick)(struct emission *e, const struct rp_record *rec);
	/* A record of type mbo, level, book or trade, before it is applied; by
	 * one but a trade that book->open is false for an event begins.
	 * RP_ERR_LIMIT: there is too much in it; its place is still to be told. */
	enum rp_status (*record)(
	    struct emission *e, struct book *book, const struct rp_record *rec);
	/* An event is over: book->cause and book->faults are of it. */
	enum rp_status (*event)(struct emission *e, struct book *book);
	/* A view of the book, for kinds that leave it to when.h. */
	enum rp_status (*show)(struct emission *e, struct book *book,
	    const struct rp_cause *cause);
	/* The stream is over, cleanly. */
	enum rp_status (*finish)(struct emission *e);
	/*
	 * For checkpoints, by a kind that has them: what the stream has made of
	 * own and options, and then the state of each book. All books are
	 * there already.
	 */
	void (*archive)(struct emission *e, struct rp_archive *ar);
	void (*archive_book)(
	    struct emission *e, struct book *book, struct rp_archive *ar);
	/* Let go of what state and options point to. */
	void (*forget)(struct emission *e, struct book *book);
	void (*free)(struct emission *e);
};

#define EMISSION_NEVER INT64_MAX

struct emission {
	const struct emission_kind *kind;
	struct rp_cli *cli;
	struct books *books;
	const struct rp_list *formulas; /* of --feature */
	char *text; /* as the user gave it */
	size_t what; /* bytes of text before the name of a file */
	const char *path; /* of its output */
	struct rp_sink *sink;
	void *options, *own;
	size_t state; /* where in book.state, bytes */
	int64_t due; /* event time of the next tick, or EMISSION_NEVER */
	bool is_main; /* its output is */
	bool drop; /* nothing is shown of an invalid book */
};

struct emissions {
	struct emission *all; /* n */
	size_t n;
	struct emission **on_record, **on_event; /* those with such a hook */
	size_t n_on_record, n_on_event;
	struct rp_sink *sinks; /* n_sinks */
	size_t n_sinks;
	int64_t due; /* the least of all */
	bool started, thinned;
	bool has_main; /* one of them has the main output */
};

/* ---- for rp-book.c ---- */

struct emissions_options {
	const struct rp_list *texts; /* of --emit */
	const struct rp_list *queues; /* order ids: kind queue */
	const struct rp_list *features; /* their names: kind features */
	const struct rp_list
	    *formulas; /* more of them, for each of that kind */
	bool bbo; /* ... and one more; without any there is it, too ... */
	bool ladder; /* ... but not with this, which has standard output */
	const char *output; /* main output; NULL: stdout */
	bool drop; /* --on-gap drop */
};

/* RP_ERR_USAGE. */
RP_CHECKED enum rp_status emissions_parse(struct emissions *es,
    struct rp_cli *cli, struct books *books, const struct emissions_options *o);
RP_CHECKED enum rp_status emissions_open(struct emissions *es);
/* The END of each output, or none of them if st is a failure. */
RP_CHECKED enum rp_status emissions_close(
    struct emissions *es, enum rp_status st, uint32_t end_flags);
void emissions_free(struct emissions *es);

/* Event time has come to es->due, or is known for the first time. */
RP_CHECKED enum rp_status emissions_tick(
    struct emissions *es, const struct rp_record *rec, int64_t ts_event);

/* A record of the input, or one made of it, into every output. */
RP_CHECKED enum rp_status emissions_put(struct emissions *es,
    const struct rp_frame *f, const struct rp_record *rec);
RP_CHECKED enum rp_status emissions_add(struct emissions *es,
    const struct rp_record *rec, struct rp_label *symbol,
    struct rp_label *source);
/* A frame that is no DATA (rp_sink_forward). */
RP_CHECKED enum rp_status emissions_forward(
    struct emissions *es, const struct rp_frame *f);
/* Records were left out of the input. */
void emissions_thin(struct emissions *es);

/* Write out what is in hand. */
RP_CHECKED enum rp_status emissions_flush(struct emissions *es);

/* For checkpoints, once the books are there and the outputs are open. */
void emissions_archive(struct emissions *es, struct rp_archive *ar);

/* ---- for kinds ---- */

static inline void *
emission_state(const struct emission *e, struct book *book)
{
	return (char *)book->state + e->state;
}

/* By --on-gap. */
static inline bool
emission_shows(const struct emission *e, const struct book *book)
{
	return book->lob.state == RP_LOB_VALID || !e->drop;
}

/* RP_VIEW_STALE and the like, for tflags of a view of the book. */
uint16_t emission_tflags(const struct book *book);

/*
 * A record in the making, where it will stand in the output: its header says
 * what the cause does, it is LAST, and its payload is not yet set. Nothing is
 * written before emission_add. NULL: the output failed, and cli has why.
 */
struct rp_record *emission_place(struct emission *e,
    const struct rp_cause *cause, uint16_t type, uint32_t len);
RP_CHECKED enum rp_status emission_add(
    struct emission *e, struct rp_record *rec, const struct book *book);

/* The failure of a kind that has no memory. */
enum rp_status emission_no_memory(struct emission *e);

extern const struct emission_kind emission_bbo, emission_book, emission_level,
    emission_tbbo, emission_cbbo, emission_snapshot, emission_queue,
    emission_features, emission_bars;

#endif
