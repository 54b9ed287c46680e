/* Moved: include wire/labels.h. */
#include "wire/labels.h"
