// Rows of tokens into logits, by onnxruntime on one thread: in batches of like length, with a pause behind each in which
// the worker hears what else it is told.

const MOST_TOKENS = 2048; // of a batch with its padding
const INPUTS = ["input_ids", "attention_mask", "token_type_ids"];

// whether wasm may have instructions for several numbers at once: a function that uses one
const SIMD = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11]);

async function opened(network, wasm) {
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(SIMD)) throw new Unready("no_simd");
  Object.assign(ort.env.wasm, { wasmBinary: wasm, numThreads: 1, proxy: false });
  ort.env.logLevel = "fatal";
  try {
    const options = { executionProviders: ["wasm"], logSeverityLevel: 4, enableMemPattern: false };
    const session = await ort.InferenceSession.create(new Uint8Array(network), options);
    const strange = session.inputNames.some((name) => !INPUTS.includes(name));
    if (strange || !session.outputNames.includes("logits")) throw new Unready("network");
    return session;
  } catch (error) {
    throw error instanceof Unready ? error : new Unready(isOfMemory(error) ? "memory" : "damaged", error);
  }
}

const isOfMemory = (error) => error instanceof RangeError || /memory|bad_alloc|allocat/i.test(String(error));

// positions of rows, longest first, so many at once as are at most MOST_TOKENS with their padding
function* batches(lengths) {
  const order = [...lengths.keys()].sort((one, other) => lengths[other] - lengths[one]);
  for (let start = 0; start < order.length;) {
    const size = Math.max(1, Math.floor(MOST_TOKENS / Math.max(1, lengths[order[start]])));
    yield order.slice(start, start + size);
    start += size;
  }
}

const heard = () => new Promise((wake) => setTimeout(wake));

async function logitsOf(rows, session, { described, signal, said }) {
  const found = new Array(rows.length);
  let done = 0;
  for (const places of batches(rows.map(({ ids }) => ids.length))) {
    signal?.throwIfAborted();
    const some = await ran(places.map((place) => rows[place]), session, described);
    places.forEach((place, at) => (found[place] = some[at]));
    said?.(done += places.length, rows.length);
    await heard();
  }
  return found;
}

async function ran(rows, session, { pad_token_id: pad, labels }) {
  const width = Math.max(...rows.map(({ ids }) => ids.length));
  const filledWith = (pick, otherwise) => rows.flatMap((row) =>
    Array.from({ length: width }, (_, at) => (at < row.ids.length ? pick(row, at) : otherwise)));
  const given = {
    input_ids: () => filledWith(({ ids }, at) => ids[at], pad),
    attention_mask: () => filledWith(() => 1, 0),
    token_type_ids: () => filledWith(({ types }, at) => types[at], 0),
  };
  const feeds = Object.fromEntries(session.inputMetadata.map(({ name, type }) => {
    const values = given[name](), isShort = type === "int32";
    const data = isShort ? Int32Array.from(values) : BigInt64Array.from(values, BigInt);
    return [name, new ort.Tensor(isShort ? "int32" : "int64", data, [rows.length, width])];
  }));
  const { data } = (await session.run(feeds, ["logits"])).logits;
  if (!data.every(Number.isFinite)) throw new Refusal(503, "failed", say("no_numbers"));
  return rows.map((_, row) => Array.from(data.slice(row * labels.length, (row + 1) * labels.length)));
}
