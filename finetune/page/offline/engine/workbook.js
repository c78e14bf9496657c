// XLSX as a table: the first visible sheet that has the columns that are wanted, or the first that holds something.

const MOST_UNPACKED = 200 * 2 ** 20; // a small zip file may hold as much as anybody likes
const OF_WORKBOOK = /\.(?:sheet|template)(?:\.macroEnabled)?\.main\+xml$/;
const OF_STRINGS = /\.sharedStrings\+xml$/;

async function openWorkbook(bytes, fits) {
  try {
    return await readWorkbook(bytes, fits);
  } catch (error) {
    throw error instanceof Broken ? new Refused("broken_workbook") : error;
  }
}

async function readWorkbook(bytes, fits) {
  const entries = zipEntries(bytes);
  if ([...entries.values()].reduce((sum, { size }) => sum + size, 0) > MOST_UNPACKED) throw new Refused("unpacked_too_large");
  const read = async (name) => (entries.has(name) ? xmlText(await unpacked(bytes, entries.get(name))) : broken(`no ${name}`));
  const book = await bookOf(entries, read), filled = [];
  for (const sheet of book.sheets.filter((each) => each.state === "visible")) {
    const top = topRows(await read(sheet.path), book);
    if (top.every((row) => row.every(isBlankText))) continue;
    const place = headerPlace(top, fits);
    filled.push({ ...sheet, place, header: top[place] });
  }
  if (!filled.length) throw new Refused("no_sheet");
  const sheet = filled.find(({ header }) => fits(header)) ?? filled[0];
  const remarks = filled.length > 1 ? [["sheet_read", { title: sheet.title }]] : [];
  return { ...tableOf(await read(sheet.path), book, sheet), remarks };
}

function topRows(xml, book) {
  const top = [];
  for (const row of sheetRows(xml, book)) {
    if (top.push(namesIn(row)) === LINES_LOOKED_AT) break;
  }
  return top;
}

function namesIn(row) {
  const names = Array(Math.max(-1, ...row.keys()) + 1).fill("");
  for (const [place, cell] of row) names[place] = nameIn(cell);
  return names;
}

const nameIn = (cell) => (typeof cell === "string" || cell instanceof Span ? String(cell) : asText(cell));

function tableOf(xml, book, { place, header }) {
  const { names, unnamed } = headerNames(header), timed = new Set();
  function* held() {
    let line = place + 1;
    for (const row of withoutBlankEnd(below(sheetRows(xml, book), place + 1), isBlankRow)) {
      line++;
      refuseBeyond(row, names, line);
      yield row;
    }
  }
  let count = 0;
  for (const row of held()) {
    count++;
    for (const [at, cell] of row) if (cell instanceof Moment && cell.isDayAndTime && !cell.isMidnight) timed.add(at);
  }
  if (!count) throw new Refused("only_header", { names: listed(names) });
  function* rows() {
    for (const row of held()) yield names.map((name, at) => row.get(at) ?? null); // what is beyond is blank
  }
  // what a Brazilian Excel expects of a CSV
  const dialect = {
    family: "xlsx", encoding: { name: UTF8, bom: true }, delimiter: ";", quoting: MINIMAL, quoted: new Set(),
    decimal: ",", lineEnd: "\r\n", closed: true,
  };
  const days = new Set(names.map((name, at) => at).filter((at) => !timed.has(at)));
  return { names, unnamed, rows, count, dialect, firstLine: place + 2, days };
}

function* below(rows, count) {
  let passed = 0;
  for (const row of rows) if (passed++ >= count) yield row;
}

const isBlankRow = (row) => [...row.values()].every((cell) => typeof cell === "string" && isBlankText(cell));

function refuseBeyond(row, names, line) {
  for (const [at, cell] of row) {
    if (at >= names.length && !isBlankText(asText(cell))) throw new Refused("beyond_header", { line, names: listed(names) });
  }
}

// the sheets of a workbook, the texts that they share, and which styles are of days
async function bookOf(entries, read) {
  const kinds = kindsOf(await read("[Content_Types].xml")), path = partOf(kinds, OF_WORKBOOK) ?? "xl/workbook.xml";
  const folder = path.slice(0, path.lastIndexOf("/") + 1), rels = `${folder}_rels/${path.slice(folder.length)}.rels`;
  const targets = targetsOf(await read(rels), folder), sheets = [];
  let epoch = 1900;
  for (const { open, attributes } of xmlPieces(await read(path))) {
    const { name, id, state = "visible", date1904 } = open ? attributesOf(attributes) : {};
    if (open === "workbookPr" && ["1", "true"].includes(date1904)) epoch = 1904;
    if (open === "sheet" && entries.has(targets.get(id)) && !targets.get(id).includes("chartsheets/")) {
      sheets.push({ title: name, state, path: targets.get(id) });
    }
  }
  const strings = partOf(kinds, OF_STRINGS), styles = "xl/styles.xml";
  const known = entries.has(styles) ? dayStyles(await read(styles)) : { days: new Set(), spans: new Set() };
  return { sheets, epoch, strings: strings ? stringsOf(await read(strings)) : [], ...known };
}

function kindsOf(xml) {
  const kinds = [];
  for (const { open, attributes } of xmlPieces(xml)) if (open === "Override") kinds.push(attributesOf(attributes));
  return kinds;
}

const partOf = (kinds, kind) => kinds.find(({ ContentType }) => kind.test(ContentType))?.PartName.slice(1);

// where each part lies that a workbook names
function targetsOf(xml, folder) {
  const targets = new Map();
  for (const { open, attributes } of xmlPieces(xml)) {
    if (open !== "Relationship") continue;
    const { Id, Target } = attributesOf(attributes);
    const path = Target.startsWith("/") ? Target.slice(1) : `${folder}${Target}`, steps = [];
    for (const step of path.split("/")) step === ".." ? steps.pop() : step !== "." && steps.push(step);
    targets.set(Id, steps.join("/"));
  }
  return targets;
}

function stringsOf(xml) {
  const strings = [];
  let text = null, read = null;
  for (const piece of xmlPieces(xml)) {
    if (piece.open === "si") [text, read] = ["", richText()];
    else if (piece.close === "si") {
      strings.push(text.replaceAll("x005F_", "")); // as it is read elsewhere
      read = null;
    } else if (read) text = read(piece);
  }
  return strings;
}
