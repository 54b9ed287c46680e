#include "import/unpack.h"

#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

#include "base/bytes.h"

/*
 * zstd's magic numbers (RFC 8878, 3.1.1 and 3.1.2). A file may begin with a
 * skippable frame; so does a .dbz, which is not meant to be read as zstd.
 */
static bool
is_zstd(const uint8_t *p, size_t len)
{
	if (len < 4)
		return false;
	if (rp_le32(p) == 0xfd2fb528)
		return true;
	return (rp_le32(p) & 0xfffffff0) == 0x184d2a50 &&
	    !(len >= 11 && memcmp(p + 8, "DBZ", 3) == 0);
}

static bool
is_lz4(const uint8_t *p, size_t len)
{
	return len >= 4 && rp_le32(p) == 0x184d2204;
}

/* RFC 1952, 2.3.1: two bytes of magic, then deflate, the only method. */
static bool
is_gzip(const uint8_t *p, size_t len)
{
	return len >= 3 && memcmp(p, "\x1f\x8b\x08", 3) == 0;
}

/* zlib's window of 32 KiB with gzip's header and trailer around it */
enum { GZIP_BITS = 15 + 16 };

static enum rp_status
gzip_begin(struct rp_unpacker *u)
{
	z_stream *z = u->context;

	if (z != NULL)
		return inflateReset(z) == Z_OK ? RP_OK : RP_ERR_CORRUPT;
	if ((z = calloc(1, sizeof(*z))) == NULL)
		return RP_ERR_NOMEM;
	if (inflateInit2(z, GZIP_BITS) != Z_OK) {
		free(z);
		return RP_ERR_NOMEM;
	}
	u->context = z;
	return RP_OK;
}

/* Members follow one another (RFC 1952, 2.2): bgzip writes many. Zeros behind
 * one are padding, as of blocks on a tape. */
static enum rp_status
gzip_step(struct rp_unpacker *u, const uint8_t **in, const uint8_t *in_end,
    uint8_t **out, uint8_t *out_end)
{
	enum rp_status st;
	z_stream *z;
	int r;

	while (!u->inside && u->context != NULL && *in < in_end && **in == 0)
		++*in;
	if (*in == in_end)
		return RP_OK;
	if (!u->inside && (st = gzip_begin(u)) != RP_OK)
		return st;
	z = u->context;
	z->next_in = *in;
	z->avail_in = (uInt)(in_end - *in);
	z->next_out = *out;
	z->avail_out = (uInt)(out_end - *out);
	r = inflate(z, Z_NO_FLUSH);
	*in = z->next_in;
	*out = z->next_out;
	u->inside = r != Z_STREAM_END;
	if (r == Z_MEM_ERROR)
		return RP_ERR_NOMEM;
	/* no progress is for the caller to see */
	return r == Z_OK || r == Z_STREAM_END || r == Z_BUF_ERROR
	    ? RP_OK
	    : RP_ERR_CORRUPT;
}

static void
gzip_free(struct rp_unpacker *u)
{
	if (u->context != NULL)
		inflateEnd(u->context);
	free(u->context);
	*u = (struct rp_unpacker){ 0 };
}

static const struct rp_packing packings[] = {
	{ "zstd", is_zstd, rp_unzstd_step, rp_unzstd_free },
	{ "gzip", is_gzip, gzip_step, gzip_free },
	{ "lz4", is_lz4, rp_unlz4_step, rp_unlz4_free },
};

const struct rp_packing *
rp_packing_find(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < RP_LEN(packings); i++)
		if (packings[i].is(p, len))
			return &packings[i];
	return NULL;
}
