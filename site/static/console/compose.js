// Writing an update: a draft, the form, the exact text, the signature.

import { actions, button, h, link, tell } from "./dom.js";
import * as keys from "./keys.js";
import * as outbox from "./outbox.js";
import * as store from "./store.js";
import { newId, oneLine, print, read, slug, tidied, utc } from "./text.js";
import { Problem, say, site } from "./words.js";

const MINUTE = 60_000;

const update = site.grammar.types.find(({ type }) => type === "update");
// Lines that have a place of their own in the form, or that this program fills in.
const OWN = ["incident", "phase", "title", "affects", "window", "next-update", "lang", "translates", "corrects", "retracts"];
const more = update.lines.filter(({ name, by_program }) => !by_program && !OWN.includes(name));
const phaseOf = (name) => site.phases.find((phase) => phase.name === name);

// Drafts have numbers. Each tab writes its own, which it finds again after it was loaded again.
const SLOT = "draft";
const IDLE = 3_600_000;
const tab = (access) => {
  try {
    return access(sessionStorage);
  } catch {
    // No storage at all: the draft lasts as long as the page.
    return null;
  }
};
let mine = tab((kept) => kept.getItem(SLOT));
const take = (name) => {
  mine = name;
  tab((kept) => kept.setItem(SLOT, name));
};
const isWritten = (kept) => Boolean(kept && (kept.values.title || kept.body));
const free = async () => {
  for (let number = 0; ; number += 1) {
    const kept = await store.get(`draft/${number}`);
    if (!kept || (!isWritten(kept) && kept.at < Date.now() - IDLE)) return `draft/${number}`;
  }
};
// Kept at once by the tab, for a page that is loaded again while the database still writes; and lastingly by that.
const keep = (values) => {
  const draft = { ...values, at: Date.now() };
  tab((kept) => kept.setItem(mine, JSON.stringify(draft)));
  return store.put(mine, draft);
};
export const draft = async () => {
  if (!mine) return undefined;
  const [lasting, newest] = [await store.get(mine), tab((kept) => JSON.parse(kept.getItem(mine)))];
  return newest?.at > (lasting?.at ?? 0) ? newest : lasting;
};
export const discard = () => {
  tab((kept) => kept.removeItem(mine));
  return store.remove(mine);
};

// What was begun and neither signed nor discarded: names with titles.
export const drafts = async () => {
  const all = await Promise.all((await store.list("draft/")).map(async (name) => ({ name, kept: await store.get(name) })));
  return all.filter(({ kept }) => isWritten(kept)).map(({ name, kept }) => ({ name, title: kept.values.title || kept.body }));
};
export const resume = (name) => {
  take(name);
  location.hash = "#write";
};

// Begins a draft: a template's lines, or the next update of an open incident. What was written before stays.
export const begin = async (values) => {
  if (!mine || isWritten(await draft())) take(await free());
  await keep({ minutes: site.cadence, body: "", ...values, values: { ...values.values } }).catch(notKept);
  location.hash = "#write";
};
export const next = ({ slug, holds }) => {
  const isDrill = holds.drill;
  const values = { incident: slug, phase: holds.phase, title: holds.title, window: holds.window ?? "", ...(isDrill && { drill: "yes" }) };
  return begin({ values, goes: slug, stated: holds.affects });
};
// A text that was refused, or that came from a template, as a draft.
export const again = (text) => {
  const [type, values, body] = read(site.grammar, text) ?? [];
  if (type !== update) throw new Problem("console_no_update");
  const { origin, id, time, "next-update": next, "submit-by": by, ...kept } = values;
  return begin({ values: kept, body, goes: kept.incident });
};

// A browser that keeps nothing is no reason not to write; it is said while one writes.
let trouble = null;
const notKept = ({ message }) => {
  trouble = message;
  document.querySelector("#trouble")?.replaceChildren(message);
};

const label = (name) => site.labels[name] ?? name;
const field = (name, title, control, help) => {
  control.id = `field-${name}`;
  control.setAttribute("aria-describedby", `help-${name} bad-${name}`);
  return h(
    "div",
    { class: "field", "data-line": name },
    h("label", { for: control.id }, title),
    help && h("p", { class: "dim", id: `help-${name}`, lang: help.lang }, help.text),
    control,
    h("p", { class: "bad", id: `bad-${name}` }),
  );
};
const choices = (legend, name, options, chosen, onchoose, className = "choices") =>
  h(
    "fieldset",
    { class: "field", "data-line": name },
    h("legend", {}, legend),
    h(
      "div",
      { class: className },
      options.map(({ value, text }) =>
        h("label", {}, h("input", { type: "radio", name, value, checked: value === chosen, onchange: () => onchoose(value) }), h("span", {}, text)),
      ),
    ),
    h("p", { class: "bad", id: `bad-${name}` }),
  );

// The form. Whatever is typed is kept at once.
export const write = async (problems = []) => {
  if (!mine) take(await free());
  const kept = (await draft()) ?? { values: {}, body: "", minutes: site.cadence };
  const { values } = kept;
  const save = () => keep(kept).catch(notKept);
  const set = (name, value) => {
    if (value === "" || value?.length === 0) delete values[name];
    else values[name] = value;
    return save();
  };
  const kind = phaseOf(values.phase)?.kind ?? "incident";
  const phases = site.phases.filter((phase) => phase.kind === kind);

  const stage =
    phases.length > 1 &&
    choices(say("console_stage"), "phase", phases.map(({ name, text }) => ({ value: name, text })), values.phase, async (phase) => {
      await set("phase", phase);
      promised.hidden = !phaseOf(phase)?.promises;
    });
  const title = field(
    "title",
    say("console_title"),
    h("input", { value: values.title ?? "", maxlength: 120, autocomplete: "off", enterkeyhint: "done", dir: "auto", oninput: ({ target }) => set("title", target.value) }),
    { text: say("console_title_help") },
  );
  const promised = choices(
    label("next-update"),
    "next-update",
    [...new Set([15, 30, 60, 120, site.cadence])].sort((one, other) => one - other).map((minutes) => ({ value: minutes, text: distance(minutes) })),
    kept.minutes,
    (minutes) => {
      kept.minutes = minutes;
      return save();
    },
    "choices four",
  );
  promised.hidden = !phaseOf(values.phase)?.promises;
  const body = field(
    "body",
    say("console_body"),
    h("textarea", { value: kept.body, rows: 4, dir: "auto", oninput: ({ target }) => ((kept.body = target.value), save()) }),
  );
  const form = h(
    "form",
    { onsubmit: (event) => event.preventDefault() },
    h("p", { class: "note", id: "trouble", role: "status" }, trouble),
    kept.goes && h("p", { class: "dim" }, say("console_continues", { incident: kept.goes })),
    stage,
    title,
    components(kept, set),
    kind === "maintenance" && windowField(values, set),
    promised,
    body,
    h("details", { class: "more" }, h("summary", {}, say("console_more")), more.map((line) => moreField(line, values, set))),
    h(
      "div",
      { class: "row" },
      button(say("console_discard"), async () => {
        await discard();
        location.hash = "";
      }),
    ),
    actions(button(say("console_review"), () => (location.hash = "#review"), { class: "main" })),
  );
  show(form, problems);
  return [say(kept.goes ? "console_continue" : "console_new"), form];
};

const distance = (minutes) => {
  const [unit, amount] = minutes % 60 ? ["minute", minutes] : ["hour", minutes / 60];
  return new Intl.NumberFormat(site.lang, { style: "unit", unit, unitDisplay: "long" }).format(amount);
};

// Components as toggles: what is on has a condition.
const components = ({ values, stated = [], usual = "outage" }, set) => {
  const before = new Map(stated.map((line) => line.split(" ")));
  const chosen = new Map((values.affects ?? []).map((line) => line.split(" ")));
  const save = () => set("affects", site.components.filter(({ path }) => chosen.has(path)).map(({ path }) => `${path} ${chosen.get(path)}`));
  const row = ({ path, name, depth }) => {
    const conditions = h(
      "select",
      {
        "aria-label": say("console_condition", { component: name }),
        onchange: ({ target }) => {
          chosen.set(path, target.value);
          return save();
        },
      },
      site.conditions.map(({ name, text }) => h("option", { value: name }, text)),
    );
    conditions.value = chosen.get(path) ?? before.get(path) ?? usual;
    conditions.hidden = !chosen.has(path);
    const toggle = h("input", {
      type: "checkbox",
      checked: chosen.has(path),
      onchange: ({ target }) => {
        if (target.checked) chosen.set(path, conditions.value);
        else chosen.delete(path);
        conditions.hidden = !target.checked;
        return save();
      },
    });
    return h("li", { class: `d${depth}` }, h("label", {}, toggle, h("span", { dir: "auto" }, name)), conditions);
  };
  return h(
    "fieldset",
    { class: "field", "data-line": "affects" },
    h("legend", {}, label("affects")),
    h("ul", { class: "toggles" }, site.components.map(row)),
    h("p", { class: "bad", id: "bad-affects" }),
  );
};

const local = (time) => {
  const date = new Date(time);
  return new Date(date - date.getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
};
const windowField = (values, set) => {
  const [from, to] = (values.window || "/").split("/").map((time) => (time ? local(time) : ""));
  const times = { from, to };
  const input = (name, label) => h("input", {
    type: "datetime-local",
    value: times[name],
    "aria-label": say(label),
    onchange: ({ target }) => {
      times[name] = target.value;
      const [begin, end] = [times.from, times.to].map((time) => time && utc(new Date(time)));
      return set("window", begin && end ? `${begin}/${end}` : "");
    },
  });
  return h(
    "fieldset",
    { class: "field", "data-line": "window" },
    h("legend", {}, label("window")),
    h("div", { class: "pair" }, input("from", "console_from"), input("to", "console_to")),
    h("p", { class: "bad", id: "bad-window" }),
  );
};

// Any other line of the grammar, by what the grammar says of it.
const moreField = ({ name, occurs, help, expected }, values, set) => {
  const isMany = occurs === "many";
  const control = h(isMany ? "textarea" : "input", {
    value: isMany ? (values[name] ?? []).join("\n") : values[name] ?? "",
    rows: isMany && 2,
    autocomplete: "off",
    autocapitalize: "none",
    dir: "auto",
    oninput: ({ target }) => set(name, isMany ? target.value.split("\n").map(oneLine).filter(Boolean) : target.value),
  });
  return field(name, label(name), control, { text: `${help}. ${expected}`, lang: "en" });
};

// Problems at the fields that caused them; any other is said at the top.
const show = (form, problems) => {
  for (const { header, detail } of problems) {
    const place = form.querySelector(`[data-line="${header}"]`);
    place?.closest("details")?.setAttribute("open", "");
    const control = place?.querySelector("input,select,textarea");
    control?.setAttribute("aria-invalid", "true");
    if (place) place.querySelector(".bad").textContent = detail;
    else tell(detail, "bad");
  }
};

// The text of a draft, as it will be signed at this moment.
const compose = ({ values, body, minutes, goes }, now) => {
  const title = oneLine(values.title ?? "");
  const incident = goes ?? slug(title, now);
  const promised = phaseOf(values.phase)?.promises ? utc(now + minutes * MINUTE) : "";
  const lines = Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? value.map(oneLine) : oneLine(value)]);
  const own = { origin: site.origin, id: newId(), time: utc(now), incident, title, "next-update": promised };
  return { id: own.id, title, incident, text: print(update, { ...Object.fromEntries(lines), ...own }, tidied(body)) };
};

// The exact text, checked by the first endpoint that answers; then the signature.
export const review = async (state) => {
  const kept = await draft();
  if (!kept) return write();
  if (!oneLine(kept.values.title ?? "")) {
    history.replaceState(null, "", "#write");
    return write([{ header: "title", detail: say("console_title_missing") }]);
  }
  const composed = compose(kept, state.now());
  const problems = await outbox.check(composed.text);
  if (problems?.length) {
    history.replaceState(null, "", "#write");
    return write(problems);
  }
  const notes = [
    problems === null && say("console_not_checked"),
    state.isWrong() && say("console_clock", { minutes: Math.round(Math.abs(state.clock) / MINUTE) }),
    state.key && state.enrolled === false && say("console_not_enrolled"),
    kept.values.drill && say("console_drill"),
  ].filter(Boolean);
  return [
    say("console_exact"),
    h("p", { class: "dim" }, say("console_exact_help")),
    notes.map((note) => h("p", { class: "note" }, note)),
    h("pre", { class: "text", dir: "auto", tabindex: 0 }, composed.text),
    actions(
      state.key
        ? button(say("console_sign"), () => signAndSend(state, composed), { class: "main" })
        : link(say("console_make_key"), "#key", { class: "main button" }),
      link(say("console_change"), "#write", { class: "button" }),
    ),
  ];
};

const signAndSend = async (state, { id, title, incident, text }) => {
  const note = await keys.sign(state.key, text);
  const submitBy = /^submit-by: (.+)$/m.exec(text)?.[1];
  await outbox.add(note, { id, title, incident, text, submitBy, signed: true });
  await discard();
  location.hash = `#note/${id}`;
};

// Templates: the site's kinds, then one's own, which are texts of updates in a file.
export const templates = async () => {
  const own = (await store.get("templates")) ?? [];
  const ready = site.templates.map(({ name, lines, usual }) => ({ name, start: () => begin({ values: lines, usual }) }));
  return [...ready, ...own.map(({ name, text }) => ({ name, start: () => fromTemplate(text) }))];
};
const fromTemplate = (text) => {
  const values = {};
  const [head, ...body] = text.split("\n\n");
  for (const line of head.split("\n")) {
    const [, name, value] = /^([a-z-]+): (.*)$/.exec(line) ?? [];
    const known = update.lines.find((known) => known.name === name && !known.by_program);
    if (known?.occurs === "many") (values[name] ??= []).push(value);
    else if (known) values[name] = value;
  }
  delete values.incident;
  return begin({ values, body: body.join("\n\n") });
};
// A file of templates: texts, each behind a line `# name`.
export const importTemplates = async (file) => {
  const parts = (await file.text()).replace(/\r\n?/g, "\n").split(/^# /m).slice(1);
  const own = parts.map((part) => {
    const [name, ...lines] = part.split("\n");
    return { name: oneLine(name), text: lines.join("\n").trim() };
  });
  if (!own.length || own.some(({ name, text }) => !name || !/^phase: /m.test(text))) throw new Problem("console_no_templates");
  await store.put("templates", own);
  tell(say("console_templates_kept", { count: own.length }));
};
