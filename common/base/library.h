/*
 * Libraries that are loaded when they are first needed: by tools that seldom
 * do, and would begin slower for them each time.
 */
#ifndef RP_BASE_LIBRARY_H
#define RP_BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Load a library by its file's name, such as "libz.so.1", until the process
 * ends, and put its n functions of these names into the table of pointers to
 * functions at calls. False: it, or one of them, is not to be had.
 */
bool rp_library_load(
    const char *file, const char *const *names, size_t n, void *calls);

#endif
