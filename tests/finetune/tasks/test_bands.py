import numpy as np

from finetune.tasks.bands import band_of, edges_of


def test_bands_are_of_as_many_rows_each_and_an_edge_is_of_the_one_above():
    values = np.arange(10.0)
    edges = edges_of(values, 5)
    assert np.bincount(band_of(values, edges)).tolist() == [2] * 5
    assert band_of(edges, edges).tolist() == [1, 2, 3, 4]
    assert band_of(np.array([-9.0, 99.0]), edges).tolist() == [0, 4]


def test_where_numbers_are_the_same_there_are_fewer_bands():
    values = np.array([1.0] * 7 + [2.0, 3.0, 4.0])
    assert edges_of(values, 5).tolist() == [1.0, 2.2]
    assert edges_of(values, 1).tolist() == []
