/*
 * One stream into many files, each a whole stream of its own with NOTEs and END.
 * What a file is to get is gathered and encoded by one writer for all of them,
 * so that thousands need little memory each: a buffer that grows with what they
 * get, all of them together within a budget, which makes frames smaller.
 */
#ifndef RP_CLI_SPLITTER_H
#define RP_CLI_SPLITTER_H

#include "base/template.h"
#include "cli/frames.h"
#include "cli/parts.h"

struct rp_splitter;

struct rp_splitter_options {
	const struct rp_template *paths;
	struct rp_path_clock clock;
	bool by_event; /* ts_event decides, where there is one */
	/* begin another part after so many records, so many bytes of file, and
	 * with each such span of time; 0: do not */
	uint64_t count, size;
	int64_t time;
	uint64_t memory; /* budget, bytes */
	bool nameless; /* files are read back, not published (rp_part_read) */
	const struct rp_frame_options *frames;
	struct rp_writer_options writer;
};

RP_CHECKED enum rp_status rp_splitter_new(struct rp_splitter **s,
    struct rp_cli *cli, const struct rp_splitter_options *opt,
    struct rp_parts *parts);
void rp_splitter_free(struct rp_splitter *s);

/* Take in a frame of in by its header and directory, of any kind. */
RP_CHECKED enum rp_status rp_splitter_frame(
    struct rp_splitter *s, struct rp_input *in, struct rp_frame *f);

/* Write out all that is in hand and end each file, with these flags of END. */
RP_CHECKED enum rp_status rp_splitter_finish(
    struct rp_splitter *s, uint32_t end_flags);

/* The files, in the order in which they began; NULL after the last. */
struct rp_split_file {
	const char *path;
	struct rp_part *part;
	uint64_t records;
};
const struct rp_split_file *rp_splitter_file(
    const struct rp_splitter *s, size_t i);

#endif
