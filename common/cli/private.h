/* Shared by the files of cli/; no tool includes it. */
#ifndef RP_CLI_PRIVATE_H
#define RP_CLI_PRIVATE_H

#include "cli/cli.h"

struct rp_cli_count {
	char *name;
	uint64_t n;
};

struct rp_cli_private {
	struct rp_option *options; /* the tool's, then the common ones */
	size_t n_options;
	bool *given; /* for each of them */
	struct rp_list **lists; /* what to release at the end */
	size_t n_lists;
	bool help, version;
	const char *max_errors; /* as given */
	char *args; /* the command line, quoted, for the NOTE */
	bool closed[3]; /* stdin, stdout, stderr were not open */
	bool told; /* the failure has been printed */
	bool went_on; /* after failures that were told (rp_cli_go_on) */
	int64_t started; /* monotonic ns */
	int64_t shown; /* when progress was shown last */
	bool bar; /* a line of progress stands unfinished */
	uint64_t expected; /* bytes in, or 0 */
	struct rp_sink *sinks; /* open ones, the main one last */
	struct rp_sink *main; /* while it is open */
	bool had_main;
	struct rp_cli_count *counts;
	size_t n_counts;
	struct rp_output stats_json; /* --stats-json */
	FILE *rejects; /* --on-error file:PATH */
	char first_reason[400];
	char *confirm_log; /* --confirm, in two */
	const char *confirm_name;
	struct rp_needed *needed; /* schemas.c: not yet seen */
	uint64_t unexpected; /* records so far */
	bool has_schemas; /* features have come, whatever their names */
	char confirm_uuid[37]; /* of that log, once it is known */
	uint64_t last_seq; /* what it stores */
};

/* options.c: false: misuse, told already. */
bool rp_options_parse(
    struct rp_cli *cli, const struct rp_option *own, int argc, char **argv);
void rp_options_free(struct rp_cli *cli);

/* schemas.c */
void rp_needed_free(struct rp_cli *cli);

/* help.c */
void rp_help_print(const struct rp_cli *cli);
void rp_version_print(const struct rp_cli *cli);

/* standard.c: descriptors 0 to 2 */
void rp_standard_open(struct rp_cli *cli);
RP_CHECKED enum rp_status rp_standard_close(struct rp_cli *cli);
void rp_pipe_widen(int fd);
/* The descriptor of ours that a path stands for (/dev/stdout), or -1. */
int rp_descriptor_of(const char *path);

/* signals.c */
void rp_signals_start(unsigned tool_flags);
/* The input is of a process that a signal ends as well: see what comes. */
void rp_signals_outlive_source(void);
_Noreturn void rp_signal_die(int sig);
/* name is unlinked if a signal ends the process. False: too many names. */
bool rp_doomed_add(char *name);
void rp_doomed_remove(const char *name);
/* The same for a folder and its files, named 0 to before *files; NULL: none. */
void rp_doomed_folder(const char *folder, const uint64_t *files);

/* input.c: the same, for those of n inputs that are pipes */
void rp_inputs_outlive_source(const struct rp_cli *cli, char **names, int n);

/* report.c, progress.c */
uint64_t rp_records_done(const struct rp_cli *cli);
/* Open --stats-json, if given: what cannot be written is said at once. */
bool rp_stats_start(struct rp_cli *cli);
void rp_stats_print(const struct rp_cli *cli, int64_t elapsed);
RP_CHECKED enum rp_status rp_stats_write(struct rp_cli *cli, int64_t elapsed);
void rp_progress_clear(const struct rp_cli *cli);
void rp_progress_end(struct rp_cli *cli);

/* output.c: rp_output_commit, whatever became of the records */
RP_CHECKED enum rp_status rp_output_publish(struct rp_output *out);

/* reject.c: the options, the verdict at the end, the end */
bool rp_reject_start(struct rp_cli *cli);
RP_CHECKED enum rp_status rp_reject_verdict(struct rp_cli *cli);
RP_CHECKED enum rp_status rp_reject_end(struct rp_cli *cli);

/* confirm.c: after all that was to be committed */
bool rp_confirm_start(struct rp_cli *cli);
/* Hold each frame against the log that is confirmed to; sets in->last_seq. */
RP_CHECKED enum rp_status rp_confirm_frame(
    struct rp_input *in, const struct rp_frame *f);
RP_CHECKED enum rp_status rp_confirm_end(struct rp_cli *cli);

#endif
