/* Inside wire/: the packing of directories; the rest is in wire/frame.h. */
#ifndef RP_WIRE_DIRECTORY_H
#define RP_WIRE_DIRECTORY_H

#include "wire/frame.h"

#define RP_DIR_NAME_SIZE 24 /* bytes of a name's entry, without its text */

/* 1 to RP_MAX_NAME bytes of UTF-8 without control characters. */
bool rp_name_is_valid(const char *text, size_t len);

/* rp_dir_decode for a plain directory whose hash need not be checked. */
RP_CHECKED enum rp_status rp_dir_decode_plain(struct rp_frame *f,
    const uint8_t *dir, size_t len, struct rp_frame_scratch *s,
    struct rp_error *err);

/* Pack a plain directory into out (overwritten). RP_EMPTY: it does not shrink. */
RP_CHECKED enum rp_status rp_dir_pack(struct rp_buffer *out, const uint8_t *dir,
    size_t len, const struct rp_encoding *enc, struct rp_frame_scratch *s);

#endif
