#!/usr/bin/env bash
# The demonstration: makes .venv, installs, trains the embedded model on the embedded table and tests it.
# What is given behind it goes to finetune: scripts/demo.sh --trainer.max_epochs 1
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup_venv.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup_venv.sh"

setup_venv demo --editable '.[demo]'
cd "$root" # where lightning_logs is
exec "$venv/bin/python" -m finetune fit --config demo "$@"
