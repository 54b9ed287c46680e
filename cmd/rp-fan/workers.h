/*
 * The processes of rp-fan: shell commands with a pipe to each, and with one
 * from each if their output is wanted. A single poll waits for all that may
 * happen: a pipe that takes more, output, a worker that ends.
 */
#ifndef RP_FAN_WORKERS_H
#define RP_FAN_WORKERS_H

#include <poll.h>
#include <sys/types.h>

#include "cli/cli.h"

struct workers;

struct worker {
	struct workers *all;
	uint32_t number; /* from 1 */
	char *command;
	pid_t pid; /* and its group */
	int process; /* a descriptor of it; -1: it was reaped */
	int in; /* to its stdin; -1: all was written */
	int left; /* sees what it has not read by then; -1: nothing does */
	int out; /* from its stdout; -1: not wanted, or at its end */
	int status; /* as of waitpid, once it was reaped */
	bool failed, stopped, killed; /* the latter two by us */
	struct rp_error fault; /* what is wrong with it, if not its status */
};

struct workers {
	struct rp_cli *cli;
	struct worker *worker; /* n */
	uint32_t n;
	const struct worker *failed; /* the first one that did */
	bool wants_output;
	/* there is output of a worker, or its end; a failure is told */
	enum rp_status (*output)(void *arg, struct worker *w);
	void *arg;
	enum rp_status broken; /* the first failure of that */
	struct pollfd *polls;
	struct worker **polled;
};

/*
 * Start n of a command, with {worker} and {workers} replaced. What fails is in
 * cli->error; workers_stop is to be called either way.
 */
RP_CHECKED enum rp_status workers_start(struct workers *ws, struct rp_cli *cli,
    const char *command, uint32_t n, bool wants_output);

/*
 * Wait until fd (negative: none) is ready for these events of poll(2), ms at
 * most (negative: without end); meanwhile take output. *ready: fd is, or there
 * was no fd and something else happened. False: a worker failed, or output.
 */
bool workers_await(
    struct workers *ws, int fd, short events, int ms, bool *ready);

/* RP_OK until a worker fails (RP_ERR_IO: workers_stop will know more), or what
 * takes their output. */
enum rp_status workers_status(const struct workers *ws);

/* For rp_writer_on_full, with a worker. */
bool worker_takes_more(void *worker);

/* A worker fails by what it did to its pipes; how it ends is still to be seen.
 * Its status, if that is not 0, says more than this. */
void worker_broke(struct worker *w, enum rp_status st, const char *why);

/* How it ended, as text: RP_OK for status 0. */
#define RP_FAULT_ROOM 256
enum rp_status worker_fault(
    const struct worker *w, char text[static RP_FAULT_ROOM]);

/* The same as a shell has it: 128 and more for a signal. */
int worker_exit(const struct worker *w);

/* It has all of its input. */
void worker_close_input(struct worker *w);

/* Wait for all of them to end, each with status 0; else workers_status. */
RP_CHECKED enum rp_status workers_finish(struct workers *ws);

/*
 * End what is left: its input is cut off, and what does not end of itself is
 * killed. If a worker failed, cli->error says so, and its status is returned;
 * else st.
 */
RP_CHECKED enum rp_status workers_stop(struct workers *ws, enum rp_status st);

void workers_free(struct workers *ws);

#endif
