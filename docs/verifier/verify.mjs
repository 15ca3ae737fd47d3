// The verdict on an evidence pack, as docs/ledger.md, section 4, defines it.
//
// Pure functions: nothing is read but what the caller hands over, nothing is sent or kept. SHA-256
// and Ed25519 are the platform's (Web Crypto), so this runs in Node.js 18 or later and in a browser.
//
//   verify(pack, { key, earlier, progress }) -> { verdict: "good" | "bad", reason, file, ... }
//
// pack.count(name) tells how often a file is there; pack.open(name) gives its bytes as an async
// iterable of Uint8Array. `key` is a trusted verifier key or null; `earlier` a list of
// { name, bytes } of files of earlier checkpoints; `progress` is called now and then with how many events
// are checked, and of how many. It throws Unusable when nothing can be said.

// `code` is a key of UNUSABLE in sentences.mjs.
export class Unusable extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const LINE_LIMIT = 4 * 1024 * 1024; // bytes of one line of JSON
const ROW_LIMIT = 16 * 1024 * 1024; // bytes of one row of events.csv
const FILE_LIMIT = 1024 * 1024; // bytes of a file of the pack that is read whole
const NOTES_LIMIT = 64 * 1024 * 1024; // bytes of a file of earlier checkpoints
const SIGNATURE_LIMIT = 100;
const DEPTH_LIMIT = 20;

const NEEDED = [
  "events.jsonl", "proofs.jsonl", "expired.jsonl", "events.csv",
  "checkpoint.txt", "public-key.txt", "export.json",
];
const COLUMNS = [
  ["sequence", "sequence"], ["at_utc", "at"], ["action", "action"], ["actor", "actor"],
  ["address", "address"], ["http_request", "http_request"], ["image_request", "image_request"],
  ["access_key", "access_key"], ["target", "target"], ["facts", "facts"], ["leaf", null],
];

class Bad extends Error {
  constructor(reason, file = null, line = null, sequence = null) {
    super(reason);
    this.where = { reason, file, line, sequence };
  }
}

export async function verify(pack, { key = null, earlier = [], progress = () => {} } = {}) {
  const result = {
    verdict: "good", reason: null, file: null, line: null, sequence: null,
    size: null, events: null, expired: null, root: null,
    key_is_trusted: key !== null, is_complete: false,
    // For the sentences only: who signed what when, and how many earlier ones could be compared.
    signer: null, key_id: null, signed_at: null, short_root: null, compared: 0, not_compared: 0,
  };
  try {
    await judge(pack, key, earlier, result, progress);
  } catch (error) {
    if (!(error instanceof Bad)) throw error;
    Object.assign(result, { verdict: "bad" }, error.where);
  }
  return result;
}

async function judge(pack, trusted, earlier, result, progress) {
  for (const name of NEEDED) if (pack.count(name) !== 1) throw new Bad("missing", name);

  const key = await readKey(trusted === null ? await ownKey(pack) : trusted);
  if (!key) throw new Bad("key", trusted === null ? "public-key.txt" : null);
  const head = await readCheckpoint(await wholeFile(pack, "checkpoint.txt"), key);
  if (!head) throw new Bad("checkpoint", "checkpoint.txt");
  const short = toHex(head.root).slice(0, 8).replace(/^..../, "$&-");
  Object.assign(result, { size: head.size, root: toBase64(head.root), short_root: short });
  Object.assign(result, { signer: key.name, key_id: toHex(key.id), signed_at: head.signedAt });

  const claims = await checkExport(pack, head);
  Object.assign(result, {
    events: claims.get("count"),
    expired: claims.get("expired"),
    is_complete: claims.get("is_complete"),
  });
  const way = new Way(head);
  const taken = await checkEvents(pack, head, way, (number) => progress(number, result.events));
  // Of a selection nobody can say what the keeping rule took: its events need not be among these.
  await checkExpired(pack, way, result.is_complete ? taken : Infinity);

  const older = [];
  reading: for (const { name, bytes } of earlier) {
    for (const { line, note } of notesIn(bytes)) {
      older.push({ name, line, head: await readCheckpoint(note, key) });
      if (!older.at(-1).head) break reading; // which is bad whatever follows
    }
  }
  const known = new Map([[0, toHex(await sha256())], [head.size, toHex(head.root)]]);
  if (result.is_complete) {
    const sizes = new Set(older.map((each) => each.head?.size));
    await checkComplete(pack, head, sizes, known);
  }
  for (const { name, line, head: old } of older) {
    if (!old || old.size > head.size) throw new Bad("earlier", name, line);
    // Without all leaves most roots are not known, and there is nothing to compare.
    if (!known.has(old.size)) result.not_compared++;
    else if (known.get(old.size) === toHex(old.root)) result.compared++;
    else throw new Bad("earlier", name, line);
  }
}

// ---- Bytes ---------------------------------------------------------------------------------------

const utf8 = new TextEncoder();

// A byte order mark is kept, so that it is seen; null stands for what is not UTF-8.
function decode(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function join(...parts) {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function toHex(bytes) {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

function fromHex(text) {
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = parseInt(text.substr(2 * at, 2), 16);
  return bytes;
}

const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes));

// Standard base64 with its padding; what another writer would have written otherwise is null.
function fromBase64(text) {
  try {
    const found = atob(text);
    return btoa(found) === text ? Uint8Array.from(found, (each) => each.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}

const sha256 = async (...parts) =>
  new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", join(...parts)));
const leafHash = (line) => sha256([0], line);
const nodeHash = (left, right) => sha256([1], left, right);

// A file read whole. One above the limit comes as nothing, which no file of ours is.
async function wholeFile(pack, name) {
  const parts = [];
  let length = 0;
  for await (const part of pack.open(name)) {
    parts.push(part);
    length += part.length;
    if (length > FILE_LIMIT) return new Uint8Array();
  }
  return join(...parts);
}

// Reads a file up to each newline. next() gives the bytes before it; null at the end of the file;
// TOO_LONG for more than the limit, after which nothing more is read. `isCut` tells that the last
// one had no newline behind it.
const TOO_LONG = Symbol("too long");

class Lines {
  constructor(chunks, limit) {
    this.chunks = chunks[Symbol.asyncIterator]();
    this.limit = limit;
    this.rest = new Uint8Array();
    this.isCut = false;
  }

  async next() {
    const parts = [];
    let length = 0;
    for (;;) {
      const end = this.rest.indexOf(10);
      const part = end < 0 ? this.rest : this.rest.subarray(0, end);
      parts.push(part);
      length += part.length;
      if (length > this.limit) return TOO_LONG;
      if (end >= 0) {
        this.rest = this.rest.subarray(end + 1);
        return parts.length === 1 ? part : join(...parts);
      }
      const { value, done } = await this.chunks.next();
      if (done) {
        this.rest = new Uint8Array();
        this.isCut = length > 0;
        return this.isCut ? join(...parts) : null;
      }
      this.rest = value;
    }
  }
}

// ---- Section 1: canonical JSON and events --------------------------------------------------------

// Reads nothing but the canonical form: whatever may be written in two ways is refused in all but
// one. Objects become Maps; `source` of a Map is its own text. Throws a SyntaxError.
class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  whole() {
    const value = this.value(1);
    if (this.at !== this.text.length) this.refuse();
    return value;
  }

  refuse() {
    throw new SyntaxError(`not canonical at ${this.at}`);
  }

  // Takes the pattern (sticky) at the current place, or refuses.
  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) this.refuse();
    this.at = pattern.lastIndex;
    return found[0];
  }

  value(depth) {
    const first = this.text[this.at];
    if (first === '"') return this.string();
    if (first === "{" || first === "[") {
      if (depth > DEPTH_LIMIT) this.refuse();
      return first === "{" ? this.object(depth) : this.list(depth);
    }
    const word = this.take(/true|false|null|-?(?:0|[1-9][0-9]*)/y);
    if (word in LITERALS) return LITERALS[word];
    const number = Number(word);
    // Nothing of a fraction or exponent can follow, as then no comma or bracket does.
    if (word === "-0" || !Number.isSafeInteger(number)) this.refuse();
    return number;
  }

  string() {
    let value = "";
    this.at++;
    for (;;) {
      value += this.take(/[^"\\\u0000-\u001f]*/y);
      if (this.text[this.at] === '"') break;
      value += ESCAPES.get(this.take(/\\(?:["\\bfnrt]|u00[01][0-9a-f])/y)) ?? this.refuse();
    }
    this.at++;
    return value;
  }

  object(depth) {
    const members = new Map();
    const start = this.at++;
    let before = null;
    while (this.text[this.at] !== "}") {
      if (before !== null) this.take(/,/y);
      if (this.text[this.at] !== '"') this.refuse();
      const name = this.string();
      // Rising, so also not twice. Among ASCII, JavaScript's order is the one by code point.
      if (!/^[ -~]+$/.test(name) || (before !== null && name <= before)) this.refuse();
      this.take(/:/y);
      members.set(name, this.value(depth + 1));
      before = name;
    }
    this.at++;
    members.source = this.text.slice(start, this.at);
    return members;
  }

  list(depth) {
    const items = [];
    this.at++;
    while (this.text[this.at] !== "]") {
      if (items.length) this.take(/,/y);
      items.push(this.value(depth + 1));
    }
    this.at++;
    return items;
  }
}

const LITERALS = { __proto__: null, true: true, false: false, null: null };
const SHORT_ESCAPES = { '"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r" };
const ESCAPES = new Map(Object.entries(SHORT_ESCAPES).map(([character, escape]) => [escape, character]));
for (let code = 0; code < 32; code++) {
  const character = String.fromCharCode(code);
  if (!(character in SHORT_ESCAPES)) ESCAPES.set(`\\u00${HEX[code]}`, character);
}

// The object in a line as a Map; null when the line is not canonical.
function readObject(line) {
  const text = line instanceof Uint8Array ? decode(line) : null;
  if (text === null) return null;
  try {
    const value = new Reader(text).whole();
    return value instanceof Map ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const isText = (value) => typeof value === "string";
const isInteger = (value) => typeof value === "number"; // the reader makes no others
const isHash = (value) => isText(value) && /^[0-9a-f]{64}$/.test(value);
const isIdOrNull = (value) =>
  value === null || (isText(value) && /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(value));

// "YYYY-MM-DDThh:mm:ss" of the calendar and clock; every day has 24 hours of 3600 seconds, and
// before the year 1 there is none.
function isMoment(text) {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/.exec(text);
  if (!found) return false;
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number);
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return year >= 1 && day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60;
}

const EVENT = {
  version: (value) => value === 1,
  sequence: (value, size) => isInteger(value) && value >= 1 && value <= size,
  at: (value) => isText(value) && /\.\d{6}Z$/.test(value) && isMoment(value.slice(0, -8)),
  action: (value) => isText(value) && [...value].length <= 40,
  actor: isIdOrNull,
  address: isText,
  http_request: isText,
  image_request: isIdOrNull,
  access_key: isIdOrNull,
  target: isText,
  facts: (value) => value instanceof Map,
};

function isEvent(event, size) {
  const checks = Object.entries(EVENT);
  return event.size === checks.length
    && checks.every(([name, isRight]) => event.has(name) && isRight(event.get(name), size));
}

// The last sequence whose bytes the keeping rule took, if the event tells of that; else 0. It can
// only take what was there already.
function takenBy(event) {
  const through = event.get("facts").get("through");
  const tells = event.get("action") === "retention.applied" && event.get("actor") === null;
  return tells && isInteger(through) && through < event.get("sequence") ? through : 0;
}

// ---- Section 2: the tree -------------------------------------------------------------------------

// The way from a leaf to the root of this head's tree.
class Way {
  constructor({ size, root }) {
    this.size = size;
    this.root = toHex(root);
    this.last = { turns: "", siblings: [], passed: [] };
  }

  // From the root downwards, as RFC 6962, section 2.1.1, takes the tree apart: "l" where the
  // sibling is on the left. Turned round, it is the order in which a proof has its siblings.
  turns(index) {
    let turns = "";
    for (let size = this.size; size > 1; ) {
      let half = 1;
      while (half * 2 < size) half *= 2;
      const isRight = index >= half;
      turns = (isRight ? "l" : "r") + turns;
      if (isRight) index -= half;
      size = isRight ? size - half : half;
    }
    return turns;
  }

  // Does the proof (hexadecimal siblings) lead from the leaf (hexadecimal) to the root?
  async leads(index, leaf, siblings) {
    if (index < 0 || index >= this.size) return false;
    const turns = this.turns(index);
    if (siblings.length !== turns.length) return false;
    // Neighbours share most of their way. Where the rest of this way was gone already, from the
    // same digest past the same siblings, it leads to the same root: that saves most of the work.
    const { last } = this;
    const passed = [];
    let shared = 0;
    while (
      shared < turns.length && shared < last.turns.length
      && turns.at(-1 - shared) === last.turns.at(-1 - shared)
      && siblings.at(-1 - shared) === last.siblings.at(-1 - shared)
    ) shared++;
    let digest = leaf;
    for (let step = 0; step <= turns.length; step++) {
      const left = turns.length - step; // how many siblings are still to come
      if (left <= shared && last.passed[left] === digest) {
        for (let each = left; each >= 0; each--) passed[each] = last.passed[each];
        digest = this.root;
        break;
      }
      passed[left] = digest;
      if (!left) break;
      const [a, b] = [fromHex(digest), fromHex(siblings[step])];
      digest = toHex(await (turns[step] === "l" ? nodeHash(b, a) : nodeHash(a, b)));
    }
    if (digest !== this.root) return false;
    this.last = { turns, siblings, passed };
    return true;
  }

  // Is the record, a Map or null, the proof that this leaf stands at this sequence?
  async isProof(record, sequence, leaf) {
    if (!record || !hasProofMembers(record)) return false;
    const proof = record.get("proof");
    return record.get("sequence") === sequence
      && record.get("index") === sequence - 1
      && isHash(record.get("leaf"))
      && record.get("leaf") === leaf
      && Array.isArray(proof)
      && proof.every(isHash)
      && this.leads(sequence - 1, leaf, proof);
  }
}

const hasProofMembers = (record) =>
  record.size === 4 && ["index", "leaf", "proof", "sequence"].every((name) => record.has(name));

// Leaves come in one by one. levels[n] is the root of a full subtree of 2^n leaves that still
// waits for its neighbour on the right, or null.
class Tree {
  size = 0;
  levels = [];

  async append(leaf) {
    let level = 0;
    for (; this.levels[level]; level++) {
      leaf = await nodeHash(this.levels[level], leaf);
      this.levels[level] = null;
    }
    this.levels[level] = leaf;
    this.size++;
  }

  async root() {
    let root = null;
    for (const left of this.levels) {
      if (left) root = root ? await nodeHash(left, root) : left;
    }
    return root ?? sha256();
  }
}

// ---- Section 3: keys and checkpoints -------------------------------------------------------------

const NAME = "[^+\\p{White_Space}\\u0000-\\u001f]+";

const ownKey = async (pack) => {
  const text = decode(await wholeFile(pack, "public-key.txt"));
  return text?.endsWith("\n") ? text.slice(0, -1) : "";
};

// The key in `name+id+base64`; null when it cannot be read or the id is not its own.
async function readKey(text) {
  const found = new RegExp(`^(${NAME})\\+([0-9a-f]{8})\\+(.*)$`, "u").exec(text);
  const raw = found && fromBase64(found[3]);
  if (!raw || raw.length !== 33 || raw[0] !== 1) return null;
  const id = (await sha256(utf8.encode(`${found[1]}\n`), raw)).subarray(0, 4);
  return toHex(id) === found[2] ? { name: found[1], id, point: raw.subarray(1) } : null;
}

const CHECKPOINT = new RegExp(
  `^(${NAME})\\n(0|[1-9][0-9]*)\\n([A-Za-z0-9+/=]+)\\nsigned-at ([0-9T:-]+)Z\\n\\n((?:[^\\n]+\\n)+)$`, "u",
);
const SIGNATURE = new RegExp(`^\\u2014 (${NAME}) ([A-Za-z0-9+/=]+)$`, "u");

// The notes of a file, each with the line where it begins. A note has one empty line in itself, so
// every second one stands between two notes; one more may stand at the end.
function* notesIn(bytes) {
  if (bytes.length > NOTES_LIMIT) bytes = new Uint8Array();
  const end = bytes.at(-1) === 10 && bytes.at(-2) === 10 ? bytes.length - 1 : bytes.length;
  let [start, line, lines, empty] = [0, 1, 0, 0];
  for (let at = bytes.indexOf(10); at >= 0 && at < end; at = bytes.indexOf(10, at + 1)) {
    lines++;
    if (bytes[at + 1] !== 10 || at + 1 >= end || ++empty % 2) continue;
    yield { line, note: bytes.subarray(start, at + 1) };
    // Past the empty line, which is no part of either.
    [start, line, at] = [at + 2, lines + 2, at + 1];
    lines++;
  }
  yield { line, note: bytes.subarray(start, end) };
}

// The checkpoint; null when it is none, or has no valid signature of the key, or is another log's.
async function readCheckpoint(bytes, key) {
  const found = CHECKPOINT.exec(decode(bytes) ?? "");
  if (!found) return null;
  const [note, origin, digits, encoded, moment, block] = found;
  const [size, root] = [Number(digits), fromBase64(encoded)];
  if (!Number.isSafeInteger(size) || root?.length !== 32 || !isMoment(moment)) return null;

  const lines = block.slice(0, -1).split("\n").map((line) => SIGNATURE.exec(line));
  const signatures = lines.map((line) => line && { name: line[1], raw: fromBase64(line[2]) });
  const areFormed = signatures.every((each) => each?.raw && each.raw.length > 4);
  if (!areFormed || signatures.length > SIGNATURE_LIMIT || origin !== key.name) return null;

  const text = utf8.encode(note.slice(0, note.indexOf("\n\n") + 1));
  for (const { name, raw } of signatures) {
    const isOfKey = name === key.name && toHex(raw.subarray(0, 4)) === toHex(key.id);
    if (isOfKey && (await isSignature(key.point, text, raw.subarray(4)))) {
      return { size, root, signedAt: `${moment}Z` };
    }
  }
  return null;
}

// The y of the points of small order, without the sign. A signature under such a key is worth
// nothing, and platforms differ in whether they refuse it. The encodings of x = 0 with a sign,
// which are none, are among them.
const SMALL_ORDER = new Set([
  `01${"00".repeat(31)}`,
  `${"00".repeat(32)}`,
  `ec${"ff".repeat(30)}7f`,
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]);

// A canonical encoding has y below p = 2^255 - 19 = 7fff...ffed, here read backwards.
function isSoundPoint(encoded) {
  const y = Uint8Array.from(encoded);
  y[31] &= 0x7f;
  const isBelow = y[0] < 0xed || y[31] !== 0x7f || y.subarray(1, 31).some((byte) => byte !== 0xff);
  return isBelow && !SMALL_ORDER.has(toHex(y));
}

async function isSignature(point, text, signature) {
  if (signature.length !== 64) return false;
  if (!isSoundPoint(point) || !isSoundPoint(signature.subarray(0, 32))) return false;
  const { subtle } = globalThis.crypto;
  let key;
  try {
    key = await subtle.importKey("raw", point, { name: "Ed25519" }, false, ["verify"]);
  } catch (error) {
    // Some platforms tell at once that the bytes are not a point; all others are in the way.
    if (error.name === "DataError") return false;
    throw new Unusable("no-ed25519");
  }
  return subtle.verify({ name: "Ed25519" }, key, signature, text);
}

// ---- Section 4: what the files say ---------------------------------------------------------------

async function checkExport(pack, head) {
  const bytes = await wholeFile(pack, "export.json");
  const claims = bytes.at(-1) === 10 ? readObject(bytes.subarray(0, -1)) : null;
  const isRight = claims
    && ["count", "expired"].every((name) => isInteger(claims.get(name)))
    && claims.get("size") === head.size
    && typeof claims.get("is_complete") === "boolean";
  if (!isRight) throw new Bad("export", "export.json");
  const counts = { "events.jsonl": "count", "proofs.jsonl": null, "expired.jsonl": "expired" };
  for (const [name, claim] of Object.entries(counts)) {
    const lines = await countLines(pack.open(name));
    if (lines === null) throw new Bad("export", name);
    if (claim && claims.get(claim) !== lines) throw new Bad("export", "export.json");
  }
  // Read to its end here, a damaged archive is told as one, whatever its first rows look like.
  await countLines(pack.open("events.csv"));
  return claims;
}

// The number of newlines; null when the last byte is none.
async function countLines(chunks) {
  let lines = 0;
  let last = 10;
  for await (const chunk of chunks) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
    if (chunk.length) last = chunk.at(-1);
  }
  return last === 10 ? lines : null;
}

// Resolves to the last sequence whose bytes the keeping rule took.
async function checkEvents(pack, head, way, progress) {
  const events = new Lines(pack.open("events.jsonl"), LINE_LIMIT);
  const proofs = new Lines(pack.open("proofs.jsonl"), LINE_LIMIT);
  const rows = new Rows(pack.open("events.csv"));
  const isHeader = isRow(await rows.next(), COLUMNS.map(([name], at) => (at ? name : `\ufeff${name}`)));

  let number = 0;
  let before = 0;
  let taken = 0;
  for (let line; (line = await events.next()) !== null; ) {
    if (++number % 500 === 0) progress(number);
    const event = readObject(line);
    const proof = readObject(await proofs.next());
    const named = sequenceIn(event) ?? sequenceIn(proof);
    if (!event || !isEvent(event, head.size)) throw new Bad("event", "events.jsonl", number, named);
    const sequence = event.get("sequence");
    if (sequence <= before) throw new Bad("order", "events.jsonl", number, named);
    before = sequence;
    const leaf = toHex(await leafHash(line));
    if (!(await way.isProof(proof, sequence, leaf))) {
      throw new Bad("proof", "events.jsonl", number, named);
    }
    const shown = COLUMNS.map(([, member]) => (member ? cellOf(event.get(member)) : leaf));
    if (!isHeader || !isRow(await rows.next(), shown)) {
      throw new Bad("csv", "events.csv", number, named);
    }
    taken = Math.max(taken, takenBy(event));
  }
  if (!isHeader) throw new Bad("csv", "events.csv", 1);
  const extra = await proofs.next();
  if (extra !== null) throw new Bad("count", "proofs.jsonl", number + 1, sequenceIn(readObject(extra)));
  if ((await rows.next()) !== null) throw new Bad("count", "events.csv", number + 1);
  return taken;
}

const sequenceIn = (record) => {
  const sequence = record?.get("sequence");
  return isInteger(sequence) ? sequence : null;
};

async function checkExpired(pack, way, taken) {
  const lines = new Lines(pack.open("expired.jsonl"), LINE_LIMIT);
  let before = -Infinity;
  let number = 0;
  for (let line; (line = await lines.next()) !== null; ) {
    number++;
    const record = readObject(line);
    const sequence = sequenceIn(record);
    const bad = (reason) => new Bad(reason, "expired.jsonl", number, sequence);
    if (!record || !hasProofMembers(record)) throw bad("event");
    if (sequence === null || sequence <= before) throw bad("order");
    before = sequence;
    if (!(await way.isProof(record, sequence, record.get("leaf")))) throw bad("proof");
    if (sequence > taken) throw bad("expired");
  }
}

// Both files are in order by now, so the lower of their next sequences is the next leaf.
// Adds the root at each of the sizes to `known`.
async function checkComplete(pack, head, sizes, known) {
  const [events, expired] = ["events.jsonl", "expired.jsonl"].map(
    (name) => new Lines(pack.open(name), LINE_LIMIT),
  );
  const nextEvent = async () => {
    const line = await events.next();
    return line && { sequence: sequenceIn(readObject(line)), leaf: await leafHash(line) };
  };
  const nextExpired = async () => {
    const record = readObject(await expired.next());
    return record && { sequence: sequenceIn(record), leaf: fromHex(record.get("leaf")) };
  };
  const tree = new Tree();
  let [whole, gone] = [await nextEvent(), await nextExpired()];
  while (whole || gone) {
    const isWhole = !gone || (whole !== null && whole.sequence <= gone.sequence);
    const { sequence, leaf } = isWhole ? whole : gone;
    if (sequence !== tree.size + 1) throw new Bad("complete");
    await tree.append(leaf);
    if (sizes.has(tree.size)) known.set(tree.size, toHex(await tree.root()));
    if (isWhole) whole = await nextEvent();
    else gone = await nextExpired();
  }
  if (tree.size !== head.size || toHex(await tree.root()) !== toHex(head.root)) {
    throw new Bad("complete");
  }
}

// ---- Section 5: events.csv -----------------------------------------------------------------------

// A member as the text of a cell, before any quotes.
function cellOf(value) {
  const text = value instanceof Map ? value.source : String(value ?? "");
  return (/^[=+\-@\t\r\n\0]/.test(text) ? `'${text}` : text).replaceAll("\0", "\u2400");
}

// Does the row begin with exactly these cells, with quotes where they are needed and only there?
function isRow(row, cells) {
  return row !== null && row.length >= cells.length && cells.every((text, at) =>
    row[at].text === text && row[at].isQuoted === /[,"\r\n]/.test(text));
}

// next() gives a row as a list of { text, isQuoted }; an empty list for one that is not well formed
// (a stray quote could make a spreadsheet show other rows than these); null at the end.
class Rows {
  constructor(chunks) {
    this.lines = new Lines(chunks, ROW_LIMIT);
  }

  async next() {
    const parts = [];
    let length = 0;
    let isInQuotes = false;
    do {
      const line = await this.lines.next();
      if (line === null) return parts.length ? [] : null;
      if (line === TOO_LONG || this.lines.isCut) return [];
      parts.push(line, [10]);
      length += line.length + 1;
      for (let at = line.indexOf(34); at >= 0; at = line.indexOf(34, at + 1)) isInQuotes = !isInQuotes;
    } while (isInQuotes && length <= ROW_LIMIT);
    const text = length <= ROW_LIMIT ? decode(join(...parts)) : null;
    return text?.endsWith("\r\n") ? cellsIn(text.slice(0, -2)) : [];
  }
}

function cellsIn(text) {
  const cells = [];
  const plain = /[^,"\r\n]*/y;
  for (let at = 0; ; ) {
    let end = at;
    const isQuoted = text[at] === '"';
    if (isQuoted) {
      do {
        end = text.indexOf('"', end + 1) + 1;
      } while (end && text[end] === '"'); // a doubled quote is one that is meant
      if (!end) return [];
    } else {
      plain.lastIndex = at;
      end += plain.exec(text)[0].length;
    }
    if (cells.length < COLUMNS.length) {
      const inner = isQuoted ? text.slice(at + 1, end - 1).replaceAll('""', '"') : text.slice(at, end);
      cells.push({ text: inner, isQuoted });
    }
    if (end === text.length) return cells;
    if (text[end] !== ",") return [];
    at = end + 1;
  }
}
