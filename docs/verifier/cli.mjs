// Checks an evidence pack: node cli.mjs PACK [--key VKEY] [--earlier FILE ...] [--json]
//
// PACK is the ZIP file or its folder. The exit code is 0 for a good pack, 1 for a bad one, 2 when
// nothing can be said. With --batch instead of PACK, packs come as lines of JSON on the standard
// input, and one line of JSON answers each ({"verdict": "unusable"} where nothing can be said):
//   {"members": [[name, base64], ...], "key": text or null, "earlier": [[name, base64], ...]}
// or, with the bytes of a ZIP file, {"zip": base64, "key": ..., "earlier": ...}.

import { webcrypto } from "node:crypto";
import { createReadStream, readdirSync, statSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pipeline, Readable } from "node:stream";
import { parseArgs } from "node:util";
import { createInflateRaw } from "node:zlib";

import { explain, explainUnusable } from "./sentences.mjs";
import { Unusable, verify } from "./verify.mjs";
import { openZip } from "./zip.mjs";

globalThis.crypto ??= webcrypto; // Node.js 18 has it, but not as a global name
// Older ones say that Ed25519 is experimental, which is no part of an answer.
process.removeAllListeners("warning");

const PRINTED = [
  "verdict", "reason", "file", "line", "sequence", "size", "events", "expired", "root",
  "key_is_trusted", "is_complete",
];

function readArguments(list) {
  // Several files may follow one --earlier, as in `--earlier a b`.
  const options = { key: { type: "string" }, json: { type: "boolean" }, batch: { type: "boolean" } };
  options.earlier = { type: "string", multiple: true };
  const { tokens, values } = parseArgs({ args: list, options, allowPositionals: true, tokens: true });
  const chosen = { ...values, key: values.key ?? null, packs: [], earlier: [] };
  let isAfterEarlier = false;
  for (const token of tokens) {
    if (token.kind === "option") isAfterEarlier = token.name === "earlier";
    if (token.kind === "option" && isAfterEarlier) chosen.earlier.push(token.value);
    if (token.kind === "positional") (isAfterEarlier ? chosen.earlier : chosen.packs).push(token.value);
  }
  if (chosen.packs.length !== (chosen.batch ? 0 : 1)) throw new Unusable("no-pack");
  return chosen;
}

async function openPack(path) {
  const stats = statSync(path);
  if (stats.isDirectory()) {
    const isFile = (name) => statSync(join(path, name), { throwIfNoEntry: false })?.isFile();
    const names = readdirSync(path).filter(isFile);
    return {
      count: (name) => names.filter((each) => each === name).length,
      open: (name) => createReadStream(join(path, name)),
    };
  }
  const file = await open(path);
  const source = {
    size: stats.size,
    async read(from, to) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(to - from), 0, to - from, from);
      return buffer.subarray(0, bytesRead);
    },
    stream: (from, to) => (from < to ? createReadStream(path, { start: from, end: to - 1 }) : []),
  };
  return openZip(source, inflate, Unusable);
}

// What goes wrong on the way comes out where the content is read.
const inflate = (packed) => pipeline(Readable.from(packed), createInflateRaw(), () => {});

// One answer as the Python verifier prints it.
const printed = (result) => JSON.stringify(Object.fromEntries(PRINTED.map((name) => [name, result[name]])));

async function answerBatch() {
  // Several at once, as each mostly waits for hashes; answered in the order in which they came.
  const waiting = [];
  const answerFirst = async () => process.stdout.write(`${printed(await waiting.shift())}\n`);
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (waiting.length === 16) await answerFirst();
    waiting.push(verifyLine(JSON.parse(line)));
  }
  while (waiting.length) await answerFirst();
}

async function verifyLine({ members, zip, key, earlier }) {
  try {
    const pack = zip ? await openZip(memory(bytesOf(zip)), inflate, Unusable) : packOf(members);
    const older = earlier.map(([name, text]) => ({ name, bytes: bytesOf(text) }));
    return await verify(pack, { key, earlier: older });
  } catch (error) {
    if (error instanceof Unusable) return { verdict: "unusable" };
    throw error;
  }
}

const bytesOf = (base64) => new Uint8Array(Buffer.from(base64, "base64"));

const packOf = (members) => ({
  count: (name) => members.filter(([each]) => each === name).length,
  open: async function* (name) {
    yield bytesOf(members.find(([each]) => each === name)[1]);
  },
});

const memory = (bytes) => ({
  size: bytes.length,
  read: async (from, to) => bytes.slice(from, to),
  stream: (from, to) => [bytes.slice(from, to)],
});

async function main(list) {
  const chosen = readArguments(list);
  if (chosen.batch) return answerBatch();
  const earlier = [];
  for (const name of chosen.earlier) earlier.push({ name, bytes: await readFile(name) });
  const result = await verify(await openPack(chosen.packs[0]), { key: chosen.key, earlier });
  process.stdout.write(`${chosen.json ? printed(result) : explain(result, "en").join("\n")}\n`);
  process.exitCode = result.verdict === "good" ? 0 : 1;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  // An argument, the file system and a damaged archive end here; anything else is our own fault.
  if (!error.code) throw error;
  process.stderr.write(`${explainUnusable(error, "en").join("\n")}\n`);
  process.exitCode = 2;
}
