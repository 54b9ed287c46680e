/*
 * Assignments of rp-syntax(7): statements that change the fields of records,
 * compiled once for each record type and run on whole frames, one statement
 * after the other. Arithmetic is exact; a record for which it is not, or whose
 * value does not fit its field, is rejected.
 */
#ifndef RP_EXPR_ASSIGN_H
#define RP_EXPR_ASSIGN_H

#include "base/time.h"
#include "expr/select.h"
#include "wire/frame.h"

struct rp_assign;

/* zone (NULL: UTC) is for times without one, and stays the caller's. NULL: no
 * memory. */
struct rp_assign *rp_assign_new(struct rp_zone *zone);
void rp_assign_free(struct rp_assign *a);

/*
 * Add the statements of a text, to run after those before. err says what is
 * wrong, and in which column. RP_ERR_USAGE, RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_assign_add(
    struct rp_assign *a, const char *text, struct rp_error *err);

/*
 * Add the statement that gives symbols or sources the names of a file: old
 * name, tab, new name a line. RP_ERR_USAGE, RP_ERR_IO, RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_assign_rename(struct rp_assign *a,
    enum rp_name_class class, const char *path, struct rp_error *err);

/* The i-th name of all statements that only a schema may know (rp_expr_guesses),
 * or NULL. */
const struct rp_guess *rp_assign_guess(const struct rp_assign *a, size_t i);

/* Is ts_recv assigned? Then what a MARK says need not hold any more. */
bool rp_assign_moves_time(const struct rp_assign *a);

/*
 * Can any statement change a record of a DATA frame, decoded or not? By its
 * types, its names and its header only. RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_assign_touches(
    struct rp_assign *a, const struct rp_frame *f, bool *touches);

/* A record that is rejected, as it came, and why. Not RP_OK: stop. */
typedef enum rp_status rp_assign_reject(void *arg, const struct rp_frame *f,
    const struct rp_record *rec, const char *why);

/*
 * Run on the records of a decoded frame, or on those that sel (NULL: all)
 * selects, which has been started on the frame. RP_ERR_NOMEM, or what reject
 * returns.
 */
RP_CHECKED enum rp_status rp_assign_run(struct rp_assign *a,
    const struct rp_frame *f, struct rp_select *sel, rp_assign_reject *reject,
    void *arg);

/* The records after that, valid until the next run; NULL: it was rejected. */
const struct rp_record *rp_assign_record(const struct rp_assign *a, uint32_t i);
uint32_t rp_assign_records(const struct rp_assign *a);

/* The frame that holds their names, for rp_writer_put. */
const struct rp_frame *rp_assign_frame(const struct rp_assign *a);

/*
 * All of them as one frame, if none was rejected and all have the names, the
 * types and the lengths that they had. False: take them one by one.
 */
bool rp_assign_whole(const struct rp_assign *a, struct rp_frame *f);

/* On how many of them a statement did something. */
uint32_t rp_assign_changed(const struct rp_assign *a);

#endif
