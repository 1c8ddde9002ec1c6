// Bytes: base64, digests, and SSH's wire form (RFC 4251, section 5).

export const utf8 = (text) => new TextEncoder().encode(text);

export const join = (...parts) => {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
};

export const equal = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

export const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
export const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
export const base64url = (bytes) => base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const random = (length) => crypto.getRandomValues(new Uint8Array(length));

const digest = async (name, bytes) => new Uint8Array(await crypto.subtle.digest(name, bytes));
export const sha256 = (bytes) => digest("SHA-256", bytes);
export const sha512 = (bytes) => digest("SHA-512", bytes);

export const u32 = (number) => Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number);

// A string: its length, then its bytes.
export const string = (content) => {
  const bytes = typeof content === "string" ? utf8(content) : content;
  return join(u32(bytes.length), bytes);
};

// A positive integer, big-endian: no needless zeros, but one before a first bit that would read as a sign.
export const mpint = (bytes) => {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? bytes.subarray(0, 0) : bytes.subarray(first);
  return string(digits[0] & 0x80 ? join([0], digits) : digits);
};
