/*
 * Tests that try all there is, byte by byte or draw by draw, take many times as
 * long under a sanitizer, and what those look for shows in a part of it.
 */
#ifndef RP_TESTS_EFFORT_H
#define RP_TESTS_EFFORT_H

#include <stddef.h>
#include <stdlib.h>

/* How many times fewer are tried: 1, or n under a sanitizer. */
static inline size_t
thinned(size_t n)
{
	return getenv("RP_SANITIZER") != NULL ? n : 1;
}

#endif
