#include "store/packing.h"

enum { PACKED = 128 << 10 /* bytes that are put at once */ };

enum rp_status
rp_packing_begin(struct rp_packing *p, int level, struct rp_error *err)
{
	*p = (struct rp_packing){ .on = level != 0 };
	return level == 0 || rp_zstd_begin(&p->packer, level) == RP_OK
	    ? RP_OK
	    : rp_error_no_memory(err);
}

static enum rp_status
step(struct rp_packing *p, struct rp_put *put, const uint8_t *from, size_t len,
    bool end, struct rp_error *err)
{
	uint8_t packed[PACKED];
	const uint8_t *until = from + len;
	enum rp_status st = RP_OK;
	bool done = false;

	while (st == RP_OK && (from < until || (end && !done))) {
		uint8_t *to = packed;

		if (rp_zstd_step(&p->packer, &from, until, &to,
			packed + sizeof(packed), end, &done) != RP_OK)
			return rp_error_no_memory(err);
		st = rp_put_write(put, packed, (size_t)(to - packed), err);
	}
	return st;
}

enum rp_status
rp_packing_write(struct rp_packing *p, struct rp_put *put, const void *data,
    size_t len, struct rp_error *err)
{
	return p->on ? step(p, put, data, len, false, err)
		     : rp_put_write(put, data, len, err);
}

enum rp_status
rp_packing_end(struct rp_packing *p, struct rp_put *put, struct rp_error *err)
{
	static const uint8_t none[1];

	return p->on ? step(p, put, none, 0, true, err) : RP_OK;
}

void
rp_packing_free(struct rp_packing *p)
{
	rp_zstd_free(&p->packer);
}
