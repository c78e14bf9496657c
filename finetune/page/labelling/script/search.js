// Rows that are searched for, or that people disagree on: a list, of which each is opened.

function openSearch() {
  at("searching").showModal();
  at("words").select();
}

async function search(event) {
  event.preventDefault();
  const words = at("words").value.trim();
  if (!words) return at("words").focus();
  try {
    const { rows, more } = await request(`search?q=${encodeURIComponent(words)}`).then((got) => got.json());
    at("results").replaceChildren(...rows.map(resultLine));
    const n = number.format(rows.length);
    at("search-told").textContent = rows.length ? say(more ? "results_more" : "results", { n }) : say("no_results");
  } catch (error) {
    at("search-told").textContent = toldOf(error);
  }
}

function resultLine(result) {
  const { texts, line, given, done } = result;
  const about = [line && say("result_line", { line: number.format(line) }), given !== null && labelShown(given), done && say("is_done")];
  const button = make("button", "found-row", make("bdi", "text", texts.join(" | ")), make("span", "hint", about.filter(Boolean).join(" · ")));
  button.type = "button";
  button.addEventListener("click", () => openFound(result));
  return make("li", "", button);
}

async function openFound({ place, key }) {
  try {
    const { rows, labels } = await post("open", { place, key, who: person, tab });
    learnClasses(labels);
    at("searching").close();
    bringBack(rows[0]);
  } catch (error) {
    at("search-told").textContent = toldOf(error);
  }
}

function startSearch() {
  at("search-open").addEventListener("click", openSearch);
  at("search-form").addEventListener("submit", search);
  at("search-close").addEventListener("click", () => at("searching").close());
}
