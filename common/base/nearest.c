#include "base/nearest.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LONGEST 32 /* of what is compared with what was written */

/* Edits that turn one text into the other, letters' case aside. */
static unsigned
distance_of(const char *a, size_t n, const char *b, size_t m)
{
	unsigned row[LONGEST + 1], corner, above;
	size_t i, j;

	for (j = 0; j <= m; j++)
		row[j] = (unsigned)j;
	for (i = 1; i <= n; i++) {
		corner = row[0];
		row[0] = (unsigned)i;
		for (j = 1; j <= m; j++) {
			above = row[j];
			corner += strncasecmp(&a[i - 1], &b[j - 1], 1) != 0;
			if (above + 1 < corner)
				corner = above + 1;
			if (row[j - 1] + 1 < corner)
				corner = row[j - 1] + 1;
			row[j] = corner;
			corner = above;
		}
	}
	return row[m];
}

void
rp_nearest_init(struct rp_nearest *n, const char *text, size_t len)
{
	*n = (struct rp_nearest){ .text = text, .len = len, .distance = 3 };
}

void
rp_nearest_consider(struct rp_nearest *n, const char *name)
{
	size_t len = strlen(name);
	unsigned d;

	if (n->len > LONGEST || len > LONGEST)
		return;
	d = distance_of(n->text, n->len, name, len);
	if (d < n->distance && 2 * d <= n->len) {
		n->distance = d;
		n->best = name;
	}
}

void
rp_nearest_say(const struct rp_nearest *n, char *buf, size_t size)
{
	*buf = '\0';
	if (n->best != NULL)
		snprintf(buf, size, "; did you mean \"%s\"?", n->best);
}
