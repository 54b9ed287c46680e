/*
 * How a type's table is written: a field is one line. For the files of
 * common/types only; types.c lists the types.
 */
#ifndef RP_TYPES_TABLES_H
#define RP_TYPES_TABLES_H

#include "types/types.h"

/* clang-format off: it would spread the macros over many lines */

/* kind without RP_KIND_, name, offset and size in bytes, doc */
#define FIELD(kind_, name_, off_, size_, doc_)                           \
	{                                                                \
		.name = (name_), .kind = RP_KIND_##kind_, .off = (off_), \
		.size = (size_), .doc = (doc_)                           \
	}

/* a UINT, INT or ID that has an absent value */
#define OPTIONAL(kind_, name_, off_, size_, doc_)                        \
	{                                                                \
		.name = (name_), .kind = RP_KIND_##kind_, .off = (off_), \
		.size = (size_), .optional = true, .doc = (doc_)         \
	}

/* an ENUM or FLAGS with its array of words */
#define WORDED(kind_, name_, off_, size_, words_, doc_)                        \
	{                                                                      \
		.name = (name_), .kind = RP_KIND_##kind_, .off = (off_),       \
		.size = (size_), .words = (words_), .n_words = RP_LEN(words_), \
		.doc = (doc_)                                                  \
	}

/* what the type makes of the last 4 bytes of the event head, alias aux */
#define AUX(name_, doc_)                                                 \
	{                                                                \
		.name = (name_), .kind = RP_KIND_UINT, .off = RP_EV_AUX, \
		.size = 4, .also = "aux", .doc = (doc_)                  \
	}

/* The event head of types 1 to 12: EVENT_START, the type's action,
 * EVENT_REST(its tflags), its AUX. */
#define EVENT_START                                                      \
	FIELD(TIME, "ts_event", RP_EV_TS_EVENT, 8,                       \
	    "time of the event at the venue"),                           \
	    FIELD(UINT, "sequence", RP_EV_SEQUENCE, 8,                   \
		"the venue's sequence number"),                          \
	    FIELD(INT, "px_exp", RP_EV_PX_EXP, 1, "exponent of prices"), \
	    FIELD(INT, "qty_exp", RP_EV_QTY_EXP, 1, "exponent of sizes")

#define ACTION(words_, doc_) \
	WORDED(ENUM, "action", RP_EV_ACTION, 1, words_, doc_)
#define ACTION_CHAR(doc_) FIELD(CHAR, "action", RP_EV_ACTION, 1, doc_)

#define EVENT_REST(tflags_)                                                  \
	WORDED(ENUM, "side", RP_EV_SIDE, 1, rp_side_words,                   \
	    "side of the order or level; of a trade, the aggressor's"),      \
	    FIELD(UINT, "channel", RP_EV_CHANNEL, 2, "channel of the feed"), \
	    WORDED(FLAGS, "tflags", RP_EV_TFLAGS, 2, tflags_,                \
		"flags of the type"),                                        \
	    OPTIONAL(INT, "send_delta", RP_EV_SEND_DELTA, 4,                 \
		"ns from the venue's sending to ts_recv")

#define INSTRUMENT AUX("instrument_id", "the venue's number of the instrument")

/* A type's table from its array of fields. */
#define TYPE(id_, name_, min_, len_, frozen_, fields_, doc_)             \
	{                                                                \
		.id = (id_), .name = (name_), .min_len = (min_),         \
		.len = (len_), .frozen = (frozen_), .fields = (fields_), \
		.n_fields = RP_LEN(fields_), .doc = (doc_)               \
	}

/* The payload of a struct's member is where the format says. */
#define AT(struct_, member_, off_)                                  \
	_Static_assert(offsetof(struct struct_, member_) == (off_), \
	    #struct_ "." #member_)
#define SIZE(struct_, size_) \
	_Static_assert(sizeof(struct struct_) == (size_), #struct_)

/* clang-format on */

extern const struct rp_word rp_side_words[3];

extern const struct rp_type rp_type_trade, rp_type_bbo, rp_type_level,
    rp_type_mbo, rp_type_book, rp_type_bar, rp_type_feature, rp_type_gap,
    rp_type_status, rp_type_definition, rp_type_stat, rp_type_imbalance,
    rp_type_dbn, rp_type_itch, rp_type_json;

#endif
