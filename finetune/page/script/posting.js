// What every page does: it learns what it knows, sends what is asked, and tells what went wrong.

function learn() {
  known = JSON.parse(at("known").textContent);
  facts = known.facts;
  number = new Intl.NumberFormat(known.language, { maximumFractionDigits: 6 });
  size = new Intl.NumberFormat(known.language, { style: "unit", unit: "megabyte", maximumFractionDigits: 1 });
  percent = (digits) => new Intl.NumberFormat(known.language, { style: "percent", maximumFractionDigits: digits });
}

function post(path, body, rest) {
  const headers = { "Content-Type": "application/json" };
  return request(path, { method: "POST", headers, body: JSON.stringify(body), ...rest }).then((got) => got.json());
}

function toldOf(error) {
  if (error instanceof Trouble) return error.message;
  console.error(error);
  return say("failed", { status: error.message });
}
