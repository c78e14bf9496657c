from finetune.evaluation.together import sentence
from finetune.language.which import speaking

METRICS = {
    "test": {"f1_macro": 0.842},
    "mix": {"weight": 0.35, "network": 2.0, "words": 0.3},
    "alone": {
        "network": {"test": {"f1_macro": 0.829}},
        "words": {"test": {"f1_macro": 0.8}},
    },
}


def test_what_each_reaches_is_told_in_the_readers_numbers():
    told = sentence(METRICS, "test")
    assert "words weigh 35%" in told
    assert told.endswith("test rows: the network alone 0.829, words alone 0.800, together 0.842.")
    with speaking("pt"):
        assert sentence(METRICS, "test").endswith("só a rede 0,829, só as palavras 0,800, juntas 0,842.")


def test_that_words_would_not_help_is_told_too():
    assert sentence({"mix": {"weight": 0.0, "network": 1.0, "words": 1.0}}, "test").startswith(
        "The network answers alone"
    )


def test_where_words_were_not_asked_nothing_is_told():
    assert sentence({"test": {"f1_macro": 0.8}}, "test") is None
