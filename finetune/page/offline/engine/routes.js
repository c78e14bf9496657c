// The addresses that the worker answers: what is asked at which, and by what it is answered.

const routes = [];

// a pattern such as "tables/ID/file": what is in capitals becomes a parameter of this name
function route(method, pattern, handler) {
  const names = [], source = pattern.replace(/[A-Z]+/g, (name) => (names.push(name.toLowerCase()), "([^/]+)"));
  routes.push({ method, names, pattern: new RegExp(`^${source}$`), handler });
}

function found(method, path) {
  const [place, search = ""] = path.split("?"), query = Object.fromEntries(new URLSearchParams(search));
  for (const each of routes) {
    const values = each.method === method && each.pattern.exec(place);
    if (!values) continue;
    const params = Object.fromEntries(each.names.map((name, at) => [name, decodeURIComponent(values[at + 1])]));
    return { handler: each.handler, params, query };
  }
  throw new Refusal(404, "not_found", say("not_found"));
}
