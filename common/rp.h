/*
 * The library as its users see it: streams in and out, records, the table of
 * types, selections, logs, and the command line that all tools share.
 * librp(3) tells how they go together. What this header reaches is installed,
 * as <rp/rp.h> and so on. No ABI promise before 1.0.
 */
#ifndef RP_RP_H
#define RP_RP_H

#include "base/decimal.h"
#include "base/error.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/select.h"
#include "expr/select.h"
#include "log/reader.h"
#include "log/readers.h"
#include "log/writer.h"
#include "types/text.h"
#include "types/types.h"
#include "wire/reader.h"
#include "wire/record.h"
#include "wire/writer.h"

#endif
