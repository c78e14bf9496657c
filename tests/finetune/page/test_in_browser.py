"""The page in a real browser, against a server without a model: by keyboard, on a phone, and when something fails."""

import json
from contextlib import contextmanager

import pytest

from tests.finetune.page.fake_server import answer, facts, serving, state
from tests.finetune.page.looks import CONTRASTS, UNNAMED
from tests.in_browser import NEEDED, faults, opened

pytestmark = NEEDED

NASTY = "<img src=x onerror=alert(1)><script>alert(2)</script>"
TEXT = "A ferrugem apareceu nas folhas; e a ferrugem volta."
WORDS = [("A", 0.0), ("ferrugem", 0.4), ("apareceu", 0.0), ("folhas;", 0.1), ("a", -0.2), ("ferrugem", 0.3)]
SEVERAL = {"task": "multi_label", "problem_type": "multi_label_classification"}
NUMBER = {"task": "number", "problem_type": "regression", "labels": ["preço"], "scores": None}


@pytest.fixture(scope="module")
def browser():
    with opened() as one:
        yield one


@contextmanager
def looking(browser, *, language="en", width=1280, dark=False, **told):
    """A page of a server, and the server; in the end nothing must have gone wrong in it, nor asked of elsewhere."""
    scheme = "dark" if dark else "light"
    with serving(**told) as server:
        page = browser.new_page(viewport={"width": width, "height": 860}, color_scheme=scheme)
        page.set_default_timeout(5000)
        wrong, asked = [], []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on("console", lambda message: wrong.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{server.address}?language={language}")
        yield page, server
        assert [each for each in wrong if "Failed to load resource" not in each] == []
        there = (server.address, "data:", f"blob:{server.address}")
        assert [url for url in asked if not url.startswith(there)] == []
        page.close()


def ask(page, *texts):
    for place, text in enumerate(texts or [TEXT]):
        page.fill(f"#field-{place}", text)
    page.click("#ask")


def answered(page):
    page.wait_for_selector(".result")
    return page.inner_text(".head"), page.inner_text("#answer")


def until(page, name, text):
    """Waits until an element says something."""
    page.wait_for_selector(f"#{name}:has-text({json.dumps(text)})", state="attached")


def send(page, name="perguntas.csv", size=10):
    page.set_input_files("#file", {"name": name, "mimeType": "text/csv", "buffer": b"x" * size})


def test_a_text_is_asked_by_keyboard_alone(browser):
    with looking(browser) as (page, server):
        order = []
        for _ in range(6):
            page.keyboard.press("Tab")
            order.append(page.evaluate("document.activeElement.id || document.activeElement.textContent"))
        assert order == ["English", "Português", "field-0", "ask", "Clear", "file"]
        page.focus("#field-0")
        page.keyboard.type("A ferrugem\nvoltou")
        page.keyboard.press("Control+Enter")
        head, text = answered(page)
        assert head == "ferrugem asiática"
        assert "very likely: 93%" in text
        assert "93 of 100" in text
        assert page.inner_text("#told") == "Answer: ferrugem asiática, very likely: 93%."
        assert page.evaluate("document.activeElement.id") == "field-0"
        assert json.loads(server.asked[-1][3]) == {"text": "A ferrugem\nvoltou", "probabilities": True}


def test_the_likeliest_five_are_seen_and_then_all(browser):
    with looking(browser) as (page, _):
        ask(page)
        answered(page)
        shown = page.locator(".bars li:visible")
        assert shown.count() == 5
        assert page.locator(".bars .chosen").all_inner_texts() == ["ferrugem asiática\n(answered)\n93%"]
        page.click("text=Show all 7")
        assert shown.count() == 7
        assert page.get_attribute("[aria-expanded]", "aria-expanded") == "true"


@pytest.mark.parametrize(
    ("told", "said", "head", "text"),
    [
        ({}, answer(["a", "b"], 0.44, abstained=True), "Don't know", "If it had to guess: a (44%)"),
        ({}, {"empty": True, "label": None}, "There is nothing to read in this text", "no letter"),
        (SEVERAL, {"labels": ["a", "b"], "confidence": 0.7, "abstained": False}, "a\nb", "likely: 70%"),
        (SEVERAL, {"labels": [], "confidence": 0.97, "abstained": False}, "None of the labels", "almost certain"),
        (NUMBER, {"value": 1420.4, "low": 1318.2, "high": 1523.1, "confidence": None}, "1,420", "between 1,318 and 1,523"),
        (NUMBER, {"value": 0.41237, "low": 0.3811, "high": 0.4429}, "0.412", "between 0.381 and 0.443"),
        (NUMBER, {"value": 3, "low": None, "high": None}, "3", "How far it may be off is not known"),
        (NUMBER, {"value": 3, "low": 1, "high": 9, "abstained": True}, "Don't know", "If it had to guess: 3"),
    ],
)  # fmt: skip
def test_every_kind_of_answer_is_told_in_words(browser, told, said, head, text):
    with looking(browser, facts=facts(**told), answer=said) as (page, _):
        ask(page)
        found, whole = answered(page)
        assert found == head
        assert text in whole
        assert page.is_visible("#explain") is not bool(said.get("empty"))


@pytest.mark.parametrize(
    ("columns", "pair", "body"),
    [
        (["a", "b"], True, {"texts": [["um", "dois"]]}),
        (["a", "__proto__"], False, {"rows": [{"a": "um", "__proto__": "dois"}]}),
    ],
)
def test_two_texts_and_columns_are_asked_as_what_they_are(browser, columns, pair, body):
    with looking(browser, facts=facts(columns=columns, pair=pair)) as (page, server):
        ask(page, "um", "dois")
        answered(page)
        assert json.loads(server.asked[-1][3]) == {**body, "probabilities": True}


def test_words_are_marked_where_they_stand_and_not_by_colour_alone(browser):
    words = [{"word": word, "weight": weight} for word, weight in [*WORDS, ("elsewhere", 0.2)]]
    with looking(browser, words=words, dark=True) as (page, server):
        ask(page)
        answered(page)
        page.click("#explain")
        page.wait_for_selector("#weighed:not([hidden])")
        assert page.inner_text("#words") == TEXT
        assert page.locator("#words mark.for").all_inner_texts() == ["ferrugem", "folhas;", "ferrugem"]
        assert page.locator("#words mark.against").all_inner_texts() == ["a"]
        line = "getComputedStyle(document.querySelector('#words .against')).textDecorationLine"
        assert page.evaluate(line) == "underline"
        strongest = page.locator("#strongest li").all_inner_texts()
        assert strongest[:3] == ["ferrugem\nfor it: 40%", "ferrugem\nfor it: 30%", "a\nagainst it: 20%"]
        assert "elsewhere\nfor it: 20%" in strongest
        assert page.evaluate("document.activeElement.id") == "weighed-title"
        assert page.evaluate(CONTRASTS) == []
        assert server.asked[-1][1] == "/explain"


def test_words_that_hardly_weigh_are_not_made_much_of(browser):
    with looking(browser, words=[{"word": "ferrugem", "weight": 0.002}]) as (page, _):
        ask(page)
        answered(page)
        page.click("#explain")
        until(page, "strongest", "No word weighed much by itself")
        assert page.locator("#words mark").count() == 0
        until(page, "told", "No word weighed much by itself")


def test_names_of_strangers_are_shown_and_not_obeyed(browser):
    labels = [NASTY, "\u202egfedcba", "b"]
    with looking(browser, facts=facts(labels=labels), states=[state("failed", error=NASTY)]) as (page, _):
        ask(page, NASTY)
        head, _ = answered(page)
        assert head == NASTY
        send(page, f"{NASTY.replace('/', '')}.pdf")
        assert NASTY.replace("/", "") in page.inner_text("#table-error")
        send(page)
        until(page, "table-error", NASTY)
        assert page.locator("img").count() == 0


def test_a_busy_server_is_asked_again_and_not_for_ever(browser):
    with looking(browser, busy=2) as (page, server):
        ask(page)
        answered(page)
        assert [path for _, path, *_ in server.asked] == ["/predict"] * 3
        server.busy, server.asked[:] = 99, []
        page.click("#ask")
        page.wait_for_selector("#asking-error:not([hidden])")
        assert "Nothing is lost" in page.inner_text("#asking-error")
        assert len(server.asked) == 6


def test_nothing_typed_is_lost_where_the_server_is_gone(browser):
    with looking(browser) as (page, _):
        page.route("**/predict", lambda route: route.abort())
        ask(page)
        page.wait_for_selector("#asking-error:not([hidden])")
        assert "does not answer" in page.inner_text("#asking-error")
        assert page.input_value("#field-0") == TEXT
        page.unroute("**/predict")
        page.click("#ask")
        answered(page)
        assert not page.is_visible("#asking-error")


def test_a_question_is_taken_back(browser):
    with looking(browser) as (page, _):
        page.route("**/predict", lambda route: None)
        ask(page)
        page.wait_for_selector("#answer[aria-busy=true]")
        page.click("text=Clear")
        page.wait_for_selector("#answer[aria-busy=false]")
        assert page.inner_text("#answer") == "The answer will stand here."
        assert page.input_value("#field-0") == ""
        page.unroute_all(behavior="ignoreErrors")


def test_what_cannot_be_asked_is_told_before_it_is_sent(browser):
    with looking(browser) as (page, server):
        page.click("#ask")
        assert page.inner_text("#asking-error") == "Write or paste a text first."
        assert page.get_attribute("#field-0", "aria-invalid") == "true"
        ask(page, "x" * 2001)
        assert "2,001 letters; the model takes 2,000" in page.inner_text("#asking-error")
        for name, size, told in (
            ("a.csv", 2 << 20, '"a.csv" has 2 MB, and the server takes 1 MB at most'),
            ("a.csv", 0, '"a.csv" is empty'),
            ("a.pdf", 9, '"a.pdf" is not a table'),
        ):
            send(page, name, size)
            assert told in page.inner_text("#table-error")
        assert server.asked == []


def test_a_table_is_sent_watched_and_fetched(browser):
    states = [state("waiting", rows=None), state("running", done=50), state("done", done=200, unsure=7)]
    with looking(browser, states=states) as (page, server):
        page.focus("#file")
        send(page, "perguntas da semana.csv")
        until(page, "job-state", "50 of 200 rows")
        assert page.evaluate("document.getElementById('job-bar').position") == 0.25
        assert page.inner_text("#job-name") == "perguntas da semana.csv"
        page.wait_for_selector("#download:not([hidden])")
        assert page.inner_text("#job-unsure") == "7"
        assert page.evaluate("document.activeElement.id") == "download"
        with page.expect_download() as saved:
            page.keyboard.press("Enter")
        assert saved.value.suggested_filename == "perguntas_predicted.csv"
        page.click("#another")
        assert page.is_visible("#drop")
        method, path, headers, body = server.asked[0]
        assert (method, path, body) == ("POST", "/tables?name=perguntas%20da%20semana.csv", b"x" * 10)
        assert headers["Content-Type"] == "application/octet-stream"


def test_a_pasted_column_is_sent_as_a_table_and_stays_where_it_was(browser):
    with looking(browser, states=[state("done", done=2)]) as (page, server):
        page.click("#pasting summary")
        page.click("#paste button")
        assert page.inner_text("#table-error") == "Paste a column of texts first."
        assert page.evaluate("document.activeElement.id") == "pasted"
        page.fill("#pasted", "o boi; a vaca\nchuva")
        page.focus("#paste button")
        page.keyboard.press("Enter")
        page.wait_for_selector("#download:not([hidden])")
        assert page.is_hidden("#pasting")
        assert page.evaluate("document.activeElement.id") == "download"
        page.click("#another")
        assert page.input_value("#pasted") == "o boi; a vaca\nchuva"
        method, path, _, body = server.asked[0]
        assert (method, path) == ("POST", "/tables?name=pasted.csv&pasted=1")
        assert body.decode() == '\ufefftexto\r\n"o boi; a vaca"\r\nchuva\r\n'


def test_a_table_under_way_is_cancelled_and_one_that_fails_says_why(browser):
    with looking(browser, states=[state("running", done=5)]) as (page, server):
        send(page)
        until(page, "job-state", "5 of")
        page.click("#cancel")
        assert page.is_visible("#drop")
        until(page, "told", "Cancelled")
        server.states = [state("failed", error="line 3: a quote is never closed")]
        send(page)
        page.wait_for_selector("#table-error:not([hidden])")
        assert page.inner_text("#table-error") == "line 3: a quote is never closed"
        assert ("DELETE", "/tables/a1") in [asked[:2] for asked in server.asked]


def test_another_language_takes_the_draft_and_the_table_along(browser):
    with looking(browser, states=[state("running", done=5)]) as (page, server):
        page.fill("#field-0", TEXT)
        send(page, NASTY + ".csv")
        until(page, "job-state", "5 of")
        page.click("text=Português")
        page.wait_for_selector("html[lang=pt-BR]")
        until(page, "job-state", "5 ")
        assert page.input_value("#field-0") == TEXT
        assert page.inner_text("#job-name") == NASTY + ".csv"
        assert server.asked[-1][2]["Accept-Language"] == "pt-BR"


def test_a_file_that_is_dropped_anywhere_is_taken(browser):
    drop = """(names) => {
      const carried = new DataTransfer();
      for (const name of names) carried.items.add(new File(["texto\\noi"], name));
      const event = new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true });
      return [document.body.dispatchEvent(event), event.defaultPrevented];
    }"""
    with looking(browser, states=[state("done", done=1)]) as (page, _):
        assert page.evaluate(drop, ["a.csv", "b.csv"]) == [False, True]
        assert "One table at a time" in page.inner_text("#table-error")
        page.evaluate(drop, ["a.csv"])
        page.wait_for_selector("#download:not([hidden])")


def test_the_token_is_asked_for_kept_in_the_tab_and_sent(browser):
    with looking(browser, token="segredo", states=[state("done", done=1)]) as (page, server):
        page.wait_for_selector("#door[open]")
        assert page.evaluate("document.activeElement.id") == "token"
        assert page.locator("textarea").count() == 0
        page.keyboard.type("errado")
        page.keyboard.press("Enter")
        page.wait_for_selector("#door-error:not([hidden])")
        page.fill("#token", "segredo")
        page.keyboard.press("Enter")
        ask(page)
        answered(page)
        assert page.evaluate("[localStorage.length, sessionStorage.token]") == [0, "segredo"]
        assert server.asked[-1][2]["Authorization"] == "Bearer segredo"
        send(page)
        page.wait_for_selector("#download:not([hidden])")
        with page.expect_download() as saved:
            page.click("#download")
        assert saved.value.path().read_bytes() == b"texto,label\noi,a\n"
        server.token = "outro"
        page.click("#ask")
        page.wait_for_selector("#door[open]")
        page.click("#door-close")
        until(page, "asking-error", "without the token")
        assert page.input_value("#field-0") == TEXT


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("language", ["en", "pt"])
def test_the_page_is_whole_readable_and_named(browser, language, dark, width):
    labels = ["Classe de nome realmente muito comprido da cooperativa", "Sem_espacos_" * 12, NASTY, *"abcdef"]
    told = facts(
        labels=labels, columns=["estado", "coluna_sem_espaços_" * 6], verdict="Acerta 9 de 10. " * 20
    )
    states = [state("done", done=200, name="nome_" * 40 + ".csv")]
    words = [{"word": "palavra" * 30, "weight": 0.4}, {"word": "não", "weight": -0.3}]
    looked = looking(
        browser, language=language, width=width, dark=dark, facts=told, states=states, words=words
    )
    with looked as (page, _):
        ask(page, "PR", "palavra" * 30 + " não")
        answered(page)
        page.click("#explain")
        page.wait_for_selector("#weighed:not([hidden])")
        send(page, "nome_" * 40 + ".csv")
        page.wait_for_selector("#download:not([hidden])")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        too_wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(too_wide) <= 0
        assert page.evaluate(CONTRASTS) == []
        assert page.evaluate(UNNAMED) == []
        # where the keyboard is, is seen
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_keeps_anybody_from_using_it(browser, dark):
    words = [{"word": word, "weight": weight} for word, weight in WORDS]
    states = [state("running", done=50), state("done", done=200, unsure=7, remarks=["o"])]
    with looking(browser, dark=dark, words=words, states=states) as (page, server):
        assert faults(page) == []
        ask(page, "")
        page.wait_for_selector("#asking-error:not([hidden])")
        assert faults(page) == []
        ask(page)
        answered(page)
        page.click("#explain")
        page.wait_for_selector("#weighed:not([hidden])")
        send(page)
        until(page, "job-state", "50 of 200 rows")
        assert faults(page) == []
        page.wait_for_selector("#download:not([hidden])")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert faults(page) == []
        server.answer = answer(["a", "b"], 0.44, abstained=True)
        ask(page)
        page.wait_for_selector(".tone-warning.result")
        assert faults(page) == []
    with looking(browser, dark=dark, token="segredo") as (page, _):
        page.wait_for_selector("#door[open]")
        assert faults(page) == []
        page.click("#door-close")
        assert faults(page) == []


def test_nothing_moves_for_whoever_wants_no_motion(browser):
    with looking(browser) as (page, _):
        moving = "getComputedStyle(document.querySelector('#answer .none'), '::before').animationName"
        page.route("**/predict", lambda route: None)
        ask(page)
        page.wait_for_selector("#answer[aria-busy=true]")
        assert page.evaluate(moving) == "breathing"
        page.emulate_media(reduced_motion="reduce")
        assert page.evaluate(moving) == "none"
        page.unroute_all(behavior="ignoreErrors")


def test_what_was_noticed_of_a_table_stands_beside_its_answers_as_text(browser):
    remarks = ['novos.xlsx: the sheet "Dados" is read', NASTY]
    with looking(browser, states=[state("done", done=1, remarks=remarks)]) as (page, _):
        send(page)
        until(page, "job-state", "Done")
        assert page.locator("#job-remarks li").all_inner_texts() == remarks
        assert page.is_visible("#job-remarks")
