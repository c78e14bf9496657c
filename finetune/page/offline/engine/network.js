// Rows of tokens into logits, by onnxruntime on one thread. One row at a time: on one thread several at once are no
// faster, and in 8 bits what one row is answered would depend on the others.

const INPUTS = ["input_ids", "attention_mask", "token_type_ids"];

async function opened(network, wasm) {
  Object.assign(ort.env.wasm, { wasmBinary: wasm, numThreads: 1, proxy: false });
  ort.env.logLevel = "fatal";
  try {
    const options = { executionProviders: ["wasm"], logSeverityLevel: 4 };
    const session = await ort.InferenceSession.create(new Uint8Array(network), options);
    const strange = session.inputNames.some((name) => !INPUTS.includes(name));
    if (strange || !session.outputNames.includes("logits")) {
      throw new Unready("network", `${session.inputNames} > ${session.outputNames}`);
    }
    return session;
  } catch (error) {
    throw error instanceof Unready ? error : unready(error);
  }
}

const LONG = 100; // milliseconds after which the worker hears what else it is told
let lastHeard = 0;

async function heard() {
  if (performance.now() - lastHeard < LONG) return;
  await new Promise((wake) => setTimeout(wake));
  lastHeard = performance.now();
}

let turn = Promise.resolve(); // the network is asked one thing at a time, whoever asks

function logitsOf(row, session) {
  const asked = () => ran(row, session);
  return (turn = turn.then(asked, asked));
}

async function ran({ ids, types }, session) {
  const given = { input_ids: ids, attention_mask: ids.map(() => 1), token_type_ids: types };
  const feeds = Object.fromEntries(session.inputMetadata.map(({ name, type }) => {
    const isShort = type === "int32";
    const data = isShort ? Int32Array.from(given[name]) : BigInt64Array.from(given[name], BigInt);
    return [name, new ort.Tensor(isShort ? "int32" : "int64", data, [1, ids.length])];
  }));
  const logits = Array.from((await session.run(feeds, ["logits"])).logits.data);
  if (!logits.every(Number.isFinite)) throw new Refusal(503, "failed", say("no_numbers"));
  return logits;
}
