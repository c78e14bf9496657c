import pytest

from finetune.language.which import speaking
from finetune.report.facts import gather, in_language, minutes

FILES = [
    "metrics.json",
    "predictions.csv",
    "data_report.json",
    "hardware.json",
    "resources.csv",
    "split.csv",
    "config.yaml",
]


def test_a_finished_run_is_read_whole(finished_run):
    facts = gather(finished_run)
    assert facts.finished
    assert facts.unread == ()
    assert facts.labels[1] == "Milho & trigo"
    assert (facts.data_name, facts.model_name) == ("fala.csv", "embedded")
    assert [facts.rows_of(part) for part in ("train", "validation", "test")] == [900, 120, 160]
    assert facts.last_part == "test"
    assert facts.temperature == 1.31
    assert len(facts.curves["val/f1_macro"]) == 5
    assert facts.answers.probabilities.shape == (280, 5)
    assert minutes(facts.resources)[-1] == pytest.approx(3.25, abs=0.01)


@pytest.mark.parametrize("name", FILES)
def test_what_is_missing_is_empty_and_what_is_damaged_is_named(new_run, name):
    folder = new_run()
    (folder / name).write_bytes(b'{"half": [1, 2\x00')
    assert any(name in str(one) for one in gather(folder).unread)
    (folder / name).unlink()
    assert gather(folder).unread == ()


def test_why_a_file_could_not_be_read_is_told_in_the_language_of_the_page(new_run):
    folder = new_run()
    (folder / "metrics.json").write_text("[1, 2]")
    (folder / "config.yaml").write_text("data: [")
    with speaking("pt"):
        assert list(map(str, gather(folder).unread)) == [
            f"{name} (está danificado ou não é como o finetune o grava)"
            for name in ("config.yaml", "metrics.json")
        ]


def test_what_a_file_does_not_tell_in_the_language_of_the_reader_is_told_in_english():
    told = {"en": "rows without text", "pt": "linhas sem texto"}
    with speaking("pt"):
        assert in_language(told) == "linhas sem texto"
        assert in_language({"en": "rows without text"}) == "rows without text"
        assert in_language({}) is None


def test_a_damaged_event_file_costs_no_report(new_run):
    folder = new_run()
    for file in folder.glob("events*"):
        file.write_bytes(file.read_bytes()[:200] + b"xxxxxxxxxxxxxxxx")
    assert isinstance(gather(folder).curves, dict)


def test_a_run_of_a_folder_shows_no_path_of_this_machine(new_run):
    assert gather(new_run(model="/home/ana/modelos/bertimbau")).model_name == "bertimbau"
    assert gather(new_run("version_8", model="neuralmind/bert-base")).model_name == "neuralmind/bert-base"
