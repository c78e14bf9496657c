import pytest

from finetune.report.facts import gather, minutes

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
    assert any(name in one for one in gather(folder).unread)
    (folder / name).unlink()
    assert gather(folder).unread == ()


def test_a_damaged_event_file_costs_no_report(new_run):
    folder = new_run()
    for file in folder.glob("events*"):
        file.write_bytes(file.read_bytes()[:200] + b"xxxxxxxxxxxxxxxx")
    assert isinstance(gather(folder).curves, dict)


def test_a_run_of_a_folder_shows_no_path_of_this_machine(new_run):
    assert gather(new_run(model="/home/ana/modelos/bertimbau")).model_name == "bertimbau"
    assert gather(new_run("version_8", model="neuralmind/bert-base")).model_name == "neuralmind/bert-base"
