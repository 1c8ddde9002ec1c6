// This device's key: making it, having it enrolled, proving it, taking it away.

import { base64 } from "./bytes.js";
import { actions, button, copy, failed, h, handing, qrImage, tell } from "./dom.js";
import * as keys from "./keys.js";
import * as outbox from "./outbox.js";
import { qr } from "./qr.js";
import * as ssh from "./ssh.js";
import * as store from "./store.js";
import { newId, print, utc } from "./text.js";
import { Problem, say, site, when } from "./words.js";

const PART = "[a-z0-9][a-z0-9.\\-_]{0,29}";

// On iOS, an app on the Home Screen has storage of its own: what is made in a tab is not there.
const isApple = /iPhone|iPad/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
const isInstalled = () => matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;

export const view = (state) => (state.key ? own(state) : make(state));

// Making a key.
const make = async (state) => {
  if (isApple && !isInstalled()) return [say("console_key"), h("p", {}, say("console_home_screen"))];
  const input = (name, value) =>
    h("input", { id: name, name, value, required: true, pattern: PART, maxlength: 30, autocomplete: "off", autocapitalize: "none", spellcheck: "false", dir: "ltr" });
  const [person, device] = [input("person", ""), input("device", "phone")];
  const field = (label, control) => h("div", { class: "field" }, h("label", { for: control.id }, label), control);
  const name = () => {
    for (const control of [person, device]) {
      control.value = control.value.trim().toLowerCase();
      if (!control.checkValidity()) {
        control.focus();
        throw new Problem("console_bad_name");
      }
    }
    return `${person.value}/${device.value}`;
  };
  const adopt = async (made) => {
    state.key = await keys.adopt(await made);
    await state.refresh();
    await state.show();
    state.again();
  };
  const stored = button(say("console_make_stored"), () => adopt(keys.makeStored(name())), { class: keys.hasPasskeys() ? "" : "main" });
  return [
    say("console_key"),
    h("p", {}, say("console_key_help")),
    h("form", { onsubmit: (event) => event.preventDefault() }, field(say("console_person"), person), field(say("console_device"), device)),
    !keys.hasPasskeys() && h("p", { class: "note" }, say("console_no_passkeys")),
    h("p", { class: "dim" }, say("console_stored_help")),
    actions(
      keys.hasPasskeys() && button(say("console_make_passkey"), () => adopt(keys.makePasskey(name())), { class: "main" }),
      stored,
      keys.hasPasskeys() && button(say("console_find_passkey"), () => adopt(keys.findPasskey(state.operators))),
    ),
  ];
};

// The key that there is.
const own = async (state) => {
  const { key } = state;
  const line = keys.rosterLine(key);
  const address = `${location.origin}/console#enrol=${line.replaceAll(" ", ",")}`;
  const spoken = (await ssh.words(key.key)).join(" ");
  const code = qr(address);
  const enrolled = {
    true: say("console_enrolled"),
    false: say("console_waiting"),
    undefined: say("console_enrolled_unknown"),
  }[state.enrolled];
  const proven = await store.get("proven");
  return [
    say("console_key"),
    h("p", { class: state.enrolled ? "good" : "note", id: "enrolled" }, enrolled),
    h(
      "dl",
      {},
      fact(say("console_key_kind"), say(key.kind === "passkey" ? "console_is_passkey" : "console_is_stored")),
      fact(say("console_key_name"), h("code", {}, `${site.origin}/${key.name}`)),
      fact(say("console_words"), h("b", { class: "spoken", dir: "ltr" }, spoken)),
      fact(say("console_fingerprint"), h("code", {}, await ssh.fingerprint(key.key))),
      proven && fact(say("console_proven"), when(proven)),
    ),
    !state.enrolled && [
      h("p", {}, say("console_enrol_help")),
      h("pre", { class: "text", dir: "ltr", id: "line", tabindex: 0 }, line),
      h("div", { class: "row" }, handing(line, say("console_enrol_title")), button(say("console_copy_link"), () => copy(address))),
      code && qrImage(code, say("console_qr_link")),
    ],
    h("div", { class: "row" }, button(say("console_removal"), () => removal(state)), button(say("console_forget"), () => forget(state))),
    actions(button(say("console_test"), () => prove(state), { class: "main" })),
  ];
};
const fact = (label, value) => h("div", {}, h("dt", {}, label), h("dd", {}, value));

// Signs something that nobody would publish, and verifies it.
const prove = async (state) => {
  await keys.sign(state.key, `outband test\n${newId()}\n`);
  await store.put("proven", Date.now()).catch(failed);
  await state.show();
  tell(say("console_test_good"));
};

// The key's own removal, signed now and kept apart: sending it revokes the key.
const removal = async (state) => {
  const type = site.grammar.types.find(({ type }) => type === "removal");
  const values = { origin: site.origin, id: newId(), time: utc(state.now()), key: keys.rosterLine(state.key) };
  const note = await keys.sign(state.key, print(type, values));
  const file = URL.createObjectURL(new Blob([note], { type: "text/plain" }));
  h("a", { href: file, download: `remove-${state.key.name.replace("/", "-")}.note` }).click();
  setTimeout(() => URL.revokeObjectURL(file), 60_000);
  tell(say("console_removal_saved"));
};

const forget = async (state) => {
  if (!confirm(say("console_forget_sure"))) return;
  await store.remove("key");
  await store.remove("proven");
  state.key = undefined;
  await state.show();
};

// What the link shows the holder of a root: the words to compare, and the command to run.
export const enrol = async (fragment) => {
  // A link may have been broken over lines.
  const [name, type, ...rest] = decodeURIComponent(fragment).split(/[\s,]+/);
  const key = rest.join("");
  const line = `${name} ${type} ${key}`;
  let bytes;
  try {
    bytes = Uint8Array.from(atob(key), (character) => character.charCodeAt(0));
  } catch (error) {
    throw new Problem("console_bad_line", {}, error);
  }
  // The name becomes part of a command for a shell, and anyone may have made the link.
  const [origin, ...parts] = name.split("/");
  const isName = origin === site.origin && parts.length === 2 && parts.every((part) => new RegExp(`^${PART}$`).test(part));
  if (!isName || ![ssh.PASSKEY, ssh.ED25519].includes(type) || base64(bytes) !== key) throw new Problem("console_bad_line");
  const command = `outband roster add '${line}'`;
  return [
    say("console_enrol_title"),
    h("p", {}, say("console_enrol_root", { name })),
    h("p", {}, h("b", { class: "spoken", dir: "ltr" }, (await ssh.words(bytes)).join(" "))),
    h("p", {}, say("console_enrol_command")),
    h("pre", { class: "text", dir: "ltr", tabindex: 0 }, command),
    actions(button(say("console_copy"), () => copy(command), { class: "main" })),
  ];
};

// Whether the roster in force has this key, and the keys of its stations.
export const roster = async () => {
  const found = await outbox.read("/data/roster.json", JSON.parse, ({ text, gone }) => text && gone);
  const document = found?.[0] ?? (await store.get("roster"));
  if (!document) return null;
  if (found) await store.put("roster", document).catch(() => {});
  const revoked = new Set(document.gone.map(({ key }) => key.split(" ")[2]));
  const { stations, operators } = outbox.keysIn(document.text);
  return { stations, operators: operators.filter(({ key }) => !revoked.has(base64(key))) };
};
