#include "wire/codec.h"

#include <lz4.h>
#include <lz4frame.h>
#include <lz4hc.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "wire/frame.h"

/*
 * Above this level zstd is told the size: its tables then fit the frame, where
 * level 19 would take 80 MiB. Level 1 fits anyhow, and chooses better untold.
 */
enum { UNTOLD_LEVEL = 1 };

void
rp_codec_state_free(struct rp_codec_state *s)
{
	if (s == NULL)
		return;
	ZSTD_freeDCtx(s->zstd_in);
	ZSTD_freeCCtx(s->zstd_out);
	free(s->lz4_hc);
	*s = (struct rp_codec_state){ 0 };
}

static enum rp_status
lz4_compress(struct rp_codec_state *s, int level, const uint8_t *in, size_t len,
    size_t limit, struct rp_buffer *out)
{
	int n;

	if (level >= LZ4HC_CLEVEL_MIN) {
		if (s->lz4_hc == NULL &&
		    (s->lz4_hc = malloc((size_t)LZ4_sizeofStateHC())) == NULL)
			return RP_ERR_NOMEM;
		n = LZ4_compress_HC_extStateHC(s->lz4_hc, (const char *)in,
		    (char *)out->data, (int)len, (int)limit, level);
	} else {
		n = LZ4_compress_default(
		    (const char *)in, (char *)out->data, (int)len, (int)limit);
	}
	if (n <= 0)
		return RP_EMPTY;
	out->len = (size_t)n;
	return RP_OK;
}

/*
 * A block of its own for each stretch between cuts: planes differ in their
 * statistics, and a block of zstd's own choosing would straddle them.
 */
static enum rp_status
zstd_compress(struct rp_codec_state *s, int level, const uint8_t *in,
    size_t len, const uint32_t *cuts, size_t n_cuts, size_t limit,
    struct rp_buffer *out)
{
	ZSTD_outBuffer to = { out->data, limit, 0 };
	ZSTD_inBuffer from = { in, 0, 0 };
	size_t left;

	if (s->zstd_out == NULL && (s->zstd_out = ZSTD_createCCtx()) == NULL)
		return RP_ERR_NOMEM;
	ZSTD_CCtx_reset(s->zstd_out, ZSTD_reset_session_and_parameters);
	ZSTD_CCtx_setParameter(
	    s->zstd_out, ZSTD_c_compressionLevel, level != 0 ? level : 1);
	if (level > UNTOLD_LEVEL)
		ZSTD_CCtx_setPledgedSrcSize(s->zstd_out, len);
	for (size_t i = 0; i <= n_cuts; i++) {
		ZSTD_EndDirective op = i < n_cuts ? ZSTD_e_flush : ZSTD_e_end;

		from.size = i < n_cuts ? cuts[i] : len;
		do {
			left =
			    ZSTD_compressStream2(s->zstd_out, &to, &from, op);
			if (ZSTD_isError(left) ||
			    (left != 0 && to.pos == to.size))
				return RP_EMPTY;
		} while (left != 0 || from.pos < from.size);
	}
	out->len = to.pos;
	return RP_OK;
}

enum rp_status
rp_codec_compress(struct rp_codec_state *s, int codec, int level,
    const uint8_t *in, size_t len, const uint32_t *cuts, size_t n_cuts,
    size_t limit, struct rp_buffer *out)
{
	enum rp_status st;

	out->len = 0;
	if (len == 0 || limit == 0)
		return RP_EMPTY;
	if ((st = rp_buffer_reserve(out, limit)) != RP_OK)
		return st;
	if (codec == RP_CODEC_LZ4)
		return lz4_compress(s, level, in, len, limit, out);
	return zstd_compress(s, level, in, len, cuts, n_cuts, limit, out);
}

/* The number of bytes that a library wrote, or its failure. */
static enum rp_status
packed(struct rp_buffer *out, bool failed, size_t n)
{
	if (failed)
		return RP_ERR_NOMEM;
	out->len += n;
	return RP_OK;
}

enum rp_status
rp_codec_pack(struct rp_codec_state *s, int codec, int level, const uint8_t *in,
    size_t len, struct rp_buffer *out)
{
	const LZ4F_preferences_t lz4 = { .frameInfo.blockSizeID = LZ4F_max4MB,
		.compressionLevel = level };
	const size_t room = codec == RP_CODEC_LZ4
	    ? LZ4F_compressFrameBound(len, &lz4)
	    : ZSTD_compressBound(len);
	size_t n;

	if (out->len + room > out->cap &&
	    rp_buffer_reserve(out, 2 * (out->len + room)) != RP_OK)
		return RP_ERR_NOMEM;
	if (codec == RP_CODEC_LZ4) {
		n = LZ4F_compressFrame(
		    out->data + out->len, room, in, len, &lz4);
		return packed(out, LZ4F_isError(n), n);
	}
	if (s->zstd_out == NULL && (s->zstd_out = ZSTD_createCCtx()) == NULL)
		return RP_ERR_NOMEM;
	n = ZSTD_compressCCtx(s->zstd_out, out->data + out->len, room, in, len,
	    level != 0 ? level : 1);
	return packed(out, ZSTD_isError(n), n);
}

enum rp_status
rp_codec_decompress(struct rp_codec_state *s, int codec, const uint8_t *in,
    size_t len, uint8_t *out, size_t out_len)
{
	size_t n;

	if (codec == RP_CODEC_LZ4) {
		int got = LZ4_decompress_safe(
		    (const char *)in, (char *)out, (int)len, (int)out_len);

		return got >= 0 && (size_t)got == out_len ? RP_OK
							  : RP_ERR_CORRUPT;
	}
	if (s->zstd_in == NULL && (s->zstd_in = ZSTD_createDCtx()) == NULL)
		return RP_ERR_NOMEM;
	if (ZSTD_findFrameCompressedSize(in, len) != len) /* one frame */
		return RP_ERR_CORRUPT;
	n = ZSTD_decompressDCtx(s->zstd_in, out, out_len, in, len);
	return !ZSTD_isError(n) && n == out_len ? RP_OK : RP_ERR_CORRUPT;
}

enum {
	FRAME_START = 5, /* bytes after which both tell how many they want */
	ZSTD_BLOCK_HEAD = 3,
	LZ4_BLOCK_HEAD = 4
};

/*
 * Bytes to the end of a block, not with the head of the next, which they want
 * too: a call that fails keeps to itself what it has unpacked by then.
 */
static size_t
one_block(const struct rp_unpacker *u, size_t head, size_t n)
{
	size_t want = u->inside ? u->next : FRAME_START;

	if (want > head)
		want -= head;
	return want < n ? want : n;
}

enum rp_status
rp_unzstd_step(struct rp_unpacker *u, const uint8_t **in, const uint8_t *in_end,
    uint8_t **out, uint8_t *out_end)
{
	ZSTD_inBuffer from = { *in,
		one_block(u, ZSTD_BLOCK_HEAD, (size_t)(in_end - *in)), 0 };
	ZSTD_outBuffer to = { *out, (size_t)(out_end - *out), 0 };
	size_t left;

	if (u->context == NULL && (u->context = ZSTD_createDCtx()) == NULL)
		return RP_ERR_NOMEM;
	left = ZSTD_decompressStream(u->context, &to, &from);
	*in += from.pos;
	*out += to.pos;
	if (!ZSTD_isError(left)) {
		u->inside = left != 0;
		u->next = left;
		return RP_OK;
	}
	switch (ZSTD_getErrorCode(left)) {
	case ZSTD_error_memory_allocation:
		return RP_ERR_NOMEM;
	case ZSTD_error_frameParameter_windowTooLarge:
		return RP_ERR_LIMIT;
	default:
		return RP_ERR_CORRUPT;
	}
}

void
rp_unzstd_free(struct rp_unpacker *u)
{
	ZSTD_freeDCtx(u->context);
	*u = (struct rp_unpacker){ 0 };
}

enum rp_status
rp_zstd_begin(struct rp_packer *p, int level)
{
	if (p->context == NULL && (p->context = ZSTD_createCCtx()) == NULL)
		return RP_ERR_NOMEM;
	(void)ZSTD_CCtx_reset(p->context, ZSTD_reset_session_and_parameters);
	(void)ZSTD_CCtx_setParameter(
	    p->context, ZSTD_c_compressionLevel, level);
	(void)ZSTD_CCtx_setParameter(p->context, ZSTD_c_checksumFlag, 1);
	return RP_OK;
}

enum rp_status
rp_zstd_step(struct rp_packer *p, const uint8_t **in, const uint8_t *in_end,
    uint8_t **out, uint8_t *out_end, bool end, bool *done)
{
	ZSTD_inBuffer from = { *in, (size_t)(in_end - *in), 0 };
	ZSTD_outBuffer to = { *out, (size_t)(out_end - *out), 0 };
	size_t left = ZSTD_compressStream2(
	    p->context, &to, &from, end ? ZSTD_e_end : ZSTD_e_continue);

	if (ZSTD_isError(left))
		return RP_ERR_NOMEM;
	*in += from.pos;
	*out += to.pos;
	*done = end && left == 0;
	return RP_OK;
}

void
rp_zstd_free(struct rp_packer *p)
{
	ZSTD_freeCCtx(p->context);
	*p = (struct rp_packer){ 0 };
}

enum rp_status
rp_unlz4_step(struct rp_unpacker *u, const uint8_t **in, const uint8_t *in_end,
    uint8_t **out, uint8_t *out_end)
{
	size_t from = one_block(u, LZ4_BLOCK_HEAD, (size_t)(in_end - *in));
	size_t to = (size_t)(out_end - *out);
	LZ4F_dctx *context = u->context;
	size_t left;

	if (context == NULL) {
		left = LZ4F_createDecompressionContext(&context, LZ4F_VERSION);
		if (LZ4F_isError(left))
			return RP_ERR_NOMEM;
		u->context = context;
	}
	left = LZ4F_decompress(context, *out, &to, *in, &from, NULL);
	if (LZ4F_isError(left))
		return RP_ERR_CORRUPT;
	*in += from;
	*out += to;
	u->inside = left != 0;
	u->next = left;
	return RP_OK;
}

void
rp_unlz4_free(struct rp_unpacker *u)
{
	LZ4F_freeDecompressionContext(u->context);
	*u = (struct rp_unpacker){ 0 };
}

void
rp_codec_versions(char *buf, size_t len)
{
	snprintf(buf, len, "libzstd %s, liblz4 %s", ZSTD_versionString(),
	    LZ4_versionString());
}

enum rp_status
rp_codec_level_check(int codec, int level)
{
	int low = codec == RP_CODEC_ZSTD ? ZSTD_minCLevel() : 0;
	int high = codec == RP_CODEC_ZSTD ? ZSTD_maxCLevel()
	    : codec == RP_CODEC_LZ4       ? LZ4HC_CLEVEL_MAX
					  : 0;

	return level >= low && level <= high ? RP_OK : RP_ERR_USAGE;
}
