# rp: make, make check, make install; `make help` lists all targets.
VERSION = 0.1.0
PREFIX ?= /usr/local
BUILD ?= build
CC ?= cc
CLANG ?= clang
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
FUZZ_TIME ?= 30
RP_DATA ?= ../shared/data
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wvla
# scripts/check sets it: another compiler's new warning stops no user.
WERROR ?=
CPPFLAGS += -Icommon -I$(BUILD)/common -D_GNU_SOURCE -DRP_VERSION='"$(VERSION)"'
ALL_CFLAGS = -std=c11 $(WARN) $(WERROR) -fno-strict-aliasing -pthread $(CFLAGS)

# The libraries of the core; a tool that needs another adds LIBS_rp-NAME. They
# are loaded at start, so only by who uses them.
LIBS_core = -lzstd -llz4 -lxxhash -lm
LIBS_import = -lz -lcsv
LIBS_rp-import = $(LIBS_import) -lwebsockets
LIBS_queue = -lhiredis -lprotobuf-c -lsqlite3
LIBS_rp-enqueue = $(LIBS_queue)
LIBS_rp-compile = $(LIBS_queue) -lmicrohttpd
# Of every unit test; one that needs another adds LIBS_test_NAME.
LIBS_tests = $(shell $(PKG_CONFIG) --libs check)
LIBS_test_job = -lprotobuf-c
LIBS_fuzz_job = -lprotobuf-c
LIBS_test_consumer = $(LIBS_queue)
LIBS_test_serve = -lmicrohttpd

# New files are found, not listed. A tool may have more of them in cmd/rp-NAME/.
TOOLS = $(patsubst cmd/%.c,%,$(wildcard cmd/rp-*.c))
PARTS = $(sort $(wildcard cmd/rp-*/*.c))
SRC = $(sort $(wildcard common/*/*.c))
# Of these the library knows nothing: they bring libraries of their own along.
ROOMS = $(filter common/import/% common/net/% common/store/% \
	common/queue/% common/cli/stores.c,$(SRC))
HEADERS = $(sort $(wildcard common/*.h common/*/*.h))
UNIT = $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/test_*.c)))
FUZZ = $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
BATS = $(sort $(wildcard tests/cli/*.bats))
PEERS = $(sort $(wildcard tests/peers/*.bats))
MAN = $(sort $(wildcard man/*.[1-9]))
C_FILES = $(SRC) $(HEADERS) $(wildcard cmd/*.[ch] cmd/*/*.[ch] examples/*.c) \
	$(wildcard tests/unit/*.[ch] tests/fuzz/*.[ch] tests/bench/*.[ch])
SCRIPTS = $(shell grep -lE '^\#!.*/(env )?(ba|da)?sh' .ci/* scripts/* \
	tests/bench/* tests/peers/* 2>/dev/null)

OBJ = $(SRC:%.c=$(BUILD)/%.o)
PROTO = $(wildcard common/*/*.proto)
ROOMS_OBJ = $(ROOMS:%.c=$(BUILD)/%.o) $(PROTO:%.proto=$(BUILD)/%.pb-c.o)
BIN = $(TOOLS:%=$(BUILD)/%)
UNIT_BIN = $(UNIT:%=$(BUILD)/tests/%)
REPLAY_BIN = $(FUZZ:%=$(BUILD)/tests/replay_%)
FUZZ_BIN = $(FUZZ:%=$(BUILD)/tests/fuzz_%)

SUITE_ENV = PATH="$(abspath $(BUILD)):$$PATH" RP_BUILD="$(abspath $(BUILD))" \
	RP_TOP="$(CURDIR)" RP_DATA="$(abspath $(RP_DATA))" MAKEFLAGS= \
	ASAN_OPTIONS=allocator_may_return_null=1
RUN_TESTS = $(SUITE_ENV) scripts/run-tests
ASAN = BUILD=$(BUILD)/asan \
	CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer'
TSAN = BUILD=$(BUILD)/tsan CFLAGS='-O1 -g -fsanitize=thread'
COV = BUILD=$(BUILD)/cov CFLAGS='-O0 -g --coverage'

# V=1 shows commands.
Q = $(if $(V),,@)
SAY = $(if $(V),@:,@printf '  %-4s %s\n')

all: $(BIN) $(BUILD)/librp.a ## the tools and the library

help: ## this list
	@sed -n 's/^\([a-z_.-]*\):.*## \(.*\)/\1|\2/p' Makefile | \
	    awk -F'|' '{ printf "  %-22s %s\n", $$1, $$2 }'

$(BUILD)/%.o: %.c
	$(SAY) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Messages of protobuf: C is made of what the .proto says.
$(BUILD)/%.pb-c.c $(BUILD)/%.pb-c.h &: %.proto
	$(SAY) PROTO $<
	@mkdir -p $(@D)
	$(Q)protoc-c --proto_path=$(<D) --c_out=$(@D) $(<F)
$(BUILD)/%.pb-c.o: $(BUILD)/%.pb-c.c
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
$(BUILD)/common/queue/job.o: $(BUILD)/common/queue/job.pb-c.h

$(BUILD)/librp.a: $(filter-out $(ROOMS_OBJ),$(OBJ))
$(BUILD)/rooms.a: $(ROOMS_OBJ)
$(BUILD)/%.a:
	$(SAY) AR $@
	@rm -f $@
	$(Q)$(AR) qcs $@ $^

$(foreach tool,$(TOOLS),$(eval $(BUILD)/$(tool): \
    $(patsubst %.c,$(BUILD)/%.o,$(filter cmd/$(tool)/%,$(PARTS)))))
$(BUILD)/rp-%: $(BUILD)/cmd/rp-%.o $(BUILD)/rooms.a $(BUILD)/librp.a
	$(SAY) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) \
	    $(BUILD)/rooms.a $(BUILD)/librp.a \
	    -Wl,--as-needed $(LIBS_core) $(LIBS_rp-$*)

$(BUILD)/tests/test_%: $(BUILD)/tests/unit/test_%.o $(BUILD)/rooms.a \
    $(BUILD)/librp.a
	$(SAY) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< \
	    $(BUILD)/rooms.a $(BUILD)/librp.a \
	    -Wl,--as-needed $(LIBS_core) $(LIBS_import) $(LIBS_tests) \
	    $(LIBS_test_$*)

$(BUILD)/tests/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o \
    $(BUILD)/tests/fuzz/replay.o $(BUILD)/rooms.a $(BUILD)/librp.a
	$(SAY) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) \
	    $(BUILD)/rooms.a $(BUILD)/librp.a \
	    -Wl,--as-needed $(LIBS_core) $(LIBS_import) $(LIBS_fuzz_$*)

$(BUILD)/tests/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/rooms.a \
    $(BUILD)/librp.a
	$(SAY) LD $@
	$(Q)$(CLANG) $(ALL_CFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) \
	    $(BUILD)/rooms.a $(BUILD)/librp.a $(LIBS_core) $(LIBS_import) \
	    $(LIBS_fuzz_$*)

# Checkpoints are of a tool.
$(BUILD)/tests/replay_checkpoint $(BUILD)/tests/fuzz_checkpoint: \
    $(patsubst %.c,$(BUILD)/%.o,$(filter cmd/rp-book/%,$(PARTS)))

# ---- tests ----

check: all unit-tests ## every test but those against peers
	@$(MAKE) --no-print-directory $(ASAN) replays
	@$(RUN_TESTS) --clean $(UNIT_BIN) $(BATS) \
	    $(FUZZ:%=$(BUILD)/asan/tests/replay_%)

check-peers: all ## what we write, read by independent readers
	@scripts/peers $(BUILD)/peers
	@RP_PEERS="$(abspath $(BUILD)/peers)" $(RUN_TESTS) $(PEERS)

unit-tests: $(UNIT_BIN)
replays: $(REPLAY_BIN) ; @:
fuzzers: $(FUZZ_BIN) ; @:
suites: all unit-tests replays
	@CK_FORK=no $(RUN_TESTS) $(UNIT_BIN) $(BATS) $(REPLAY_BIN)

asan: ## the tests under AddressSanitizer and UBSan
	@RP_SANITIZER=address $(MAKE) --no-print-directory $(ASAN) suites

asan-unit: ## the unit tests only, under the same
	@$(MAKE) --no-print-directory $(ASAN) unit-suites

unit-suites: unit-tests
	@CK_FORK=no $(RUN_TESTS) $(UNIT_BIN)

tsan: ## the tests under ThreadSanitizer
	@RP_SANITIZER=thread $(MAKE) --no-print-directory $(TSAN) suites

fuzz: ## each parser for FUZZ_TIME seconds, under ASan and UBSan
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=$(CLANG) CFLAGS='-O1 \
	    -g -fsanitize=fuzzer-no-link,address,undefined \
	    -fno-sanitize-recover=all' fuzzers
	@scripts/fuzz $(BUILD)/fuzz $(FUZZ_TIME) $(FUZZ)

cov: ## line coverage of the tests, as HTML in build/cov/html
	@RP_SANITIZER=cov $(MAKE) --no-print-directory $(COV) suites || true
	lcov -q -c -d $(BUILD)/cov -o $(BUILD)/cov/all.info
	lcov -q -r $(BUILD)/cov/all.info '*/tests/*' '/usr/*' \
	    -o $(BUILD)/cov/rp.info
	genhtml -q -o $(BUILD)/cov/html $(BUILD)/cov/rp.info
	lcov --summary $(BUILD)/cov/rp.info

bench: all ## speed, size and memory against peers, side by side
	@$(SUITE_ENV) RP_PEERS="$(abspath $(BUILD)/peers)" tests/bench/run \
	    $(BUILD)/bench $(BENCH)

# ---- lint ----

lint: ## every static check
lint: lint-man lint-sh lint-format lint-layers lint-docs lint-cppcheck lint-tidy

lint-man:
	mandoc -T lint -W warning $(MAN)
lint-sh:
	shellcheck -x $(SCRIPTS)
	shellcheck -s bats -e SC2030,SC2031,SC2154 $(BATS) $(PEERS)
lint-format:
	clang-format --dry-run -Werror $(C_FILES)
lint-layers:
	scripts/check-layers
lint-docs: all
	$(SUITE_ENV) scripts/check-docs
lint-cppcheck:
	cppcheck -q --std=c11 --language=c --error-exitcode=1 \
	    --enable=warning,performance,portability --suppress=uninitvar \
	    --suppress=memleak -Icommon -D_GNU_SOURCE common cmd
lint-tidy: compile_commands.json
	printf "%s\n" $(SRC) $(wildcard cmd/*.c) $(PARTS) | \
	    xargs -n 4 -P $$(nproc) clang-tidy --quiet -p .

compile_commands.json: Makefile $(SRC) $(wildcard cmd/*.c) $(PARTS) ## for editors
	@for f in $(SRC) $(PARTS) $(wildcard cmd/*.c tests/unit/*.c tests/fuzz/*.c); do \
	    printf '{"directory":"%s","file":"%s","arguments":[' "$(CURDIR)" $$f; \
	    for a in cc -std=c11 $(WARN) -pthread -Icommon -D_GNU_SOURCE \
		'-DRP_VERSION=\"$(VERSION)\"'; do printf '"%s",' "$$a"; done; \
	    printf '"-c","%s"]}\n' $$f; \
	done | sed '1s/^/[/;$$!s/$$/,/;$$s/$$/]/' >$@

# ---- install ----

D = $(DESTDIR)$(PREFIX)
# What rp.h reaches is the library's interface; installed, it is <rp/...>.
PUBLIC = $(patsubst common/%,%,$(sort $(filter common/%.h,\
	$(shell $(CC) $(CPPFLAGS) -MM common/rp.h))))
install: all ## DESTDIR and PREFIX as usual
	install -d $D/bin $D/lib/pkgconfig
	$(if $(BIN),install $(BIN) $D/bin)
	install -m 644 $(BUILD)/librp.a $D/lib
	sed -e 's,@PREFIX@,$(PREFIX),' -e 's,@VERSION@,$(VERSION),' \
	    scripts/rp.pc.in >$D/lib/pkgconfig/rp.pc
	for h in $(PUBLIC); do sed 's,^#include "\(.*\)",#include <rp/\1>,' \
	    common/$$h | install -D -m 644 /dev/stdin $D/include/rp/$$h || \
	    exit 1; done
	for m in $(MAN); do \
	    install -D -m 644 $$m $D/share/man/man$${m##*.}/$${m##*/} || \
	    exit 1; done
	scripts/install-completions completions $D/share

uninstall: ## what install put there
	rm -f $(TOOLS:%=$D/bin/%) $D/lib/librp.a $D/lib/pkgconfig/rp.pc
	rm -rf $D/include/rp
	for m in $(MAN); do rm -f $D/share/man/man$${m##*.}/$${m##*/}; done
	scripts/install-completions --remove completions $D/share

dist: ## a tarball of the commit at hand
	@mkdir -p dist
	git archive --prefix=rp-$(VERSION)/ -o dist/rp-$(VERSION).tar.gz HEAD
	@echo dist/rp-$(VERSION).tar.gz

clean: ## remove what was built
	rm -rf $(BUILD) dist compile_commands.json

.PHONY: all help check check-peers unit-tests replays fuzzers suites \
	unit-suites asan asan-unit \
	tsan fuzz cov bench lint lint-man lint-sh lint-format lint-layers \
	lint-docs lint-cppcheck lint-tidy install uninstall dist clean
.SECONDARY:
.DELETE_ON_ERROR:
-include $(OBJ:.o=.d) $(TOOLS:%=$(BUILD)/cmd/%.d) \
	$(PARTS:%.c=$(BUILD)/%.d) \
	$(UNIT:%=$(BUILD)/tests/unit/%.d) $(FUZZ:%=$(BUILD)/tests/fuzz/fuzz_%.d)
