#!/usr/bin/env bash
# All checks: makes .venv, installs the test extra, runs ruff, mypy and pytest, also those after one that failed.
# What is given behind it goes to pytest: scripts/test.sh -m 'not slow' -k tokenizer
# scripts/test.sh all ... installs what only few tests need besides (test-all: a browser's driver), and runs these and
# the proofs that take minutes too.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup_venv.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup_venv.sh"

extra=test options=
if [[ ${1:-} == all ]]; then
    extra=test-all options=--proofs
    shift
fi
setup_venv "$extra" --editable ".[$extra]"
cd "$root"

# one thread each for more tests at a time than there are cores: many of them wait for processes of their own
workers=$(($(getconf _NPROCESSORS_ONLN) + 1))
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
export PYTEST_ADDOPTS="--numprocesses=$((workers > 5 ? 5 : workers)) --dist=worksteal $options ${PYTEST_ADDOPTS:-}"

failed=()
check() {
    printf '\n== %s\n' "$*"
    "$venv/bin/python" -m "$@" || failed+=("$1${2:+ $2}")
}
check ruff check
check ruff format --check
check mypy
check pytest "$@"

if ((${#failed[@]})); then
    printf '\nFailed:' >&2
    printf ' [%s]' "${failed[@]}" >&2
    printf '\n' >&2
    exit 1
fi
printf '\nAll checks passed\n'
