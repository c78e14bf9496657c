// XML as a row of tags and texts, as far as workbooks have it: no names of spaces, no entities of its own.

const XML_PIECE =
  /<!--[^]*?-->|<\?[^]*?\?>|<!\[CDATA\[([^]*?)\]\]>|<(\/?)([^\s\/<>!?"'=]+)((?:\s+[^\s=<>"'\/]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
const SIGNS = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

// an opening tag as {open, attributes}, a closing one as {close}, what stands between as {text}; names without the space
function* xmlPieces(xml) {
  const within = [];
  XML_PIECE.lastIndex = 0;
  for (let at = 0, piece; at < xml.length; at = XML_PIECE.lastIndex) {
    XML_PIECE.lastIndex = at;
    if (!(piece = XML_PIECE.exec(xml))) throw new Broken(`no XML at ${at}`);
    const next = XML_PIECE.lastIndex, [, raw, isClosing, tag, attributes, isEmpty, text] = piece;
    if (raw !== undefined) yield { text: oneLineEnd(raw) };
    else if (text !== undefined) yield { text: unentitled(oneLineEnd(text)) };
    else if (tag && isClosing) {
      if (within.pop() !== tag) throw new Broken(`no ${tag} is open`);
      yield { close: localName(tag) };
    } else if (tag) {
      yield { open: localName(tag), attributes };
      if (isEmpty) yield { close: localName(tag) };
      else within.push(tag);
    }
    XML_PIECE.lastIndex = next; // who asks may read other XML meanwhile
  }
  if (within.length) throw new Broken(`${within.at(-1)} is left open`);
}

const localName = (tag) => tag.slice(tag.indexOf(":") + 1);
const oneLineEnd = (text) => (text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text);

function unentitled(text) {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));?/g, (entity, hex, decimal, name) => {
    if (name) {
      if (!(name in SIGNS)) throw new Broken(`unknown ${entity}`);
      return SIGNS[name];
    }
    return String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal));
  });
}

// the attributes of a tag, without their space too
function attributesOf(attributes) {
  const found = {};
  for (const [, name, one, other] of attributes.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    found[localName(name)] = unentitled(one ?? other);
  }
  return found;
}

// as a file has it: in UTF-8 where no mark says otherwise
function xmlText(bytes) {
  const wide = begins(bytes, 0xff, 0xfe) ? "utf-16le" : begins(bytes, 0xfe, 0xff) ? "utf-16be" : "utf-8";
  const { text, isCut } = decodedBy(wide, bytes);
  if (isCut) throw new Broken("no letters");
  return text;
}
