#include "book/store.h"

void
rp_store_fail(struct rp_store *s)
{
	if (s->status == RP_OK)
		s->status = RP_ERR_CORRUPT;
	s->at = s->end;
}

void
rp_store_bytes(struct rp_store *s, void *p, size_t n)
{
	if (!s->loading) {
		if (s->status == RP_OK)
			s->status = rp_buffer_add(&s->out, p, n);
		return;
	}
	if (n > (size_t)(s->end - s->at)) {
		rp_store_fail(s);
		memset(p, 0, n);
		return;
	}
	memcpy(p, s->at, n);
	s->at += n;
}

void
rp_store_bool(struct rp_store *s, bool *v)
{
	uint8_t byte = !s->loading && *v;

	rp_store_bytes(s, &byte, 1);
	rp_store_check(s, byte <= 1);
	*v = byte == 1;
}

uint64_t
rp_store_count(struct rp_store *s, uint64_t n, size_t least)
{
	rp_store_bytes(s, &n, sizeof(n));
	if (!s->loading || n <= (size_t)(s->end - s->at) / least)
		return n;
	rp_store_fail(s);
	return 0;
}
