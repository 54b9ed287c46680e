#include "import/intake.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "import/unpack.h"

/* Blocks between the unpacking thread and its reader: two hide jitter. */
#define BLOCKS 4

struct block {
	uint8_t *data;
	size_t len, used;
};

struct rp_intake_private {
	int fd; /* -1: memory, or source */
	const struct rp_intake_source *source;
	const uint8_t *mem, *mem_end;
	struct rp_buffer window; /* what in->at and in->end point into */
	uint8_t *raw; /* RP_IO_SIZE bytes as stored */
	const uint8_t *raw_at, *raw_end;
	bool started, raw_ended, want_thread, threaded;
	const struct rp_packing *packing; /* NULL: bytes are as stored */
	struct rp_unpacker unpacker;
	enum rp_status unpacked; /* RP_OK, or why it cannot go on */
	_Atomic uint64_t stored;
	int (*wait)(void *);
	void *wait_arg;
	enum rp_status status; /* of the input: RP_OK, RP_END or a failure */
	struct rp_error error;

	/* the thread; all under lock */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more, room;
	struct block blocks[BLOCKS];
	unsigned head, tail; /* filled, consumed */
	enum rp_status ahead; /* what the thread met after the last block */
	struct rp_error ahead_error;
	bool stop;
	int stop_pipe[2];
};

static struct rp_intake *
intake_new(int fd, const void *p, size_t len, bool thread)
{
	struct rp_intake *in = calloc(1, sizeof(*in));
	struct rp_intake_private *v = calloc(1, sizeof(*v));

	if (in == NULL || v == NULL) {
		free(in);
		free(v);
		return NULL;
	}
	v->fd = fd;
	v->mem = p;
	v->mem_end = v->mem + len;
	v->want_thread = thread;
	in->p = v;
	return in;
}

struct rp_intake *
rp_intake_fd(int fd, bool thread)
{
	return intake_new(fd, NULL, 0, thread);
}

struct rp_intake *
rp_intake_memory(const void *p, size_t len)
{
	return intake_new(-1, len != 0 ? p : "", len, false);
}

struct rp_intake *
rp_intake_from(const struct rp_intake_source *source)
{
	struct rp_intake *in = intake_new(-1, "", 0, false);

	if (in != NULL)
		in->p->source = source;
	return in;
}

static void
thread_stop(struct rp_intake_private *v)
{
	ssize_t n;

	pthread_mutex_lock(&v->lock);
	v->stop = true;
	pthread_cond_signal(&v->room);
	pthread_mutex_unlock(&v->lock);
	do
		n = write(v->stop_pipe[1], "", 1);
	while (n < 0 && errno == EINTR);
	pthread_join(v->thread, NULL);
	pthread_mutex_destroy(&v->lock);
	pthread_cond_destroy(&v->more);
	pthread_cond_destroy(&v->room);
	close(v->stop_pipe[0]);
	close(v->stop_pipe[1]);
}

void
rp_intake_free(struct rp_intake *in)
{
	if (in == NULL)
		return;
	if (in->p->threaded)
		thread_stop(in->p);
	for (unsigned i = 0; i < BLOCKS; i++)
		free(in->p->blocks[i].data);
	if (in->p->packing != NULL)
		in->p->packing->free(&in->p->unpacker);
	rp_buffer_free(&in->p->window);
	free(in->p->raw);
	free(in->p);
	free(in);
}

/* ---- bytes as they are stored ---- */

/* Wait until fd can be read: false if the thread is to stop. */
static bool
wait_fd(struct rp_intake_private *v)
{
	struct pollfd p[2] = { { v->fd, POLLIN, 0 },
		{ v->threaded ? v->stop_pipe[0] : -1, POLLIN, 0 } };
	int ms = -1, n;

	/* the hook belongs to the caller's thread */
	if (!v->threaded && v->wait == NULL)
		return true;
	for (;;) {
		if (!v->threaded && poll(p, 1, 0) == 0)
			ms = v->wait(v->wait_arg);
		n = poll(p, 2, ms);
		if (n > 0)
			return p[1].revents == 0;
		if (n < 0 && errno != EINTR)
			return true;
	}
}

/* The source is asked first; what waits for its bytes is done meanwhile. */
static enum rp_status
source_read(struct rp_intake_private *v, uint8_t *dst, size_t cap, size_t *n,
    struct rp_error *err)
{
	const struct rp_intake_source *s = v->source;
	enum rp_status st;
	int ms = 0;

	*n = 0;
	while ((st = s->read(s->arg, dst, cap, n, ms, err)) == RP_EMPTY)
		ms = v->wait != NULL ? v->wait(v->wait_arg) : -1;
	return st == RP_END ? RP_OK : st;
}

/* Up to cap bytes as stored to dst; *n 0 at the end of input. */
static enum rp_status
raw_read(struct rp_intake_private *v, uint8_t *dst, size_t cap, size_t *n,
    struct rp_error *err)
{
	enum rp_status st;
	ssize_t got;

	if (v->source != NULL) {
		if ((st = source_read(v, dst, cap, n, err)) != RP_OK)
			return st;
	} else if (v->fd < 0) {
		*n = (size_t)(v->mem_end - v->mem);
		if (*n > cap)
			*n = cap;
		memcpy(dst, v->mem, *n);
		v->mem += *n;
	} else {
		*n = 0;
		if (!wait_fd(v))
			return RP_OK;
		do
			got = read(v->fd, dst, cap);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			return rp_error_errno(err, "cannot read");
		*n = (size_t)got;
	}
	atomic_fetch_add_explicit(&v->stored, *n, memory_order_relaxed);
	return RP_OK;
}

static enum rp_status
raw_fill(struct rp_intake_private *v, struct rp_error *err)
{
	enum rp_status st;
	size_t n;

	if ((st = raw_read(v, v->raw, RP_IO_SIZE, &n, err)) != RP_OK)
		return st;
	v->raw_at = v->raw;
	v->raw_end = v->raw + n;
	v->raw_ended = n == 0;
	return RP_OK;
}

/* ---- bytes unpacked ---- */

static enum rp_status
unpack_failed(struct rp_intake_private *v, struct rp_error *err)
{
	enum rp_status st = v->unpacked;
	const char *name = v->packing->name;
	const uint64_t at =
	    atomic_load_explicit(&v->stored, memory_order_relaxed) -
	    (uint64_t)(v->raw_end - v->raw_at);

	switch (st) {
	case RP_ERR_LIMIT:
		return rp_error_set(err, st,
		    "%s frame needs a window above 128 MiB, at packed byte "
		    "%" PRIu64,
		    name, at);
	case RP_ERR_NOMEM:
		return rp_error_set(err, st, "no memory to unpack %s", name);
	case RP_ERR_TRUNCATED:
		return rp_error_set(err, st,
		    "%s data stops in the middle of a frame, at packed byte "
		    "%" PRIu64,
		    name, at);
	default:
		return rp_error_set(
		    err, st, "bad %s data at packed byte %" PRIu64, name, at);
	}
}

/*
 * Unpack up to cap bytes to dst; *n 0 at a clean end. What came before a
 * failure is handed out first.
 */
static enum rp_status
unpack(struct rp_intake_private *v, uint8_t *dst, size_t cap, size_t *n,
    struct rp_error *err)
{
	uint8_t *to = dst;
	enum rp_status st;

	while (to < dst + cap && v->unpacked == RP_OK) {
		const uint8_t *before_in = v->raw_at;
		uint8_t *before = to;

		if (v->raw_at == v->raw_end && !v->raw_ended) {
			/* hand out what there is before waiting for more */
			if (to > dst)
				break;
			if ((st = raw_fill(v, err)) != RP_OK)
				return st;
			continue;
		}
		if (v->raw_at == v->raw_end && !v->unpacker.inside)
			break;
		st = v->packing->step(
		    &v->unpacker, &v->raw_at, v->raw_end, &to, dst + cap);
		if (st == RP_OK && to == before && v->raw_at == before_in)
			st = RP_ERR_TRUNCATED;
		if (st != RP_OK) {
			v->unpacked = st;
			break;
		}
	}
	if (to == dst && v->unpacked != RP_OK)
		return unpack_failed(v, err);
	*n = (size_t)(to - dst);
	return RP_OK;
}

/* ---- the thread ---- */

static void *
thread_main(void *arg)
{
	struct rp_intake_private *v = arg;
	struct rp_error err = { 0 };
	enum rp_status st = RP_OK;
	struct block *b;

	while (st == RP_OK) {
		pthread_mutex_lock(&v->lock);
		while (v->head - v->tail == BLOCKS && !v->stop)
			pthread_cond_wait(&v->room, &v->lock);
		b = &v->blocks[v->head % BLOCKS];
		if (v->stop)
			st = RP_END;
		pthread_mutex_unlock(&v->lock);
		if (st != RP_OK)
			break;
		b->used = b->len = 0;
		st = unpack(v, b->data, RP_IO_SIZE, &b->len, &err);
		if (st == RP_OK && b->len == 0)
			st = RP_END;
		pthread_mutex_lock(&v->lock);
		if (st == RP_OK) {
			v->head++;
		} else {
			v->ahead = st;
			v->ahead_error = err;
		}
		pthread_cond_signal(&v->more);
		pthread_mutex_unlock(&v->lock);
	}
	return NULL;
}

/* Sleep until the thread has something, or for ms (-1: no limit). */
static void
await_thread(struct rp_intake_private *v, int ms)
{
	struct timespec t;

	if (ms < 0) {
		pthread_cond_wait(&v->more, &v->lock);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(&v->more, &v->lock, &t);
}

/* Up to cap bytes of the thread's to dst. */
static enum rp_status
take_block(struct rp_intake_private *v, uint8_t *dst, size_t cap, size_t *n,
    struct rp_error *err)
{
	struct block *b = &v->blocks[v->tail % BLOCKS];
	enum rp_status st = RP_OK;
	int ms;

	*n = 0;
	pthread_mutex_lock(&v->lock);
	while (v->head == v->tail && v->ahead == RP_OK) {
		ms = -1;
		if (v->wait != NULL) {
			pthread_mutex_unlock(&v->lock);
			ms = v->wait(v->wait_arg);
			pthread_mutex_lock(&v->lock);
			if (v->head != v->tail || v->ahead != RP_OK)
				break;
		}
		await_thread(v, ms);
	}
	if (v->head == v->tail)
		st = v->ahead;
	pthread_mutex_unlock(&v->lock);
	if (st == RP_END)
		return RP_OK;
	if (st != RP_OK)
		return rp_error_set(err, st, "%s", v->ahead_error.text);
	*n = b->len - b->used < cap ? b->len - b->used : cap;
	memcpy(dst, b->data + b->used, *n);
	b->used += *n;
	if (b->used == b->len) {
		pthread_mutex_lock(&v->lock);
		v->tail++;
		pthread_cond_signal(&v->room);
		pthread_mutex_unlock(&v->lock);
	}
	return RP_OK;
}

/* Without a thread everything works as well, only slower. */
static void
thread_start(struct rp_intake_private *v)
{
	pthread_condattr_t attr;

	for (unsigned i = 0; i < BLOCKS; i++)
		if ((v->blocks[i].data = malloc(RP_IO_SIZE)) == NULL)
			return;
	if (pipe(v->stop_pipe) != 0)
		return;
	pthread_mutex_init(&v->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&v->more, &attr);
	pthread_cond_init(&v->room, NULL);
	pthread_condattr_destroy(&attr);
	v->threaded = true;
	if (pthread_create(&v->thread, NULL, thread_main, v) == 0)
		return;
	v->threaded = false;
	close(v->stop_pipe[0]);
	close(v->stop_pipe[1]);
}

/* ---- the window ---- */

/* The first bytes say how the input is packed; they may come one by one. */
static enum rp_status
start(struct rp_intake_private *v, struct rp_error *err)
{
	enum rp_status st;
	size_t have = 0, n;

	v->started = true;
	if (v->source != NULL && v->source->plain)
		return RP_OK;
	if ((v->raw = malloc(RP_IO_SIZE)) == NULL)
		return rp_error_set(err, RP_ERR_NOMEM, "no memory");
	do {
		st = raw_read(v, v->raw + have, RP_IO_SIZE - have, &n, err);
		if (st != RP_OK)
			return st;
		have += n;
	} while (have < RP_PACKING_PROBE && n != 0);
	v->raw_at = v->raw;
	v->raw_end = v->raw + have;
	v->raw_ended = n == 0;
	v->packing = rp_packing_find(v->raw, have);
	if (v->packing != NULL && v->want_thread)
		thread_start(v);
	return RP_OK;
}

/* Up to cap bytes of the unpacked input to dst; *n 0 at its end. */
static enum rp_status
produce(struct rp_intake_private *v, uint8_t *dst, size_t cap, size_t *n,
    struct rp_error *err)
{
	if (v->threaded)
		return take_block(v, dst, cap, n, err);
	if (v->packing != NULL)
		return unpack(v, dst, cap, n, err);
	if (v->raw_at == v->raw_end)
		return raw_read(v, dst, cap, n, err);
	*n = (size_t)(v->raw_end - v->raw_at);
	if (*n > cap)
		*n = cap;
	memcpy(dst, v->raw_at, *n);
	v->raw_at += *n;
	return RP_OK;
}

/* Move what is left to the front and add one read's worth behind it. */
static enum rp_status
add_some(struct rp_intake *in, size_t want)
{
	struct rp_intake_private *v = in->p;
	struct rp_buffer *w = &v->window;
	size_t left = (size_t)(in->end - in->at), n = 0;

	if (!v->started && (v->status = start(v, &v->error)) != RP_OK)
		return v->status;
	if (left != 0 && in->at != w->data)
		memmove(w->data, in->at, left);
	w->len = left;
	in->at = in->end = w->data;
	if (want < left + RP_IO_SIZE)
		want = left + RP_IO_SIZE;
	if (rp_buffer_reserve(w, want) != RP_OK)
		v->status = rp_error_set(&v->error, RP_ERR_NOMEM, "no memory");
	else
		v->status =
		    produce(v, w->data + left, w->cap - left, &n, &v->error);
	if (v->status == RP_OK && n == 0)
		v->status = RP_END;
	in->at = w->data;
	in->end = in->at + left + n;
	in->base += n;
	in->ended = v->status != RP_OK;
	return v->status;
}

enum rp_status
rp_intake_need(struct rp_intake *in, size_t n, struct rp_error *err)
{
	enum rp_status st = in->p->status;

	if (n > RP_INTAKE_MAX)
		return rp_error_set(err, RP_ERR_LIMIT,
		    "%zu bytes in one piece are more than the %d allowed", n,
		    RP_INTAKE_MAX);
	while ((size_t)(in->end - in->at) < n && st == RP_OK)
		st = add_some(in, n);
	if ((size_t)(in->end - in->at) >= n)
		return RP_OK;
	if (st != RP_END)
		return rp_error_set(err, st, "%s", in->p->error.text);
	return in->at == in->end ? RP_END : RP_ERR_TRUNCATED;
}

enum rp_status
rp_intake_more(struct rp_intake *in, struct rp_error *err)
{
	size_t have = (size_t)(in->end - in->at);

	if (have < RP_INTAKE_MAX && in->p->status == RP_END)
		return RP_END;
	switch (rp_intake_need(in, have + 1, err)) {
	case RP_OK:
		return RP_OK;
	case RP_END:
	case RP_ERR_TRUNCATED:
		if (in->p->status == RP_END)
			return RP_END;
		return RP_ERR_TRUNCATED;
	default:
		return err != NULL && err->status != RP_OK ? err->status
		    : in->p->status != RP_OK               ? in->p->status
							   : RP_ERR_LIMIT;
	}
}

uint64_t
rp_intake_stored(const struct rp_intake *in)
{
	return atomic_load_explicit(&in->p->stored, memory_order_relaxed);
}

bool
rp_intake_packed(const struct rp_intake *in)
{
	return in->p->packing != NULL;
}

void
rp_intake_on_wait(struct rp_intake *in, int (*wait)(void *), void *arg)
{
	in->p->wait = wait;
	in->p->wait_arg = arg;
}
