// A number as a label: typed with a comma or a point, and told as it will be saved.

function numberTyped() {
  const typed = at("value").value.trim(), value = numberRead(typed);
  at("read-as").textContent = typed && value !== null ? say("read_as", { number: numberShown(value) }) : "";
  if (!typed || value !== null) complain("row-error", "");
}

function confirmNumber() {
  const typed = at("value").value.trim(), value = numberRead(typed);
  if (!typed) return accept();
  if (value === null) return complain("row-error", say("no_number", { example: numberShown("12.5") }));
  mark([value]);
}

function forgetNumber() {
  at("value").value = "";
  at("read-as").textContent = "";
}

function startNumber() {
  at("value").addEventListener("input", numberTyped);
}
