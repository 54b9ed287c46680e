/*
 * Inside import/: Arrow IPC out of an intake, as rows of texts. A file and a
 * stream are read alike, from front to back; any number of either may follow
 * each other.
 */
#ifndef RP_IMPORT_ARROW_H
#define RP_IMPORT_ARROW_H

#include "arrow/ipc_read.h"
#include "import/import.h"

/* The texts of a dictionary, by their numbers. */
struct rp_arrow_dictionary {
	int64_t id;
	struct rp_arrow_field field; /* of its values */
	bool come; /* once at least */
	uint32_t n;
	struct rp_buffer entries; /* of bytes: where, and how long */
	struct rp_buffer bytes;
	struct rp_arrow_batch batch;
};

struct rp_arrow_source {
	struct rp_arrow_schema schema;
	struct rp_arrow_batch batch; /* the last one */
	uint64_t row; /* of it, at hand: for messages */
	uint64_t n_batches;
	/* within */
	struct rp_arrow_head head; /* of the message at hand */
	struct rp_buffer meta, body; /* of it */
	struct rp_buffer held; /* batches before their dictionaries ... */
	size_t held_at; /* ... of which those from here on are left */
	struct rp_arrow_dictionary *dictionaries; /* those that are wanted */
	size_t n_dictionaries;
	bool file; /* it began with the magic */
	bool begun; /* its schema is read */
	bool ended; /* there was the mark of its end */
	bool in_footer;
	uint64_t start; /* where it begins, as offset in the intake */
	uint64_t at; /* where the message at hand begins */
	uint64_t n_messages; /* read of it */
	struct rp_arrow_contents contents; /* of a file */
};

void rp_arrow_source_free(struct rp_arrow_source *s);

/* Do these first bytes begin a file or a stream? */
bool rp_arrow_probe(const uint8_t *p, size_t len);

/* The same of an input, of which no more is waited for than tells. */
bool rp_arrow_peek(struct rp_intake *in);

/*
 * Read on, up to a schema, for which *fresh is set, or a batch, for which it is
 * not. RP_END: the input is over. A failure is that of im.
 */
RP_CHECKED enum rp_status rp_arrow_next(
    struct rp_arrow_source *s, struct rp_import *im, bool *fresh);

/*
 * After a schema: read this field (a column, or what is within one), with what
 * its dictionary has. RP_ERR_UNSUPPORTED, of im: its values are no texts.
 */
RP_CHECKED enum rp_status rp_arrow_want(
    struct rp_arrow_source *s, struct rp_import *im, size_t field);

/*
 * The text of row of an array of the batch that is wanted, as rp_arrow_text; of
 * a dictionary, too; hex not NULL: as hex digits, which are put there.
 * RP_ERR_CORRUPT: its dictionary has no such entry; RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_arrow_cell(const struct rp_arrow_source *s,
    const struct rp_arrow_array *a, uint64_t row,
    char buf[static RP_ARROW_TEXT_ROOM], struct rp_buffer *hex,
    struct rp_flat_text *text);

/* Fail im for one of the last two. */
enum rp_status rp_arrow_cell_failed(const struct rp_arrow_source *s,
    struct rp_import *im, const struct rp_arrow_array *a, enum rp_status st);

/* ---- within ---- */

/* The dictionary of the message at hand, if it is wanted. */
RP_CHECKED enum rp_status rp_arrow_dictionary_read(
    struct rp_arrow_source *s, struct rp_import *im);

/* Have all come that are wanted? */
bool rp_arrow_dictionaries_come(const struct rp_arrow_source *s);

/* ---- failures ---- */

/* Fail im at the message at hand. */
enum rp_status rp_arrow_fail(const struct rp_arrow_source *s,
    struct rp_import *im, enum rp_status st, const char *fmt, ...)
    RP_PRINTF(4, 5);

/* Reject the row at hand, which is met by that. RP_ERR_NOMEM as well. */
RP_CHECKED enum rp_status rp_arrow_reject(
    struct rp_arrow_source *s, struct rp_import *im, const char *why);

#endif
