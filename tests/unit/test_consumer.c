/*
 * Consumers, the same over each kind of queue: a directory, and a Redis that is
 * started for each test. Then what only a directory has: its locks, its file
 * when it is damaged or gone, processes that are killed.
 */
#include "queue/consumer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "queue/directory.h"
#include "streams.h"

enum { DIRECTORY, REDIS, AN_HOUR = 3600000, A_WHILE = 300 /* ms */ };

static char dir[64], url[96];
static pid_t redis;
static struct rp_queue_options queue;

static bool
has_redis(void)
{
	return system("redis-server --version >/dev/null 2>&1") == 0;
}

static void
set_up(void)
{
	memcpy(dir, "/tmp/rp-consumer-XXXXXX", 24);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	redis = 0;
	queue = (struct rp_queue_options){
		.url = url, .name = "jobs", .dlq = "dlq"
	};
}

static void
tear_down(void)
{
	char command[96];

	if (redis > 0) {
		kill(redis, SIGKILL);
		waitpid(redis, NULL, 0);
	}
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static bool
answers(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok;

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	ok = connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
	close(fd);
	return ok;
}

static void
start_redis(const char *path)
{
	if ((redis = fork()) == 0) {
		int null = open("/dev/null", O_WRONLY);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(null, 1);
		dup2(null, 2);
		execlp("redis-server", "redis-server", "--port", "0",
		    "--unixsocket", path, "--save", "", (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 500 && !answers(path); i++)
		usleep(20000);
	ck_assert(answers(path));
}

/* An empty queue of this kind. */
static void
start(int kind)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/sock", dir);
	snprintf(url, sizeof(url), "%s%s", kind == REDIS ? "unix://" : "",
	    kind == REDIS ? path : dir);
	if (kind == REDIS)
		start_redis(path);
}

/* ---- both ends of a queue ---- */

static struct rp_consumer_options
options_of(const char *name, int64_t lease)
{
	return (struct rp_consumer_options){ .queue = &queue,
		.lines = -1,
		.group = "g",
		.name = name,
		.lease = lease,
		.remember = 1000 };
}

static struct rp_consumer *
join(const struct rp_consumer_options *o)
{
	struct rp_error err = { 0 };
	struct rp_consumer *c;

	ck_ok(rp_consumer_open(&c, o, &err));
	return c;
}

/* Put jobs, whose payloads are their ids, of which one may be there twice. */
static void
put(struct rp_queue_item *items, size_t n, const char *const *ids)
{
	struct rp_queue *q;

	ck_ok(rp_queue_open(&q, &queue, NULL));
	for (size_t i = 0; i < n; i++)
		items[i] = (struct rp_queue_item){ .id = strdup(ids[i]),
			.payload = (uint8_t *)strdup(ids[i]),
			.len = strlen(ids[i]) };
	ck_ok(rp_queue_put(q, items, n, NULL));
	rp_queue_close(q);
}

static void
free_items(struct rp_queue_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rp_queue_item_free(&items[i]);
}

static void
put_only(size_t n, const char *const *ids)
{
	struct rp_queue_item items[8];

	put(items, n, ids);
	free_items(items, n);
}

static void
set_ids(struct rp_delivery *d, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i].id = strndup((char *)d[i].payload, d[i].len);
}

/* So many jobs that were not delivered yet. */
static struct rp_delivery *
receive(struct rp_consumer *c, size_t want)
{
	struct rp_delivery *d;
	size_t n;

	ck_ok(rp_consumer_read(c, want, 0, &d, &n, NULL));
	ck_assert_uint_eq(n, want);
	set_ids(d, n);
	return d;
}

static void
ck_nothing(struct rp_consumer *c, bool claims)
{
	struct rp_delivery *d;
	size_t n;

	ck_ok(claims ? rp_consumer_claim(c, 10, &d, &n, NULL)
		     : rp_consumer_read(c, 10, 0, &d, &n, NULL));
	ck_assert_uint_eq(n, 0);
}

static void
ck_depth(struct rp_consumer *c, uint64_t waiting, uint64_t pending)
{
	uint64_t w, p;

	ck_ok(rp_consumer_depth(c, &w, &p, NULL));
	ck_assert_uint_eq(w, waiting);
	ck_assert_uint_eq(p, pending);
}

static void
take(struct rp_consumer *c, struct rp_delivery *d, size_t n, enum rp_hold hold)
{
	ck_ok(rp_consumer_take(c, d, n, NULL));
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(d[i].hold, hold);
}

/* A window of jobs in its making. */
static struct rp_job_window
window_of(const struct rp_delivery *d, size_t n)
{
	struct rp_job_window w = { .key = strdup("out/a"),
		.members = calloc(n, sizeof(*w.members)),
		.n = n };

	memcpy(w.name, d[0].entry, sizeof(w.name));
	for (size_t i = 0; i < n; i++) {
		w.members[i].id = strdup(d[i].id);
		memcpy(w.members[i].entry, d[i].entry, sizeof(w.name));
	}
	return w;
}

/* On a slow machine a lease of Redis may run out before the window is stored;
 * then hold them again. */
static struct rp_job_window
take_and_seal(struct rp_consumer *c, struct rp_delivery *d, size_t n)
{
	struct rp_job_window w = window_of(d, n);
	enum rp_status st = RP_ERR_BUSY;

	for (int i = 0; i < 20 && st == RP_ERR_BUSY; i++) {
		take(c, d, n, RP_HOLD_OURS);
		st = rp_consumer_seal(c, &w, NULL);
	}
	ck_ok(st);
	return w;
}

/* Claim and take until so many are ours at a time. */
static struct rp_delivery *
inherit(struct rp_consumer *c, size_t want)
{
	for (int i = 0; i < 100; i++) {
		struct rp_delivery *d;
		size_t n, ours = 0;

		ck_ok(rp_consumer_claim(c, want, &d, &n, NULL));
		set_ids(d, n);
		ck_ok(rp_consumer_take(c, d, n, NULL));
		for (size_t k = 0; k < n; k++)
			ours += d[k].hold == RP_HOLD_OURS;
		if (ours == want)
			return d;
		rp_deliveries_free(d, n);
		usleep(A_WHILE * 1000); /* then all are due again */
	}
	ck_abort_msg("the jobs were not given to another");
	return NULL;
}

static enum rp_job_state
ask(struct rp_queue_item *items, size_t n)
{
	struct rp_queue *q;

	ck_ok(rp_queue_open(&q, &queue, NULL));
	ck_ok(rp_queue_ask(q, items, n, NULL));
	rp_queue_close(q);
	return items[0].state;
}

/* ---- over each kind ---- */

static const char *const abc[] = { "a", "b", "c" };

START_TEST(a_job_is_given_to_one)
{
	const struct rp_consumer_options o[] = { options_of("A", AN_HOUR),
		options_of("B", AN_HOUR) };
	struct rp_consumer *a, *b;
	struct rp_delivery *d, *e;
	struct rp_queue_item items[3];

	start(_i);
	put(items, 3, abc);
	a = join(&o[0]);
	b = join(&o[1]);
	ck_depth(a, 3, 0);
	d = receive(a, 2);
	e = receive(b, 1);
	for (size_t i = 0; i < 3; i++) {
		const struct rp_delivery *each = i < 2 ? &d[i] : e;

		ck_assert_str_eq(each->id, abc[i]);
		ck_assert_str_eq(each->entry, items[i].entry);
		ck_assert_uint_eq(each->times, 1);
	}
	ck_nothing(b, false);
	ck_nothing(b, true);
	ck_depth(b, 0, 3);
	rp_deliveries_free(d, 2);
	rp_deliveries_free(e, 1);
	ck_ok(rp_consumer_leave(a, NULL)); /* it has jobs */
	rp_consumer_close(a);
	rp_consumer_close(b);
	ck_assert_int_eq(ask(items, 3), RP_JOB_QUEUED);
	free_items(items, 3);
}
END_TEST

START_TEST(an_id_is_held_by_one)
{
	const struct rp_consumer_options o[] = { options_of("A", AN_HOUR),
		options_of("B", AN_HOUR) };
	static const char *const twice[] = { "a", "a" };
	struct rp_consumer *a, *b;
	struct rp_delivery *d, *e;
	struct rp_job_window w;
	size_t done;

	start(_i);
	put_only(2, twice);
	a = join(&o[0]);
	b = join(&o[1]);
	d = receive(a, 1);
	e = receive(b, 1);
	take(a, d, 1, RP_HOLD_OURS);
	take(a, d, 1, RP_HOLD_OURS);
	take(b, e, 1, RP_HOLD_BUSY);
	w = window_of(e, 1);
	ck_assert_int_eq(rp_consumer_seal(b, &w, NULL), RP_ERR_BUSY);
	ck_assert(w.members[0].lost);
	rp_job_window_free(&w);
	w = take_and_seal(a, d, 1);
	ck_ok(rp_consumer_finish(a, &w, "k", &done, NULL));
	ck_assert_uint_eq(done, 1);
	take(b, e, 1, RP_HOLD_DONE);
	ck_depth(b, 0, 0);
	rp_job_window_free(&w);
	rp_deliveries_free(d, 1);
	rp_deliveries_free(e, 1);
	ck_ok(rp_consumer_leave(a, NULL));
	rp_consumer_close(a);
	rp_consumer_close(b);
}
END_TEST

START_TEST(a_window_is_done)
{
	const struct rp_consumer_options o = options_of("A", AN_HOUR);
	struct rp_queue_item items[3];
	struct rp_consumer *c;
	struct rp_delivery *d;
	struct rp_job_window w;
	size_t done;

	start(_i);
	put(items, 3, abc);
	c = join(&o);
	d = receive(c, 3);
	w = take_and_seal(c, d, 3);
	ck_assert_int_eq(ask(items, 3), RP_JOB_QUEUED);
	ck_ok(rp_consumer_renew(c, w.members, w.n, NULL));
	ck_ok(rp_consumer_finish(c, &w, "out/a", &done, NULL));
	ck_assert_uint_eq(done, 3);
	ck_ok(rp_consumer_finish(c, &w, "other", &done, NULL));
	ck_assert_uint_eq(done, 0);
	ck_assert_int_eq(ask(items, 3), RP_JOB_DONE);
	ck_assert_str_eq(items[2].result, "out/a");
	ck_depth(c, 0, 0);
	ck_nothing(c, true);
	rp_job_window_free(&w);
	ck_assert_int_eq(rp_consumer_adopt(c, d[0].entry, &w, NULL), RP_EMPTY);
	rp_deliveries_free(d, 3);
	free_items(items, 3);
	rp_consumer_close(c);
}
END_TEST

START_TEST(a_window_of_the_dead_is_made_as_it_was)
{
	/* in a directory death is seen, whatever the lease */
	const int64_t lease = _i == REDIS ? A_WHILE : AN_HOUR;
	const struct rp_consumer_options o[] = { options_of("A", lease),
		options_of("B", lease) };
	struct rp_consumer *c;
	struct rp_delivery *d;
	struct rp_job_window w, back;
	size_t done;

	start(_i);
	put_only(2, abc);
	c = join(&o[0]);
	d = receive(c, 2);
	w = take_and_seal(c, d, 2);
	rp_deliveries_free(d, 2);
	rp_consumer_close(c);

	c = join(&o[1]);
	ck_nothing(c, false);
	d = inherit(c, 2);
	ck_assert_uint_ge(d[0].times, 2);
	ck_assert_str_eq(d[0].window, w.name);
	ck_assert_str_eq(d[1].window, w.name);
	ck_ok(rp_consumer_adopt(c, d[1].window, &back, NULL));
	ck_assert_str_eq(back.key, w.key);
	ck_assert_uint_eq(back.n, 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_str_eq(back.members[i].id, w.members[i].id);
		ck_assert_str_eq(back.members[i].entry, w.members[i].entry);
	}
	ck_ok(rp_consumer_finish(c, &back, "k", &done, NULL));
	ck_assert_uint_eq(done, 2);
	ck_depth(c, 0, 0);
	rp_job_window_free(&w);
	rp_job_window_free(&back);
	rp_deliveries_free(d, 2);
	rp_consumer_close(c);
}
END_TEST

START_TEST(one_that_hangs_loses_its_jobs)
{
	const struct rp_consumer_options o[] = { options_of("A", A_WHILE),
		options_of("B", A_WHILE) };
	struct rp_consumer *a, *b;
	struct rp_delivery *d, *e;
	struct rp_job_window w;

	start(_i);
	put_only(1, abc);
	a = join(&o[0]);
	b = join(&o[1]);
	d = receive(a, 1);
	take(a, d, 1, RP_HOLD_OURS);
	e = inherit(b, 1);
	w = window_of(d, 1);
	ck_ok(rp_consumer_renew(b, w.members, 1, NULL));
	ck_assert_int_eq(rp_consumer_seal(a, &w, NULL), RP_ERR_BUSY);
	ck_assert(w.members[0].lost);
	rp_job_window_free(&w);
	rp_deliveries_free(d, 1);
	rp_deliveries_free(e, 1);
	rp_consumer_close(a);
	rp_consumer_close(b);
}
END_TEST

START_TEST(a_lease_that_ran_out_is_taken_again)
{
	const struct rp_consumer_options o[] = { options_of("A", A_WHILE),
		options_of("A", AN_HOUR), options_of("B", AN_HOUR) };
	struct rp_consumer *c[3];
	struct rp_delivery *d;
	struct rp_job_window w;

	start(_i);
	put_only(1, abc);
	for (size_t i = 0; i < 3; i++)
		c[i] = join(&o[i]);
	d = receive(c[0], 1);
	take(c[0], d, 1, RP_HOLD_OURS);
	usleep(
	    2 * A_WHILE * 1000); /* a pause, as of a process that is stopped */
	w = window_of(d, 1);
	ck_ok(rp_consumer_renew(c[1], w.members, 1, NULL));
	take(c[2], d, 1, RP_HOLD_BUSY);
	rp_job_window_free(&w);
	rp_deliveries_free(d, 1);
	for (size_t i = 0; i < 3; i++)
		rp_consumer_close(c[i]);
}
END_TEST

START_TEST(what_another_has_done_is_not_sealed)
{
	const struct rp_consumer_options o[] = { options_of("A", AN_HOUR),
		options_of("B", AN_HOUR) };
	struct rp_consumer *a, *b;
	struct rp_delivery *d;
	struct rp_job_window w;
	size_t done;

	start(_i);
	put_only(1, abc);
	a = join(&o[0]);
	b = join(&o[1]);
	d = receive(a, 1);
	take(a, d, 1, RP_HOLD_OURS);
	w = window_of(d, 1);
	ck_ok(rp_consumer_finish(b, &w, "k", &done, NULL));
	ck_assert_int_eq(rp_consumer_seal(a, &w, NULL), RP_ERR_BUSY);
	ck_assert(w.members[0].lost);
	rp_job_window_free(&w);
	rp_deliveries_free(d, 1);
	rp_consumer_close(a);
	rp_consumer_close(b);
}
END_TEST

START_TEST(what_is_given_back_is_due_at_once)
{
	const struct rp_consumer_options o[] = { options_of("A", AN_HOUR),
		options_of("B", AN_HOUR) };
	struct rp_consumer *a, *b;
	struct rp_delivery *d;
	struct rp_job_window w;
	size_t n;

	start(_i);
	put_only(2, abc);
	a = join(&o[0]);
	b = join(&o[1]);
	d = receive(a, 2);
	take(a, d, 2, RP_HOLD_OURS);
	w = window_of(d, 2);
	ck_ok(rp_consumer_release(a, w.members, 1, NULL));
	rp_deliveries_free(d, 2);
	ck_ok(rp_consumer_claim(b, 10, &d, &n, NULL));
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(d[0].entry, w.members[0].entry);
	ck_assert_uint_eq(d[0].times, 1);
	set_ids(d, n);
	take(b, d, 1, RP_HOLD_OURS);
	rp_deliveries_free(d, n);
	rp_job_window_free(&w);
	rp_consumer_close(a);
	rp_consumer_close(b);
}
END_TEST

/* The letters that are seen, and the fields of the last one. */
struct seen {
	size_t n;
	char entry[RP_ENTRY_ROOM], id[16], reason[32], payload[16],
	    history[256];
	char deliveries[16], consumer[16], job[RP_ENTRY_ROOM];
};

static void
copy(char *to, size_t room, const char *from)
{
	ck_assert_uint_lt(strlen(from), room);
	memcpy(to, from, strlen(from) + 1);
}

static bool
see(void *arg, const struct rp_dead_letter *l)
{
	struct seen *s = arg;

	s->n++;
	copy(s->entry, sizeof(s->entry), l->entry);
	copy(s->id, sizeof(s->id), l->id);
	copy(s->reason, sizeof(s->reason), l->reason);
	memcpy(s->payload, l->payload, l->len);
	for (size_t i = 0; i + 1 < l->n_others; i += 2) {
		const char *name = l->others[i], *value = l->others[i + 1];

		if (strcmp(name, "history") == 0)
			copy(s->history, sizeof(s->history), value);
		else if (strcmp(name, "deliveries") == 0)
			copy(s->deliveries, sizeof(s->deliveries), value);
		else if (strcmp(name, "consumer") == 0)
			copy(s->consumer, sizeof(s->consumer), value);
		else if (strcmp(name, "entry") == 0)
			copy(s->job, sizeof(s->job), value);
	}
	return true;
}

static struct seen
letters(void)
{
	struct seen s = { 0 };
	struct rp_queue *q;

	ck_ok(rp_queue_open(&q, &queue, NULL));
	ck_ok(rp_queue_dead(q, see, &s, NULL));
	rp_queue_close(q);
	return s;
}

/* Queue the letter again, or forget it. */
static bool
settle(const struct seen *s, bool again)
{
	const struct rp_dead_letter letter = { .entry = s->entry,
		.id = s->id,
		.payload = (const uint8_t *)s->payload,
		.len = strlen(s->payload) };
	struct rp_queue *q;
	bool done;

	ck_ok(rp_queue_open(&q, &queue, NULL));
	ck_ok(again ? rp_queue_revive(q, &letter, &done, NULL)
		    : rp_queue_bury(q, &letter, &done, NULL));
	rp_queue_close(q);
	return done;
}

START_TEST(what_is_given_up_is_a_dead_letter)
{
	const struct rp_consumer_options o[] = { options_of("A", A_WHILE),
		options_of("B", A_WHILE) };
	struct rp_queue_item items[2];
	struct rp_consumer *c;
	struct rp_delivery *d;
	struct rp_job_window w;
	struct seen s;

	start(_i);
	put(items, 2, abc);
	c = join(&o[0]);
	d = receive(c, 2);
	w = take_and_seal(c, d, 1);
	rp_deliveries_free(d, 2);
	rp_consumer_close(c);
	c = join(&o[1]);
	d = inherit(c, 2);
	ck_ok(rp_consumer_bury(c, &d[0], "no log", "then it failed", NULL));
	ck_ok(rp_consumer_bury(c, &d[0], "no log", "then it failed", NULL));
	s = letters();
	ck_assert_uint_eq(s.n, 1);
	ck_assert_str_eq(s.id, "a");
	ck_assert_str_eq(s.reason, "no log");
	ck_assert_str_eq(s.payload, "a");
	ck_assert_str_eq(s.job, d[0].entry);
	ck_assert_int_ge(atoi(s.deliveries), 2);
	ck_assert_str_eq(s.consumer, "B");
	ck_assert_ptr_nonnull(strstr(s.history, " to B\nthen it failed"));
	ck_assert_int_eq(
	    rp_consumer_adopt(c, w.name, &(struct rp_job_window){ 0 }, NULL),
	    RP_EMPTY); /* it was alone in it */
	ck_assert_int_eq(ask(items, 2), RP_JOB_DEAD);
	ck_assert_str_eq(items[0].result, "no log");
	ck_assert_int_eq(items[1].state, RP_JOB_QUEUED);

	ck_assert(settle(&s, true));
	ck_assert(!settle(&s, true));
	rp_deliveries_free(d, 2);
	d = receive(c, 1);
	ck_assert_str_eq(d[0].id, "a");
	ck_assert_uint_eq(d[0].times, 1);
	free(d[0].id);
	d[0].id = NULL; /* as if it were none */
	ck_ok(rp_consumer_bury(c, d, "no job", "", NULL));
	s = letters();
	ck_assert_uint_eq(s.n, 1);
	ck_assert_str_eq(s.id, "");
	ck_assert_str_eq(s.history, "");
	ck_assert(settle(&s, false));
	ck_assert_uint_eq(letters().n, 0);
	ck_depth(c, 0, 1);
	rp_deliveries_free(d, 1);
	rp_job_window_free(&w);
	free_items(items, 2);
	rp_consumer_close(c);
}
END_TEST

/* Fork; the child does not come back. */
static pid_t
child(void (*work)(void))
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		forked = true;
		work();
		_exit(0);
	}
	return pid;
}

static void
ck_child(pid_t pid, int want)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, want);
}

static void
put_a(void)
{
	usleep(100000); /* most likely somebody waits by then */
	put_only(1, abc);
}

START_TEST(a_job_wakes_who_waits)
{
	const struct rp_consumer_options o = options_of("A", AN_HOUR);
	struct rp_consumer *c;
	struct rp_delivery *d;
	pid_t pid;
	size_t n;

	start(_i);
	pid = child(put_a);
	c = join(&o);
	/* longer than the test may take */
	ck_ok(rp_consumer_read(c, 1, AN_HOUR, &d, &n, NULL));
	ck_assert_uint_eq(n, 1);
	rp_deliveries_free(d, n);
	ck_child(pid, 0);
	rp_consumer_close(c);
}
END_TEST

/* ---- only in a directory ---- */

static int steps; /* that a child does before it is killed */

static void
step(void)
{
	if (steps-- == 0)
		raise(SIGKILL);
}

/* A consumer, in windows of three, as far as it comes. */
static void
work(void)
{
	char name[RP_CONSUMER_ROOM];
	struct rp_consumer_options o;
	struct rp_consumer *c;

	rp_consumer_name(name);
	o = options_of(name, AN_HOUR);
	c = join(&o);

	for (bool new = false;; new = true) {
		struct rp_delivery *d;
		struct rp_job_window w;
		size_t n, done;

		ck_ok(new ? rp_consumer_read(c, 3, 0, &d, &n, NULL)
			  : rp_consumer_claim(c, 3, &d, &n, NULL));
		step();
		if (n == 0 && new)
			break;
		if (n == 0)
			continue;
		set_ids(d, n);
		ck_ok(rp_consumer_take(c, d, n, NULL));
		step();
		if (d[0].window[0] != '\0')
			ck_ok(rp_consumer_adopt(c, d[0].window, &w, NULL));
		else {
			w = window_of(d, n);
			ck_ok(rp_consumer_seal(c, &w, NULL));
		}
		step();
		ck_ok(rp_consumer_finish(c, &w, w.name, &done, NULL));
		step();
		rp_job_window_free(&w);
		rp_deliveries_free(d, n);
	}
	rp_consumer_close(c);
}

START_TEST(a_consumer_is_killed_at_each_step)
{
	struct rp_queue_item items[30];
	char names[30][8];
	const char *ids[30];

	start(DIRECTORY);
	for (int i = 0; i < 30; i++) {
		snprintf(names[i], sizeof(names[i]), "j%d", i);
		ids[i] = names[i];
	}
	put(items, 30, ids);
	for (int i = 0; i < 9; i++) {
		steps = i;
		ck_child(child(work), SIGKILL);
	}
	steps = -1;
	ck_child(child(work), 0);
	ck_assert_int_eq(ask(items, 30), RP_JOB_DONE);
	for (int i = 0; i < 30; i++) {
		ck_assert_int_eq(items[i].state, RP_JOB_DONE);
		/* those of a window have one result: its first entry */
		ck_assert_str_eq(items[i].result, items[i / 3 * 3].entry);
	}
	free_items(items, 30);
}
END_TEST

START_TEST(entries_as_text)
{
	static const char *const wrong[] = { "", "-", "1", "1-", "-1-1", "1--1",
		"01-1", "1-01", " 1-1", "1-1 ", "1-1048576", "1-1x",
		"9223372036854775807-0", "99999999999999999999-0" };
	char text[RP_ENTRY_ROOM];
	int64_t far = INT64_MAX / 4;

	rp_entry_write(text, rp_entry_after(0));
	ck_assert_int_gt(rp_entry_read(text), 0);
	ck_assert_int_eq(rp_entry_read("1-1"), (1 << 20) + 1);
	for (size_t i = 0; i < RP_LEN(wrong); i++)
		ck_assert_int_eq(rp_entry_read(wrong[i]), -1);
	/* though the clock went back */
	ck_assert_int_eq(rp_entry_after(far), far + 1);
}
END_TEST

START_TEST(who_is_alive)
{
	const int64_t a = rp_directory_number("A"),
		      b = rp_directory_number("B");
	struct rp_directory d = { 0 }, e = { 0 }, f = { 0 };

	start(DIRECTORY);
	ck_ok(rp_directory_open(&d, &queue, true, NULL));
	ck_ok(rp_directory_open(&e, &queue, false, NULL));
	ck_ok(rp_directory_open(&f, &queue, false, NULL));
	ck_ok(rp_directory_join(&d, a, NULL));
	ck_ok(rp_directory_join(&e, a, NULL));
	ck_assert(rp_directory_is_alive(&f, a));
	ck_assert(!rp_directory_is_alive(&f, b));
	ck_assert(!rp_directory_is_alive(&f, 0));
	ck_assert(!rp_directory_is_alive(&f, -5));
	ck_assert(!rp_directory_is_alive(&f, INT64_MAX));
	rp_directory_close(&d);
	ck_assert(rp_directory_is_alive(&f, a));
	rp_directory_close(&e);
	ck_assert(!rp_directory_is_alive(&f, a));
	rp_directory_close(&f);
}
END_TEST

START_TEST(what_is_done_is_not_held_by_who_renews_late)
{
	const struct rp_consumer_options o[] = { options_of("A", AN_HOUR),
		options_of("B", AN_HOUR) };
	struct rp_consumer *a, *b;
	struct rp_delivery *d;
	struct rp_job_window w;

	start(DIRECTORY);
	put_only(1, abc);
	a = join(&o[0]);
	b = join(&o[1]);
	d = receive(a, 1);
	take(a, d, 1, RP_HOLD_OURS);
	w = window_of(d, 1);
	ck_ok(rp_consumer_bury(a, d, "why", "", NULL));
	ck_ok(rp_consumer_renew(a, w.members, 1, NULL));
	rp_deliveries_free(d, 1);
	put_only(1, abc);
	d = receive(b, 1);
	take(b, d, 1, RP_HOLD_OURS);
	rp_deliveries_free(d, 1);
	rp_job_window_free(&w);
	rp_consumer_close(a);
	rp_consumer_close(b);
}
END_TEST

START_TEST(a_queue_that_is_removed_is_told_and_made_anew)
{
	const struct rp_consumer_options o = options_of("A", AN_HOUR);
	struct rp_error err = { 0 };
	struct rp_consumer *c;
	struct rp_delivery *d;
	char path[96], moved[96];
	size_t n;

	start(DIRECTORY);
	c = join(&o);
	snprintf(path, sizeof(path), "%s/jobs", dir);
	snprintf(moved, sizeof(moved), "%s/moved", dir);
	ck_assert_int_eq(rename(path, moved), 0);
	ck_assert_int_eq(
	    rp_consumer_read(c, 1, 0, &d, &n, &err), RP_ERR_REMOTE);
	ck_assert_ptr_nonnull(strstr(err.text, "jobs/queue.db"));
	put_only(1, abc);
	d = receive(c, 1);
	rp_deliveries_free(d, 1);
	rp_consumer_close(c);
}
END_TEST

static void
ck_refused(enum rp_status want, const char *name, const char *text)
{
	struct rp_error err = { 0 };
	struct rp_directory d = { 0 };

	queue.name = name;
	ck_assert_int_eq(rp_directory_open(&d, &queue, true, &err), want);
	ck_assert_ptr_nonnull(strstr(err.text, text));
}

START_TEST(what_is_no_queue)
{
	static const char *const names[] = { "", ".", "..", "a/b", "/" };
	struct rp_directory d = { 0 };
	char path[96];

	start(DIRECTORY);
	for (size_t i = 0; i < RP_LEN(names); i++)
		ck_refused(RP_ERR_USAGE, names[i], "queue");
	snprintf(path, sizeof(path), "%s/file", dir);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	ck_refused(RP_ERR_IO, "file", "file/lock: Not a directory");
	queue.name = "other";
	ck_ok(rp_directory_open(&d, &queue, true, NULL));
	ck_ok(rp_database_run(d.db, "PRAGMA user_version=2", NULL));
	rp_directory_close(&d);
	ck_refused(RP_ERR_UNSUPPORTED, "other", "version 2");
	queue.name = "none";
	ck_assert_int_eq(rp_directory_open(&d, &queue, false, NULL), RP_EMPTY);
	snprintf(path, sizeof(path), "%s/none", dir);
	ck_assert_int_ne(access(path, F_OK), 0);
	snprintf(url, sizeof(url), "file://");
	ck_refused(RP_ERR_USAGE, "jobs", "directory");
}
END_TEST

START_TEST(tables_that_are_not_ours_end_nothing)
{
	const struct rp_consumer_options o = options_of("A", AN_HOUR);
	static const char tables[] =
	    "DROP TABLE dead; DROP TABLE job;"
	    "CREATE TABLE dead(entry,dlq,id,reason,payload,job,deliveries,"
	    "  consumer,history);"
	    "INSERT INTO dead VALUES('x','dlq',1,2,3,4,5,6,7);"
	    "CREATE TABLE job(entry,payload,times,owner DEFAULT 0,"
	    "  since DEFAULT 0);"
	    "INSERT INTO job VALUES('x',NULL,'y','z','w');"
	    "CREATE TRIGGER t AFTER INSERT ON job BEGIN"
	    "  DELETE FROM job; END";
	struct rp_error err = { 0 };
	struct rp_directory d = { 0 };
	struct rp_consumer *c;
	struct rp_delivery *deliveries;
	struct rp_queue *q;
	struct seen s = { 0 };
	size_t n;

	start(DIRECTORY);
	ck_ok(rp_directory_open(&d, &queue, true, NULL));
	ck_ok(rp_database_run(d.db, tables, NULL));
	ck_ok(rp_queue_open(&q, &queue, NULL));
	ck_assert_int_eq(rp_queue_dead(q, see, &s, &err), RP_ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(err.text, "jobs/queue.db: a dead letter"));
	rp_queue_close(q);
	put_only(3, abc); /* the trigger is asleep */
	c = join(&o);
	deliveries = receive(c, 3);
	rp_deliveries_free(deliveries, 3);
	err = (struct rp_error){ 0 };
	ck_assert_int_eq(
	    rp_consumer_claim(c, 10, &deliveries, &n, &err), RP_ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(err.text, "jobs/queue.db: an owner"));
	rp_consumer_close(c);
	rp_directory_close(&d);
}
END_TEST

/* All that can be done with a queue, some of which may fail. */
static void
use(struct rp_error *err)
{
	const struct rp_consumer_options o = options_of("A", AN_HOUR);
	struct rp_queue_item item = {
		.id = strdup("z"), .payload = (uint8_t *)strdup("z"), .len = 1
	};
	struct rp_consumer *c;
	struct rp_delivery *d;
	struct rp_job_window w;
	struct rp_queue *q;
	struct seen s = { 0 };
	uint64_t waiting, pending;
	size_t n, done;

	if (rp_queue_open(&q, &queue, err) == RP_OK) {
		if (rp_queue_put(q, &item, 1, err) == RP_OK)
			(void)!rp_queue_ask(q, &item, 1, err);
		(void)!rp_queue_dead(q, see, &s, err);
		rp_queue_close(q);
	}
	rp_queue_item_free(&item);
	if (rp_consumer_open(&c, &o, err) != RP_OK)
		return;
	for (int claims = 0; claims < 2; claims++) {
		if ((claims ? rp_consumer_claim(c, 10, &d, &n, err)
			    : rp_consumer_read(c, 10, 0, &d, &n, err)) != RP_OK)
			continue;
		set_ids(d, n);
		(void)!rp_consumer_take(c, d, n, err);
		if (n > 2) {
			w = window_of(d, n - 1);
			if (rp_consumer_seal(c, &w, err) == RP_OK)
				(void)!rp_consumer_finish(
				    c, &w, "k", &done, err);
			rp_job_window_free(&w);
			(void)!rp_consumer_bury(c, &d[n - 1], "r", "", err);
		}
		if (n > 0 && d[0].window[0] != '\0' &&
		    rp_consumer_adopt(c, d[0].window, &w, err) == RP_OK)
			rp_job_window_free(&w);
		rp_deliveries_free(d, n);
	}
	(void)!rp_consumer_depth(c, &waiting, &pending, err);
	rp_consumer_close(c);
}

/* Bytes of it become others. */
static void
damage(const char *path, const uint8_t *whole, size_t len, uint64_t *seed)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	ck_assert_int_eq(write(fd, whole, len), (ssize_t)len);
	for (int i = 0; i < 8; i++) {
		uint8_t byte = (uint8_t)draw(seed);

		ck_assert_int_eq(
		    pwrite(fd, &byte, 1, (off_t)(draw(seed) % len)), 1);
	}
	close(fd);
}

START_TEST(a_damaged_file_is_told_by_its_name)
{
	static uint8_t whole[1 << 20];
	const struct rp_consumer_options o = options_of("dead", AN_HOUR);
	static const char *const ids[] = { "a", "b", "c", "d", "e" };
	struct rp_consumer *c;
	struct rp_delivery *d;
	struct rp_job_window w;
	uint64_t seed = 7;
	char path[96];
	size_t told = 0;
	ssize_t len;
	int fd;

	start(DIRECTORY);
	put_only(5, ids);
	c = join(&o);
	d = receive(c, 3);
	w = take_and_seal(c, d, 2);
	ck_ok(rp_consumer_bury(c, &d[2], "r", "", NULL));
	rp_consumer_close(c);
	rp_deliveries_free(d, 3);
	rp_job_window_free(&w);
	snprintf(path, sizeof(path), "%s/jobs/queue.db", dir);
	ck_assert_int_ge(fd = open(path, O_RDONLY), 0);
	ck_assert_int_gt(len = read(fd, whole, sizeof(whole)), 4096);
	close(fd);
	for (int i = 0; i < 40; i++) {
		struct rp_error err = { 0 };

		damage(path, whole, (size_t)len, &seed);
		use(&err);
		told += err.status == RP_ERR_CORRUPT;
		if (err.status == RP_ERR_CORRUPT)
			ck_assert_ptr_nonnull(strstr(err.text, "queue.db: "));
	}
	ck_assert_uint_gt(told, 5);
}
END_TEST

int
main(void)
{
	const int kinds = has_redis() ? 2 : 1;
	Suite *s = suite_create("consumer");
	TCase *tc = tcase_create("each"), *one = tcase_create("directory");
	SRunner *r;
	int failed;

	if (kinds == 1) {
		puts("ok 0 - consumers of Redis # skip no redis-server");
		fflush(stdout);
	}
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, a_job_is_given_to_one, 0, kinds);
	tcase_add_loop_test(tc, an_id_is_held_by_one, 0, kinds);
	tcase_add_loop_test(tc, a_window_is_done, 0, kinds);
	tcase_add_loop_test(
	    tc, a_window_of_the_dead_is_made_as_it_was, 0, kinds);
	tcase_add_loop_test(tc, one_that_hangs_loses_its_jobs, 0, kinds);
	tcase_add_loop_test(tc, a_lease_that_ran_out_is_taken_again, 0, kinds);
	tcase_add_loop_test(tc, what_another_has_done_is_not_sealed, 0, kinds);
	tcase_add_loop_test(tc, what_is_given_back_is_due_at_once, 0, kinds);
	tcase_add_loop_test(tc, what_is_given_up_is_a_dead_letter, 0, kinds);
	tcase_add_loop_test(tc, a_job_wakes_who_waits, 0, kinds);
	tcase_add_checked_fixture(one, set_up, tear_down);
	tcase_add_test(one, a_consumer_is_killed_at_each_step);
	tcase_add_test(one, entries_as_text);
	tcase_add_test(one, who_is_alive);
	tcase_add_test(one, what_is_done_is_not_held_by_who_renews_late);
	tcase_add_test(one, a_queue_that_is_removed_is_told_and_made_anew);
	tcase_add_test(one, what_is_no_queue);
	tcase_add_test(one, tables_that_are_not_ours_end_nothing);
	tcase_add_test(one, a_damaged_file_is_told_by_its_name);
	suite_add_tcase(s, tc);
	suite_add_tcase(s, one);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
