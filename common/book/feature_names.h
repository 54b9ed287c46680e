/* Inside book/: what features are called and how they are scaled. */
#ifndef RP_BOOK_FEATURE_NAMES_H
#define RP_BOOK_FEATURE_NAMES_H

#include "book/features.h"

/* The exponent of a feature's values, of a book with these. */
int rp_feature_exp(enum rp_feature_id id, int px_exp, int qty_exp);

#endif
