#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

bool
rp_library_load(
    const char *file, const char *const *names, size_t n, void *calls)
{
	void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL), *found;

	for (size_t i = 0; library != NULL && i < n; i++) {
		if ((found = dlsym(library, names[i])) == NULL)
			return false;
		memcpy(
		    (char *)calls + i * sizeof(found), &found, sizeof(found));
	}
	return library != NULL;
}
