import torch

from finetune.tasks.gather import gather


def test_batches_come_back_in_the_users_order_without_fillers():
    outputs = [
        {"row": torch.tensor([5, 0]), "probabilities": torch.tensor([[0.1, 0.9], [0.2, 0.8]])},
        {"row": torch.tensor([-1]), "probabilities": torch.tensor([[0.5, 0.5]])},
        {"row": torch.tensor([3]), "probabilities": torch.tensor([[0.3, 0.7]])},
    ]
    rows, probabilities = gather(outputs, "probabilities")
    assert rows.tolist() == [0, 3, 5]
    assert probabilities[:, 0].round(2).tolist() == [0.2, 0.3, 0.1]


def test_whole_numbers_stay_whole_and_others_become_double():
    batch = {
        "row": torch.tensor([1, 0]),
        "labels": torch.tensor([7, 8]),
        "logits": torch.ones(2, 3).bfloat16(),
    }
    rows, labels, logits = gather([batch], "labels", "logits")
    assert (rows.tolist(), labels.tolist()) == ([0, 1], [8, 7])
    assert (labels.dtype, logits.dtype, logits.shape) == ("int64", "float64", (2, 3))
