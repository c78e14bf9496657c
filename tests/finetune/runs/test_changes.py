import pytest

from finetune.errors import ConfigError
from finetune.language.which import speaking
from finetune.runs.changes import changes, refuse_changes, told, without_the_task_found

WAS = {
    "seed_everything": 42,
    "data": {"path": "dados.csv", "test_path": None, "reader": None, "split_seed": 42, "num_workers": 0},
    "model": {"labels": ["a", "b"], "loss": "focal"},
    "trainer": {"max_epochs": 8, "callbacks": None},
    "early_stopping": {"class_path": "callbacks.EarlyStopping", "init_args": {"patience": 3, "mode": "max"}},
}


def now(**groups):
    return {
        key: value | groups.get(key, {}) if isinstance(value, dict) else value for key, value in WAS.items()
    }


def refused(same_content=True, **groups):
    """What is said of these values, which stand beside those of the run."""
    with pytest.raises(ConfigError) as error:
        refuse_changes(changes(WAS, now(**groups)), same_content=same_content)
    return str(error.value)


def test_the_same_again_is_no_change():
    assert changes(WAS, now()) == {}


def test_each_value_has_the_name_of_its_option():
    stopping = {"class_path": "callbacks.EarlyStopping", "init_args": {"patience": 5, "mode": "max"}}
    found = changes(WAS, now(trainer={"max_epochs": 12}) | {"early_stopping": stopping})
    assert found == {"trainer.max_epochs": (8, 12), "early_stopping.patience": (3, 5)}
    assert [str(each) for each in told(found)] == [
        "early_stopping.patience was 3 and is now 5",
        "trainer.max_epochs was 8 and is now 12",
    ]


def test_another_class_or_none_is_one_change():
    other = {"class_path": "mine.Stopping", "init_args": {"patience": 5}}
    for value in (other, None):
        assert changes(WAS, now() | {"early_stopping": value}) == {
            "early_stopping": (WAS["early_stopping"], value)
        }


def test_labels_that_were_not_asked_for_do_not_count():
    assert changes(WAS, now(model={"labels": None})) == {}
    assert "model.labels" in changes(WAS, now(model={"labels": ["b", "a"]}))


def test_values_are_told_in_the_readers_language():
    was, after = {"path": None, "lowercase": False}, {"path": "dados.csv", "lowercase": True}
    with speaking("pt"):
        assert [str(each) for each in told(changes(was, after, "data."))] == [
            "data.lowercase era não e agora é sim",
            "data.path era vazio e agora é 'dados.csv'",
        ]


def test_values_that_stand_together_are_told_as_an_option_takes_them():
    lora = {"rank": 4, "targets": "auto"}
    found = told(changes({"model": {"lora": lora}}, {"model": {"lora": None}}))
    assert str(found[0]) == "model.lora was {rank: 4, targets: auto} and is now not given"


def test_all_that_the_result_follows_from_is_refused_at_once_with_both_values():
    said = refused(data={"split_seed": 7}, model={"loss": "cross_entropy"})
    assert "data.split_seed was 42 and is now 7; model.loss was 'focal' and is now 'cross_entropy'" in said
    assert "Leave these options away to go on, or train anew" in said
    with pytest.raises(ConfigError, match="seed_everything was 42 and is now 1"):
        refuse_changes(changes(WAS, now() | {"seed_everything": 1}), same_content=True)


def test_what_the_user_may_have_meant_is_said():
    with pytest.raises(ConfigError, match=r"--resume\. Or another\?$"):
        refuse_changes({"model.loss": ("a", "b")}, same_content=True, hint=" Or another?")


@pytest.mark.parametrize(
    "groups",
    [{"trainer": {"max_epochs": 12}}, {"data": {"num_workers": 4}}, {"data": {"predict_path": "novos.csv"}}],
)
def test_what_changes_no_result_may_change(groups):
    refuse_changes(changes(WAS, now(**groups)), same_content=False)


def test_a_table_may_be_elsewhere_where_its_content_is_compared():
    for moved in ({"path": "outra/pasta.csv"}, {"path": "dados.parquet", "reader": "parquet"}):
        refuse_changes(changes(WAS, now(data=moved)), same_content=True)
        assert "data.path was 'dados.csv'" in refused(same_content=False, data=moved)


def test_the_same_file_by_another_path_is_no_other_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refuse_changes(changes(WAS, now(data={"path": str(tmp_path / "dados.csv")})), same_content=False)


def test_a_table_more_or_less_is_refused():
    assert "data.test_path was not given and is now 't.csv'" in refused(data={"test_path": "t.csv"})


def test_a_models_folder_may_be_written_otherwise(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    same = {"model.name": ("tiny", "./tiny")}
    refuse_changes(same, same_content=True)
    with pytest.raises(ConfigError, match=r"model\.name was 'tiny' and is now 'other/tiny'"):
        refuse_changes({"model.name": ("tiny", "other/tiny")}, same_content=True)


@pytest.mark.parametrize("option", ["reader", "sheet", "header_line"])
def test_another_way_to_read_the_same_rows_is_no_other_table(option):
    found = changes({"data": {option: None}}, {"data": {option: "other"}})
    refuse_changes(found, same_content=True)
    with pytest.raises(ConfigError, match=f"data.{option} was"):
        refuse_changes(found, same_content=False)


def test_a_task_that_was_found_may_be_named_and_no_other():
    found = changes({"task": "auto"}, {"task": "number"})
    assert without_the_task_found(found, "number") == {}
    with pytest.raises(ConfigError, match="task was 'auto' and is now 'number'"):
        refuse_changes(without_the_task_found(found, "single_label"), same_content=True)
    other = changes({"task": "ordinal"}, {"task": "number"})
    assert without_the_task_found(other, "number") == other
