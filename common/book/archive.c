#include "book/archive.h"

void
rp_archive_fail(struct rp_archive *ar)
{
	if (ar->status == RP_OK)
		ar->status = RP_ERR_CORRUPT;
	ar->at = ar->end;
}

void
rp_archive_bytes(struct rp_archive *ar, void *p, size_t n)
{
	if (!ar->loading) {
		if (ar->status == RP_OK)
			ar->status = rp_buffer_add(&ar->out, p, n);
		return;
	}
	if (n > (size_t)(ar->end - ar->at)) {
		rp_archive_fail(ar);
		memset(p, 0, n);
		return;
	}
	memcpy(p, ar->at, n);
	ar->at += n;
}

void
rp_archive_bool(struct rp_archive *ar, bool *v)
{
	uint8_t byte = !ar->loading && *v;

	rp_archive_bytes(ar, &byte, 1);
	rp_archive_check(ar, byte <= 1);
	*v = byte == 1;
}

uint64_t
rp_archive_count(struct rp_archive *ar, uint64_t n, size_t least)
{
	rp_archive_bytes(ar, &n, sizeof(n));
	if (!ar->loading || n <= (size_t)(ar->end - ar->at) / least)
		return n;
	rp_archive_fail(ar);
	return 0;
}
