/*
 * Any bytes as the body of a checkpoint of rp-book, with all kinds of views;
 * its options and hashes are made right first. What is loaded is stored again
 * as the same bytes, its books are sound, and the views can end. The corpus is
 * of bodies that rp-book wrote, to be made anew with each version of them.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../cmd/rp-book/checkpoint.h"
#include "../unit/books.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *emits[] = { "bbo", "bbo:every=1s:/dev/zero", "book:3:at=+1s",
	"level", "tbbo", "cbbo", "queue:7", "snapshot:every=100",
	"features:ofi,vpin=10", "features:mid:every=1s", "bars:1s" };

static const char path[] = "/dev/null";

struct run {
	struct rp_cli *cli;
	struct rp_input in;
	struct books books;
	struct emissions emissions;
	struct checkpoints checkpoints;
	uint64_t other;
};

static struct rp_cli *
start(void)
{
	static const struct rp_option none[] = { RP_OPT_END };
	static const struct rp_tool tool = { .name = "rp-book",
		.usage = "",
		.summary = "",
		.flags = RP_TOOL_NOTES };
	static char name[] = "rp-book";
	static char *argv[] = { name, NULL };
	static struct rp_cli cli;
	struct sigaction alarm;

	if (cli.tool == NULL) {
		/* the fuzzer's own clock, which ends a tool */
		sigaction(SIGALRM, NULL, &alarm);
		if (!rp_cli_start(&cli, &tool, none, 1, argv))
			abort();
		sigaction(SIGALRM, &alarm, NULL);
	}
	cli.error = (struct rp_error){ 0 };
	return &cli;
}

static void
prepare(struct run *x, const char *resume)
{
	static const struct rp_list no_list;
	const struct rp_list texts = { emits, sizeof(emits) / sizeof(*emits) };

	x->cli = start();
	books_init(&x->books, false);
	if (emissions_parse(&x->emissions, x->cli, &x->books,
		&(struct emissions_options){ .texts = &texts,
		    .queues = &no_list,
		    .features = &no_list,
		    .formulas = &no_list,
		    .output = path }) != RP_OK ||
	    emissions_open(&x->emissions) != RP_OK)
		abort();
	x->checkpoints = (struct checkpoints){ .cli = x->cli,
		.in = &x->in,
		.books = &x->books,
		.emissions = &x->emissions,
		.other = &x->other,
		.resume = resume,
		.on_gap = "mark",
		.formulas = &no_list };
	if (checkpoints_check(&x->checkpoints) != RP_OK)
		abort();
}

/* The file that these bytes are the body of, behind the options. */
static int
write_file(const char *options, const uint8_t *data, size_t size)
{
	struct rp_checkpoint c = {
		.log = "01234567-89ab-cdef-0123-456789abcdef", .seq = 1
	};
	uint64_t n = strlen(options);
	uint8_t head[RP_CHECKPOINT_HEAD];
	struct rp_buffer body = { 0 };
	int fd = memfd_create("checkpoint", 0);

	if (fd < 0 || rp_buffer_add(&body, &n, sizeof(n)) != RP_OK ||
	    rp_buffer_add(&body, options, n) != RP_OK ||
	    rp_buffer_add(&body, data, size) != RP_OK)
		abort();
	rp_checkpoint_encode(&c, body.data, body.len, head);
	if (write(fd, head, sizeof(head)) != (ssize_t)sizeof(head) ||
	    write(fd, body.data, body.len) != (ssize_t)body.len)
		abort();
	rp_buffer_free(&body);
	return fd;
}

/* All of it was read: it is stored again as it was. */
static void
check(struct run *x, const uint8_t *data, size_t size)
{
	const struct rp_buffer *out = &x->checkpoints.archive.out;

	for (size_t i = 0; i < x->books.n; i++)
		if (book_flaw(&x->books.all[i]->lob) != NULL)
			abort();
	x->checkpoints.path = "any";
	if (checkpoints_keep(&x->checkpoints) != RP_OK || out->len < size ||
	    memcmp(out->data + out->len - size, data, size) != 0)
		abort();
	(void)books_hash(&x->books);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run x = { 0 };
	char resume[64];
	enum rp_status st;
	int fd;

	prepare(&x, resume);
	fd = write_file(x.checkpoints.options, data, size);
	snprintf(resume, sizeof(resume), "/proc/self/fd/%d", fd);
	st = checkpoints_begin(&x.checkpoints);
	if (st == RP_OK)
		check(&x, data, size);
	else if (x.cli->error.status == RP_OK)
		abort();
	(void)!emissions_close(&x.emissions, st, 0);
	checkpoints_free(&x.checkpoints);
	emissions_free(&x.emissions);
	books_free(&x.books);
	close(fd);
	return 0;
}
