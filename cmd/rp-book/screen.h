/*
 * A picture on the terminal that is standard output: on its other screen, so
 * that what stood there comes back, however the tool ends.
 */
#ifndef RP_BOOK_SCREEN_H
#define RP_BOOK_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

struct screen {
	unsigned rows, columns;
	bool live; /* it can be drawn on again and again */
	bool color, blocks; /* it has colours (NO_COLOR); U+2588 (UTF-8) */
};

/* Of what is no terminal, or one that cannot be drawn on, only the size:
 * $COLUMNS and $LINES, or 80 and 24. */
void screen_open(struct screen *s);

/* A picture is due: the size has changed, or the tool was stopped. */
bool screen_has_changed(struct screen *s);

/* Draw lines in place of what there is. False: errno has why. */
bool screen_draw(const char *text, size_t len);

/* What stood there before the first picture. */
void screen_close(struct screen *s);

#endif
