// A whole table: sent, watched until it is done, fetched or left.

const BETWEEN_LOOKS = 0.7;
const WAYS_IN = ["drop", "pasting"];

let table = null; // the one under way: its id, its name, what ends the asking for it

function isNoTable(files) {
  const [file] = files, { file_bytes: most } = facts.limits, megabytes = (bytes) => size.format(bytes / 1024 / 1024);
  if (files.length > 1 || table) return say("one_table");
  if (!known.kinds.some((kind) => file.name.toLowerCase().endsWith(kind))) {
    return say("no_kind", { name: file.name, kinds: known.kinds.join(", ") });
  }
  if (file.size > most) return say("too_large", { name: file.name, size: megabytes(file.size), most: megabytes(most) });
  return file.size ? "" : say("nothing_in_it", { name: file.name });
}

async function send(files) {
  if (!files.length) return;
  const wrong = isNoTable(files), [file] = files;
  complain("table-error", wrong);
  if (wrong) return;
  const within = WAYS_IN.some((id) => at(id).contains(document.activeElement)), mine = follow({ name: file.name });
  doing(say("sending"));
  if (within) at("cancel").focus();
  try {
    const path = `tables?name=${encodeURIComponent(file.name)}${file.pasted ? "&pasted=1" : ""}`, headers = { "Content-Type": "application/octet-stream" };
    const sent = await request(path, { method: "POST", headers, body: file, signal: mine.ends.signal, waiting: doing });
    mine.id = (await sent.json()).table;
    kept.setItem("table", JSON.stringify({ id: mine.id, name: mine.name }));
    await watch(mine);
  } catch (error) {
    if (error.name !== "AbortError") leave(toldOf(error));
  }
}

function follow(one) {
  table = { ...one, ends: new AbortController() };
  showJob();
  return table;
}

function showJob() {
  for (const id of WAYS_IN) at(id).hidden = true;
  at("job").hidden = false;
  at("job-name").textContent = table.name;
  at("job-bar").hidden = false;
  at("job-bar").removeAttribute("value");
  at("cancel").hidden = false;
  for (const id of ["job-counts", "job-remarks", "download", "another"]) at(id).hidden = true;
}

function doing(text) {
  at("job-state").className = "";
  at("job-state").textContent = text;
  tell(text);
}

async function watch(mine) {
  while (table === mine) {
    try {
      const options = { signal: mine.ends.signal, waiting: doing };
      const state = await request(tablePath(mine), options).then((got) => got.json());
      if (table !== mine || isOver(state)) return;
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.status) return leave(error.status === 404 ? say("lost") : toldOf(error));
      if (!(error instanceof Trouble)) return leave(toldOf(error));
      doing(say("not_reached"));
    }
    await pause(BETWEEN_LOOKS);
  }
}

const tablePath = (one, rest = "") => `tables/${encodeURIComponent(one.id)}${rest}`;

// shows how far a table is, and says whether it has come to its end
function isOver(state) {
  if (state.state === "failed" || state.state === "cancelled") {
    leave(state.error ?? say("cancelled"));
    return true;
  }
  const counts = { done: number.format(state.done), rows: number.format(state.rows ?? 0) };
  if (state.rows) Object.assign(at("job-bar"), { max: state.rows, value: state.done });
  if (state.state === "done") ended(state);
  else if (state.state === "waiting") at("job-state").textContent = say("waiting");
  else at("job-state").textContent = state.rows ? say("rows_of", counts) : state.done ? say("rows_so_far", counts) : say("reading");
  return state.state === "done";
}

function ended(state) {
  const within = at("job").contains(document.activeElement);
  doing(say("done"));
  at("job-state").className = "tone-good";
  table.result = state.name;
  at("job-done").textContent = number.format(state.done);
  if (at("job-unsure")) at("job-unsure").textContent = number.format(state.unsure);
  at("job-without-text").textContent = number.format(state.without_text);
  at("job-remarks").replaceChildren(...state.remarks.map((remark) => make("li", "", remark)));
  at("job-remarks").hidden = !state.remarks.length;
  Object.assign(at("download"), { href: tablePath(table, "/file"), download: state.name });
  for (const id of ["job-counts", "download", "another"]) at(id).hidden = false;
  for (const id of ["job-bar", "cancel"]) at(id).hidden = true;
  if (within) at("download").focus();
}

// where a link asks in vain the table is asked for here, and then saved
async function download(event) {
  if (linksAnswer()) return;
  event.preventDefault();
  try {
    const url = URL.createObjectURL(await request(tablePath(table, "/file")).then((got) => got.blob()));
    const link = Object.assign(make("a", ""), { href: url, download: table.result });
    link.click();
    table.isFetched = true;
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    complain("table-error", toldOf(error));
  }
}

// leaves the table under way, with what went wrong, or "" where nothing did
function leave(wrong) {
  const within = at("job").contains(document.activeElement);
  table.ends.abort();
  table = null;
  kept.removeItem("table");
  at("job").hidden = true;
  for (const id of WAYS_IN) at(id).hidden = false;
  at("file").value = "";
  if (within) at("file").focus({ preventScroll: true });
  complain("table-error", wrong);
}

function giveUp() {
  const { id, result } = table;
  leave("");
  if (!result) tell(say("cancelled"));
  // where this is lost, the server forgets the table by itself
  if (id) request(tablePath({ id }), { method: "DELETE" }).catch(() => null);
}

function dragged(event) {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault(); // else the browser leaves this page for the file
  at("drop").classList.toggle("over", event.type === "dragover");
  if (event.type === "drop") send([...event.dataTransfer.files]);
}
