/*
 * The selection that rp-read and rp-filter share: times, seqs, symbols,
 * types, sources, flags and an expression, all of which a record must meet.
 * What is not asked for is not tested. Within a frame only that is tested
 * which its header and directory leave open.
 */
#ifndef RP_EXPR_SELECT_H
#define RP_EXPR_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/time.h"
#include "expr/expr.h"
#include "types/times.h"
#include "wire/frame.h"

struct rp_select;

/* A selection that everything passes. NULL: no memory. */
struct rp_select *rp_select_new(void);
void rp_select_free(struct rp_select *sel);

/* ---- what to select: RP_OK, RP_ERR_USAGE with a reason, RP_ERR_NOMEM ---- */

/* "UTC", "+01:00", "America/Chicago": for what follows; at most once. */
RP_CHECKED enum rp_status rp_select_zone(
    struct rp_select *sel, const char *zone, struct rp_error *err);

/* That zone, or NULL for UTC; it is valid as long as sel is. */
struct rp_zone *rp_select_its_zone(struct rp_select *sel);

/* From (inclusive) and to (exclusive), each as rp_when_parse reads it or NULL;
 * of records without ts_event none passes by RP_CLOCK_EVENT. A reason starts
 * with "from: " or "to: ". */
RP_CHECKED enum rp_status rp_select_times(struct rp_select *sel,
    const char *from, const char *to, enum rp_clock clock,
    struct rp_error *err);

/* "A..B", both included; "A..", "..B", "A". */
RP_CHECKED enum rp_status rp_select_seq(
    struct rp_select *sel, const char *range, struct rp_error *err);

/* A name, a glob, or @FILE: a name or glob a line. Repeatable: any of them. */
RP_CHECKED enum rp_status rp_select_symbol(
    struct rp_select *sel, const char *pattern, struct rp_error *err);
RP_CHECKED enum rp_status rp_select_source(
    struct rp_select *sel, const char *pattern, struct rp_error *err);

/* Names of types, globs of them, Databento's names of schemas, numbers;
 * separated by commas, or @FILE. Repeatable: any of them. */
RP_CHECKED enum rp_status rp_select_type(
    struct rp_select *sel, const char *names, struct rp_error *err);

/* "i/n": part i of n, from 1, by symbol (expr/shard.h). At most once. */
RP_CHECKED enum rp_status rp_select_shard(
    struct rp_select *sel, const char *text, struct rp_error *err);

/* "last,!snapshot": flags that are set and, with !, not set. */
RP_CHECKED enum rp_status rp_select_flags(
    struct rp_select *sel, const char *names, struct rp_error *err);

/* An expression; see rp_expr_compile. At most one. */
RP_CHECKED enum rp_status rp_select_where(
    struct rp_select *sel, const char *expr, struct rp_error *err);

/* ---- what is asked for ---- */

/* Names in the expression that only a schema may know (rp_expr_guesses). */
size_t rp_select_guesses(
    const struct rp_select *sel, const struct rp_guess **guesses);

/* Can it drop anything but whole symbols, sources, types or times? Then what
 * it lets through is THINNED (rp-stream(5)). */
bool rp_select_thins(const struct rp_select *sel);

/* Does every record pass? */
bool rp_select_is_all(const struct rp_select *sel);

/* Is a type among those asked for by rp_select_type, or none was? */
bool rp_select_has_type(const struct rp_select *sel, uint16_t id);

/* Do the times depend on the time of the stream's first record? */
bool rp_select_needs_start(const struct rp_select *sel);

/*
 * Say when the stream starts (ns, its first ts_recv). Not said, the ts_min of
 * the first frame counts. A second call changes nothing.
 */
void rp_select_start(struct rp_select *sel, int64_t first);

/*
 * Where a log may seek to: only records with seq in [*seq_min, *seq_max] and
 * ts_recv in [*ts_min, *ts_max] can pass. Times that depend on the start are
 * open until it is known.
 */
struct rp_select_range {
	uint64_t seq_min, seq_max;
	int64_t ts_min, ts_max;
};
void rp_select_range(const struct rp_select *sel, struct rp_select_range *r);

/* ---- selecting ---- */

/*
 * Start on a DATA frame: its verdict from header and directory. RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_select_frame(
    struct rp_select *sel, const struct rp_frame *f, enum rp_verdict *verdict);

/* Does a record of the frame that was started on pass? */
bool rp_select_record(struct rp_select *sel, const struct rp_frame *f,
    const struct rp_record *rec);

#endif
