# What people run. `make help` lists it; everything installs what it needs.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
HUB ?= hub
STAMP := .venv/.installed
CODE := themes/__pycache__/solicomm.templates.json
TRANSLATIONS := solicomm_build/translations
CATALOGUES := $(wildcard $(TRANSLATIONS)/*/LC_MESSAGES/solicomm.po)
DEV_STAMP := .venv/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help setup dev debian run check lint quick coverage test e2e browser fuzz growth faults load walk operate release golden pictures messages cluster bench bench-full bench-peers clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1 \t\2/' | expand -t 24

# a .venv is of one version of Python: after an upgrade of the system it is made anew
VENV_FITS = test -d ".venv/lib/python$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)"
ifneq ($(shell $(VENV_FITS) && echo yes),yes)
.PHONY: $(STAMP)
endif

setup: $(STAMP) $(CATALOGUES:.po=.mo) $(CODE) ## install SoliComm into .venv
	@# as a service the hub may not write here, and would compile a thousand modules at each start
	@$(BIN)/python -m compileall -q solicomm_build plugins

# the same for its templates and static files; whether they are others says the program itself
$(CODE): $(STAMP) $(CATALOGUES:.po=.mo) $(wildcard themes/solicomm/* themes/solicomm/*/* themes/solicomm/*/*/*) solicomm_build/builder/compiled.py
	@$(BIN)/python -m solicomm_build.builder.apart.beforehand && touch $@

$(STAMP): pyproject.toml requirements.txt
	@test -w . || { echo "$(CURDIR) is not yours: run make as $$(stat -c %U .)"; exit 77; }
	@$(VENV_FITS) || rm -rf .venv
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "python3-venv is missing; installing it"; \
	  scripts/debian-packages python3-venv && $(PYTHON) -m venv .venv; }
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

dev: $(DEV_STAMP) $(CATALOGUES:.po=.mo) $(CODE) ## and what tests and checks need
$(DEV_STAMP): $(STAMP) requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

%.mo: %.po | $(STAMP)
	@$(BIN)/python -m solicomm_build.foundation.language.catalogue $<

debian: ## Debian packages that tests need (browser, C compiler, zstd, a second DKIM verifier, exiftool, ffmpeg, lynx, pandoc, restic, epubcheck, zim-tools, kiwix-tools, pango, mail, web and ssh servers that stay off); needs root or sudo where one is missing
	@scripts/debian-packages chromium chromium-headless-shell default-jre-headless dosfstools epubcheck exfat-fuse exfatprogs ffmpeg firefox-esr fonts-dejavu-core fusefat gcc iproute2 kiwix-tools libarchive-zip-perl libc6-dev libimage-exiftool-perl libmail-dkim-perl libpango-1.0-0 libpangoft2-1.0-0 lynx mtools openssh-client pandoc restic zim-tools zstd
	@scripts/mail-servers

run: setup ## make the sample hub in ./hub on first use, and serve it
	@test -e $(HUB)/hub.yaml || $(BIN)/solicomm init $(HUB) --sample
	@exec $(BIN)/solicomm serve --hub $(HUB) --sample-mail

lint: dev ## style only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check: dev lint ## style, types, import direction, dependencies
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/check-dependencies --audit

quick: dev ## style, types, import contracts and quick tests, in a minute and a half
	@scripts/quick

coverage: dev debian ## how much of what carries mail the tests reach, branches too; fails below tests/coverage.json
	@scripts/coverage

test: ## every check and every test
	@scripts/whole

e2e: dev debian ## the whole way only
	$(BIN)/python -m pytest tests/e2e

browser: dev debian ## in a real browser only
	$(BIN)/python -m pytest tests/browser

fuzz: dev ## a longer hunt for inputs that break the readers, and how far it reached
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m tests.fuzz

growth: dev debian ## all of what `make test` looks at a fourth of each day: how the time of every reader and pattern grows (five minutes)
	SOLICOMM_GROWTH=all $(BIN)/python -m pytest tests/growth

faults: dev ## break every stage at every place where it writes (needs cc; about half an hour)
	$(BIN)/python -m tests.faults

cluster: dev debian ## what `make test` has no time for: S3 by Swift, and three machines of which each may fail (needs root; about a quarter of an hour)
	@scripts/debian-packages faketime iproute2 nftables; scripts/mail-servers memcached nginx swift-account swift-container swift-object swift-proxy openssh-server etcd-server
	SOLICOMM_STORES=swift SOLICOMM_MACHINES=3 $(BIN)/python -m pytest -n 2 --dist worksteal -rP -k "cluster or swift" tests/cluster tests/unit/objects tests/unit/publishing tests/e2e/test_spool_in_s3.py tests/e2e/test_pages_in_s3.py

golden: dev ## write the expected pages, letters and files of tests/golden and tests/snapshots anew; look at the diff
	$(BIN)/python -m pytest tests/golden tests/snapshots --refresh-golden

pictures: dev debian ## draw letters anew for the documents (docs/images/letter-*.png); look at them
	$(BIN)/python scripts/picture-letters

walk: dev ## do what the how-tos of operators say, on a bare Debian in namespaces (needs root; about ten minutes)
	@scripts/debian-packages mmdebstrap iproute2
	$(BIN)/python -m tests.walk

operate: dev ## one command makes a hub of a bare Debian, with power cuts on the way (needs root; about ten minutes)
	@scripts/debian-packages mmdebstrap iproute2
	$(BIN)/python -m tests.operate

release: dev ## wheel, Debian package, image, list of parts and checksums into dist/ (KEY=file signs, TWICE=1 makes it twice and compares)
	@scripts/debian-packages buildah lintian mmdebstrap netavark
	$(BIN)/python scripts/release $(if $(KEY),--key $(KEY)) $(if $(TWICE),--twice)

messages: dev ## take the messages of the sources into the catalogues; then translate what is empty (NEW=sw begins a language)
	$(BIN)/pybabel -q extract -F babel.cfg --no-default-keywords -k N_ --add-location=file --sort-output \
	  --project=SoliComm --version=0 -o messages.pot .
	@test -z "$(NEW)" || $(BIN)/pybabel init -i messages.pot -d $(TRANSLATIONS) -D solicomm -l $(NEW)
	$(BIN)/pybabel -q update -i messages.pot -d $(TRANSLATIONS) -D solicomm --no-fuzzy-matching \
	  --ignore-obsolete --ignore-pot-creation-date --width=100
	@rm messages.pot

load: dev ## a day's mixed traffic in LOAD_SECONDS (600) against a running hub
	LOAD_SECONDS=$${LOAD_SECONDS:-600} $(BIN)/python -m tests.load

bench-peers: ## what the benchmark compares with
	@scripts/bench-peers

bench: dev bench-peers ## measure, as ratios in one run (minutes)
	$(BIN)/python -m tests.bench

bench-full: dev bench-peers ## the same with the whole corpus, and how costs grow to 1,000,000 posts (hours)
	$(BIN)/python -m tests.bench --full

clean: ## take away what was made here, the sample hub aside
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
