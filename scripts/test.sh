#!/usr/bin/env bash
# All checks: makes .venv, installs the test extra, runs ruff, mypy and pytest, also those after one that failed.
# What is given behind it goes to pytest: scripts/test.sh -m 'not slow' -k tokenizer
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup_venv.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup_venv.sh"

setup_venv test --editable '.[test]'
cd "$root"

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
