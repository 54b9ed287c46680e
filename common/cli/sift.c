/* Records that no reader of their fields can make sense of, left out. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/private.h"
#include "cli/sift.h"
#include "types/text.h"
#include "types/types.h"

/* Bytes of the text that says where a record is. */
enum { PLACE_ROOM = 512 };

void
rp_sift_init(
    struct rp_sift *s, struct rp_input *in, const struct rp_select *select)
{
	*s = (struct rp_sift){ .in = in, .select = select };
}

void
rp_sift_free(struct rp_sift *s)
{
	rp_buffer_free(&s->rows);
	rp_buffer_free(&s->gone);
}

/*
 * The number of a record in its frame as it came, from 1. Records are asked
 * for in their order, mostly: each is counted on from the one before.
 */
static uint32_t
number_of(
    struct rp_sift *s, const struct rp_frame *f, const struct rp_record *rec)
{
	const uint32_t *gone = (const uint32_t *)(const void *)s->gone.data;
	const size_t n_gone =
	    f->rows == s->rows.data ? s->gone.len / sizeof(*gone) : 0;

	if (s->last == NULL || s->last > rec) {
		s->last = NULL;
		s->last_number = 0;
		s->n_passed = 0;
	}
	while (
	    s->last != rec && (s->last = rp_frame_next(f, s->last)) != NULL) {
		s->last_number++;
		while (s->n_passed < n_gone &&
		    gone[s->n_passed] == s->last_number) {
			s->last_number++;
			s->n_passed++;
		}
	}
	return s->last_number;
}

/* "day.rps: frame 3 at byte 786612: record 17: mbo record, seq 5", without the
 * last where there is none */
static void
put_place(struct rp_sift *s, const struct rp_frame *f,
    const struct rp_record *rec, char text[static PLACE_ROOM])
{
	char type[8], seq[32] = "";

	if (rec->seq != 0)
		snprintf(seq, sizeof(seq), ", seq %" PRIu64, rec->seq);
	snprintf(text, PLACE_ROOM,
	    "%.300s: frame %" PRIu64 " at byte %" PRIu64 ": record %" PRIu32
	    ": %s record%s",
	    rp_input_label(s->in), f->number, f->offset, number_of(s, f, rec),
	    rp_type_name(rec->type, type), seq);
}

void
rp_sift_place(
    struct rp_sift *s, const struct rp_frame *f, const struct rp_record *rec)
{
	char place[PLACE_ROOM];

	put_place(s, f, rec, place);
	rp_error_prefix(&s->in->cli->error, "%s", place);
}

enum rp_status
rp_sift_reject(struct rp_sift *s, const struct rp_frame *f,
    const struct rp_record *rec, const char *why)
{
	char place[PLACE_ROOM], *text = malloc(2 * (size_t)rec->len + 1);
	enum rp_status st;

	if (text == NULL)
		return rp_error_no_memory(&s->in->cli->error);
	put_place(s, f, rec, place);
	st = rp_cli_reject(s->in->cli, text,
	    rp_text_hex(text, rec->payload, rec->len), "%s: %s", place, why);
	free(text);
	return st;
}

/* One less of its type; a type that has none left goes. */
static void
discount(struct rp_sift *s, uint16_t type, uint32_t *n)
{
	uint32_t i = 0;

	while (s->types[i].type != type)
		i++;
	if (--s->types[i].records > 0)
		return;
	(*n)--;
	memmove(&s->types[i], &s->types[i + 1], (*n - i) * sizeof(s->types[0]));
}

/* Let f be what was kept, in memory of ours: it is no stored frame any more. */
static void
replace(struct rp_sift *s, struct rp_frame *f, uint32_t n_types)
{
	uint32_t i;

	f->head.records = 0;
	for (i = 0; i < n_types; i++)
		f->head.records += s->types[i].records;
	f->types = s->types;
	f->n_types = n_types;
	s->last = NULL; /* it is of the frame as it was */
	f->rows = s->rows.data;
	f->rows_end = s->rows.data + s->rows.len;
	f->stored = NULL;
	f->file = 0;
}

/* The same frame without its bad records, the first of which is bad. */
static enum rp_status
leave_out(struct rp_sift *s, struct rp_frame *f, const struct rp_record *bad)
{
	const struct rp_record *rec = bad;
	uint32_t n_types = f->n_types;
	enum rp_status st;
	const char *why;

	memcpy(s->types, f->types, n_types * sizeof(s->types[0]));
	s->rows.len = 0;
	if (rp_buffer_reserve(&s->rows, (size_t)(f->rows_end - f->rows)) !=
	    RP_OK)
		return rp_error_no_memory(&s->in->cli->error);
	st = rp_buffer_add(
	    &s->rows, f->rows, (size_t)((const uint8_t *)bad - f->rows));
	for (; st == RP_OK && rec != NULL; rec = rp_frame_next(f, rec)) {
		why = rp_record_fault(rp_type_by_id(rec->type), rec);
		if (why == NULL ||
		    (s->select != NULL &&
			!rp_select_has_type(s->select, rec->type))) {
			st = rp_buffer_add(&s->rows, rec, rp_record_size(rec));
		} else {
			st = rp_sift_reject(s, f, rec, why);
			if (st == RP_OK &&
			    rp_buffer_add(&s->gone, &s->last_number,
				sizeof(s->last_number)) != RP_OK)
				st = rp_error_no_memory(&s->in->cli->error);
			discount(s, rec->type, &n_types);
		}
	}
	if (st == RP_OK)
		replace(s, f, n_types);
	return st;
}

/* By what the directory says of lengths, no record can be bad. */
static bool
all_good(const struct rp_sift *s, const struct rp_frame *f)
{
	for (uint32_t i = 0; i < f->n_types; i++) {
		const struct rp_type *t = rp_type_by_id(f->types[i].type);

		if (t == NULL ||
		    (s->select != NULL &&
			!rp_select_has_type(s->select, t->id)))
			continue;
		if (t->id == RP_BOOK || f->types[i].fixed_len < t->min_len)
			return false;
	}
	return true;
}

enum rp_status
rp_sift_rows(struct rp_sift *s, struct rp_frame *f)
{
	enum rp_status st = rp_input_rows(s->in, f);
	const struct rp_type *t = NULL;
	const struct rp_record *rec = NULL;
	uint32_t type = UINT32_MAX;

	s->last = NULL;
	s->gone.len = 0;
	if (st != RP_OK || f->head.kind != RP_DATA || all_good(s, f))
		return st;
	while ((rec = rp_frame_next(f, rec)) != NULL) {
		if (rec->type != type) {
			type = rec->type;
			t = rp_type_by_id(rec->type);
			if (s->select != NULL &&
			    !rp_select_has_type(s->select, rec->type))
				t = NULL;
		}
		if (rp_record_fault(t, rec) != NULL)
			return leave_out(s, f, rec);
	}
	return RP_OK;
}
