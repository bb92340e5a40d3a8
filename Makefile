# make lab: open the first notebook.    make test: run every test and every notebook.
# make lab ONLY=numpy: without TensorFlow and PyTorch, for notebooks 00 to 03.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
REQUIREMENTS := requirements.txt
WAS = $(shell sed -n 's|^Repository = "https://github.com/\([A-Za-z0-9-]*\)/gdlib"|\1|p' pyproject.toml)
EXECUTE := --to notebook --inplace --execute \
	--ExecutePreprocessor.record_timing=False --ExecutePreprocessor.store_widget_state=False
# Where there is no desktop there is no browser to open: Jupyter then prints the address alone.
NO_DESKTOP := $(if $(filter Linux,$(shell uname -s)),$(if $(DISPLAY)$(WAYLAND_DISPLAY),,--no-browser))
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: lab app hub test test-matrix test-oldest test-colab lint exercises notebooks site benchmark address clean

lab: $(VENV)/installed$(ONLY:%=-%)
	$(BIN)/jupyter lab --ip=127.0.0.1 $(NO_DESKTOP) $(AS_ROOT) notebooks/00_start_here.ipynb

$(VENV)/installed-%:
	@echo "There is only ONLY=numpy: notebooks 00 to 03."; exit 1

# The live figures alone, for a projector: a page for each notebook.
app: $(VENV)/installed
	cd app && JUPYTER_PATH="$(CURDIR)/app" "$(CURDIR)/$(BIN)/voila" $(NO_DESKTOP) ../notebooks

# A class on one server. What the hub writes only root may read: its tokens are there.
hub: $(VENV)/installed node_modules
	@mkdir -p -m 700 $(VENV)/hub
	cd $(VENV)/hub && PATH="$(CURDIR)/node_modules/.bin:$$PATH" "$(CURDIR)/$(BIN)/jupyterhub" --config ../../hub/jupyterhub_config.py

# Three at a time, on two cores too, for the browser's tests mostly wait. One file alone: make test ARGS="-n 0 tests/test_descent.py"
test: $(VENV)/installed
	@$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 3 $(ARGS)
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report --format=total >/dev/null || { $(BIN)/coverage report; exit 1; }
	@if command -v npm >/dev/null; then npm test --silent; \
	else echo "The JavaScript's own tests were left out: they need npm, which comes with Node."; fi

# The same on each Python that is found here, with the oldest packages that are allowed, and as on Colab.
test-matrix:
	$(PYTHON) tests/other_machines.py 3.11 3.12 3.13

test-oldest:
	$(PYTHON) tests/other_machines.py oldest

test-colab:
	$(PYTHON) tests/other_machines.py colab

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory node_modules && npm run --silent check; \
	else echo "The JavaScript was left out: its linter needs npm, which comes with Node."; fi

# Make the exercise cells of the notebooks from their solutions, by leaving out what the reader is to write.
exercises: $(VENV)/installed
	$(BIN)/python tests/exercise_cells.py

# Run every notebook again and store what it shows.
notebooks: exercises
	cd notebooks && ../$(BIN)/jupyter nbconvert $(EXECUTE) [0-9]*.ipynb
	cd notebooks/solutions && ../../$(BIN)/jupyter nbconvert $(EXECUTE) [0-9]*.ipynb
	$(BIN)/python tests/notebook_hygiene.py --mend notebooks/[0-9]*.ipynb notebooks/solutions/[0-9]*.ipynb

# The course as pages that need no network and no kernel: open site/index.html, or put the folder on any host.
site: $(VENV)/installed node_modules
	$(BIN)/python website/build.py site

benchmark: $(VENV)/installed
	$(BIN)/python benchmarks/peers.py
	$(BIN)/python benchmarks/slider.py

# Of pip's hundreds of lines one is shown at a time; what went wrong is shown whole.
$(VENV)/installed: COST := some minutes, once, and 4 GB
$(VENV)/installed: $(REQUIREMENTS) pyproject.toml
$(VENV)/installed-numpy: COST := about a minute, once, and 0.85 GB
$(VENV)/installed-numpy: requirements-numpy.txt pyproject.toml
$(VENV)/installed $(VENV)/installed-numpy:
	@test -n "$(PYTHON)" || { echo "gdlib needs Python 3.11, 3.12 or 3.13; none was found."; exit 1; }
	@echo "Setting up $(VENV): $(COST)."
	@$(PYTHON) -m venv $(VENV) && rm -f $@
	@{ $(BIN)/python -m pip install --disable-pip-version-check -r $< 2>$(VENV)/errors && touch $@; } | \
		while read -r doing what _; do case $$doing in Collecting|Building|Installing) \
		[ ! -t 1 ] || printf '\r%-50.50s\r' "$$doing $${what%%[<>=]*}";; esac; done
	@test -e $@ || { cat $(VENV)/errors; exit 1; }
	@echo "$(VENV) is ready. make lab opens the notebooks; make test runs every test."

node_modules: package.json
	npm install --no-package-lock --silent --no-audit --no-fund
	@touch $@

# Where your fork is, wherever its address stands: make address OWNER=ada for github.com/ada/gdlib
address:
	@case "$$OWNER" in ""|*[!A-Za-z0-9-]*) echo "Whose fork is it? make address OWNER=ada"; exit 1;; esac
	@test -n "$(WAS)" || { echo "pyproject.toml has no Repository = \"https://github.com/NAME/gdlib\"."; exit 1; }
	git grep -lIF "$(WAS)" | \
		xargs perl -pi -e 's{\b(github(\.com)?|gh|codespaces\.new)(/|%2F)\K$(WAS)(?=(/|%2F)gdlib\b)}{$$ENV{OWNER}}g'

clean:
	rm -rf .venv .venv-* node_modules site .site-*
