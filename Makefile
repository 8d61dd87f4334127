# bm-sweep. `make help` lists the targets and the variants, each of which is built beside the ordinary build.
#
# Files are found, not listed. A new .c below src/ is compiled; a new member of an open set (an architecture,
# a data set, …) is a .c in the set's folder, and its name becomes a valid word of sweep files.

VERSION := 0.1.0
PREFIX  ?= /usr/local
V       ?= release

CC      ?= cc
Q       := $(if $(VERBOSE),,@)

# ---- variants ----------------------------------------------------------------------------------------------

# MPI and HDF5 are pkg-config's names; what the environment calls so (modules of clusters do) is something else.
MPI  := ompi-c
HDF5 := hdf5-serial

MODE_release := -O3
MODE_san := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
MODE := $(or $(MODE_$(V)),$(error V=$(V) is not a variant; valid: release, san))

# Two MPI libraries in one program would take each other's calls.
MPI_FAMILY := $(patsubst ompi-c,openmpi,$(MPI))
ifeq ($(filter $(HDF5),hdf5-serial hdf5 hdf5-$(MPI_FAMILY)),)
  $(error HDF5=$(HDF5) does not go with MPI=$(MPI); valid: hdf5-serial, hdf5-$(MPI_FAMILY))
endif

COMPILER := $(shell $(CC) --version 2>/dev/null | head -n 1)
CLANG := $(if $(findstring clang,$(CC) $(COMPILER)),clang)
VARIANT := $(filter-out release ompi-c hdf5-serial,$(V) $(CLANG) $(MPI) $(HDF5))
OUT := build$(if $(VARIANT),/$(shell echo $(VARIANT) | tr ' ' -))
BIN := $(if $(VARIANT),$(OUT)/)bin

# How tests and the demo start ranks: by the MPI that the programs are linked with, where Debian has several.
MPIRUN = $(notdir $(or $(shell command -v mpirun.$(MPI_FAMILY)),mpirun))$(if $(filter ompi-c,$(MPI)), --oversubscribe)

# Contraction is off so that float results do not depend on the compiler's taste; errno of sqrt and exception
# flags, which keep loops with choices from becoming vectors, are unused.
CFLAGS  ?= -g
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(MODE) -fopenmp -fno-math-errno -fno-trapping-math -ffp-contract=off \
  -Wall -Wextra $(if $(CLANG),-Wno-missing-field-initializers,-Wno-format-truncation) -Wshadow -Wconversion \
  -Wpointer-arith -Wstrict-prototypes -Werror -Iinclude $(CFLAGS)
LINK    = $(CC) $(MODE) -fopenmp $(CFLAGS) $(LDFLAGS)

# ---- third parties: each is known to the one file that includes its header -----------------------------------

pkg = $(shell pkg-config --$(1) $(2) 2>/dev/null)

$(OUT)/obj/run/wire.o:       THIRD = $(call pkg,cflags,$(MPI))
$(OUT)/obj/io/hdf5.o $(OUT)/obj/io/hdf5_column.o: THIRD = $(or $(call pkg,cflags,$(HDF5)),$(call pkg,cflags,hdf5))
$(OUT)/obj/io/yaml.o:        THIRD = $(call pkg,cflags,yaml-0.1)
$(OUT)/obj/base/md5.o:        THIRD = $(call pkg,cflags,libmd)
$(OUT)/obj/base/png.o $(OUT)/double/base/png.o: THIRD = $(call pkg,cflags,libpng)
$(OUT)/obj/base/jpeg.o $(OUT)/double/base/jpeg.o: THIRD = $(call pkg,cflags,libjpeg)
$(OUT)/obj/base/gzip.o $(OUT)/double/base/gzip.o: THIRD = $(call pkg,cflags,zlib)
$(OUT)/obj/nn/gemm.o:        THIRD = $(call pkg,cflags,openblas)
$(OUT)/double/nn/gemm.o:     THIRD = $(call pkg,cflags,openblas)

HDF5_LIBS := $(or $(call pkg,libs,$(HDF5)),$(call pkg,libs,hdf5),-lhdf5)
BLAS_LIBS := $(or $(call pkg,libs,openblas),-lopenblas)
MPI_LIBS  := $(or $(call pkg,libs,$(MPI)),-lmpi)
YAML_LIBS := $(or $(call pkg,libs,yaml-0.1),-lyaml)
IMAGE_LIBS := $(or $(call pkg,libs,libpng),-lpng) $(or $(call pkg,libs,libjpeg),-ljpeg) $(or $(call pkg,libs,zlib),-lz)
MD5_LIBS  := $(or $(call pkg,libs,libmd),-lmd)
BASE_LIBS := -lxxhash -lm

# ---- sources ---------------------------------------------------------------------------------------------------

SOURCES := $(shell find src -name '*.c' ! -path 'src/main/*' ! -path 'src/nn/kernel/*' | sort)
KERNELS := $(patsubst src/nn/kernel/%.c,%,$(wildcard src/nn/kernel/*.c))
HEADERS := $(shell find include src tests -name '*.h' 2>/dev/null)

# Open sets: folder of the members : symbol of a descriptor : type and header.
SETS := arch augment dataset loss optimizer probe
FOLDER_arch := src/arch
FOLDER_augment := src/augment/step
FOLDER_dataset := src/dataset
FOLDER_loss := src/nn/loss
FOLDER_optimizer := src/nn/optimizer
FOLDER_probe := src/probe
TYPE_arch := bm_arch
TYPE_augment := bm_augmentation
TYPE_dataset := bm_dataset
TYPE_loss := bm_loss
TYPE_optimizer := bm_optimizer
TYPE_probe := bm_probe
HEADER_arch := arch.h
HEADER_augment := view.h
HEADER_dataset := data.h
HEADER_loss := nn.h
HEADER_optimizer := nn.h
HEADER_probe := probe.h
members = $(sort $(basename $(notdir $(wildcard $(FOLDER_$(1))/*.c))))

# The hot loops once for each instruction set; the program chooses when it runs. gcc's -march=native is no
# substitute: it misses AVX-512 on CPUs younger than itself.
MACHINE := $(shell $(CC) -dumpmachine 2>/dev/null)
ISAS := portable $(if $(filter x86_64%,$(MACHINE)),avx2 avx512)
ISA_portable := -DBM_VECTOR_BYTES=16
ISA_avx2 := -mavx2 -mfma -DBM_VECTOR_BYTES=32
ISA_avx512 := -mavx512f -mavx512vl -mavx512dq -mavx512bw -mfma -DBM_VECTOR_BYTES=64

OBJECTS := $(SOURCES:src/%.c=$(OUT)/obj/%.o) \
  $(foreach isa,$(ISAS),$(KERNELS:%=$(OUT)/obj/nn/kernel/%.$(isa).o)) \
  $(SETS:%=$(OUT)/obj/gen/%_names.o) $(SETS:%=$(OUT)/obj/gen/%_members.o)
# The numerical code once more with bm_real = double: the reference of the tests.
DOUBLE_SOURCES := $(filter src/base/% src/model/% src/nn/% src/arch/%,$(SOURCES))
DOUBLE_OBJECTS := $(DOUBLE_SOURCES:src/%.c=$(OUT)/double/%.o) \
  $(KERNELS:%=$(OUT)/double/nn/kernel/%.portable.o) $(SETS:%=$(OUT)/obj/gen/%_names.o) \
  $(addprefix $(OUT)/double/gen/,arch_members.o loss_members.o optimizer_members.o)

PROGRAMS := $(patsubst src/main/%.c,$(BIN)/%,$(wildcard src/main/bm-*.c))

all: $(PROGRAMS)  ## build the programs into bin/

$(OUT)/libbm.a: $(OBJECTS)
$(OUT)/libbm-double.a: $(DOUBLE_OBJECTS)
%.a:
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(OUT)/obj/%.o: src/%.c Makefile $(OUT)/gen/flags
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(ALL_CFLAGS) $(THIRD) $(DEFINES) -MMD -c -o $@ $<
$(OUT)/double/%.o: src/%.c Makefile $(OUT)/gen/flags
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(ALL_CFLAGS) -DBM_DOUBLE $(THIRD) $(DEFINES) -MMD -c -o $@ $<
CONTRACT := fast
$(foreach isa,$(ISAS),$(foreach kernel,narrow pool row,\
  $(OUT)/obj/nn/kernel/$(kernel).$(isa).o $(OUT)/double/nn/kernel/$(kernel).$(isa).o)): CONTRACT := off
define kernel_rules
$(OUT)/obj/nn/kernel/%.$(1).o: src/nn/kernel/%.c Makefile $(OUT)/gen/flags
	@mkdir -p $$(@D)
	@echo "  CC    $$< ($(1))"
	$$(Q)$$(CC) $$(ALL_CFLAGS) -ffp-contract=$$(CONTRACT) $$(ISA_$(1)) -DBM_ISA=$(1) -MMD -c -o $$@ $$<
$(OUT)/double/nn/kernel/%.$(1).o: src/nn/kernel/%.c Makefile $(OUT)/gen/flags
	@mkdir -p $$(@D)
	@echo "  CC    $$< ($(1), double)"
	$$(Q)$$(CC) $$(ALL_CFLAGS) -ffp-contract=$$(CONTRACT) $$(ISA_$(1)) -DBM_ISA=$(1) -DBM_DOUBLE -MMD -c -o $$@ $$<
endef
$(foreach isa,$(ISAS),$(eval $(call kernel_rules,$(isa))))

$(OUT)/obj/gen/%.o: $(OUT)/gen/%.c $(OUT)/gen/flags
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -c -o $@ $<
$(OUT)/double/gen/%.o: $(OUT)/gen/%.c $(OUT)/gen/flags
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(ALL_CFLAGS) -DBM_DOUBLE -MMD -c -o $@ $<

# Provenance: what was built, from what, with what. Written only when it changes; other flags build everything anew.
FLAGS = $(strip $(ALL_CFLAGS))
$(OUT)/gen/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(COMPILER): $(FLAGS) $(LDFLAGS)' | cmp -s - $@ || echo '$(COMPILER): $(FLAGS) $(LDFLAGS)' > $@
# The flags that last digits depend on.
DIGITS = $(filter-out -g% -W% -I% -fno-omit-frame-pointer,$(MODE) $(CFLAGS))
REVISION := $(shell git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)
$(OUT)/obj/io/provenance.o: $(OUT)/gen/build.h
$(OUT)/obj/io/provenance.o: THIRD = -I$(OUT)/gen
$(OUT)/gen/build.h: FORCE
	@mkdir -p $(@D)
	@printf '#define BM_VERSION "%s"\n#define BM_REVISION "%s"\n#define BM_COMPILER "%s"\n#define BM_FLAGS "%s"\n#define BM_BUILD "%s"\n' \
	  '$(VERSION)' '$(REVISION)' '$(COMPILER)' '$(FLAGS)' '$(strip $(COMPILER) $(DIGITS))' > $@.new
	@cmp -s $@ $@.new && rm $@.new || mv $@.new $@

# The lists of members: names alone (for the tables of settings), and descriptors.
define set_rules
$(OUT)/gen/$(1)_names.c: Makefile $(FOLDER_$(1))
	@mkdir -p $$(@D)
	@{ echo '#include "bm/names.h"'; echo 'const char *const bm_$(1)_names[] = {'; \
	   for m in $(call members,$(1)); do echo "    \"$$$$m\","; done; echo '    0,'; echo '};'; } > $$@
$(OUT)/gen/$(1)_members.c: Makefile $(FOLDER_$(1))
	@mkdir -p $$(@D)
	@{ echo '#include <string.h>'; echo '#include "bm/$(HEADER_$(1))"'; \
	   for m in $(call members,$(1)); do echo "extern const struct $(TYPE_$(1)) $(TYPE_$(1))_$$$$m;"; done; \
	   echo 'const struct $(TYPE_$(1)) *const bm_$(patsubst loss,losse,$(1))s[] = {'; \
	   for m in $(call members,$(1)); do echo "    &$(TYPE_$(1))_$$$$m,"; done; echo '    0,'; echo '};'; \
	   echo 'const struct $(TYPE_$(1)) *$(TYPE_$(1))_find(const char *name)'; \
	   echo '{'; echo '    for (const struct $(TYPE_$(1)) *const *m = bm_$(patsubst loss,losse,$(1))s; *m; m++)'; \
	   echo '        if (strcmp((*m)->name, name) == 0)'; echo '            return *m;'; \
	   echo '    return 0;'; echo '}'; } > $$@
endef
$(foreach set,$(SETS),$(eval $(call set_rules,$(set))))

$(BIN)/bm-sweep: $(OUT)/obj/main/bm-sweep.o $(OUT)/obj/main/options.o $(OUT)/libbm.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(LINK) -o $@ $^ $(MPI_LIBS) $(HDF5_LIBS) $(YAML_LIBS) $(BLAS_LIBS) $(IMAGE_LIBS) $(MD5_LIBS) $(BASE_LIBS)
# HDF5 alone: works on a login node without MPI and OpenBLAS.
$(BIN)/bm-results: $(OUT)/obj/main/bm-results.o $(OUT)/libbm.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(LINK) -o $@ $^ $(HDF5_LIBS) $(BASE_LIBS)

$(BIN)/bm-data: $(OUT)/obj/main/bm-data.o $(OUT)/libbm.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(LINK) -o $@ $^ $(IMAGE_LIBS) $(MD5_LIBS) $(BASE_LIBS)

# ---- tests -----------------------------------------------------------------------------------------------------

# One benchmark compares with oneDNN, whose calls are others since version 3. Without it there is no such program.
ONEDNN_LIBS := $(shell $(CC) -E -dM -include oneapi/dnnl/dnnl.h -x c /dev/null 2>/dev/null | grep -qx '.define DNNL_VERSION_MAJOR 2' && echo -ldnnl)
BENCHES := $(patsubst tests/bench/%.c,$(OUT)/bench/%,\
  $(filter-out $(if $(ONEDNN_LIBS),,%/bench_conv3x3.c),$(wildcard tests/bench/bench_*.c)))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(OUT)/tests/%,$(wildcard tests/unit/*.c)) \
  $(patsubst tests/double/%.c,$(OUT)/tests/double/%,$(wildcard tests/double/*.c))
CLI_TESTS := $(sort $(wildcard tests/cli/*.t))
# What is preloaded into programs under test; sanitizers refuse that.
SHIMS := $(if $(filter release,$(V)),$(patsubst tests/torture/%.c,$(OUT)/torture/%.so,$(wildcard tests/torture/*.c)))
TEST_LIBS := -lcmocka $(MPI_LIBS) $(HDF5_LIBS) $(YAML_LIBS) $(BLAS_LIBS) $(IMAGE_LIBS) $(MD5_LIBS) $(BASE_LIBS)

$(OUT)/tests/%: tests/unit/%.c $(OUT)/libbm.a $(HEADERS)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(LINK) $(ALL_CFLAGS) -Itests -Isrc -MMD -MF $@.d -o $@ $< $(OUT)/libbm.a $(TEST_LIBS)
$(OUT)/tests/double/%: tests/double/%.c $(OUT)/libbm-double.a $(HEADERS)
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(LINK) $(ALL_CFLAGS) -DBM_DOUBLE -Itests -Isrc -MMD -MF $@.d -o $@ $< $(OUT)/libbm-double.a -lcmocka $(BLAS_LIBS) $(BASE_LIBS)

# They run these as their reference.
$(OUT)/tests/test_layers_float $(OUT)/tests/test_stored $(OUT)/tests/test_precision: | $(OUT)/tests/double/test_layers
$(OUT)/tests/test_graphs_float: | $(OUT)/tests/double/test_graphs

$(OUT)/torture/%.so: tests/torture/%.c Makefile $(OUT)/gen/flags
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(LINK) $(ALL_CFLAGS) -fPIC -shared -o $@ $<

# In a make of their own, which finds what has just been installed; on all cores unless -j says otherwise.
REMAKE = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

demo: deps-if-missing  ## run sweeps/quick.yaml: five minutes to a table and a picture
	@$(REMAKE) all
	@BM_BIN='$(BIN)' BM_MPIRUN='$(MPIRUN)' sh jobs/demo.sh

unit: $(UNIT_TESTS) $(SHIMS)  ## build the unit tests

check: deps-if-missing  ## build and run all tests (installs what is missing)
	@$(REMAKE) all unit $(BENCHES) $(SHIMS)
	@$(MAKE) --no-print-directory run-tests
# For which reasons a case may be skipped: a regular expression; empty: for none.
MAY_SKIP ?= .
# Tests that run at the same time.
AT_ONCE ?= $(shell nproc)
# FIXTURES: programs that shell tests call, where not all unit tests are built.
# Background shells ignore SIGINT, and so would the programs under test.
TEST_SETTINGS = BM_BUILD='$(OUT)' BM_BIN='$(abspath $(BIN))' BM_VARIANT='$(V)' BM_MPIRUN='$(MPIRUN)' CMOCKA_MESSAGE_OUTPUT=TAP OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
run-tests: all unit $(BENCHES) $(SHIMS) $(FIXTURES)
	@env --default-signal $(TEST_SETTINGS) BM_AT_ONCE='$(AT_ONCE)' tests/suite.pl '$(MAY_SKIP)' $(CLI_TESTS) $(UNIT_TESTS)

# What is short in `make check`, at its full length.
TORTURES := $(filter %/crowd.t %/disk.t %/drill.t %/kills.t,$(CLI_TESTS))
torture: all $(SHIMS)  ## kill programs and let disks fail, by the hundred (hours; KILLS=N EVERY=N SEED=N)
	@printf '| what | faults | lost | twice | not whole | recoveries |\n|---|---|---|---|---|---|\n' > $(OUT)/torture.md
	@env --default-signal $(TEST_SETTINGS) BM_TORTURE='$(abspath $(OUT))/torture.md' $(if $(KILLS),BM_KILLS='$(KILLS)') $(if $(EVERY),BM_EVERY='$(EVERY)') $(if $(SEED),BM_SEED='$(SEED)') \
	  tests/suite.pl '$(MAY_SKIP)' $(TORTURES); status=$$?; cat $(OUT)/torture.md; exit $$status

check-fresh:  ## make demo and make check in a clean Debian of their own (needs root)
	@tests/fresh.sh

check-readers: all $(OUT)/tests/test_snapshot  ## read a results file with other programs (installs them: R, Octave, netCDF, …)
	@sh tests/deps.sh --if-missing readers
	@BM_BIN='$(abspath $(BIN))' tests/readers.sh '$(OUT)/tests/test_snapshot'

check-slurm: all  ## run the scripts in jobs/ on a private Slurm of one node (needs root; ten minutes)
	@sh tests/deps.sh --if-missing slurm
	@BM_BUILD='$(OUT)' BM_BIN='$(abspath $(BIN))' BM_VARIANT='$(V)' tests/cli/slurm.sh

mutants:  ## see whether the tests notice errors: makes one after the other in a copy (hours; FROM=N TO=N ONLY=WORDS)
	@tests/mutants.pl tests/mutants.txt $(if $(FROM),--from '$(FROM)') $(if $(TO),--to '$(TO)') $(if $(ONLY),'$(ONLY)')

# ---- speed -----------------------------------------------------------------------------------------------------

$(OUT)/bench/%: tests/bench/%.c $(OUT)/libbm.a
	@mkdir -p $(@D)
	@echo "  LINK  $@"
	$(Q)$(LINK) $(ALL_CFLAGS) -Itests -Isrc -MMD -MF $@.d -o $@ $< $(PEER) $(OUT)/libbm.a $(PEER_LIBS) $(MPI_LIBS) $(HDF5_LIBS) $(YAML_LIBS) $(BLAS_LIBS) $(IMAGE_LIBS) $(MD5_LIBS) $(BASE_LIBS)
$(OUT)/bench/bench_conv3x3: $(OUT)/bench/onednn.o
$(OUT)/bench/bench_conv3x3: PEER = $(OUT)/bench/onednn.o
$(OUT)/bench/bench_conv3x3: PEER_LIBS = $(ONEDNN_LIBS)
$(OUT)/bench/onednn.o: tests/bench/onednn.c Makefile $(OUT)/gen/flags
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -c -o $@ $<

bench: all $(BENCHES)  ## measure speed beside PyTorch and others (ONLY=ROW), or where a step's time goes (PARTS=1)
	@/usr/bin/python3 tests/bench/bench.py '$(abspath $(BIN))' '$(abspath $(OUT)/bench)' $(if $(PARTS),parts) $(ONLY)

# ---- housekeeping ------------------------------------------------------------------------------------------------

deps:  ## install the packages this needs (Debian), or print their names
	@CC='$(CC)' MPI='$(MPI)' HDF5='$(HDF5)' sh tests/deps.sh
deps-reference:  ## install what tests and benchmarks compare with: PyTorch, Chromium and others
	@sh tests/deps.sh reference
deps-if-missing:
	@CC='$(CC)' MPI='$(MPI)' HDF5='$(HDF5)' sh tests/deps.sh --if-missing

MANUALS := $(PROGRAMS:$(BIN)/%=$(OUT)/man/%.1)

man: $(MANUALS)  ## make manual pages from what --help prints and src/main/*.man
$(OUT)/man/%.1: $(BIN)/% src/main/man.awk src/main/%.man
	@mkdir -p $(@D)
	@echo "  MAN   $@"
	$(Q)$< --help > $@.help && cat src/main/$*.man >> $@.help && awk -v version='$(VERSION)' -f src/main/man.awk $@.help > $@ && rm $@.help

install: all man  ## install programs and manuals below PREFIX (default /usr/local; DESTDIR is honoured)
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/share/man/man1'
	install $(PROGRAMS) '$(DESTDIR)$(PREFIX)/bin'
	install -m 644 $(MANUALS) '$(DESTDIR)$(PREFIX)/share/man/man1'
	install -d '$(DESTDIR)$(PREFIX)/share/bm-sweep/bm_figures/figures' '$(DESTDIR)$(PREFIX)/share/bm-sweep/bm_figures/page'
	install -m 644 analysis/bm_figures/*.py '$(DESTDIR)$(PREFIX)/share/bm-sweep/bm_figures'
	install -m 644 analysis/bm_figures/figures/*.py '$(DESTDIR)$(PREFIX)/share/bm-sweep/bm_figures/figures'
	install -m 644 analysis/bm_figures/page/*.* '$(DESTDIR)$(PREFIX)/share/bm-sweep/bm_figures/page'
	install analysis/bm-figures '$(DESTDIR)$(PREFIX)/bin'

format:  ## apply .clang-format to every source
	@clang-format -i $$(find src include tests -name '*.[ch]')

clean:  ## remove what was built
	rm -rf bin build

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "Variants, each in a folder of its own below build/; they can be combined:"
	@echo "  V=san           with AddressSanitizer and UndefinedBehaviorSanitizer"
	@echo "  CC=clang        with clang"
	@echo "  MPI=mpich       with MPICH in place of Open MPI"
	@echo "  HDF5=hdf5-openmpi, hdf5-mpich   with a parallel HDF5"

# A header that is gone: what included it is compiled anew.
%.h: ;
-include $(shell find build -name '*.d' 2>/dev/null)
.PHONY: all demo unit check check-fresh check-readers check-slurm run-tests torture mutants bench deps deps-if-missing deps-reference man install format clean help FORCE
.SECONDARY:
.DEFAULT_GOAL := all
