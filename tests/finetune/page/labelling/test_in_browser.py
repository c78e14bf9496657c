"""The page that labels in a real browser: rows labelled by keyboard alone, by several people, and while a server dies."""

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec

import pytest

from tests.finetune.page.looks import CONTRASTS, UNNAMED
from tests.in_browser import NEEDED, faults
from tests.in_browser import opened as browser_opened

pytestmark = NEEDED
if not all(map(find_spec, ("fastapi", "uvicorn"))):
    pytest.skip("fastapi and uvicorn are not installed", allow_module_level=True)

from tests.labelling import KINDS, SUBJECTS, engine, labelling, opened, rows_of  # noqa: E402

NASTY = "<img src=x onerror=alert(1)><script>alert(2)</script>"
MANY = [f"{subject} {number}" for number in range(16) for subject in SUBJECTS][:77]


@pytest.fixture(scope="module")
def browser():
    with browser_opened() as one:
        yield one


@contextmanager
def looking(browser, port, *, who="Ana", language="en", width=1280, dark=False, ends_well=True):
    """A page of a person; in the end nothing must have gone wrong in it, nor asked of elsewhere."""
    context = browser.new_context(
        viewport={"width": width, "height": 860}, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    wrong, asked = [], []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    address = f"http://127.0.0.1:{port}/"
    page.goto(f"{address}?language={language}")
    if who:
        page.wait_for_selector("#naming[open]")
        page.keyboard.type(who)
        page.keyboard.press("Enter")
        page.wait_for_selector("#row:not([hidden])")
    yield page
    if ends_well:
        assert [each for each in wrong if "Failed to load resource" not in each] == []
    assert [url for url in asked if not url.startswith((address, "data:", f"blob:{address}"))] == []
    context.close()


def told(page, text):
    """Waits until the page tells something to those who hear it."""
    page.wait_for_selector(f"#told:has-text({json.dumps(text, ensure_ascii=False)})", state="attached")


def saved(page):
    page.wait_for_selector("#state[data-state=saved]")


def title(page):
    return page.inner_text("#row-title")


def corrections(folder, asked):
    with opened(folder, asked) as store:
        return store.corrections()


def test_thirty_rows_are_labelled_by_keyboard_alone(browser, tmp_path):
    asked = engine()
    with labelling(tmp_path, engine=asked) as client, looking(browser, client.port) as page:
        for number in range(30):
            page.wait_for_selector(f"#row-title:text-is('Row {number + 1}')")
            page.keyboard.press(str(1 + number % 5))
        saved(page)
        told(page, "Saved: colheita.")
        page.wait_for_selector("#count:has-text('30 labelled, 10 left')")
        assert page.inner_text("#n-labelled") == "30"
    found = corrections(tmp_path, asked).agreed
    assert [each.label for each in found] == [SUBJECTS[number % 5] for number in range(30)]
    assert [each.row.position for each in found] == list(range(30))
    assert {each.who for each in found} == {("Ana",)}


def test_undo_skip_note_and_what_the_model_says(browser, tmp_path):
    asked = engine()
    with labelling(tmp_path, engine=asked) as client, looking(browser, client.port) as page:
        page.keyboard.press("1")
        saved(page)
        page.keyboard.press("z")
        told(page, "Taken back: ferrugem asiática.")
        assert title(page) == "Row 1"
        page.keyboard.press("n")
        page.keyboard.type("sz1 não sei")
        page.keyboard.press("Escape")
        page.keyboard.press("2")
        saved(page)
        page.keyboard.press("s")
        page.keyboard.press("Space")
        assert title(page) == "Row 4"
        assert page.is_hidden("#note-field")
        says = page.inner_text("#model-says")
        page.keyboard.press("=")
        saved(page)
        page.keyboard.press("Control+z")
        told(page, "Taken back")
        assert title(page) == "Row 4"
        page.keyboard.press("Enter")
        saved(page)
        page.keyboard.press("?")
        page.wait_for_selector("#help[open]")
        page.keyboard.press("Escape")
        page.keyboard.down("3")  # a key that is held down labels one row
        page.keyboard.down("3")
        page.keyboard.up("3")
        assert title(page) == "Row 6"
        saved(page)
    found = corrections(tmp_path, asked)
    assert [(each.row.position, each.label, each.note) for each in found.agreed] == [
        (0, "preço do milho", "sz1 não sei"),
        (3, says.split(" (")[0], ""),
        (4, "crédito rural", ""),
    ]
    assert found.skipped == 2


def test_a_row_is_searched_for_opened_and_labelled(browser, tmp_path):
    asked = engine()
    with labelling(tmp_path, engine=asked) as client, looking(browser, client.port) as page:
        page.keyboard.press("/")
        page.wait_for_selector("#searching[open]")
        page.keyboard.type("credito 37")
        page.keyboard.press("Enter")
        page.wait_for_selector("#results li")
        assert page.inner_text("#search-told") == "Rows found: 1."
        page.click("#results button")
        page.wait_for_selector("#row-title:has-text('Row 38')")
        assert page.inner_text("#reason") == "You searched for it."
        page.keyboard.press("4")
        saved(page)
        assert title(page) == "Row 1"
    assert [each.row.position for each in corrections(tmp_path, asked).agreed] == [37]


def test_several_labels_are_toggled_and_saved_together(browser, tmp_path):
    asked = engine(**KINDS["multi_label"])
    with labelling(tmp_path, engine=asked) as client, looking(browser, client.port) as page:
        page.keyboard.press("Enter")
        page.wait_for_selector("#row-error:has-text('Choose at least one')")
        for key in ("5", "2", "1", "2", "Enter"):
            page.keyboard.press(key)
        saved(page)
        assert page.locator("[aria-pressed=true]").count() == 0
        for key in ("3", "0", "Enter"):
            page.keyboard.press(key)
        saved(page)
    assert [each.label for each in corrections(tmp_path, asked).agreed] == ["ferrugem asiática|colheita", ""]


def test_steps_of_an_order_and_texts_of_a_pair_have_their_keys(browser, tmp_path):
    for kind, label in (("ordinal", "3"), ("pair", "crédito rural"), ("template", "crédito rural")):
        asked = engine(**KINDS[kind])
        with labelling(tmp_path / kind, engine=asked) as client, looking(browser, client.port) as page:
            assert page.locator("#texts h3").count() == (0 if kind == "ordinal" else 2)
            assert ("New class" in page.inner_text("#classes")) is (kind != "ordinal")
            page.keyboard.press("3")
            saved(page)
        assert [each.label for each in corrections(tmp_path / kind, asked).agreed] == [label]


@pytest.mark.parametrize(
    ("language", "typed", "shown", "kept"),
    [
        ("en", "12.5", "12.5", "12.5"),
        ("en", "1,234", "1,234", "1234"),
        ("en", "0,5", "0.5", "0.5"),
        ("pt", "12,5", "12,5", "12.5"),
        ("pt", "1.234", "1.234", "1234"),
        ("pt", "1.234,5", "1.234,5", "1234.5"),
        ("pt", "12.5", "12,5", "12.5"),
        ("pt", "-3", "-3", "-3"),
    ],
)
def test_numbers_are_typed_as_people_write_them_and_told_as_they_are_read(
    browser, tmp_path, language, typed, shown, kept
):
    asked = engine(**KINDS["number"])
    with (
        labelling(tmp_path, engine=asked) as client,
        looking(browser, client.port, language=language) as page,
    ):
        page.keyboard.type("muito")  # letters are commands here, and no number
        page.keyboard.type(typed)
        page.keyboard.type("s z")  # and a slip, while a number is being written
        assert page.inner_text("#read-as").endswith(f" {shown}")
        page.keyboard.press("Enter")
        saved(page)
        page.fill("#value", "1,2,3.4.5")
        page.keyboard.press("Enter")
        page.wait_for_selector("#row-error:not([hidden])")
    assert [each.label for each in corrections(tmp_path, asked).agreed] == [kept]


def test_of_many_classes_one_is_found_by_typing(browser, tmp_path):
    asked = engine(labels=MANY)
    with labelling(tmp_path, engine=asked) as client, looking(browser, client.port) as page:
        page.keyboard.type("credi 7")
        assert page.locator("#classes bdi").all_inner_texts() == ["crédito rural 7"]
        page.keyboard.press("Enter")
        saved(page)
        page.keyboard.type("mast")
        page.keyboard.press("2")
        saved(page)
        page.keyboard.press("Space")
        page.keyboard.type("zebu")
        page.keyboard.press("Enter")
        page.wait_for_selector("#adding[open]")
        assert page.input_value("#class-name") == "zebu"
        page.keyboard.press("Enter")
        saved(page)
        page.keyboard.press("Control+z")
        told(page, "Taken back: zebu")
        page.keyboard.press("Enter")
        saved(page)
    found = corrections(tmp_path, asked)
    assert [each.label for each in found.agreed[:2]] == ["crédito rural 7", "mastite 1"]
    assert found.skipped == 1
    assert len(found.agreed) == 3


@pytest.mark.parametrize(
    ("labels", "pressed"),
    [
        (["0", "1", "2", "10"], {"0": "0", "1": "1", "2": "2", "3": "10"}),
        (["b", "a", "Outro"], {"a": "a", "b": "b", "1": "Outro"}),
        (["N", "S", "Não sei"], {"s": "S", "n": "N", "1": "Não sei"}),
    ],
)
def test_a_class_that_is_called_by_one_sign_has_it_as_its_key(browser, tmp_path, labels, pressed):
    asked = engine(labels=labels)
    with labelling(tmp_path, engine=asked) as client, looking(browser, client.port) as page:
        for key in pressed:
            page.keyboard.press(key)
            saved(page)
        caps = {"skip": "S", "note-open": "N"}
        if "S" in labels:
            caps = {"skip": "␣", "note-open": "Alt N"}
        assert {name: page.inner_text(f"#{name} kbd") for name in caps} == caps
    assert [each.label for each in corrections(tmp_path, asked).agreed] == list(pressed.values())


def test_of_many_classes_digits_find_those_whose_names_begin_with_them(browser, tmp_path):
    asked = engine(labels=[*map(str, range(50, 0, -1)), "conta nova", "conta"])
    with labelling(tmp_path, engine=asked) as client, looking(browser, client.port) as page:
        for typed in ("1", "12", "conta"):
            page.keyboard.type(typed)
            page.keyboard.press("Enter")
            saved(page)
    assert [each.label for each in corrections(tmp_path, asked).agreed] == ["1", "12", "conta"]


def test_a_new_class_that_was_taken_back_before_it_was_sent_can_be_chosen_again(browser, tmp_path):
    asked = engine()
    with labelling(tmp_path, engine=asked) as client, looking(browser, client.port) as page:
        page.route("**/marks", lambda route: route.abort())
        page.keyboard.press("1")
        page.wait_for_selector("#unsaved:not([hidden])")
        page.keyboard.press("+")
        page.keyboard.type("geada")
        page.keyboard.press("Enter")
        page.wait_for_selector("#row-title:text-is('Row 3')")
        page.keyboard.press("z")
        page.wait_for_selector("#row-title:text-is('Row 2')")
        page.keyboard.press("6")
        page.unroute("**/marks")
        saved(page)
        told(page, "Saved: geada")
    assert [each.label for each in corrections(tmp_path, asked).agreed] == [SUBJECTS[0], "geada"]


def test_a_row_that_is_said_anew_before_it_is_known_to_be_taken_back_does_not_come_again(browser, tmp_path):
    asked = engine()
    with labelling(tmp_path, engine=asked) as client, looking(browser, client.port) as page:
        page.keyboard.press("1")
        saved(page)
        waiting = []
        page.route("**/undo", lambda route: waiting.append(route))
        page.keyboard.press("z")
        page.keyboard.press("2")
        page.wait_for_selector("#row-title:text-is('Row 2')")
        for route in waiting:
            route.continue_()
        saved(page)
        assert title(page) == "Row 2"
    assert [each.label for each in corrections(tmp_path, asked).agreed] == [SUBJECTS[1]]


def test_labels_are_kept_in_the_tab_though_their_texts_find_no_room(browser, tmp_path):
    asked = engine()
    rows = [replace(row, texts=(row.texts[0] + " muito longo" * 3000,)) for row in rows_of(asked)]
    with (
        labelling(tmp_path, engine=asked, rows=rows) as client,
        looking(browser, client.port) as page,
    ):
        page.evaluate(
            """() => {
                for (let size = 2 ** 22; size >= 2 ** 10; size /= 2)
                    try { for (;;) sessionStorage.setItem(Math.random(), "x".repeat(size)); } catch {}
                sessionStorage.removeItem([...Object.keys(sessionStorage)].find((name) => sessionStorage[name].length === 2 ** 14));
            }"""
        )
        page.route("**/marks", lambda route: route.abort())
        for key in "123":
            page.keyboard.press(key)
        page.wait_for_selector("#unsaved:not([hidden])")
        page.unroute("**/marks")
        saved(page)
    assert [each.label for each in corrections(tmp_path, asked).agreed] == SUBJECTS[:3]


def test_a_new_class_is_asked_about_and_then_has_a_key(browser, tmp_path):
    asked = engine()
    with labelling(tmp_path, engine=asked) as client, looking(browser, client.port) as page:
        page.keyboard.press("+")
        page.wait_for_selector("#adding[open]")
        page.keyboard.type("Mastite")
        page.keyboard.press("Enter")
        page.wait_for_selector("#adding-error:has-text('is a class already')")
        page.fill("#class-name", "ferrugem comum")
        assert "ferrugem asiática" in page.inner_text("#adding-alike")
        page.keyboard.press("Escape")
        assert title(page) == "Row 1"
        page.keyboard.press("+")
        page.keyboard.type("geada")
        page.keyboard.press("Enter")
        told(page, "Saved: geada")
        page.keyboard.press("6")
        saved(page)
    assert [each.label for each in corrections(tmp_path, asked).agreed] == ["geada", "geada"]


def test_who_labels_is_asked_until_somebody_says_it(browser, tmp_path):
    with labelling(tmp_path, engine=engine()) as client, looking(browser, client.port, who="") as page:
        for _ in range(3):
            page.wait_for_selector("#naming[open]")
            page.keyboard.press("Escape")
        page.wait_for_selector("#naming[open]")
        page.keyboard.type("Ana")
        page.keyboard.press("Enter")
        page.wait_for_selector("#row:not([hidden])")
        page.reload()
        page.wait_for_selector("#row:not([hidden])")
        assert page.inner_text("#who") == "Ana"
        assert page.is_hidden("#naming")


def test_two_tabs_lose_nothing_and_show_no_row_twice(browser, tmp_path):
    asked = engine()
    with (
        labelling(tmp_path, engine=asked, rows=rows_of(asked, 12)) as client,
        looking(browser, client.port) as one,
        looking(browser, client.port, who="Bia") as other,
    ):
        for _ in range(6):
            for page, key in ((one, "1"), (other, "2")):
                page.keyboard.press(key)
                saved(page)
        for page in (one, other):
            page.wait_for_selector("#nothing:not([hidden])")
        one.click("#look-again")
        one.wait_for_selector("#nothing-why:has-text('No row is left in this order')")
    found = corrections(tmp_path, asked)
    assert (len(found.agreed), found.conflicts) == (12, [])
    assert sorted(each.who for each in found.agreed) == [("Ana",)] * 6 + [("Bia",)] * 6


def test_what_people_disagree_on_is_listed_and_settled(browser, tmp_path):
    asked = engine()
    with labelling(tmp_path, engine=asked) as client:
        wanted = {"who": "Bia", "tab": "1"}
        (row, *_) = client.post("/next", wanted).json["rows"]
        for who, label in (("Bia", "mastite"), ("Caio <b>", "colheita")):
            body = {"id": who, "row": row["row"], "key": row["key"], "labels": [label], "who": who}
            assert client.post("/marks", body).status == 200
        with looking(browser, client.port) as page:
            page.wait_for_selector("#conflict-list button")
            assert "Bia: mastite · Caio <b>: colheita" in page.inner_text("#conflict-list")
            page.click("#conflict-list button")
            assert "People disagree" in page.inner_text("#reason")
            assert page.inner_text("#others").split("\n")[0] == "Bia: mastite"
            page.keyboard.press("4")
            saved(page)
            page.wait_for_selector("#conflicts", state="hidden")
    found = corrections(tmp_path, asked)
    assert (found.conflicts, [each.label for each in found.agreed]) == ([], ["mastite"])


@contextmanager
def process(folder, port=0):
    """A server of its own, which can be killed; gives it and its port."""
    command = [sys.executable, "-m", "tests.labelling", str(folder), str(port)]
    started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield started, json.loads(started.stdout.readline())["port"]
    finally:
        started.kill()
        started.wait()
        started.stdin.close()
        started.stdout.close()


def test_a_server_that_is_killed_loses_nothing_that_was_said_to_be_saved(browser, tmp_path):
    with process(tmp_path) as (first, port), looking(browser, port) as page:
        for _ in range(3):
            page.keyboard.press("1")
        saved(page)
        first.kill()
        first.wait()
        page.keyboard.press("2")
        page.keyboard.press("2")
        page.wait_for_selector("#unsaved:has-text('Not saved yet: 2.')")
        page.wait_for_selector("#state[data-state=unsaved]", state="attached")
        with process(tmp_path, port):
            page.click("#send-now")
            saved(page)
            assert page.is_hidden("#unsaved")
            page.keyboard.press("z")
            told(page, "Taken back: preço do milho")
            page.wait_for_selector("#count:has-text('4 labelled')")
    found = corrections(tmp_path, engine()).agreed
    assert [each.label for each in found] == ["ferrugem asiática"] * 3 + ["preço do milho"]


def test_what_is_not_saved_outlasts_a_new_load_of_the_page(browser, tmp_path):
    asked = engine()
    with labelling(tmp_path, engine=asked) as client, looking(browser, client.port) as page:
        page.route("**/marks", lambda route: route.abort())
        page.keyboard.press("1")
        page.wait_for_selector("#unsaved:not([hidden])")
        page.set_viewport_size({"width": 390, "height": 500})
        page.evaluate("scrollTo(0, 600)")
        page.wait_for_function("document.getElementById('unsaved').getBoundingClientRect().top >= 0")
        page.unroute("**/marks")
        page.on("dialog", lambda dialog: dialog.accept())
        page.reload()
        page.wait_for_selector("#row:not([hidden])")
        page.wait_for_selector("#count:has-text('1 labelled')")
        assert title(page) == "Row 2"
        page.keyboard.press("z")  # of before, which this load of the page knows nothing of
        told(page, "Taken back: ferrugem asiática.")
        page.keyboard.press("1")
        saved(page)
    assert [each.label for each in corrections(tmp_path, asked).agreed] == ["ferrugem asiática"]


def test_a_label_that_was_kept_though_no_answer_came_is_not_kept_twice(browser, tmp_path):
    asked = engine()
    with labelling(tmp_path, engine=asked) as client, looking(browser, client.port) as page:

        def lost(route):
            route.fetch()
            route.abort()

        page.route("**/marks", lost, times=1)
        page.keyboard.press("1")
        page.wait_for_selector("#unsaved:not([hidden])")
        page.keyboard.press("z")
        told(page, "Taken back")
        saved(page)
        assert title(page) == "Row 1"
    with opened(tmp_path, asked) as store:
        assert [(mark.label, mark.undone) for mark in store.marks()] == [("ferrugem asiática", True)]


def test_a_label_that_is_refused_is_told_and_its_row_is_there_again(browser, tmp_path):
    asked = engine()
    with labelling(tmp_path, engine=asked) as client, looking(browser, client.port) as page:
        answer = json.dumps({"error": {"code": "row", "message": "There is no row 1 here"}})
        page.route("**/marks", lambda route: route.fulfill(status=404, body=answer), times=1)
        page.keyboard.press("1")
        page.wait_for_selector("#refused:has-text('ferrugem asiática was not saved: There is no row 1 here')")
        assert title(page) == "Row 1"
        assert page.is_hidden("#unsaved")


def test_what_strangers_wrote_is_only_shown(browser, tmp_path):
    asked = engine(labels=[NASTY, "b\u202e"])
    some = [type(each)((NASTY + "\x00\u202e",), {"texto": NASTY}, NASTY, 0, 2, NASTY) for each in rows_of(asked, 1)]  # fmt: skip
    with (
        labelling(tmp_path, engine=asked, rows=some) as client,
        looking(browser, client.port, who=NASTY) as page,
    ):
        assert page.inner_text("#texts").startswith(NASTY)
        assert page.inner_text("#given") == NASTY
        assert page.inner_text("#who") == NASTY
        page.keyboard.press("2")
        saved(page)
        assert page.locator("img").count() == 0
    assert [each.label for each in corrections(tmp_path, asked).agreed] == ["b\u202e"]


def test_the_token_is_asked_for_and_sent(browser, tmp_path):
    token = "tres-tigres-tristes-comem"
    asked = engine()
    with (
        labelling(tmp_path, engine=asked, token=token) as client,
        looking(browser, client.port, who="") as page,
    ):
        page.wait_for_selector("#door[open]")
        page.fill("#token", token)
        page.keyboard.press("Enter")
        page.wait_for_selector("#naming[open]")
        page.keyboard.type("Ana")
        page.keyboard.press("Enter")
        page.wait_for_selector("#row:not([hidden])")
        page.keyboard.press("1")
        saved(page)
    assert len(corrections(tmp_path, asked).agreed) == 1


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("kind", ["single_label", "multi_label", "number", "many"])
def test_nothing_keeps_anybody_from_using_it(browser, tmp_path, kind, dark):
    asked = engine(labels=MANY) if kind == "many" else engine(**KINDS[kind])
    with (
        labelling(tmp_path, engine=asked, rows=rows_of(asked, given=asked.model.labels[0])) as client,
        looking(browser, client.port, dark=dark) as page,
    ):
        assert faults(page) == []
        page.keyboard.press("=")
        saved(page)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        for id in ("help", "searching", "naming", *([] if kind == "number" else ["adding"])):
            page.evaluate(f"document.getElementById('{id}').showModal()")
            assert faults(page) == []
            page.evaluate(f"document.getElementById('{id}').close()")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("language", ["en", "pt"])
def test_the_page_is_whole_readable_and_named(browser, tmp_path, language, dark, width):
    asked = engine(
        labels=["Classe de nome muito comprido da cooperativa", "Sem_espacos_" * 12, NASTY, *"abcdef"]
    )
    some = rows_of(asked, given="Sem_espacos_" * 12, source="nome_" * 40 + ".csv")
    some[0] = type(some[0])(("palavra" * 60,), {"texto": "palavra" * 60}, some[0].source, 0, 2, some[0].given)
    with (
        labelling(tmp_path, engine=asked, rows=some) as client,
        looking(browser, client.port, who="Ana_" * 20, language=language, dark=dark, width=width) as page,
    ):
        page.keyboard.press("n")
        page.keyboard.type("nota")
        page.keyboard.press("Escape")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        too_wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(too_wide) <= 0
        assert page.evaluate(CONTRASTS) == []
        assert page.evaluate(UNNAMED) == []
