/* Inside the reader of logs: which segment, and what is open of it. */
#ifndef RP_LOG_READER_WORK_H
#define RP_LOG_READER_WORK_H

#include "log/reader.h"
#include "log/segment.h"

struct rp_log_reader {
	char *dir;
	struct rp_log_reader_options opt;
	struct rp_log_range range;
	struct rp_segments segments;
	size_t at; /* of the segment that is open, or to open */
	int notify;
	int place; /* the directory as opened: so its inode stays taken */

	/* the open segment; r is NULL between segments */
	char *path;
	struct rp_readable file;
	struct rp_reader *r;
	bool sealed; /* its END was read */
	uint64_t limit; /* bytes that there were at opening, if not sealed */
	bool indexed; /* go by x, from entry next on */
	bool distrusted; /* the index file was wrong, x is our own */
	struct rp_index x;
	size_t next;

	uint64_t seen; /* highest seq read or passed over */
	uint64_t last_seq; /* of the segment before, or of this one so far */
	bool any, recovered; /* there was one; its END says RECOVERED */
	bool begun; /* one was read: NOTEs that open a log are out */
	bool is_lost; /* what is in lost is to be told */
	struct rp_log_range lost;
	uint32_t end_flags;
	struct rp_error err;
};

/* Have a segment open: RP_OK, RP_END, or RP_EMPTY when following. */
RP_CHECKED enum rp_status rp_lr_have_segment(struct rp_log_reader *lr);

/* Read the open segment from its start; it ends with its last whole frame. */
RP_CHECKED enum rp_status rp_lr_open_reader(struct rp_log_reader *lr);

/* Close it, having seen how it ends, and go on to the next. */
void rp_lr_leave_segment(
    struct rp_log_reader *lr, uint64_t last_seq, uint32_t flags);

/* Close what is open of it. */
void rp_lr_close_segment(struct rp_log_reader *lr);

/* Whether the directory at that path is still the one that was opened. */
RP_CHECKED enum rp_status rp_lr_check_directory(struct rp_log_reader *lr);

#endif
