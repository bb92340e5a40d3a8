# make lab: open the first notebook.    make test: run every test and every notebook.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
EXECUTE := --to notebook --inplace --execute \
	--ExecutePreprocessor.record_timing=False --ExecutePreprocessor.store_widget_state=False
# Where there is no desktop there is no browser to open: Jupyter then prints the address alone.
NO_DESKTOP := $(if $(filter Linux,$(shell uname -s)),$(if $(DISPLAY)$(WAYLAND_DISPLAY),,--no-browser))
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: lab test lint notebooks benchmark clean

lab: .venv/installed
	$(BIN)/jupyter lab --ip=127.0.0.1 $(NO_DESKTOP) $(AS_ROOT) notebooks/00_start_here.ipynb

test: .venv/installed
	$(BIN)/coverage run -m pytest --nbval --nbval-current-env --nbval-sanitize-with tests/sanitize.cfg $(ARGS)
	@$(BIN)/coverage report --format=total >/dev/null || { $(BIN)/coverage report; exit 1; }

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# Run every notebook again and store what it shows.
notebooks: .venv/installed
	cd notebooks && ../$(BIN)/jupyter nbconvert $(EXECUTE) [0-9]*.ipynb
	$(BIN)/python tests/notebook_hygiene.py --mend notebooks/[0-9]*.ipynb

benchmark: .venv/installed
	$(BIN)/python benchmarks/peers.py

.venv/installed: requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "gdlib needs Python 3.11, 3.12 or 3.13; none was found."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	@touch $@

clean:
	rm -rf .venv
