/* Codecs of frames: lz4 and zstd, one block or frame at a time. */
#ifndef RP_WIRE_CODEC_H
#define RP_WIRE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

/* Contexts that are kept between frames; all zero is valid. */
struct rp_codec_state {
	void *zstd_in, *zstd_out, *lz4_hc;
};
void rp_codec_state_free(struct rp_codec_state *s);

/*
 * Compress len bytes into out (overwritten). cuts: n_cuts ascending u32
 * offsets at which the kind of data changes, or NULL. RP_EMPTY: it would not
 * shrink below limit bytes.
 */
RP_CHECKED enum rp_status rp_codec_compress(struct rp_codec_state *s, int codec,
    int level, const uint8_t *in, size_t len, const uint32_t *cuts,
    size_t n_cuts, size_t limit, struct rp_buffer *out);

/*
 * Append len bytes to out as a frame of that codec as other programs read it:
 * of zstd, or in lz4's frame format. RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_codec_pack(struct rp_codec_state *s, int codec,
    int level, const uint8_t *in, size_t len, struct rp_buffer *out);

/* Decompress into exactly out_len bytes, or RP_ERR_CORRUPT, RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_codec_decompress(struct rp_codec_state *s,
    int codec, const uint8_t *in, size_t len, uint8_t *out, size_t out_len);

/*
 * zstd and lz4 as streams of any number of frames, as vendors' files are
 * packed. All zero is valid. A step moves *in and *out as far as it gets;
 * inside says that a frame is open: input that ends there was cut short.
 * RP_ERR_CORRUPT, RP_ERR_LIMIT (a window above 128 MiB), RP_ERR_NOMEM.
 */
struct rp_unpacker {
	void *context;
	bool inside;
	size_t next; /* bytes that it wants next */
};
RP_CHECKED enum rp_status rp_unzstd_step(struct rp_unpacker *u,
    const uint8_t **in, const uint8_t *in_end, uint8_t **out, uint8_t *out_end);
void rp_unzstd_free(struct rp_unpacker *u);
RP_CHECKED enum rp_status rp_unlz4_step(struct rp_unpacker *u,
    const uint8_t **in, const uint8_t *in_end, uint8_t **out, uint8_t *out_end);
void rp_unlz4_free(struct rp_unpacker *u);

/*
 * Bytes of any number to one frame of zstd. A step takes from *in and puts to
 * *out as far as it gets; end: nothing follows, go on until *done. begin may
 * be called anew. RP_ERR_NOMEM.
 */
struct rp_packer {
	void *context;
};
RP_CHECKED enum rp_status rp_zstd_begin(struct rp_packer *p, int level);
RP_CHECKED enum rp_status rp_zstd_step(struct rp_packer *p, const uint8_t **in,
    const uint8_t *in_end, uint8_t **out, uint8_t *out_end, bool end,
    bool *done);
void rp_zstd_free(struct rp_packer *p);

/* "libzstd 1.5.4, liblz4 1.9.4", as loaded. */
void rp_codec_versions(char *buf, size_t len);

/* Levels that the codec takes: RP_OK or RP_ERR_USAGE. */
RP_CHECKED enum rp_status rp_codec_level_check(int codec, int level);

#endif
