# C2F Workbench. `make help` lists the targets; `make show` says what was found on this machine.
# One file, not recursive: every .c below the five rooms is compiled, every program below tests/ is linked against all of them.

.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules
SHELL := /bin/bash

# ---- features: found by themselves; switch one off with `make CAIRO=0` ---------------------------------------------
CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
PYTHON ?= /usr/bin/python3
NVCC ?= $(or $(shell command -v nvcc 2>/dev/null),$(wildcard /usr/local/cuda/bin/nvcc))
# The goals that need no feature must not cost a second of probing, nor fail on a machine that has nothing yet.
probe = $(shell printf '%s\n' $(1) | sed 's/^\(.*\)$$/\#include <\1>/' | $(CC) -E -x c - >/dev/null 2>&1 && echo 1 || echo 0)
ifeq ($(filter help deps clean run test,$(MAKECMDGOALS)),)
PNG      ?= $(call probe,png.h)
JSON     ?= $(call probe,jansson.h)
JPEG     ?= $(call probe,stdio.h jpeglib.h)
DNNL     ?= $(call probe,dnnl.h)
READLINE ?= $(call probe,stdio.h readline/readline.h)
NCURSES  ?= $(call probe,curses.h)
SDL2     ?= $(call probe,SDL2/SDL.h)
CAIRO    ?= $(call probe,cairo/cairo.h fontconfig/fontconfig.h)
CMOCKA   ?= $(call probe,stdarg.h stddef.h setjmp.h stdint.h cmocka.h)
CUDA     ?= $(if $(and $(NVCC),$(wildcard engine/device/*.cu)),1,0)
OPENMP   ?= 1
CXX_HOST ?= $(shell command -v $(CXX) >/dev/null 2>&1 && echo 1 || echo 0)
endif
FEATURES := PNG JSON JPEG DNNL READLINE NCURSES SDL2 CAIRO CMOCKA CUDA OPENMP CXX_HOST

# ---- flags ---------------------------------------------------------------------------------------------------------
SAN  ?=
ARCH ?= native
comma := ,
BUILD ?= build$(if $(SAN),/$(subst $(comma),-,$(SAN)))

ifneq ($(findstring thread,$(SAN)),)
OPENMP := 0# libgomp's barriers are invisible to the thread sanitizer: its runs have one thread an op
endif

LIBS_PNG := -lpng
LIBS_JSON := -ljansson
LIBS_JPEG := -ljpeg
LIBS_DNNL := -ldnnl
LIBS_READLINE := -lreadline
LIBS_NCURSES := -lncursesw
LIBS_SDL2 := -lSDL2
LIBS_CAIRO := -lcairo -lfontconfig
# The runtime is linked in; cuBLASLt is opened when a GPU is there (engine/op/linear_cuda.cu). A server needs the driver and libcublasLt.
CUDA_HOME := $(patsubst %/bin/nvcc,%,$(realpath $(NVCC)))
LIBS_CUDA := -L$(CUDA_HOME)/lib64 -lcudart_static -lstdc++ -ldl -lrt
# Machine code for these compute capabilities, and PTX of the last for newer ones.
CUDA_ARCHS ?= 80 90
NVCC_FLAGS = -std=c++20 -O3 -lineinfo -I. --threads 2 -MMD -MP -Xcompiler -Wall,-Wextra,-Wno-missing-field-initializers \
	$(foreach a,$(CUDA_ARCHS),-gencode arch=compute_$a,code=sm_$a) -gencode arch=compute_$(lastword $(CUDA_ARCHS)),code=compute_$(lastword $(CUDA_ARCHS)) \
	-DC2F_CUBLASLT_DIR='"$(CUDA_HOME)/lib64"'

WARN   := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla -Wno-unknown-pragmas
OPT    := $(if $(SAN),-O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) $(if $(findstring undefined,$(SAN)),-fno-sanitize-recover=undefined),-O3 -g)
CFLAGS ?=
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -I. -MMD -MP -march=$(ARCH) -mprefer-vector-width=512 -fno-math-errno -fno-trapping-math -pthread $(WARN) $(OPT) \
	$(foreach f,$(FEATURES),$(if $(filter 1,$($f)),-DHAVE_$f=1)) $(if $(filter 1,$(OPENMP)),-fopenmp) $(CFLAGS)
ALL_LDFLAGS := -pthread $(if $(SAN),-fsanitize=$(SAN)) $(if $(filter 1,$(OPENMP)),-fopenmp) $(LDFLAGS)
LDLIBS := $(foreach f,$(FEATURES),$(if $(filter 1,$($f)),$(LIBS_$f))) -lm

# ---- sources -------------------------------------------------------------------------------------------------------
SOURCES := $(sort $(shell find app tui viewer engine -name '*.c'))
# What a missing library takes out; a header beside each gives the sentence that says so.
OMIT := $(if $(filter 1,$(CAIRO)),,$(filter viewer/figures/%,$(SOURCES))) $(if $(filter 1,$(CUDA)),engine/device/none.c)
CUDA_SOURCES := $(sort $(shell find engine -name '*.cu'))
OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(OMIT),$(SOURCES))) $(if $(filter 1,$(CUDA)),$(CUDA_SOURCES:%.cu=$(BUILD)/%_cu.o))
PARTS := $(filter-out $(BUILD)/app/main.o,$(OBJECTS))
TESTS_UNIT := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/unit/*.c)))
TESTS_OPS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/ops/*_test.c)))
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))
TESTS_UI := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/ui/*_test.c)))
BENCHES := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/bench/*_bench.c)))
TESTS_CLI := $(sort $(wildcard tests/cli/*.sh))

.PHONY: all figures run test test-all test-gpu fuzz fuzzers check bench bench-gpu bench-ui show golden golden-window help deps clean programs FORCE
.SECONDARY:

all: $(BUILD)/c2f ## build the workbench: build/c2f

$(BUILD)/c2f: $(OBJECTS)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(if $(filter app/main.c app/session.c,$<),-DC2F_VERSION='"$(VERSION)"') -c -o $@ $<

$(BUILD)/%_cu.o: %.cu $(BUILD)/flags
	@mkdir -p $(@D)
	$(NVCC) $(NVCC_FLAGS) -c -o $@ $<

# The same kernels for the host (tests/cuda_host/launch.h): their indexing is tested where there is no GPU.
HOST_CUDA := $(patsubst %,$(BUILD)/cuda_host/%.o,$(basename $(CUDA_SOURCES) $(wildcard tests/cuda_host/*.cu tests/cuda_host/*.cpp)))
HOST_CXXFLAGS := -std=c++20 -D_GNU_SOURCE -DCUDA_HOST -Itests/cuda_host -I. -MMD -MP -march=$(ARCH) -O2 -g -pthread -Wall -Wextra -Wno-unknown-pragmas \
	-Wno-missing-field-initializers $(if $(SAN),-fno-omit-frame-pointer -fsanitize=$(SAN) $(if $(findstring undefined,$(SAN)),-fno-sanitize-recover=undefined))
$(BUILD)/cuda_host/%.o: %.cu $(BUILD)/flags
	@mkdir -p $(@D)
	$(CXX) $(HOST_CXXFLAGS) -x c++ -c -o $@ $<
$(BUILD)/cuda_host/%.o: %.cpp $(BUILD)/flags
	@mkdir -p $(@D)
	$(CXX) $(HOST_CXXFLAGS) -c -o $@ $<

# Recompile when a flag or a feature changes.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(ALL_CFLAGS) $(LDLIBS)' | cmp -s - $@ || printf '%s\n' '$(CC) $(ALL_CFLAGS) $(LDLIBS)' > $@
FORCE:

$(BUILD)/libc2f.a: $(PARTS)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libc2f.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)
# The op table (tests/ops, all but the programs) is shared by the op tests and the benchmarks.
OP_TABLE := $(patsubst %.c,$(BUILD)/%.o,$(filter-out %_test.c,$(sort $(wildcard tests/ops/*.c))))
$(BUILD)/tests/ops/%_test: $(BUILD)/tests/ops/%_test.o $(OP_TABLE) $(BUILD)/libc2f.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)
# A program on a pseudo-terminal (tests/ui, all but the programs): for the tests of the user interface and for its benchmark.
PTY := $(patsubst %.c,$(BUILD)/%.o,$(filter-out %_test.c,$(sort $(wildcard tests/ui/*.c))))
$(BUILD)/tests/ui/%_test: $(BUILD)/tests/ui/%_test.o $(PTY) $(BUILD)/libc2f.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)
# The window's test learns where words stand: what is drawn between them must be the same to the pixel.
$(BUILD)/tests/ui/window_test: ALL_LDFLAGS += -Wl,--wrap=text_draw,--wrap=gallery_draw
UI_BENCHES := $(patsubst %,$(BUILD)/tests/bench/%_bench,ui window stroke)
$(UI_BENCHES): $(PTY)
# Linked before libc2f.a: device=cuda is the emulated one, whether the GPU's is built or not. The thread sanitizer doesn't know fibers.
HOST_SKIPPED := $(if $(filter 1,$(CXX_HOST)),$(if $(findstring thread,$(SAN)),they switch stacks under the thread sanitizer),no $(CXX) here)
TESTS_HOST := $(if $(HOST_SKIPPED),,$(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/cuda_host/*_test.c))))
$(BUILD)/tests/cuda_host/%_test: $(BUILD)/tests/cuda_host/%_test.o $(OP_TABLE) $(HOST_CUDA) $(BUILD)/libc2f.a
	$(CXX) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)
WORKLOAD := $(BUILD)/tests/bench/workload.o $(OP_TABLE)
$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(WORKLOAD) $(BUILD)/libc2f.a
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)
# What a GPU server runs: no cmocka. The same programs on the kernels compiled for the host are X_host.
GPU_PARTS := $(WORKLOAD) $(BUILD)/tests/gpu/harness.o
TESTS_GPU := $(patsubst %.c,$(BUILD)/%,$(filter-out tests/gpu/bench_gpu.c,$(sort $(wildcard tests/gpu/*_gpu.c))))
$(BUILD)/tests/gpu/%_gpu: $(BUILD)/tests/gpu/%_gpu.o $(GPU_PARTS) $(BUILD)/libc2f.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)
GPU_ON_HOST := $(if $(HOST_SKIPPED),,$(patsubst %,$(BUILD)/tests/gpu/%_host,ops model train bench))
$(BUILD)/tests/gpu/%_host: $(BUILD)/tests/gpu/%_gpu.o $(GPU_PARTS) $(HOST_CUDA) $(BUILD)/libc2f.a
	$(CXX) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)
# A fuzzer is a file with LLVMFuzzerTestOneInput; plain gcc replays its corpus through replay.c, `make fuzz` links clang's libFuzzer in its place.
FUZZ_MAIN := $(if $(findstring fuzzer,$(SAN)),,$(BUILD)/tests/fuzz/replay.o)
$(BUILD)/tests/fuzz/%_fuzz: $(BUILD)/tests/fuzz/%_fuzz.o $(FUZZ_MAIN) $(BUILD)/libc2f.a
	$(CC) $(ALL_LDFLAGS) $(if $(FUZZ_MAIN),,-fsanitize=fuzzer) -o $@ $^ $(LDLIBS)

programs: $(BUILD)/c2f $(TESTS_UNIT) $(TESTS_OPS) $(TESTS_HOST) $(GPU_ON_HOST) $(TESTS_UI) $(FUZZERS)

# ---- what a user and a developer type ------------------------------------------------------------------------------
run: deps ## install what is missing, build, start the workbench on the embedded scenes
	@$(MAKE) --no-print-directory all
	@build/c2f

test: ## install what is missing, what only tests use included; build, run every test
	@.ci/deps test
	@$(MAKE) --no-print-directory test-all

test-all: programs
	@$(if $(HOST_SKIPPED),echo 'skipped tests/cuda_host: $(HOST_SKIPPED)',:)
	@tests/run.sh $(BUILD) $(TESTS_UNIT) $(TESTS_OPS) $(TESTS_HOST) $(TESTS_UI) $(FUZZERS) $(TESTS_CLI)

FUZZ_SECONDS ?= 40
FUZZ_BUILD ?= build/fuzz
CLANG ?= clang
fuzz: ## fuzz every file format and the command line, FUZZ_SECONDS=40 each, under address and undefined (needs clang); ONLY=NAME one of them
	@if printf 'int LLVMFuzzerTestOneInput(const char *d, long n) { return d && n < 0; }' | $(CLANG) -fsanitize=fuzzer,address,undefined -x c -o /dev/null - 2>/dev/null; then \
		$(MAKE) --no-print-directory fuzzers CC=$(CLANG) SAN=fuzzer-no-link,address,undefined BUILD=$(FUZZ_BUILD) CUDA=0 OPENMP=0 ONLY=$(ONLY) && \
		tests/fuzz/run.sh $(FUZZ_BUILD) $(FUZZ_SECONDS) $(ONLY); \
	else echo 'skipped: fuzzing needs clang with its libFuzzer ($(CLANG) is not that here)'; fi
fuzzers: $(if $(ONLY),$(BUILD)/tests/fuzz/$(ONLY)_fuzz,$(FUZZERS))

check: $(BUILD)/c2f $(TESTS_UNIT) ## the fast tests, under a minute
	@tests/run.sh $(BUILD) $(TESTS_UNIT)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'
	@echo '  variables: SAN=address,undefined | SAN=thread (own build folder), ARCH=native, FEATURE=0 (make show lists them)'

show: ## what was found on this machine
	@echo "compiler  $$($(CC) --version | head -1)"
	@echo "arch      $(ARCH) ($$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $$(nproc) cores)"
	@$(foreach f,$(FEATURES),printf '%-9s %s\n' $f '$(if $(filter 1,$($f)),yes $(LIBS_$f),no)';)
	@echo "nvcc      $(or $(NVCC),none)"
	@echo "version   $(VERSION)"

FIGURE_STEPS ?= 1500
FIGURES ?= $(BUILD)/figures
figures: all ## train tiny on scenes (FIGURE_STEPS=1500, a few minutes) and draw every figure of assets/figures/ into build/figures/, with an index
	@assets/figures/make.sh $(BUILD)/c2f $(FIGURES) $(FIGURE_STEPS)

bench: all $(BENCHES) ## time ops and whole steps beside the measured ceiling and PyTorch (on an idle machine)
	@tests/bench/run.sh $(BUILD)

test-gpu: $(TESTS_GPU) ## on a machine with a GPU: ops, model and training on it against the CPU; needs gcc, nvcc and the CUDA toolkit only
	@tests/gpu/run.sh $(BUILD)

bench-gpu: $(BUILD)/tests/gpu/bench_gpu ## time ops and whole steps on the GPU beside its measured ceilings and PyTorch (docs/gpu.md)
	@tests/gpu/bench.sh $(BUILD)

# The tests that compare screens (tests/screens) write them when told to.
SCREENS := $(patsubst %.c,$(BUILD)/%,$(shell grep -lE "golden_grid.h|golden/figures" tests/unit/*.c))
bench-ui: all $(UI_BENCHES) ## time keys in the terminal, frames and painted strokes in the window, and what the workbench costs (on an idle machine)
	@tests/bench/ui.sh $(BUILD)

golden: all golden-window $(SCREENS) ## rewrite the golden files, screens and docs/commands.md; review them as a diff
	@for test in $(SCREENS); do UPDATE=1 $$test > /dev/null 2>&1 || { echo "golden: $$test fails"; exit 1; }; done
	build/c2f --print-commands > docs/commands.md
	@if $(PYTHON) -c 'import torch' 2>/dev/null; then $(PYTHON) tests/reference/golden.py; else echo 'golden: tests/golden/model stays as it is ($(PYTHON) has no torch)'; fi

golden-window: $(BUILD)/c2f $(BUILD)/tests/ui/window_test ## rewrite the window's golden screenshots (tests/golden/window) alone; ONLY=STATE one of them
	@UPDATE=1 C2F=$(BUILD)/c2f $(BUILD)/tests/ui/window_test

deps: ## install missing packages (Debian, Ubuntu), asking sudo where needed
	@.ci/deps

clean: ## remove build/
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
