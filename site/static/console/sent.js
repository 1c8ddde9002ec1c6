// A signed note: where it has got to, how else it can travel, and what to tell people now.

import { actions, button, copy, h, handing, link, qrImage, trusted } from "./dom.js";
import * as compose from "./compose.js";
import * as outbox from "./outbox.js";
import { fromDigits, qr, toDigits } from "./qr.js";
import { Problem, say } from "./words.js";

const find = async (id) => (await outbox.all()).find(({ about }) => about.id === id);

// The state in words. Nothing is called sent that nobody has confirmed.
export const progress = ({ state, answers, copies }) => {
  const key = { kept: "console_state_kept", sent: "console_state_sent", refused: "console_state_refused", late: "console_state_late" }[state];
  if (key) return say(key);
  const logged = Object.values(answers).find(({ index }) => index !== undefined);
  const counts = { copies: copies ?? 0, places: outbox.places.length };
  return logged ? say("console_state_accepted", { entry: logged.index, ...counts }) : say("console_state_held", counts);
};

const answerOf = (place, answer) => {
  const host = new URL(place).host;
  const words = {
    accepted: () =>
      answer.index === undefined ? say("console_at_held") : say(answer.isProven ? "console_at_accepted" : "console_at_unproven", { entry: answer.index }),
    refused: () => `${say("console_at_refused")} ${[answer.detail, ...(answer.errors ?? []).map(({ detail }) => detail)].join(" ")}`,
    busy: () => `${say("console_at_busy")} ${answer.detail ?? ""}`,
    "reads-only": () => say("console_at_copy"),
    silent: () => say("console_at_silent"),
    odd: () => say("console_at_odd", { status: answer.status }),
    unreachable: () => say("console_at_unreachable"),
  };
  return h("div", {}, h("dt", {}, h("bdi", {}, host)), h("dd", {}, answer ? words[answer.what]() : say("console_at_nothing")), answer?.remark && h("dd", { class: "dim", lang: "en" }, answer.remark));
};

export const view = async (state, id) => {
  const entry = await find(id);
  if (!entry) throw new Problem("console_no_note");
  const { note, about } = entry;
  const isDone = ["accepted", "refused", "late"].includes(entry.state);
  const channels = h("div", {});
  if (entry.state === "accepted") sayIt(channels, entry);
  return [
    about.title || say("console_note"),
    h("p", { class: `state ${entry.state}`, role: "status" }, progress(entry)),
    h("dl", { class: "answers" }, outbox.places.map((place) => answerOf(place, entry.answers[place]))),
    noteItself(note, about.title),
    // What comes and goes with answers is below what stays.
    entry.state === "refused" && h("p", {}, say("console_refused_help")),
    entry.unkept && h("p", { class: "note" }, entry.unkept),
    !isDone && h("p", { class: "dim" }, say("console_waiting_help")),
    channels,
    actions(
      !isDone && button(say("console_send"), () => state.flush(true), { class: "main" }),
      entry.state !== "accepted" && about.signed && button(say("console_again"), () => compose.again(about.text), { class: isDone ? "main" : "" }),
      isDone &&
        button(say("console_remove_note"), async () => {
          await outbox.remove(entry);
          location.hash = "";
        }),
      link(say("console_back"), "#", { class: "button" }),
    ),
  ];
};

// The note, to be carried by other ways. Answers that arrive change nothing here: what is unfolded, marked or shown stays.
const drawn = { note: undefined, parts: [] };
const noteItself = (note, title) => {
  if (drawn.note !== note || !drawn.parts[0].isConnected) {
    const code = h("div", { class: "row" });
    const ways = h("div", { class: "row" }, handing(note, title), button(say("console_qr"), () => showQr(code, note)));
    const parts = [code, h("details", { class: "more" }, h("summary", {}, say("console_note")), h("pre", { class: "text", dir: "auto", tabindex: 0 }, note), ways)];
    Object.assign(drawn, { note, parts });
  }
  return drawn.parts;
};

const showQr = async (place, note) => {
  const code = qr(`${outbox.places[0]}/console#note=`, await toDigits(note));
  if (!code) throw new Problem("console_qr_large");
  place.replaceChildren(qrImage(code, say("console_qr_note")), h("p", { class: "dim" }, say("console_qr_help")));
};

// The ready-made words for each channel, from the first place that shows the update.
const sayIt = async (place, { about }) => {
  const parsed = (text) => new DOMParser().parseFromString(trusted.createHTML(text), "text/html");
  const found = await outbox.read(`/incidents/${about.incident}/say`, parsed, (page) => page.querySelector("main section"));
  const page = found?.[0];
  const parts = [...(page?.querySelectorAll("main section") ?? [])].map((section) => [
    section.querySelector("h2")?.textContent,
    [...section.querySelectorAll("pre,li")].map((line) => line.textContent).join("\n"),
  ]);
  if (!parts.length) return;
  place.append(
    h("h2", {}, say("console_say")),
    ...parts.map(([heading, text]) => h("div", { class: "say" }, h("span", {}, heading), h("div", { class: "row" }, handing(text, about.title)))),
  );
};

// A note that came by a QR code or a link: anyone may send it.
export const received = async (state, digits) => {
  let note;
  try {
    note = await fromDigits(digits);
  } catch (error) {
    throw new Problem("console_bad_code", {}, error);
  }
  const text = note.split(/\n\n(?=-----BEGIN SSH SIGNATURE-----|\u2014 )/)[0].replace(/\n*$/, "\n");
  const line = (name) => new RegExp(`^${name}: (.+)$`, "m").exec(text)?.[1];
  if (!/^[0-9a-f]{32}$/.test(line("id"))) throw new Problem("console_bad_code");
  const about = { id: line("id"), title: line("title") ?? "", incident: line("incident") ?? "", text, submitBy: line("submit-by") };
  return [
    say("console_received"),
    h("p", {}, say("console_received_help")),
    h("pre", { class: "text", dir: "auto", tabindex: 0 }, text),
    actions(
      button(
        say("console_send"),
        async () => {
          const known = await find(about.id);
          if (known && known.note !== note) throw new Problem("console_same_id");
          if (!known) await outbox.add(note, about);
          location.hash = `#note/${about.id}`;
        },
        { class: "main" },
      ),
      button(say("console_copy"), () => copy(note)),
    ),
  ];
};
