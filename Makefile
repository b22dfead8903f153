# Every target sets itself up: python3 >= 3.11 (with venv), make and git are all that has to be there.

# The first interpreter that is new enough; `make PYTHON=/path/to/python test` chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint bench opponents realbugs format clean

# Traps the bugs of the flagship example.  Exit code 1 of `hunt` means "found", which is what a demo wants.
demo: $(READY)
	@$(BIN)/racetrap hunt --python $(BIN)/python -- pytest examples/message_queue/tests; \
	code=$$?; \
	if [ $$code -eq 1 ]; then echo; echo "demo: trapped, as it should be."; \
	else echo; echo "demo: FAILED, hunt ended with exit code $$code where 1 (findings) was expected." >&2; exit 1; fi

test: lint
	$(BIN)/python -m pytest -q -n 3 --dist loadgroup

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python -m bench

# The opponents' programs, here and by the peers, which are installed into an environment of their own.
opponents: $(READY)
	$(BIN)/python bench/opponents/install.py
	$(BIN)/python bench/run.py opponents threads peers --json bench/results/opponents.json

# Bugs of released packages, hunted side by side with their fixes; environments and servers are made on the way.
realbugs: $(READY)
	$(BIN)/python bench/realbugs/run.py

format: $(READY)
	$(BIN)/ruff format src tests
	$(BIN)/ruff check --fix .

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "racetrap needs python3 >= 3.11; none is on the path (seen: $$(python3 --version 2>&1)). Install one, or: make PYTHON=/path/to/python $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) cannot make virtual environments (on Debian and Ubuntu: apt-get install python3-venv)." >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) .racetrap .mypy_cache .ruff_cache build dist
