// SSH's keys and signatures (OpenSSH's PROTOCOL.sshsig and PROTOCOL.u2f), as far as a browser's keys make them.

import { base64, join, mpint, sha256, sha512, string, u32, utf8 } from "./bytes.js";

const NAMESPACE = "outband@v1";
const MAGIC = utf8("SSHSIG");

// A passkey is a security key of SSH, whose application is the domain that it is bound to.
export const PASSKEY = "sk-ecdsa-sha2-nistp256@openssh.com";
export const ED25519 = "ssh-ed25519";

// The public key in its wire form.
export const publicPasskey = (point, domain) => join(string(PASSKEY), string("nistp256"), string(point), string(domain));
export const publicEd25519 = (raw) => join(string(ED25519), string(raw));

// What a signature over a text covers.
export const signedMessage = async (text) =>
  join(MAGIC, string(NAMESPACE), string(""), string("sha512"), string(await sha512(utf8(text))));

// The signature inside, by a passkey: `assertion` is what the browser returned.
export const passkeySignature = ({ r, s, flags, counter, origin, clientData }) =>
  join(
    string(`webauthn-${PASSKEY}`),
    string(join(mpint(r), mpint(s))),
    [flags],
    u32(counter),
    string(origin),
    string(clientData),
    string(""),
  );
export const ed25519Signature = (signature) => join(string(ED25519), string(signature));

// The armoured block that `ssh-keygen -Y sign` would write.
export const armour = (key, signature) => {
  const blob = join(MAGIC, u32(1), string(key), string(NAMESPACE), string(""), string("sha512"), string(signature));
  const lines = base64(blob).match(/.{1,70}/g);
  return `-----BEGIN SSH SIGNATURE-----\n${lines.join("\n")}\n-----END SSH SIGNATURE-----\n`;
};

export const fingerprint = async (key) => `SHA256:${base64(await sha256(key)).replace(/=+$/, "")}`;

// The first 96 bits of the fingerprint as six words that can be read out in any language: consonants and vowels take
// turns, 16 bits a word (proquints, arXiv:0901.4016).
const CONSONANTS = "bdfghjklmnprstvz";
const VOWELS = "aiou";
export const words = async (key) => {
  const digest = await sha256(key);
  const word = (at) => {
    const bits = (digest[at] << 8) | digest[at + 1];
    const [c, v] = [(shift) => CONSONANTS[(bits >> shift) & 15], (shift) => VOWELS[(bits >> shift) & 3]];
    return c(12) + v(10) + c(6) + v(4) + c(0);
  };
  return [0, 2, 4, 6, 8, 10].map(word);
};
