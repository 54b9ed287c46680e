#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMBERS = 16 /* room to begin with; a power of 2 */ };

struct unit *
unit_new(void)
{
	return calloc(1, sizeof(struct unit));
}

void
unit_free(struct unit *u)
{
	if (u == NULL)
		return;
	rp_job_read_free(&u->job);
	free(u->slice.payload);
	free(u->slice.id);
	rp_job_window_free(&u->window);
	free(u);
}

/* Room for one more: it doubles whenever it was a power of 2 that is full. */
static bool
make_room(struct rp_job_window *w)
{
	struct rp_member *more;

	if (w->n % MEMBERS != 0 || (w->n & (w->n - 1)) != 0)
		return true;
	more = realloc(
	    w->members, (w->n < MEMBERS ? MEMBERS : 2 * w->n) * sizeof(*more));
	if (more != NULL)
		w->members = more;
	return more != NULL;
}

enum rp_status
unit_add(struct unit *u, const char *id, const char *entry)
{
	struct rp_job_window *w = &u->window;
	struct rp_member *m;

	if (!make_room(w))
		return RP_ERR_NOMEM;
	m = &w->members[w->n];
	*m = (struct rp_member){ .id = strdup(id) };
	if (m->id == NULL)
		return RP_ERR_NOMEM;
	snprintf(m->entry, sizeof(m->entry), "%s", entry);
	if (w->n++ == 0)
		memcpy(w->name, m->entry, sizeof(w->name));
	u->bytes += strlen(id);
	return RP_OK;
}

void
unit_drop_lost(
    struct unit *u, void (*forget)(void *arg, const char *id), void *arg)
{
	struct rp_job_window *w = &u->window;
	size_t kept = 0;

	for (size_t i = 0; i < w->n; i++) {
		if (w->members[i].lost) {
			forget(arg, w->members[i].id);
			free(w->members[i].id);
		} else
			w->members[kept++] = w->members[i];
	}
	w->n = kept;
	if (kept > 0)
		memcpy(w->name, w->members[0].entry, sizeof(w->name));
}

/* ---- the channel ---- */

struct channel {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct unit *first, *last;
	size_t n, room;
	bool closed;
};

struct channel *
channel_new(size_t room)
{
	struct channel *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->room = room;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	return c;
}

void
channel_free(struct channel *c)
{
	if (c == NULL)
		return;
	for (struct unit *u = c->first, *next; u != NULL; u = next) {
		next = u->next;
		unit_free(u);
	}
	pthread_cond_destroy(&c->changed);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void
channel_put(struct channel *c, struct unit *u)
{
	u->next = NULL;
	pthread_mutex_lock(&c->lock);
	while (c->n >= c->room)
		pthread_cond_wait(&c->changed, &c->lock);
	if (c->first == NULL)
		c->first = u;
	else
		c->last->next = u;
	c->last = u;
	c->n++;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

struct unit *
channel_get(struct channel *c)
{
	struct unit *u;

	pthread_mutex_lock(&c->lock);
	while (c->first == NULL && !c->closed)
		pthread_cond_wait(&c->changed, &c->lock);
	if ((u = c->first) != NULL) {
		c->first = u->next;
		c->n--;
		pthread_cond_broadcast(&c->changed);
	}
	pthread_mutex_unlock(&c->lock);
	return u;
}

void
channel_close(struct channel *c)
{
	pthread_mutex_lock(&c->lock);
	c->closed = true;
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

size_t
channel_depth(struct channel *c)
{
	size_t n;

	pthread_mutex_lock(&c->lock);
	n = c->n;
	pthread_mutex_unlock(&c->lock);
	return n;
}
