/* The tools that a slice is made with, as processes. */
#ifndef RP_COMPILE_STAGES_H
#define RP_COMPILE_STAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

/* A command. All zero is empty. */
struct stage {
	struct rp_buffer argv; /* char *, the last NULL */
	bool failed; /* no memory, told when it is run */
};

/* tool: "rp-read", of where we are ourselves, or of PATH. */
void stage_begin(struct stage *t, const char *tool);
void stage_addf(struct stage *t, const char *fmt, ...) RP_PRINTF(2, 3);
void stage_free(struct stage *t);

/* Run it with these descriptors, which stay the caller's; in < 0: nothing comes
 * in. It has no others. RP_ERR_IO. */
RP_CHECKED enum rp_status stage_run(
    struct stage *t, int in, int out, int told, int *pid, struct rp_error *err);

/* The last line of what it told, without control characters; false: none. */
bool stage_last_words(int told, char *text, size_t size);

#endif
