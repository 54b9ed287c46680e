#include "import/held.h"

#include "wire/writer.h"

void
rp_held_free(struct rp_held *h)
{
	rp_buffer_free(&h->held);
	rp_buffer_free(&h->next);
}

static struct rp_record *
record(const struct rp_buffer *b)
{
	return (struct rp_record *)(void *)b->data;
}

struct rp_record *
rp_held_room(struct rp_held *h, size_t len)
{
	size_t size = sizeof(struct rp_record) + rp_align8(len);

	return rp_buffer_reserve(&h->next, size) == RP_OK ? record(&h->next)
							  : NULL;
}

enum rp_status
rp_held_flush(struct rp_held *h, struct rp_import *im, bool over)
{
	struct rp_record *rec = record(&h->held);

	if (!h->holding)
		return RP_OK;
	if (over)
		rec->flags |= RP_LAST;
	h->holding = false;
	return rp_writer_add(im->out, rec, h->symbol, h->source) == RP_OK
	    ? RP_OK
	    : rp_import_write_failed(im);
}

enum rp_status
rp_held_put(struct rp_held *h, struct rp_import *im, struct rp_label *symbol,
    struct rp_label *source)
{
	const struct rp_buffer made = h->next;
	enum rp_status st = RP_OK;

	if (h->holding)
		st = rp_held_flush(h, im,
		    record(&h->held)->ts_recv != record(&made)->ts_recv ||
			h->symbol != symbol || h->source != source);
	h->next = h->held;
	h->held = made;
	h->symbol = symbol;
	h->source = source;
	h->holding = true;
	return st;
}
