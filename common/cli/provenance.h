/*
 * What a file of columns says of itself: the record type, how decimals are
 * kept, symbols, sources, schemas of features, and the notes of the stream with our own behind them,
 * as keys and texts. Names are listed up to some thousand of them.
 */
#ifndef RP_CLI_PROVENANCE_H
#define RP_CLI_PROVENANCE_H

#include "cli/columnar.h"
#include "wire/labels.h"

/* Of the stream: shared by all files made of it. */
struct rp_provenance {
	struct rp_cli *cli;
	struct rp_buffer notes;
};

/* Take up the text of a NOTE, unless --no-notes. RP_ERR_NOMEM, told. */
RP_CHECKED enum rp_status rp_provenance_note(
    struct rp_provenance *p, const struct rp_frame *f);
void rp_provenance_free(struct rp_provenance *p);

/* Names that the rows of one file have. */
struct rp_origin_list {
	struct rp_labels labels;
	bool many; /* too many to be listed */
};

struct rp_origins {
	struct rp_origin_list symbols, sources, schemas;
};

void rp_origins_init(struct rp_origins *names);
void rp_origins_free(struct rp_origins *names);

/* RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_origins_add(struct rp_origins *names,
    const struct rp_frame *f, const struct rp_record *const *recs, size_t n);

/*
 * Say it all; type 0: of several. say's first failure is returned.
 * RP_ERR_NOMEM.
 */
typedef enum rp_status rp_say_fn(
    void *arg, const char *key, const char *text, size_t len);
RP_CHECKED enum rp_status rp_provenance_say(const struct rp_provenance *p,
    const struct rp_columnar *columns, uint16_t type,
    const struct rp_origins *names, rp_say_fn *say, void *arg);

#endif
