/*
 * The operands of a tool that reads all of them at once: stream files, stdin
 * ("-"), FIFOs and log directories, each as an input of a merge. Counts records
 * and bytes and shows progress as rp_input does for one after the other.
 */
#ifndef RP_CLI_FEEDS_H
#define RP_CLI_FEEDS_H

#include "cli/cli.h"
#include "merge/merge.h"

struct rp_log_reader;
struct rp_log_remote;

struct rp_feed {
	struct rp_cli *cli;
	const char *name; /* as messages have it */
	int fd;
	struct rp_reader *r; /* of a file, or ... */
	struct rp_log_reader *log; /* ... of a log */
	uint64_t frames, records; /* so far */
	bool ended;
};

struct rp_feeds {
	struct rp_feed *feed; /* n */
	struct rp_merge_input *inputs; /* n, for rp_merge_new */
	size_t n;
};

/*
 * Open all operands, or stdin if there are none. Logs of URLs, and segments that
 * were moved to one, are remote's. wait is called before a read
 * that blocks (rp_reader_on_wait). More open files are asked for than the soft
 * limit allows; what the hard limit refuses is said with its number.
 */
RP_CHECKED enum rp_status rp_feeds_open(struct rp_feeds *fs, struct rp_cli *cli,
    const struct rp_log_remote *remote, int (*wait)(void *), void *wait_arg);

/* Close them and return the flags of their ENDs. Harmless twice. */
uint32_t rp_feeds_close(struct rp_feeds *fs);

/* Have n files open beside those that a tool needs anyway. RP_ERR_IO: the
 * limit does not allow it; what says what they are ("inputs"). */
RP_CHECKED enum rp_status rp_cli_files(
    struct rp_cli *cli, uint64_t n, const char *what);

#endif
