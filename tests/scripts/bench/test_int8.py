"""Which rows scripts/bench/int8.py asks. Nothing is timed here."""

import csv


def test_rows_are_those_that_the_run_keeps_whatever_became_of_its_tables(script, tmp_path):
    with (tmp_path / "predictions.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["source", "split", "text", "label", "predicted"])
        writer.writerow(["../gone.csv", "validation", "boi gordo\nem alta", "1", "2"])
        writer.writerow(["../other.csv", "test", "NA", "2", "2"])
    rows = script("bench/int8").held_back(tmp_path)
    assert rows["text"].tolist() == ["boi gordo\nem alta", "NA"]
    assert rows["label"].tolist() == ["1", "2"]
