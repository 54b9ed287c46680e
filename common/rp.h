/*
 * The library as its users see it: streams in and out, records, the table of
 * types, logs. librp(3) tells how they go together. No ABI promise before 1.0.
 */
#ifndef RP_RP_H
#define RP_RP_H

#include "base/decimal.h"
#include "base/time.h"
#include "log/reader.h"
#include "log/writer.h"
#include "types/text.h"
#include "types/types.h"
#include "wire/reader.h"
#include "wire/writer.h"

#endif
