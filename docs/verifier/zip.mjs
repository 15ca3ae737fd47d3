// Reads a ZIP archive as a pack: by its central directory, stored and deflated members, ZIP64.
//
// `source` is { size, read(from, to) -> Promise<Uint8Array>, stream(from, to) -> async iterable of
// Uint8Array }; `inflate` turns an async iterable of raw deflate data into one of its content.
// Source: PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.3.

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const MEMBER = 0x02014b50;
const LOCAL = 0x04034b50;

// Throws Unusable, here or while a member is read, and nothing else for a damaged archive.
// `Unusable` is handed over, so that this module needs no other.
export async function openZip(source, inflate, Unusable) {
  const refuse = (code = "no-zip") => {
    throw new Unusable(code);
  };
  const members = await directory(source, refuse);
  const named = (name) => members.filter((member) => member.name === name);
  return {
    count: (name) => named(name).length,
    open: (name) => content(source, inflate, named(name)[0], refuse),
  };
}

async function view(source, from, length, refuse) {
  if (from < 0 || from + length > source.size) refuse();
  const bytes = await source.read(from, from + length);
  if (bytes.length !== length) refuse();
  return new DataView(bytes.buffer, bytes.byteOffset, length);
}

const u16 = (data, at) => data.getUint16(at, true);
const u32 = (data, at) => data.getUint32(at, true);
const u64 = (data, at) => Number(data.getBigUint64(at, true));

async function directory(source, refuse) {
  const end = await directoryEnd(source, refuse);
  // What stands before an archive moves all of it; the places in it count from its own beginning.
  const shift = end.at - end.length - end.offset;
  if (shift < 0) refuse();
  const data = await view(source, end.offset + shift, end.length, refuse);
  const members = [];
  for (let at = 0; at < data.byteLength; ) {
    if (at + 46 > data.byteLength || u32(data, at) !== MEMBER) refuse();
    const [nameLength, extraLength] = [u16(data, at + 28), u16(data, at + 30)];
    const next = at + 46 + nameLength + extraLength + u16(data, at + 32);
    if (next > data.byteLength) refuse();
    const member = {
      name: latin(data, at + 46, nameLength),
      isEncrypted: (u16(data, at + 8) & 1) === 1,
      method: u16(data, at + 10),
      crc: u32(data, at + 16),
      packed: u32(data, at + 20),
      size: u32(data, at + 24),
      offset: u32(data, at + 42),
    };
    widen(member, data, at + 46 + nameLength, extraLength, refuse);
    member.offset += shift;
    members.push(member);
    at = next;
  }
  return members;
}

async function directoryEnd(source, refuse) {
  const length = Math.min(source.size, 22 + 0xffff);
  const data = await view(source, source.size - length, length, refuse);
  let at = length - 22;
  while (at >= 0 && u32(data, at) !== END) at--;
  if (at < 0) refuse();
  const place = source.size - length + at;
  const end = { at: place, length: u32(data, at + 12), offset: u32(data, at + 16) };
  if (at < 20 || u32(data, at - 20) !== LOCATOR_64) return end;
  const wide = await view(source, place - 20 - 56, 56, refuse);
  if (u32(wide, 0) !== END_64) refuse();
  return { at: place - 20 - 56, length: u64(wide, 40), offset: u64(wide, 48) };
}

// All names that we look for are ASCII, so how the others are written does not matter.
function latin(data, at, length) {
  return String.fromCharCode(...new Uint8Array(data.buffer, data.byteOffset + at, length));
}

// The ZIP64 field has, in this order, each number that did not fit.
function widen(member, data, from, length, refuse) {
  for (let at = from; at + 4 <= from + length; at += 4 + u16(data, at + 2)) {
    if (u16(data, at) !== 1) continue;
    let field = at + 4;
    for (const name of ["size", "packed", "offset"]) {
      if (member[name] !== 0xffffffff) continue;
      if (field + 8 > at + 4 + u16(data, at + 2) || field + 8 > data.byteLength) refuse();
      member[name] = u64(data, field);
      field += 8;
    }
  }
}

async function* content(source, inflate, member, refuse) {
  if (member.isEncrypted || (member.method !== 0 && member.method !== 8)) refuse("unknown-packing");
  const local = await view(source, member.offset, 30, refuse);
  const nameLength = u16(local, 26);
  const name = await view(source, member.offset + 30, nameLength, refuse);
  if (u32(local, 0) !== LOCAL || latin(name, 0, nameLength) !== member.name) refuse();
  const from = member.offset + 30 + nameLength + u16(local, 28);
  if (from + member.packed > source.size) refuse();
  const packed = source.stream(from, from + member.packed);
  let crc = 0xffffffff;
  let left = member.size;
  try {
    for await (const chunk of member.method ? inflate(packed) : packed) {
      left -= chunk.length;
      if (left < 0) break;
      for (let at = 0; at < chunk.length; at++) crc = CRC[(crc ^ chunk[at]) & 0xff] ^ (crc >>> 8);
      yield chunk;
    }
  } catch {
    refuse("damaged");
  }
  if (left !== 0 || (crc ^ 0xffffffff) >>> 0 !== member.crc) refuse("damaged");
}

const CRC = Uint32Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
