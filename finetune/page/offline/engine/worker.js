// What the page tells the worker, and is told by it: it starts the model, then asks addresses as it would ask a server.

const underWay = new Map(); // what ends each question, by its number

async function answered({ id, method = "GET", path, body }) {
  const ends = new AbortController(), waiting = (text) => self.postMessage({ id, waiting: text });
  underWay.set(id, ends);
  try {
    const { handler, params, query } = found(method, path);
    const answer = await handler(body, { params, query, signal: ends.signal, waiting });
    self.postMessage({ id, ...answer }, answer.bytes instanceof ArrayBuffer ? [answer.bytes] : []);
  } catch (error) {
    if (!ends.signal.aborted) self.postMessage({ id, ...refused(error) }); // who went away is told nothing
  } finally {
    underWay.delete(id);
  }
}

function refused(error) {
  const { status, code, message } = error instanceof Refusal ? error
    : isOfMemory(error) ? new Refusal(503, "memory", say("no_memory"))
    : new Refusal(503, "failed", say("unanswered"));
  if (!(error instanceof Refusal)) console.error(error);
  return { status, json: { error: { code, message } } };
}

function speakIn({ said, language }) {
  const numbers = new Intl.NumberFormat(language);
  sentences = said;
  count = (value) => numbers.format(value);
}

async function started(told) {
  const begin = performance.now();
  speakIn(told);
  try {
    model = await begun(told);
    await sharesOf([model.described.pair ? ["a", "a"] : ["a"]]); // the first of anything is slow
    self.postMessage({ ready: { seconds: (performance.now() - begin) / 1000 } });
  } catch (error) {
    console.error(error);
    const { code, message } = error instanceof Unready ? error : unready(error);
    self.postMessage({ failed: { code, text: message } });
  }
}

self.onmessage = ({ data }) => {
  if (data.start) started(data.start);
  else if (data.speak) speakIn(data.speak);
  else if (data.abort) underWay.get(data.id)?.abort();
  else answered(data);
};
