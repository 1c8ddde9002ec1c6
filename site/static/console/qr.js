// QR codes (ISO/IEC 18004) of notes, which any phone's camera opens: a link to the console whose fragment is the note,
// compressed and written in decimal digits, which take 3.3 bits each.

import { hex, join } from "./bytes.js";

// Codewords for error correction in each block, and blocks, by version, at the lowest level: a screen is not damaged.
const CORRECTION = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30];
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25];

// Cameras read larger codes from a screen only with luck.
const MAX_VERSION = 27;

const deflated = async (bytes) => transformed(bytes, new CompressionStream("deflate-raw"));
const inflated = async (bytes, limit) => transformed(bytes, new DecompressionStream("deflate-raw"), limit);
const transformed = async (bytes, stream, limit = Infinity) => {
  const parts = [];
  let length = 0;
  for (const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return join(...parts);
    length += value.length;
    if (length > limit) throw new Error("too long");
    parts.push(value);
  }
};

// A note as digits, and back. A first byte keeps zeros at the beginning.
export const toDigits = async (note) => {
  const bytes = await deflated(new TextEncoder().encode(note));
  return BigInt(`0x01${hex(bytes)}`).toString();
};
const MAX_NOTE = 16 * 1024;
const MAX_DIGITS = 8000;
export const fromDigits = async (digits) => {
  if (!/^[0-9]+$/.test(digits) || digits.length > MAX_DIGITS) throw new Error("not a note");
  const pairs = BigInt(digits).toString(16).padStart(2, "0").slice(1).match(/../g) ?? [];
  const note = await inflated(Uint8Array.from(pairs, (pair) => parseInt(pair, 16)), MAX_NOTE);
  return new TextDecoder("utf-8", { fatal: true }).decode(note);
};

// Segments of text, each as [mode, bits of the length by size of the version, bits].
const segment = (text) => {
  if (/^[0-9]+$/.test(text)) {
    const groups = text.match(/.{1,3}/g);
    return { mode: 1, sizes: [10, 12, 14], length: text.length, bits: groups.map((group) => [Number(group), group.length * 3 + 1]) };
  }
  const bytes = [...new TextEncoder().encode(text)];
  return { mode: 4, sizes: [8, 16, 16], length: bytes.length, bits: bytes.map((byte) => [byte, 8]) };
};

const sizeOf = (version) => 17 + 4 * version;
const alignment = (version) => {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const last = sizeOf(version) - 7;
  const step = count === 2 ? 0 : Math.ceil((last - 6) / (count - 1) / 2) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, index) => last - step * (count - 2 - index))];
};
// Bytes for data and correction: the modules without finders, timing, alignment, format and version.
const codewords = (version) => {
  const patterns = alignment(version).length;
  let modules = (16 * version + 128) * version + 64;
  if (version > 1) modules -= (25 * patterns - 10) * patterns - 55;
  if (version > 6) modules -= 36;
  return Math.floor(modules / 8);
};
const capacity = (version) => codewords(version) - CORRECTION[version - 1] * BLOCKS[version - 1];

// Arithmetic in GF(256) modulo x^8 + x^4 + x^3 + x^2 + 1.
const multiply = (one, other) => {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) product = (product << 1) ^ ((product >> 7) * 0x11d) ^ (((other >> bit) & 1) * one);
  return product;
};
const divisor = (degree) => {
  const result = [...new Array(degree - 1).fill(0), 1];
  let root = 1;
  for (let done = 0; done < degree; done += 1) {
    for (let at = 0; at < degree; at += 1) result[at] = multiply(result[at], root) ^ (result[at + 1] ?? 0);
    root = multiply(root, 2);
  }
  return result;
};
const remainder = (data, by) => {
  const result = by.map(() => 0);
  for (const byte of data) {
    const factor = byte ^ result.shift();
    result.push(0);
    by.forEach((coefficient, at) => (result[at] ^= multiply(coefficient, factor)));
  }
  return result;
};

const dataOf = (segments, version) => {
  const bits = [];
  const push = (value, length) => {
    for (let at = length - 1; at >= 0; at -= 1) bits.push((value >> at) & 1);
  };
  const size = version < 10 ? 0 : version < 27 ? 1 : 2;
  for (const part of segments) {
    push(part.mode, 4);
    push(part.length, part.sizes[size]);
    part.bits.forEach(([value, length]) => push(value, length));
  }
  const room = capacity(version) * 8;
  if (bits.length > room) return null;
  push(0, Math.min(4, room - bits.length));
  push(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) push(pad, 8);
  return Array.from({ length: bits.length / 8 }, (_, at) => parseInt(bits.slice(at * 8, at * 8 + 8).join(""), 2));
};

// Blocks take turns: short ones come first, and each has its own correction.
const interleaved = (data, version) => {
  const [degree, count] = [CORRECTION[version - 1], BLOCKS[version - 1]];
  const short = Math.floor(data.length / count);
  const long = data.length % count;
  const by = divisor(degree);
  const blocks = [];
  for (let at = 0, block = 0; block < count; block += 1) {
    const length = short + (block < count - long ? 0 : 1);
    const own = data.slice(at, at + length);
    blocks.push([own, remainder(own, by)]);
    at += length;
  }
  const turns = (part, length) =>
    Array.from({ length }, (_, at) => blocks.map((block) => block[part][at]).filter((byte) => byte !== undefined)).flat();
  return [...turns(0, short + 1), ...turns(1, degree)];
};

// Bits of format or version, with their own correction.
const checked = (value, bits, generator, degree) => {
  let rest = value;
  for (let done = 0; done < degree; done += 1) rest = (rest << 1) ^ ((rest >> (degree - 1)) * generator);
  return (value << degree) | (rest & ((1 << degree) - 1));
};
const FORMAT = checked(0b01000, 5, 0x537, 10) ^ 0x5412;

// The code as rows of true (dark) and false, with mask 0; null if the text is too long.
export const qr = (...texts) => {
  const segments = texts.map(segment);
  for (let version = 1; version <= MAX_VERSION; version += 1) {
    const data = dataOf(segments, version);
    if (data) return drawn(interleaved(data, version), version);
  }
  return null;
};

const drawn = (bytes, version) => {
  const side = sizeOf(version);
  const rows = Array.from({ length: side }, () => new Array(side).fill(null));
  const set = (x, y, dark) => {
    if (rows[y]?.[x] !== undefined) rows[y][x] = Boolean(dark);
  };
  for (let at = 0; at < side; at += 1) {
    set(6, at, at % 2 === 0);
    set(at, 6, at % 2 === 0);
  }
  const ring = (x, y, radius, isDark) => {
    for (let dy = -radius; dy <= radius; dy += 1) {
      for (let dx = -radius; dx <= radius; dx += 1) set(x + dx, y + dy, isDark(Math.max(Math.abs(dx), Math.abs(dy))));
    }
  };
  for (const [x, y] of [[3, 3], [side - 4, 3], [3, side - 4]]) ring(x, y, 4, (distance) => distance !== 2 && distance !== 4);
  const positions = alignment(version);
  const last = positions.at(-1);
  for (const x of positions) {
    for (const y of positions) {
      const isFinder = (x === 6 && y === 6) || (x === 6 && y === last) || (x === last && y === 6);
      if (!isFinder) ring(x, y, 2, (distance) => distance !== 1);
    }
  }
  const bit = (value, at) => (value >> at) & 1;
  for (let at = 0; at < 15; at += 1) {
    const dark = bit(FORMAT, at);
    // Beside the first finder, around the timing patterns; then beside the other two.
    set(8, at < 6 ? at : at < 8 ? at + 1 : side - 15 + at, dark);
    set(at < 8 ? side - 1 - at : at < 9 ? 7 : 14 - at, 8, dark);
  }
  set(8, side - 8, true);
  if (version > 6) {
    const bits = checked(version, 6, 0x1f25, 12);
    for (let at = 0; at < 18; at += 1) {
      const [far, near] = [side - 11 + (at % 3), Math.floor(at / 3)];
      set(far, near, bit(bits, at));
      set(near, far, bit(bits, at));
    }
  }
  let next = 0;
  for (let right = side - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < side; step += 1) {
      const isUp = ((right + 1) & 2) === 0;
      const y = isUp ? side - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (rows[y][x] !== null) continue;
        const dark = next < bytes.length * 8 && (bytes[next >> 3] >> (7 - (next & 7))) & 1;
        next += 1;
        rows[y][x] = Boolean(dark ^ ((x + y) % 2 === 0));
      }
    }
  }
  return rows;
};

// The same as an SVG path of horizontal strokes, with the quiet zone that cameras need.
export const strokes = (rows) => {
  let path = "";
  rows.forEach((row, y) => row.forEach((dark, x) => dark && (path += `M${x} ${y}.5h1`)));
  return { path, side: rows.length + 8 };
};
