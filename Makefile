# What one does with this source tree, by name; the work is done by cmake, ctest and scripts/.
.DEFAULT_GOAL := help
SHELL := bash

PRESET ?= release
SANITIZER ?= asan
PREFIX ?= /usr/local
# A compiler takes up to 1 GB: no more of them than cores, or than gigabytes free.
JOBS ?= $(shell awk -v n=$$(nproc) '/^MemAvailable/ { gb = int($$2 / 1048576) } \
	END { if (gb && gb < n) n = gb; print n }' /proc/meminfo)

with_sanitizers := UBSAN_OPTIONS=print_stacktrace=1 \
	LSAN_OPTIONS=suppressions=$(CURDIR)/tests/lsan.supp:print_suppressions=0

.PHONY: help deps build test demo lint sanitize bench attack races simulate mutate measure fuzz deb test-package licences install clean

help: ## say what there is
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 21

deps: ## install the Debian packages that building and testing need, if any is missing
	@scripts/deps.sh build test

build: ## build build/release/postrider (another preset: PRESET=dev, PRESET=clang, …)
	@scripts/deps.sh build
	cmake --preset $(PRESET) -DPOSTRIDER_TESTS=OFF
	cmake --build build/$(PRESET) --target postrider -j $(JOBS)

# What users build is what is tested: an optimising compiler also warns of more. The tests themselves are built
# the quick way.
test: deps ## build everything with warnings as errors, and run every test
	cmake --preset release -DPOSTRIDER_TESTS=ON -DPOSTRIDER_QUICK_TESTS=ON
	cmake --build build/release -j $(JOBS)
	ctest --test-dir build/release -j 2 --output-on-failure --no-tests=error

demo: build ## watch it work: a private PostgreSQL, a daemon, a few messages
	@scripts/deps.sh server
	build/$(PRESET)/postrider demo

lint: ## check format, clang-tidy on what changed (everything: ALL=1), and the rules of the house
	@scripts/deps.sh build test lint
	@JOBS=$(JOBS) ALL=$(ALL) scripts/lint.sh

sanitize: deps ## run the tests under address and undefined-behaviour sanitizers (threads: SANITIZER=tsan)
	cmake --preset $(SANITIZER) -DPOSTRIDER_TESTS=ON
	cmake --build build/$(SANITIZER) -j $(JOBS)
	$(with_sanitizers) ctest --test-dir build/$(SANITIZER) --output-on-failure --no-tests=error -E '^tidy$$'

bench: deps ## measure speed, as ratios to what PostgreSQL can do on this machine (BENCH="--help")
	cmake --preset release -DPOSTRIDER_TESTS=ON -DPOSTRIDER_QUICK_TESTS=OFF
	cmake --build build/release --target bench -j $(JOBS)
	build/release/tests/bench $(BENCH)

simulate: deps ## run 10,000 histories on simulated time, with all that can go wrong (SIMULATE="--help")
	cmake --preset release -DPOSTRIDER_TESTS=ON -DPOSTRIDER_QUICK_TESTS=OFF
	cmake --build build/release --target simulate -j $(JOBS)
	build/release/tests/simulate $(SIMULATE)

mutate: deps ## take out one check after the other, and see that a test notices (ONLY="claim_* sql_*")
	@JOBS=$(JOBS) ONLY='$(ONLY)' SEEDS=$(SEEDS) scripts/mutate.sh

attack: deps ## kill daemons again and again while they send, and count what went wrong (ATTACK="--help")
	cmake --preset release -DPOSTRIDER_TESTS=ON -DPOSTRIDER_QUICK_TESTS=OFF
	cmake --build build/release --target attack -j $(JOBS)
	build/release/tests/attack $(ATTACK)

races: deps ## race a Django site with all its habits for 5,000 messages (RACES="--help")
	cmake --preset release -DPOSTRIDER_TESTS=ON -DPOSTRIDER_QUICK_TESTS=OFF
	cmake --build build/release --target races -j $(JOBS)
	build/release/tests/races $(RACES)

measure: build ## measure export, backup and restore with up to 1,000,000 messages (MEASURE="10000")
	@scripts/deps.sh server
	python3 scripts/measure.py build/$(PRESET)/postrider $(MEASURE)

fuzz: ## let libFuzzer try every parser of foreign bytes, a minute each (FUZZ="--seconds 600 --only mail")
	@scripts/deps.sh build test fuzz
	@JOBS=$(JOBS) scripts/fuzz.sh $(FUZZ)

install: ## install what `make build` has built, under PREFIX (/usr/local) and DESTDIR
	@test -x build/$(PRESET)/postrider || { echo "nothing built yet: run 'make build' first" >&2; exit 1; }
	cmake --install build/$(PRESET) --prefix $(PREFIX)

deb: build ## make the Debian package build/postrider_*.deb
	@scripts/deps.sh package
	cpack --config build/$(PRESET)/CPackConfig.cmake
	@ls build/postrider_*.deb

test-package: ## try the package of `make deb` in a clean Debian, also its units (root; OLD=other.deb)
	@scripts/deps.sh clean-debian
	@packaging/test_package.sh $$(ls -t build/postrider_*.deb | head -1) $(OLD)
	@packaging/test_units.sh $$(ls -t build/postrider_*.deb | head -1)

licences: ## list what is in the built program besides our code, with versions and licences
	@scripts/licences.sh build/$(PRESET)/postrider

clean: ## remove everything that was built
	rm -rf build
