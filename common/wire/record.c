#include "wire/record.h"

#include <string.h>

void
rp_label_init(struct rp_label *label, enum rp_name_class class,
    const char *text, size_t len)
{
	*label = (struct rp_label){ .text = text,
		.hash = rp_hash(text, len),
		.len = (uint16_t)len,
		.class = (uint8_t) class,
		.slot = RP_NO_NAME };
}

bool
rp_label_same(const struct rp_label *a, const struct rp_label *b)
{
	return a->hash == b->hash && a->class == b->class && a->len == b->len &&
	    memcmp(a->text, b->text, a->len) == 0;
}
