// Where the line with the names of a table stands, and the names in it. Opens no file.

const LINES_LOOKED_AT = 60; // first lines among which the header is looked for, under titles
const COLUMNS_OF_EXCEL = 16_384; // of a table, as Excel has it

// the first line that has what is wanted, else that is not blank
function headerPlace(rows, fits) {
  const first = Math.max(0, rows.findIndex((row) => !row.every(isBlankText)));
  const fitting = rows.slice(0, LINES_LOOKED_AT).findIndex((row) => fits(row));
  return fitting >= 0 ? fitting : first;
}

// the names in a header, and those of them that it did not give: "column 2"
function headerNames(given) {
  const cells = [...given];
  while (cells.length && isBlankText(cells.at(-1))) cells.pop();
  refuseTooMany(cells.length);
  const named = cells.filter((cell) => !isBlankText(cell));
  const seen = new Set(), twins = new Set(named.filter((cell) => seen.has(cell) || !seen.add(cell)));
  if (twins.size) throw new Refused("twins", { names: listed([...seen].filter((cell) => twins.has(cell))) });
  const taken = new Set(named.length < cells.length ? cells.map(fold) : []);
  const names = cells.map((cell, place) => (isBlankText(cell) ? free(`column ${place + 1}`, taken) : cell));
  return { names, unnamed: new Set(names.filter((name, place) => isBlankText(cells[place]))) };
}

function refuseTooMany(n) {
  if (n > COLUMNS_OF_EXCEL) throw new Refused("too_many_columns", { n, most: COLUMNS_OF_EXCEL });
}

function free(name, taken) {
  let found = name;
  for (let number = 2; taken.has(fold(found)); number++) found = `${name} (${number})`;
  return found;
}

// rows up to the last that holds something: spreadsheets write many empty ones, which no one counts
function* withoutBlankEnd(rows, isBlank = (row) => row.every(isBlankCell)) {
  let kept = [];
  for (const row of rows) {
    if (isBlank(row)) {
      kept.push(row);
      continue;
    }
    yield* kept;
    kept = [];
    yield row;
  }
}
