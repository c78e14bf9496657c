"""Cells as moments: which are read, how, and what is said of those that are not."""

import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.data.dividing.moments import moments
from finetune.errors import DataError


def read(*cells):
    return moments(cells, source="dados.csv", column="data", where=lambda place: f"line {place + 2}")


def dates(*cells):
    values, _ = read(*cells)
    assert values.dtype == np.int64
    return [pd.Timestamp(value, unit="us").isoformat(" ", "minutes") for value in values.tolist()]


def test_iso_and_brazilian_dates_stand_side_by_side():
    assert dates(
        "2024-12-31", "2024-1-2T03:04", "2024/12/31", "2024-12-31 13:45:10.5", "31/12/2024", "31-12-2024 8:30"
    ) == [
        "2024-12-31 00:00",
        "2024-01-02 03:04",
        "2024-12-31 00:00",
        "2024-12-31 13:45",
        "2024-12-31 00:00",
        "2024-12-31 08:30",
    ]
    assert dates("31.12.2024", "12/2024", "2024", " 2024-05 ", "31/12/2024, 13:45") == [
        "2024-12-31 00:00",
        "2024-12-01 00:00",
        "2024-01-01 00:00",
        "2024-05-01 00:00",
        "2024-12-31 13:45",
    ]


def test_time_zones_are_converted_and_cells_without_one_are_said():
    cells = ["2024-01-01 22:00-03:00", "2024-01-02T01:00Z", "2024-01-02 01:00 UTC", "2024-01-02 03:00 +0200"]
    assert set(dates(*cells)) == {"2024-01-02 01:00"}
    assert str(read(*cells)[1]) == "dates"
    assert str(read(*cells, "2024-01-02")[1]) == "dates; those without a time zone are taken as UTC"


def test_objects_of_python_pandas_and_numpy_are_dates():
    clock = datetime.datetime(2024, 1, 2, 3, 4)
    assert dates(
        datetime.date(2024, 1, 2),
        clock,
        clock.replace(tzinfo=ZoneInfo("America/Sao_Paulo")),
        pd.Timestamp(clock),
        np.datetime64("2024-01-02T00:00:00.123456789"),
        "0001-01-01",
    ) == [
        "2024-01-02 00:00",
        "2024-01-02 03:04",
        "2024-01-02 06:04",
        "2024-01-02 03:04",
        "2024-01-02 00:00",
        "0001-01-01 00:00",
    ]


def test_numbers_are_used_as_they_are():
    assert read("2024", 2023, "1999")[0].tolist() == [2024, 2023, 1999]
    assert read(2024.5, "-3", np.float32(0.25))[0].tolist() == [2024.5, -3, 0.25]
    assert read(1730000000123456789, 1730000000123456788)[0].tolist()[1] == 1730000000123456788
    assert read("7", 10**25)[0].tolist() == [7, 1e25]
    assert str(read("2024")[1]) == "numbers, as they are"


def test_months_written_with_a_point_are_no_numbers():
    assert dates("12.2023", "01.2024", "2025") == ["2023-12-01 00:00", "2024-01-01 00:00", "2025-01-01 00:00"]
    assert read("12.2023", "13.5")[0].tolist() == [12.2023, 13.5]


def test_the_whole_column_says_whether_the_day_or_the_month_is_first():
    assert dates("01/02/2024", "13/02/2024")[0] == "2024-02-01 00:00"
    assert dates("01/02/2024", "02/13/2024 10:00")[0] == "2024-01-02 00:00"
    assert str(read("01/02/2024", "13/02/2024")[1]) == "dates, day before month"
    assert str(read("01/02/2024", "02/13/2024")[1]) == "dates, month before day"


def test_a_column_that_does_not_say_it_is_read_day_first_and_the_note_says_so():
    assert dates("01/02/2024", "2024-12-31")[0] == "2024-02-01 00:00"
    assert "day before month: no cell tells which" in str(read("01/02/2024", "2024-12-31")[1])
    assert str(read("12/2024", "2024-12-31")[1]) == "dates"


def test_a_column_that_says_both_is_refused_with_a_line_of_each():
    with pytest.raises(
        DataError,
        match=r'^dados\.csv, column "data": the day stands before the month in line 3 \("13/02/2024"\), '
        r'behind it in line 4 \("02/13/2024"\): write all dates in one way, best as 2024-12-31\.$',
    ):
        read("01/02/2024", "13/02/2024", "02/13/2024")


def test_cells_that_are_no_moment_are_listed_with_their_lines():
    with pytest.raises(
        DataError,
        match=r'^dados\.csv: 3 cells of the time column "data" cannot be read as a moment: line 3 \(empty\), '
        r'line 4 \("30/02/2024"\) and line 5 \("ontem"\)\. Write all as dates .* --data\.time_column\.$',
    ):
        read("2024-01-01", None, "30/02/2024", "ontem")


def test_ten_of_many_are_listed_and_long_ones_are_shortened():
    with pytest.raises(DataError) as caught:
        read("2024-01-01", *["boi gado pasto " * 20] * 30)
    assert "30 cells" in str(caught.value)
    assert str(caught.value).count("line ") == 10
    assert '("boi gado pasto boi gado pasto boi gado p ...") and 20 more' in str(caught.value)


@pytest.mark.parametrize(
    "cell",
    [
        "", " ", None, float("nan"), pd.NaT, pd.NA, "now", "today", "13:45", datetime.time(3, 4), True, [2024], "inf",
        "2024-13-01", "31/13/2024", "31/12/24", "2024-01-02 25:00", "2024-01-02 13", "1.700.000", "0x10", "20240102",
        "5",
    ],
)  # fmt: skip
def test_what_is_no_moment_among_dates_is_refused(cell):
    with pytest.raises(DataError, match=r"1 cell of the time column .*: line 3 \("):
        read("2024-01-01", cell)


def test_a_blot_in_a_column_of_numbers_is_named_and_not_the_numbers():
    with pytest.raises(DataError, match=r'1 cell of .*: line 4 \("x"\)\. Write all'):
        read("1700000000", "1700000005", "x")
    with pytest.raises(DataError, match=r'1 cell of .*: line 3 \("inf"\)\. Write all'):
        read(2.5, float("inf"))


FORMS = ["%Y-%m-%d %H:%M:%S.%f", "%d/%m/%Y %H:%M:%S.%f", "%d.%m.%Y %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%fZ"]
times = st.lists(
    st.tuples(st.datetimes(datetime.datetime(1000, 1, 1)), st.sampled_from(FORMS)), min_size=1, max_size=9
)


@given(times)
def test_every_time_written_in_any_form_comes_back(written):
    # a day above 12 settles the order for all
    cells = ["31/12/2024"] + [time.strftime(form) for time, form in written]
    first = datetime.datetime(1970, 1, 1)
    microsecond = datetime.timedelta(microseconds=1)
    assert read(*cells)[0].tolist()[1:] == [(time - first) // microsecond for time, _ in written]
