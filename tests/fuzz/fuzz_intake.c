/*
 * What an intake makes of bytes that are packed, or are not: the same in one
 * piece as in pieces whose sizes the first byte chooses, with the same end.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "import/intake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* a bomb is not worth more than this */
enum { ENOUGH = 1 << 20 };

static void
must(bool holds)
{
	if (!holds)
		abort();
}

struct pieces {
	const uint8_t *at, *end;
	size_t size;
	bool pause; /* every other call finds nothing */
};

static enum rp_status
read_piece(void *arg, uint8_t *dst, size_t cap, size_t *n, int ms,
    struct rp_error *err)
{
	struct pieces *p = arg;

	(void)err;
	if (p->at == p->end)
		return RP_END;
	p->pause = !p->pause;
	if (p->pause && ms == 0)
		return RP_EMPTY;
	*n = (size_t)(p->end - p->at);
	if (*n > p->size)
		*n = p->size;
	if (*n > cap)
		*n = cap;
	memcpy(dst, p->at, *n);
	p->at += *n;
	return RP_OK;
}

/* All that there is, or enough of it, to text. */
static enum rp_status
drain(struct rp_intake *in, struct rp_buffer *text, struct rp_error *err)
{
	enum rp_status st = RP_OK;

	must(in != NULL);
	while (st == RP_OK && text->len < ENOUGH) {
		size_t n;

		st = rp_intake_need(in, 1, err);
		n = (size_t)(in->end - in->at);
		must((st == RP_OK) == (n != 0));
		if (text->len + n > ENOUGH)
			n = ENOUGH - text->len;
		if (n != 0)
			must(rp_buffer_add(text, in->at, n) == RP_OK);
		in->at += n;
		must(rp_intake_offset(in) == text->len);
	}
	must(text->len == ENOUGH || (st == RP_END) == (err->status == RP_OK));
	rp_intake_free(in);
	return st;
}

/* The same text and failure; where packed bytes are found to be bad, and how
 * much comes out before, depends on the pieces. */
static bool
is_same(const struct rp_buffer *text_a, const struct rp_error *a,
    const struct rp_buffer *text_b, const struct rp_error *b)
{
	const char *at = strstr(a->text, " packed byte ");
	size_t len = text_a->len < text_b->len ? text_a->len : text_b->len;

	if (len != 0 && memcmp(text_a->data, text_b->data, len) != 0)
		return false;
	return at == NULL
	    ? text_a->len == text_b->len && strcmp(a->text, b->text) == 0
	    : strncmp(a->text, b->text, (size_t)(at - a->text)) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rp_buffer whole = { 0 }, pieces = { 0 };
	struct rp_error err = { 0 }, err_pieces = { 0 };
	struct pieces p;
	const struct rp_intake_source source = { .arg = &p,
		.read = read_piece };
	enum rp_status st;

	if (size == 0)
		return 0;
	p = (struct pieces){
		.at = data + 1, .end = data + size, .size = 1 + data[0]
	};
	st = drain(rp_intake_memory(data + 1, size - 1), &whole, &err);
	must(drain(rp_intake_from(&source), &pieces, &err_pieces) == st);
	must(is_same(&whole, &err, &pieces, &err_pieces));
	rp_buffer_free(&whole);
	rp_buffer_free(&pieces);
	return 0;
}
