/* The tools that a slice is made with, as processes. */
#ifndef RP_COMPILE_STAGES_H
#define RP_COMPILE_STAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

/* A command and its environment. All zero is empty. */
struct stage {
	struct rp_buffer argv, env; /* char * */
	bool failed; /* no memory, told when it is run */
};

/* tool: "rp-read", of where we are ourselves, or of PATH. */
void stage_begin(struct stage *t, const char *tool);
void stage_addf(struct stage *t, const char *fmt, ...) RP_PRINTF(2, 3);

/*
 * Its environment is ours, without what it need not know: where the queue is
 * and, unless it reads from a store, who we are there. It may be killed, and
 * what it knows lies in its core then.
 */
void stage_environment(struct stage *t, bool of_store);
/* "NAME=..." in place of ours. */
void stage_set(struct stage *t, const char *name, const char *value);
void stage_free(struct stage *t);

/* Run it with these descriptors, which stay the caller's; in < 0: nothing comes
 * in. It has no others. RP_ERR_IO. */
RP_CHECKED enum rp_status stage_run(
    struct stage *t, int in, int out, int told, int *pid, struct rp_error *err);

/* The last line of what it told, without control characters; false: none. */
bool stage_last_words(int told, char *text, size_t size);

#endif
