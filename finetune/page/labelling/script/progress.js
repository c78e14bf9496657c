// How far it is, what people disagree on, and what more labels are worth.

const SOON = 0.8, COUNTED = 2;

let progressTimer = null;

function lookAtProgressSoon(seconds = SOON) {
  clearTimeout(progressTimer);
  progressTimer = setTimeout(lookAtProgress, 1000 * seconds);
}

async function lookAtProgress() {
  try {
    const told = await request("progress").then((got) => got.json());
    showProgress(told);
    if (told.conflicts || !at("conflicts").hidden) await lookAtConflicts();
    if (told.worth.state === "counting") lookAtProgressSoon(COUNTED);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error; // what is not saved is told elsewhere
  }
}

function showProgress(told) {
  for (const name of ["labelled", "left", "skipped", "conflicts", "changed"]) at(`n-${name}`).textContent = number.format(told[name]);
  at("count").textContent = say("left_of", { done: number.format(told.labelled), left: number.format(told.left) });
  const { state, text } = told.worth;
  at("worth").textContent = text ?? say(state === "counting" ? "counting_worth" : "worth_unknown");
  if (!ofNumbers()) showCounts("by-class", told.by_class.map(([label, n]) => [labelShown(label), n]));
  showCounts("by-who", told.by_who);
}

function showCounts(id, counts) {
  const most = Math.max(1, ...counts.map(([, n]) => n));
  at(id).replaceChildren(...counts.map(([name, n]) => {
    const filled = make("i", "");
    filled.style.width = `${(100 * n) / most}%`;
    const track = make("span", "track", filled);
    track.setAttribute("aria-hidden", "true");
    return make("li", "", make("bdi", "", name.replace(STEERING, " ")), make("span", "value", number.format(n)), track);
  }));
}

async function lookAtConflicts() {
  const { rows, labels } = await request("conflicts").then((got) => got.json());
  learnClasses(labels);
  at("conflicts").hidden = !rows.length;
  at("conflict-list").replaceChildren(...rows.map(conflictLine));
}

function conflictLine(row) {
  const said = row.marks.filter(({ label }) => label !== null).map(({ who, label }) => say("marked", { who, label: labelShown(label) }));
  const text = row.texts.join(" | ");
  const button = make("button", "found-row", make("bdi", "text", text.length > 300 ? `${text.slice(0, 300)}…` : text), make("span", "hint", said.join(" · ")));
  button.type = "button";
  button.addEventListener("click", () => {
    bringBack({ ...row, settling: true });
    at("work").scrollIntoView();
  });
  return make("li", "", button);
}

// where a link asks in vain the file is asked for here, and then saved
async function fetchFile(event) {
  const { href, download } = event.currentTarget;
  complain("download-error", "");
  if (linksAnswer()) return;
  event.preventDefault();
  try {
    const url = URL.createObjectURL(await request(href).then((got) => got.blob()));
    Object.assign(make("a", ""), { href: url, download }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    complain("download-error", toldOf(error));
  }
}

function startProgress() {
  for (const link of document.querySelectorAll(".download")) link.addEventListener("click", fetchFile);
  lookAtProgress();
}
