# Two targets are all a newcomer needs: `make demo` and `make test`. Both install into .venv first, once.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
# Two workers of one thread each: what two cores can carry.
PYTEST := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 $(BIN)/python -m pytest -q

.PHONY: help install demo check test test-slow test-hard test-crash fuzz audit wheel clean

help:
	@echo "make demo        install, then the whole job on the embedded footage: demo/report.html"
	@echo "make test        install, then lint, types, import rules and the fast tests"
	@echo "make test-slow   tests that take longer, among them the wheel in an empty folder"
	@echo "make test-hard   every file of the hard footage (needs FACESWAP_LAB_FOOTAGE)"
	@echo "make test-crash  kills processes and looks at what is left"
	@echo "make fuzz        changed files for every reader, for ten minutes (MINUTES=1: for one)"
	@echo "make audit       asks whether installed packages have known holes (needs the internet)"
	@echo "make wheel       dist/*.whl"

install: $(INSTALLED)

# The file's time is the installation's: only a change of pyproject.toml installs again.
$(INSTALLED): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(INSTALLED)
	$(BIN)/faceswap-lab demo output=demo

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

test: check
	$(PYTEST) -n 2 --dist loadscope

test-slow: $(INSTALLED)
	$(PYTEST) -m slow

test-hard: $(INSTALLED)
	$(PYTEST) -m hard -n 2

test-crash: $(INSTALLED)
	$(PYTEST) -m crash

MINUTES ?= 10
fuzz: $(INSTALLED)
	OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 $(BIN)/python -m tests.hostile.fuzz minutes=$(MINUTES)

audit: $(INSTALLED)
	@$(BIN)/python docs/audit.py

wheel: $(INSTALLED)
	$(BIN)/python -m hatchling build -t wheel

clean:
	rm -rf .venv dist demo runs outputs .pytest_cache .ruff_cache .hypothesis
