#include "dlq.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "cli/json.h"
#include "columns/lines.h"
#include "queue/job.h"

enum { FIELD_WIDTH = 11 /* of a name in --dlq show, and a blank */ };

/* What is done with each letter, which is a copy: the connection is in use
 * while they are listed. */
struct letter {
	char *entry, *id;
	struct rp_buffer payload;
};

struct chosen {
	const struct dlq *d;
	struct rp_buffer letters; /* struct letter */
	bool *found; /* of those that are wanted */
	uint64_t n;
	bool no_memory;
};

static bool
is_wanted(struct chosen *c, const struct rp_dead_letter *letter)
{
	bool wanted = c->d->n_wanted == 0;

	for (int i = 0; i < c->d->n_wanted; i++)
		if (strcmp(c->d->wanted[i], letter->entry) == 0 ||
		    strcmp(c->d->wanted[i], letter->id) == 0)
			wanted = c->found[i] = true;
	return wanted;
}

/* ---- list, show ---- */

/* Text that came from elsewhere, as it is safe on a terminal. */
static void
print_safely(const char *text, size_t len)
{
	char shown[RP_QUOTED_ROOM(4)];
	size_t n;

	/* a character at a time: that bounds the room */
	for (uint32_t code; len > 0; text += n, len -= n) {
		n = rp_utf8_decode(text, len < 4 ? len : 4, &code);
		if (n == 0)
			n = 1;
		fwrite(shown, 1, rp_lines_quote(shown, text, n, NULL), stdout);
	}
}

/* ---- a job as --ndjson takes it ---- */

static void
print_list(struct rp_json *j, const char *key, const struct rp_job_texts *texts)
{
	if (texts->n == 0)
		return;
	rp_json_array(j, key);
	for (size_t i = 0; i < texts->n; i++)
		rp_json_text(j, NULL, texts->text[i]);
	rp_json_array_close(j);
}

static void
print_job(FILE *f, const struct rp_job *job)
{
	struct rp_json j = { .f = f, .numbers = true };

	rp_json_open(&j, NULL);
	rp_json_text(&j, "id", job->id);
	if (job->log != NULL)
		rp_json_text(&j, "log", job->log);
	if (job->from != 0)
		rp_json_i64(&j, "from", job->from);
	if (job->to != 0)
		rp_json_i64(&j, "to", job->to);
	print_list(&j, "symbols", &job->symbols);
	print_list(&j, "types", &job->types);
	print_list(&j, "columns", &job->columns);
	if (job->where != NULL)
		rp_json_text(&j, "where", job->where);
	if (job->compression != NULL)
		rp_json_text(&j, "compression", job->compression);
	rp_json_close(&j);
}

static void
print_payload(const struct rp_dead_letter *letter)
{
	struct rp_job_read read;

	if (rp_job_unpack(&read, letter->payload, letter->len) == RP_OK) {
		print_job(stdout, &read.job);
		rp_job_read_free(&read);
	} else
		printf("%zu bytes that are no job\n", letter->len);
}

static void
print_field(const char *name, const char *value)
{
	const size_t len = strlen(name);

	print_safely(name, len);
	printf("%*s", len < FIELD_WIDTH ? (int)(FIELD_WIDTH - len) : 1, "");
	for (size_t line; *value != '\0'; value += line) {
		line = strcspn(value, "\n");
		print_safely(value, line);
		if (value[line] == '\0')
			break;
		printf("\n%*s", FIELD_WIDTH, "");
		line++;
	}
	putchar('\n');
}

static void
show(const struct rp_dead_letter *letter)
{
	print_field("entry", letter->entry);
	print_field("job_id", letter->id);
	print_field("reason", letter->reason);
	for (size_t i = 0; i + 1 < letter->n_others; i += 2)
		print_field(letter->others[i], letter->others[i + 1]);
	printf("%-*s", FIELD_WIDTH, "payload");
	print_payload(letter);
	putchar('\n');
}

static void
show_json(const struct rp_dead_letter *letter, bool whole)
{
	struct rp_json j = { .f = stdout };
	struct rp_job_read read = { 0 };

	rp_json_open(&j, NULL);
	rp_json_text(&j, "entry", letter->entry);
	rp_json_text(&j, "job_id", letter->id);
	rp_json_text(&j, "reason", letter->reason);
	for (size_t i = 0; whole && i + 1 < letter->n_others; i += 2)
		rp_json_text(&j, letter->others[i], letter->others[i + 1]);
	if (whole)
		rp_json_bool(&j, "readable",
		    rp_job_unpack(&read, letter->payload, letter->len) ==
			RP_OK);
	rp_json_close(&j);
	rp_job_read_free(&read);
}

static bool
print_letter(void *arg, const struct rp_dead_letter *letter)
{
	struct chosen *c = arg;
	const bool whole = strcmp(c->d->act, "show") == 0;

	if (!is_wanted(c, letter))
		return true;
	c->n++;
	if (c->d->json)
		show_json(letter, whole);
	else if (whole)
		show(letter);
	else {
		printf("%s\t", letter->entry);
		print_safely(letter->id, strlen(letter->id));
		putchar('\t');
		print_safely(letter->reason, strlen(letter->reason));
		putchar('\n');
	}
	return true;
}

/* ---- replay, purge ---- */

static bool
keep_letter(void *arg, const struct rp_dead_letter *letter)
{
	struct chosen *c = arg;
	struct letter copy = { 0 };

	if (!is_wanted(c, letter))
		return true;
	copy.entry = strdup(letter->entry);
	copy.id = strdup(letter->id);
	if (copy.entry == NULL || copy.id == NULL ||
	    rp_buffer_add(&copy.payload, letter->payload, letter->len) !=
		RP_OK ||
	    rp_buffer_add(&c->letters, &copy, sizeof(copy)) != RP_OK) {
		c->no_memory = true;
		return false;
	}
	return true;
}

static enum rp_status
act_on(struct chosen *c, struct rp_queue *q)
{
	struct rp_error *err = &c->d->cli->error;
	struct letter *each;
	const bool revive = strcmp(c->d->act, "replay") == 0;
	enum rp_status st = rp_queue_dead(q, keep_letter, c, err);
	bool done;

	if (c->no_memory)
		return rp_error_no_memory(err);
	each = (struct letter *)c->letters.data;
	for (size_t n = c->letters.len / sizeof(*each); st == RP_OK && n > 0;
	     n--, each++) {
		const struct rp_dead_letter letter = { .entry = each->entry,
			.id = each->id,
			.payload = each->payload.data,
			.len = each->payload.len };

		st = revive ? rp_queue_revive(q, &letter, &done, err)
			    : rp_queue_bury(q, &letter, &done, err);
		c->n += done;
	}
	return st;
}

/* ---- all ---- */

static enum rp_status
check(const struct dlq *d)
{
	const bool changes =
	    strcmp(d->act, "replay") == 0 || strcmp(d->act, "purge") == 0;

	if (d->all && d->n_wanted > 0)
		return rp_cli_usage(
		    d->cli, "--all and dead letters that are named");
	if (changes && !d->all && d->n_wanted == 0)
		return rp_cli_usage(d->cli,
		    "name the dead letters to %s, by entry or job, or give "
		    "--all",
		    d->act);
	return RP_OK;
}

static enum rp_status
first_missing(const struct chosen *c)
{
	for (int i = 0; i < c->d->n_wanted; i++)
		if (!c->found[i])
			return rp_error_set(&c->d->cli->error, RP_ERR_IO,
			    "there is no dead letter '%s'", c->d->wanted[i]);
	return RP_OK;
}

static void
chosen_free(struct chosen *c)
{
	struct letter *each = (struct letter *)c->letters.data;

	for (size_t n = c->letters.len / sizeof(*each); n > 0; n--, each++) {
		free(each->entry);
		free(each->id);
		rp_buffer_free(&each->payload);
	}
	rp_buffer_free(&c->letters);
	free(c->found);
}

enum rp_status
dlq_run(const struct dlq *d, const struct rp_queue_options *options)
{
	struct chosen c = { .d = d };
	struct rp_queue *q = NULL;
	enum rp_status st;

	if ((st = check(d)) != RP_OK)
		return st;
	c.found = calloc((size_t)d->n_wanted + 1, sizeof(*c.found));
	if (c.found == NULL)
		return rp_error_no_memory(&d->cli->error);
	st = rp_queue_open(&q, options, &d->cli->error);
	if (st == RP_OK &&
	    (strcmp(d->act, "list") == 0 || strcmp(d->act, "show") == 0))
		st = rp_queue_dead(q, print_letter, &c, &d->cli->error);
	else if (st == RP_OK)
		st = act_on(&c, q);
	if (st == RP_OK)
		st = first_missing(&c);
	rp_cli_say(d->cli, "%" PRIu64 " dead letters", c.n);
	rp_queue_close(q);
	chosen_free(&c);
	return st;
}
