#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

enum rp_status
rp_buffer_reserve(struct rp_buffer *b, size_t n)
{
	size_t cap = b->cap != 0 ? b->cap : 256;
	uint8_t *p;

	if (n <= b->cap)
		return RP_OK;
	while (cap < n)
		cap += cap / 2 + 64;
	/* a large request is met exactly: memory bounds are documented */
	if (n >= 1 << 16)
		cap = n;
	if ((p = realloc(b->data, cap)) == NULL)
		return RP_ERR_NOMEM;
	b->data = p;
	b->cap = cap;
	return RP_OK;
}

enum rp_status
rp_buffer_add(struct rp_buffer *b, const void *p, size_t n)
{
	enum rp_status st;
	size_t want = b->len + n;

	/* an append that grows a large buffer doubles it */
	if (want > b->cap && want >= 1 << 16 && want < 2 * b->cap)
		want = 2 * b->cap;
	if ((st = rp_buffer_reserve(b, want)) != RP_OK)
		return st;
	if (n != 0)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	return RP_OK;
}

void
rp_buffer_free(struct rp_buffer *b)
{
	if (b == NULL)
		return;
	free(b->data);
	*b = (struct rp_buffer){ 0 };
}
