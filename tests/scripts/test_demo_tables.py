"""That scripts/demo_tables.py makes the tables that are there."""

from finetune.data.rows import DEMO, DEMOS


def test_the_small_tables_are_what_their_script_makes(tmp_path, script, monkeypatch):
    made = script("demo_tables")
    (tmp_path / "agro.csv").write_bytes(DEMO.read_bytes())
    monkeypatch.setattr(made, "FOLDER", tmp_path)
    made.main()
    small = [file for file in DEMOS.values() if file != DEMO]
    assert len(small) == 5
    for file in small:
        assert (tmp_path / file.name).read_bytes() == file.read_bytes(), file.name
