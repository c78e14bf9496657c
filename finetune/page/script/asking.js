// Asks the server: with the token, again where it is busy, and what went wrong as a sentence.

const kept = sessionStorage; // what outlasts the page within its tab
const linksAnswer = () => !sessionStorage.getItem("token"); // a link shows no token

const TRIES = 6, LONGEST_WAIT = 20;

async function request(path, { waiting = tell, ...options } = {}) {
  for (let tries = 1; ; tries++) {
    const token = sessionStorage.getItem("token");
    const headers = { "Accept-Language": document.documentElement.lang, ...options.headers };
    if (token) headers.Authorization = `Bearer ${token}`;
    const response = await fetch(path, { cache: "no-store", ...options, headers }).catch((error) => {
      throw error.name === "AbortError" ? error : new Trouble(say("gone"));
    });
    if (response.ok) return response;
    if (response.status === 401) {
      if (!(await tokenGiven(token))) throw new Trouble(say("no_token"), 401);
    } else if (response.status === 429 || response.status === 503) {
      const { code, message = say("still_busy") } = await wrongOf(response);
      if (tries === TRIES || code === "late") throw new Trouble(message, response.status); // late again next time
      const seconds = Math.min(Number(response.headers.get("Retry-After")) || 2, LONGEST_WAIT);
      waiting(say("busy", { seconds: number.format(seconds) }));
      await pause(seconds);
      options.signal?.throwIfAborted();
    } else {
      const { message = say("failed", { status: response.status }) } = await wrongOf(response);
      throw new Trouble(message, response.status);
    }
  }
}

async function wrongOf(response) {
  const body = await response.json().catch(() => null); // of something between us that is no JSON
  return body?.error ?? {};
}

let door = null; // one for all who wait before it

function tokenGiven(refused) {
  if (refused !== sessionStorage.getItem("token")) return true; // it was given meanwhile
  door ??= new Promise((done) => {
    at("door-error").hidden = !refused;
    at("door").returnValue = "";
    at("door").addEventListener("close", () => done(at("door").returnValue === "given"), { once: true });
    at("door").showModal();
    at("token").focus();
  }).finally(() => (door = null));
  return door;
}

function enter(event) {
  event.preventDefault();
  const token = at("token").value.trim();
  if (!/^[\x21-\x7e]+$/.test(token)) return void (at("door-error").hidden = false); // no header holds it
  at("token").value = "";
  sessionStorage.setItem("token", token);
  at("door").close("given");
}
