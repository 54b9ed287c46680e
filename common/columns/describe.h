/* What a stream says about itself - headers of frames and notes - as text for
 * people or as JSON. */
#ifndef RP_COLUMNS_DESCRIBE_H
#define RP_COLUMNS_DESCRIBE_H

#include <stdbool.h>

#include "base/error.h"
#include "columns/out.h"
#include "types/text.h"
#include "wire/frame.h"

/* A line for a frame: its place, kind, ranges and sum. */
RP_CHECKED enum rp_status rp_describe_frame(
    struct rp_out *out, const struct rp_frame *f, struct rp_text_style *style);
RP_CHECKED enum rp_status rp_describe_frame_json(struct rp_out *out,
    const struct rp_frame *f, struct rp_text_style *style, bool numbers);

/* The text of a NOTE: its lines, each after "note: ", or {"note":"..."}. */
RP_CHECKED enum rp_status rp_describe_note(
    struct rp_out *out, const struct rp_frame *f);
RP_CHECKED enum rp_status rp_describe_note_json(
    struct rp_out *out, const struct rp_frame *f);

#endif
