#include "report.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/time.h"
#include "cli/json.h"

/* Upper bounds, in ms, of the histogram of how long objects take; the last
 * bucket has none. */
static const uint32_t bounds[] = { 5, 10, 25, 50, 100, 250, 500, 1000, 2500,
	5000, 10000, 30000, 60000 };
#define N_BUCKETS (RP_LEN(bounds) + 1)

static struct {
	pthread_mutex_t lock;
	const struct rp_cli *cli;
	struct rp_time_text clock;
	uint64_t jobs[N_OUTCOMES];
	uint64_t objects, bytes, retries;
	uint64_t failures[N_PEERS];
	uint64_t buckets[N_BUCKETS];
	int64_t spent; /* ns, of all objects */
	char trouble[N_PEERS][160]; /* "": none */
	bool draining;
	struct gauges gauges;
} the = { .lock = PTHREAD_MUTEX_INITIALIZER };

static const char *const outcomes[] = { "done", "repeated", "busy", "lost",
	"dead" };
static const char *const peers[] = { "queue", "store", "log" };

/* ---- lines ---- */

void
report_open(const struct rp_cli *cli)
{
	the.cli = cli;
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
}

/* Begin a line; the lock is held until end_line. */
static struct rp_json
begin_line(const char *level, const char *event)
{
	struct rp_json j = { .f = stderr, .numbers = true };
	char now[RP_TIME_ROOM + 1];

	pthread_mutex_lock(&the.lock);
	now[rp_time_format(&the.clock, now, rp_time_now())] = '\0';
	rp_json_open(&j, NULL);
	rp_json_text(&j, "time", now);
	rp_json_text(&j, "level", level);
	rp_json_text(&j, "event", event);
	return j;
}

static void
end_line(struct rp_json *j)
{
	rp_json_close(j);
	pthread_mutex_unlock(&the.lock);
}

void
report_state(const char *event, const char *text)
{
	struct rp_json j;

	if (strcmp(event, "draining") == 0) {
		pthread_mutex_lock(&the.lock);
		the.draining = true;
		pthread_mutex_unlock(&the.lock);
	}
	if (the.cli->quiet)
		return;
	j = begin_line("info", event);
	if (text != NULL)
		rp_json_text(&j, "text", text);
	end_line(&j);
}

static uint64_t
bucket_of(int64_t ns)
{
	size_t i = 0;

	while (i < RP_LEN(bounds) && ns > bounds[i] * (RP_SECOND / 1000))
		i++;
	return i;
}

void
report_object(const struct unit *u, const struct rp_put_result *result,
    const char *where, int64_t ns)
{
	struct rp_json j;

	pthread_mutex_lock(&the.lock);
	the.objects++;
	the.bytes += result->size;
	the.buckets[bucket_of(ns)]++;
	the.spent += ns;
	pthread_mutex_unlock(&the.lock);
	if (the.cli->quiet)
		return;
	j = begin_line("info", "object");
	rp_json_text(&j, "object", where);
	rp_json_text(&j, "job", u->window.members[0].id);
	rp_json_u64(&j, "jobs", u->window.n);
	rp_json_u64(&j, "bytes", result->size);
	rp_json_text(&j, "etag", result->etag);
	rp_json_i64(&j, "ms", ns / (RP_SECOND / 1000));
	end_line(&j);
}

void
report_dead(const char *id, const char *entry, const char *reason)
{
	struct rp_json j;

	report_jobs(JOB_DEAD, 1);
	j = begin_line("error", "dead");
	if (id != NULL)
		rp_json_text(&j, "job", id);
	rp_json_text(&j, "entry", entry);
	rp_json_text(&j, "reason", reason);
	end_line(&j);
}

void
report_trouble(enum peer peer, const char *error, uint64_t failures, int64_t ms)
{
	struct rp_json j = begin_line("warning", "trouble");

	the.failures[peer]++;
	snprintf(the.trouble[peer], sizeof(the.trouble[peer]), "%.159s", error);
	rp_json_text(&j, "of", peers[peer]);
	rp_json_text(&j, "error", error);
	rp_json_u64(&j, "failures", failures);
	if (ms >= 0)
		rp_json_i64(&j, "again_ms", ms);
	end_line(&j);
}

void
report_well(enum peer peer)
{
	pthread_mutex_lock(&the.lock);
	the.trouble[peer][0] = '\0';
	pthread_mutex_unlock(&the.lock);
}

/* ---- counts ---- */

void
report_jobs(enum outcome outcome, uint64_t n)
{
	pthread_mutex_lock(&the.lock);
	the.jobs[outcome] += n;
	pthread_mutex_unlock(&the.lock);
}

uint64_t
report_jobs_of(enum outcome outcome)
{
	uint64_t n;

	pthread_mutex_lock(&the.lock);
	n = the.jobs[outcome];
	pthread_mutex_unlock(&the.lock);
	return n;
}

void
report_gauges(const struct gauges *g)
{
	pthread_mutex_lock(&the.lock);
	the.gauges = *g;
	pthread_mutex_unlock(&the.lock);
}

void
report_retries(uint64_t n)
{
	pthread_mutex_lock(&the.lock);
	the.retries += n;
	pthread_mutex_unlock(&the.lock);
}

/* ---- what is served ---- */

/* The lines of a metric's head. */
static void
head(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP rp_compile_%s %s\n# TYPE rp_compile_%s %s\n", name,
	    help, name, type);
}

static void
number(FILE *f, const char *name, const char *type, const char *help,
    uint64_t value)
{
	head(f, name, type, help);
	fprintf(f, "rp_compile_%s %" PRIu64 "\n", name, value);
}

static void
histogram(FILE *f)
{
	uint64_t sum = 0;

	head(f, "object_seconds", "histogram",
	    "How long an object took, from its first job on.");
	for (size_t i = 0; i < RP_LEN(bounds); i++) {
		sum += the.buckets[i];
		fprintf(f,
		    "rp_compile_object_seconds_bucket{le=\"%g\"} %" PRIu64 "\n",
		    bounds[i] / 1000.0, sum);
	}
	fprintf(f,
	    "rp_compile_object_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n"
	    "rp_compile_object_seconds_sum %g\n"
	    "rp_compile_object_seconds_count %" PRIu64 "\n",
	    the.objects, (double)the.spent / 1e9, the.objects);
}

static void
metrics(FILE *f)
{
	head(f, "jobs_total", "counter", "Jobs, by what became of them.");
	for (size_t i = 0; i < N_OUTCOMES; i++)
		fprintf(f,
		    "rp_compile_jobs_total{outcome=\"%s\"} %" PRIu64 "\n",
		    outcomes[i], the.jobs[i]);
	head(f, "failures_total", "counter", "Failed attempts, by of what.");
	for (size_t i = 0; i < N_PEERS; i++)
		fprintf(f, "rp_compile_failures_total{of=\"%s\"} %" PRIu64 "\n",
		    peers[i], the.failures[i]);
	number(f, "objects_total", "counter", "Objects that were put.",
	    the.objects);
	number(
	    f, "object_bytes_total", "counter", "Bytes of these.", the.bytes);
	number(f, "store_retries_total", "counter",
	    "Requests to the store that were made anew.", the.retries);
	number(f, "jobs_held", "gauge", "Jobs in hand here.", the.gauges.held);
	number(f, "units_queued", "gauge",
	    "Windows and slices that wait for a worker.", the.gauges.units);
	number(f, "jobs_waiting", "gauge",
	    "Jobs that no consumer was given yet.", the.gauges.waiting);
	number(f, "jobs_pending", "gauge", "Jobs that some consumer has.",
	    the.gauges.pending);
	histogram(f);
}

/* False: something is wrong, told. */
static bool
health(FILE *f)
{
	bool well = !the.draining;

	if (the.draining)
		fprintf(f, "draining\n");
	/* a log may be only a job's trouble */
	for (size_t i = 0; i < N_PEERS; i++)
		if (i != PEER_LOG && the.trouble[i][0] != '\0') {
			fprintf(f, "%s: %s\n", peers[i], the.trouble[i]);
			well = false;
		}
	if (well)
		fprintf(f, "ok\n");
	return well;
}

unsigned
report_serve(
    void *arg, const char *path, struct rp_buffer *body, const char **type)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	unsigned status = 200;

	(void)arg;
	if (f == NULL)
		return 500;
	pthread_mutex_lock(&the.lock);
	if (strcmp(path, "/metrics") == 0) {
		*type = "text/plain; version=0.0.4; charset=utf-8";
		metrics(f);
	} else if (strcmp(path, "/healthz") == 0)
		status = health(f) ? 200 : 503;
	else
		status = 404;
	pthread_mutex_unlock(&the.lock);
	if (fclose(f) != 0 || rp_buffer_add(body, text, len) != RP_OK)
		status = 500;
	free(text);
	return status;
}
