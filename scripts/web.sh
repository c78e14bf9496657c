#!/usr/bin/env bash
# Makes finetune/page/offline/kept/ anew: the two libraries by which a page answers by itself, as plain scripts.
# Whoever installs or uses the program needs none of this: what it makes is committed, and kept.json says what it is.
#
#   scripts/web.sh          fetches the versions below from npm, and writes the files
#   scripts/web.sh check    says whether the committed files are these, and writes none
set -euo pipefail

RUNTIME=onnxruntime-web@1.30.0
TOKENIZERS=@huggingface/tokenizers@0.2.0
ESBUILD=esbuild@0.28.2

root=$(cd "$(dirname "$0")/.." && pwd)
kept=$root/finetune/page/offline/kept
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/made" "$work/runtime" "$work/tokenizers"

fetched() {  # what a package holds, in a folder
    tar -xzf "$work/$(cd "$work" && npm pack --silent "$1" | tail -n 1)" -C "$work/$2" --strip-components 1
}

# A module cannot stand within another script. That a runtime without an address of its own is asked for no file is
# the engine's affair: it hands the wasm over.
plain() {  # a module as a plain script that sets one name
    (cd "$work" && npx --yes "$ESBUILD" "$1" --format=iife --global-name="$2" --target=es2022 --charset=utf8 \
        --legal-comments=inline --minify --define:import.meta.url='"file:"' --log-level=error |
        sed '/^\/\/# sourceMappingURL=/d' >"made/$3")
}

fetched "$RUNTIME" runtime
fetched "$TOKENIZERS" tokenizers
plain runtime/dist/ort.wasm.bundle.min.mjs ort onnxruntime.js
plain tokenizers/dist/tokenizers.min.mjs tokenizersLibrary tokenizers.js
gzip -9 -n -c "$work/runtime/dist/ort-wasm-simd-threaded.wasm" >"$work/made/onnxruntime.wasm.gz"
cp "$work/tokenizers/LICENSE" "$work/made/tokenizers.LICENSE"
cp "$kept/onnxruntime.LICENSE" "$work/made/" # its package carries none: the text is that of its project

RUNTIME=$RUNTIME TOKENIZERS=$TOKENIZERS ESBUILD=$ESBUILD python3 - "$work" <<'PYTHON'
import hashlib, json, os, sys
from pathlib import Path

work, made = Path(sys.argv[1]), Path(sys.argv[1]) / "made"


def entry(asked: str, folder: str, project: str, files: list[str]) -> dict[str, object]:
    package = json.loads((work / folder / "package.json").read_text(encoding="utf-8"))
    name, _, version = asked.rpartition("@")
    assert package["version"] == version, f"asked for {asked}, got {package['version']}"
    sums = {file: hashlib.sha256((made / file).read_bytes()).hexdigest() for file in files}
    return {"name": name, "version": version, "license": package["license"], "project": project, "sha256": sums}


kept = [
    entry(
        os.environ["RUNTIME"], "runtime", "https://github.com/microsoft/onnxruntime",
        ["onnxruntime.js", "onnxruntime.wasm.gz", "onnxruntime.LICENSE"],
    ),
    entry(
        os.environ["TOKENIZERS"], "tokenizers", "https://github.com/huggingface/tokenizers.js",
        ["tokenizers.js", "tokenizers.LICENSE"],
    ),
]  # fmt: skip
said = {"made_by": f"scripts/web.sh, with {os.environ['ESBUILD']}", "kept": kept}
(made / "kept.json").write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
PYTHON

if [ "${1:-}" = check ]; then
    diff -r -x README.md "$work/made" "$kept" && echo "finetune/page/offline/kept/ is as it is made."
else
    cp "$work/made"/* "$kept/"
    ls -l "$kept"
fi
