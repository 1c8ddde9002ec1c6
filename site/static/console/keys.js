// This device's key: a passkey, which signs once for each glance or touch; or, where there are none, a key that the
// browser stores and never hands out.

import { base64, equal, join, random, sha256, utf8 } from "./bytes.js";
import * as ssh from "./ssh.js";
import * as store from "./store.js";
import { Problem, site } from "./words.js";

const PATIENCE = 120_000;
const ES256 = -7;

// Flags of authenticator data: the user was there, and was verified.
const PRESENT = 1;
const VERIFIED = 4;

const P256 = { name: "ECDSA", namedCurve: "P-256" };
const P256_BYTES = 32;

// The key of this device: its kind, `person/device`, and its public key in SSH's wire form.
export const current = () => store.get("key");

// The line that enrols it, which is also what people compare.
export const rosterLine = ({ kind, name, key }) =>
  `${site.origin}/${name} ${kind === "passkey" ? ssh.PASSKEY : ssh.ED25519} ${base64(key)}`;

export const hasPasskeys = () => typeof PublicKeyCredential === "function" && Boolean(navigator.credentials);

const asked = async (prompt) => {
  try {
    return await prompt();
  } catch (error) {
    const key = {
      NotAllowedError: "console_cancelled",
      AbortError: "console_cancelled",
      SecurityError: "console_other_site",
      InvalidStateError: "console_already",
      NotSupportedError: "console_no_passkeys",
    }[error.name];
    throw key ? new Problem(key, {}, error) : error;
  }
};

// Makes a passkey. The authenticator keeps the name beside it, by which it is found again if this browser forgets it.
export const makePasskey = async (name) => {
  const publicKey = {
    rp: { id: location.hostname, name: site.name },
    user: { id: utf8(name), name: `${name} · ${site.origin}`, displayName: name },
    challenge: random(32),
    pubKeyCredParams: [{ type: "public-key", alg: ES256 }],
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    attestation: "none",
    timeout: PATIENCE,
  };
  const made = await asked(() => navigator.credentials.create({ publicKey }));
  const spki = made.response.getPublicKeyAlgorithm?.() === ES256 && made.response.getPublicKey();
  // An uncompressed point is the last part of its SubjectPublicKeyInfo.
  const point = spki ? new Uint8Array(spki).slice(-65) : [];
  if (point[0] !== 4) throw new Problem("console_other_algorithm");
  const key = ssh.publicPasskey(point, location.hostname);
  return { kind: "passkey", name, key, point, domain: location.hostname, credential: made.rawId };
};

// Finds a passkey that was made here before, by what the roster says of its name.
export const findPasskey = async (roster) => {
  const publicKey = { challenge: random(32), rpId: location.hostname, userVerification: "required", timeout: PATIENCE };
  const found = await asked(() => navigator.credentials.get({ publicKey }));
  const name = new TextDecoder().decode(found.response.userHandle ?? new Uint8Array());
  const enrolled = roster.find((other) => other.name === `${site.origin}/${name}` && other.type === ssh.PASSKEY);
  if (!enrolled) throw new Problem("console_not_found");
  // string type, string curve, string point: 4 + 34 + 4 + 8 + 4 bytes before the point.
  const at = 4 + ssh.PASSKEY.length + 4 + 8 + 4;
  const point = enrolled.key.slice(at, at + 65);
  return { kind: "passkey", name, key: enrolled.key, point, domain: location.hostname, credential: found.rawId };
};

// Makes a key that this browser stores. It is shown to nobody before it has been stored, read again and has signed.
export const makeStored = async (name) => {
  let pair;
  try {
    pair = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
  } catch (error) {
    throw new Problem("console_old_engine", {}, error);
  }
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const made = { kind: "stored", name, key: ssh.publicEd25519(raw), raw, secret: pair.privateKey };
  try {
    await store.put("key/new", made);
  } catch (error) {
    await store.remove("key/new");
    throw error.key === "console_full" ? error : new Problem("console_key_not_kept", {}, error);
  }
  await store.close();
  const kept = await store.get("key/new");
  await store.remove("key/new");
  if (!kept?.secret) throw new Problem("console_key_not_kept");
  await sign(kept, "outband\n");
  return kept;
};

// Makes this the device's key. Browsers are asked to keep their storage, and some ask the user, who may answer later.
export const adopt = async (key) => {
  navigator.storage?.persist?.().catch(() => false);
  await store.put("key", key);
  return key;
};

// The note of a text: signed, and verified before anyone sees it.
export const sign = async (key, text) => {
  const message = await ssh.signedMessage(text);
  const signature = await (key.kind === "passkey" ? signWithPasskey(key, message) : signWithStored(key, message));
  return `${text}\n${ssh.armour(key.key, signature)}`;
};

const signWithStored = async ({ secret, raw }, message) => {
  const signature = new Uint8Array(await crypto.subtle.sign({ name: "Ed25519" }, secret, message));
  const key = await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
  const holds = await crypto.subtle.verify({ name: "Ed25519" }, key, signature, message);
  if (!holds) throw new Problem("console_bad_signature");
  return ssh.ed25519Signature(signature);
};

const signWithPasskey = async ({ point, domain, credential }, message) => {
  if (domain !== location.hostname) throw new Problem("console_other_domain", { domain });
  const publicKey = {
    challenge: message,
    rpId: domain,
    allowCredentials: [{ type: "public-key", id: credential }],
    userVerification: "required",
    timeout: PATIENCE,
  };
  const { response } = await asked(() => navigator.credentials.get({ publicKey }));
  const [data, clientData] = [response.authenticatorData, response.clientDataJSON].map((part) => new Uint8Array(part));
  const flags = data[32];
  if (!(flags & PRESENT) || !(flags & VERIFIED)) throw new Problem("console_not_verified");
  const integers = fromDer(new Uint8Array(response.signature));
  const imported = await crypto.subtle.importKey("raw", point, P256, false, ["verify"]);
  const signed = join(data, await sha256(clientData));
  const holds = await crypto.subtle.verify({ ...P256, hash: "SHA-256" }, imported, join(...integers), signed);
  // More than flags and counter, another domain or another form of client data would be refused by every station.
  const begins = utf8(`{"type":"webauthn.get","challenge":"`);
  const isUsual = data.length === 37 && equal(clientData.slice(0, begins.length), begins);
  if (!holds || !isUsual || !equal(data.slice(0, 32), await sha256(utf8(domain)))) {
    throw new Problem("console_bad_signature");
  }
  const [r, s] = integers;
  const counter = new DataView(data.buffer).getUint32(33);
  return ssh.passkeySignature({ r, s, flags, counter, origin: location.origin, clientData });
};

// SEQUENCE { INTEGER r, INTEGER s }, each as 32 bytes.
const fromDer = (der) => {
  let at = 2;
  return [0, 1].map(() => {
    const length = der[at + 1];
    const integer = der.slice(at + 2, at + 2 + length);
    at += 2 + length;
    const digits = integer.slice(-P256_BYTES);
    return join(new Uint8Array(P256_BYTES - digits.length), digits);
  });
};
