# rp: make, make check, make install; `make help` lists all targets.
VERSION = 0.1.0
PREFIX ?= /usr/local
BUILD ?= build
CC ?= cc
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wvla -Werror
CPPFLAGS += -Icommon -D_GNU_SOURCE -DRP_VERSION='"$(VERSION)"'
ALL_CFLAGS = -std=c11 $(WARN) -fno-strict-aliasing -pthread $(CFLAGS)

# The libraries of the core; a tool that needs another adds LIBS_rp-NAME.
LIBS_core = -lzstd -llz4 -lxxhash -lm

TOOLS = $(patsubst cmd/%.c,%,$(wildcard cmd/rp-*.c))
SRC = $(sort $(wildcard common/*/*.c))
OBJ = $(SRC:%.c=$(BUILD)/%.o)
BIN = $(TOOLS:%=$(BUILD)/%)

all: $(BIN) $(BUILD)/librp.a

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/librp.a: $(OBJ)
	@rm -f $@
	$(AR) rcs $@ $(OBJ)

$(BUILD)/rp-%: $(BUILD)/cmd/rp-%.o $(BUILD)/librp.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< $(BUILD)/librp.a \
	    -Wl,--as-needed $(LIBS_core) $(LIBS_rp-$*)

clean:
	rm -rf $(BUILD)

.PHONY: all clean
.SECONDARY:
-include $(OBJ:.o=.d) $(TOOLS:%=$(BUILD)/cmd/%.d)
