import json
import shutil

import pytest

from finetune.pretrained.files import problems, to_download


@pytest.fixture
def folder(tiny_model, tmp_path):
    return shutil.copytree(tiny_model, tmp_path / "model")


def said_of(folder):
    return [str(problem) for problem in problems(folder)]


def test_a_whole_folder_has_no_problem(folder):
    assert said_of(folder) == []


def test_an_empty_folder_has_all_of_them(tmp_path):
    assert said_of(tmp_path) == [
        "no config.json",
        "no tokenizer (tokenizer.json, vocab.txt, vocab.json, sentencepiece.bpe.model, ...)",
        "no weights (model.safetensors or pytorch_model.bin)",
    ]


def test_a_broken_config_is_said(folder):
    (folder / "config.json").write_text("{'model_type': 'bert'}")
    assert said_of(folder) == ["config.json is not JSON (line 1)"]


def test_a_git_lfs_pointer_is_no_weights(folder):
    (folder / "model.safetensors").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"
    )
    assert said_of(folder) == ["model.safetensors is a git-lfs pointer without the weights: run git lfs pull"]


def test_a_missing_part_is_named(folder):
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    parts = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": parts}))
    assert said_of(folder) == ["1 of 2 parts of the weights is missing: model-00002-of-00002.safetensors"]
    (folder / "model.safetensors.index.json").write_text("[]")
    assert said_of(folder) == ["model.safetensors.index.json is not an index of weights"]


def test_old_weights_and_vocabulary_will_do(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    (folder / "tokenizer.json").rename(folder / "vocab.txt")
    assert said_of(folder) == []


def test_one_set_of_weights_is_downloaded():
    old = ["config.json", "vocab.txt", "pytorch_model.bin", "flax_model.msgpack", "tf_model.h5", "README.md"]
    assert to_download(old) == ["config.json", "vocab.txt", "pytorch_model.bin"]
    both = [*old, "model.safetensors", "onnx/model.safetensors"]
    assert to_download(both) == ["config.json", "vocab.txt", "model.safetensors"]
    assert to_download(["config.json", "model.gguf"]) == []
    assert to_download(["model.safetensors"]) == []


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json"])
@pytest.mark.parametrize("content", ["", "[1]", "3", '"x"', "\xe7{}", "null"])
def test_a_file_of_another_kind_is_named(tiny_model, tmp_path, name, content):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    (folder / name).write_bytes(content.encode("latin-1"))
    assert [str(problem) for problem in problems(folder) if name in str(problem)]
    assert not problems(tiny_model)
