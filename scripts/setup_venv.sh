# Makes or reuses .venv; sourced by demo.sh and test.sh, which say what to install:
#   setup_venv NAME PIP_ARGUMENTS...      for example: setup_venv demo '.[demo]'
# shellcheck shell=bash
#
# Environment:
#   PYTHON         the Python to make .venv with (3.11 or newer); else the first of python3.13 ... python3 that serves
#   PIP_INDEX_URL  pip's own setting. On Linux the usual index gives the CUDA build of torch, several GB with the
#                  packages it needs. Where there is no NVIDIA GPU, set PIP_INDEX_URL to the CPU index that PyTorch's
#                  installation page names and PIP_EXTRA_INDEX_URL to your usual one: torch is installed by itself,
#                  first, so that the CPU build is taken and kept.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.venv
constraints=$root/scripts/constraints.txt
# Measured: 2.0 GiB with the test extra and the CPU build of torch; pip's downloads pass through the disk as well
need_gib=4

die() {
    printf '%s: %s\n' "$(basename "$0")" "$1" >&2
    exit 1
}

# Is this Python new enough? Prints its version either way.
python_version() {
    "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3]); sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local candidate version found="" candidates=(python3.13 python3.12 python3.11 python3)
    [[ -z ${PYTHON:-} ]] || candidates=("$PYTHON")
    for candidate in "${candidates[@]}"; do
        if version=$(python_version "$candidate"); then
            python=$candidate
            return
        fi
        [[ -z $version ]] || found+=" $candidate is $version;"
    done
    [[ -n $found ]] || found=" found none as ${candidates[*]};"
    die "Python 3.11 or newer is needed:$found install it (Debian, Ubuntu: apt install python3 python3-venv), or name one: PYTHON=/path/to/python3.12 $0"
}

make_venv() {
    local free_kib
    if [[ -e $venv && ! -e $venv/.made-by-finetune ]]; then
        die "$venv was there before, and its Python does not serve: it is broken, older than 3.11, or has no pip. Move it away, then call $0 again"
    fi
    find_python
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        die "$python cannot make virtual environments: its venv module is missing. Install it (Debian, Ubuntu: apt install python3-venv), then call $0 again"
    free_kib=$(df -Pk "$root" | awk 'NR == 2 { print $4 }')
    ((free_kib >= need_gib * 1024 * 1024)) ||
        die "$root has $((free_kib / 1024)) MiB free; the environment needs $need_gib GiB (several more with the CUDA build of torch). Free some space, then call $0 again"
    printf 'Making %s with %s (%s)\n' "$venv" "$python" "$(python_version "$python")"
    # anew each time: what a broken attempt left must not be mixed in
    rm -rf "$venv"
    mkdir -p "$venv" && touch "$venv/.made-by-finetune"
    "$python" -m venv "$venv" || die "$python could not make $venv: its message is above"
}

pip_install() {
    "$venv/bin/python" -m pip install --disable-pip-version-check --constraint "$constraints" "$@" ||
        die "pip could not install $*: its message is above.
  After \"Retrying\" or \"name resolution\" there is no network, even where pip then speaks of conflicts: connect,
  or set PIP_INDEX_URL to a mirror that you reach or PIP_FIND_LINKS to a folder of wheels.
  \"No space left on device\": free some, in ${TMPDIR:-/tmp} too.
  Then call $0 again: it goes on where it stopped."
}

# Installs what is asked for into .venv, unless it is there already from the same pyproject.toml and constraints.
setup_venv() {
    local name=$1 stamp=$venv/.installed-$1 state
    shift
    state=$({ printf '%s\n' "$root" "$@" && cat "$root/pyproject.toml" "$constraints"; } | cksum)
    if [[ -f $stamp && $(<"$stamp") == "$state" ]] && python_version "$venv/bin/python" >/dev/null; then
        return
    fi
    if ! python_version "$venv/bin/python" >/dev/null || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
        make_venv
    fi
    printf 'Installing %s into %s: some minutes the first time\n' "$name" "$venv"
    rm -f "$stamp"
    pip_install torch # by itself, for the CPU build's sake: see PIP_INDEX_URL above
    (cd "$root" && pip_install "$@") || exit 1
    printf '%s' "$state" >"$stamp"
}
