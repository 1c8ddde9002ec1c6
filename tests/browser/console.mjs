// Uses the console like an operator with a phone: a passkey in a virtual authenticator, two endpoints over TLS, and every
// network that lets one down.
//
//   node console.mjs <node_modules> <chromium> <folder>
//
// The folder has `cert.pem` and `key.pem` for both names, `hosts.json` with the address behind each name, and
// `vectors.json` with texts of the grammar. Pictures of each state are written to it. Requests an action by writing a
// line ("enrol <key>", "remove <key>", "site", "lang <code>", "qr <path>"), and waits for a line in return.

import { readFileSync } from "node:fs";

import { ask } from "./ask.mjs";
import { FIRST, LATE, SECOND, answers, behind, check, choose, end, fault, file, look, phone, picture, says, tap, weather } from "./phone.mjs";

const MAX_TAPS = 6;
const MAX_SECONDS = 20;

// Networks that let one down.
const dead = (_, response) => response.socket.destroy();
const refusing = ({ method, url }, response) => {
  const headers = { "content-type": "application/problem+json", "access-control-allow-origin": "*" };
  const problem = { type: "urn:outband:problem:unknown-signer", status: 403, detail: "no enrolled key signed it" };
  if (method === "POST" && url === "/notes") response.writeHead(403, headers).end(JSON.stringify(problem));
  else response.writeHead(404, headers).end("{}");
};
const loginPage = (_, response) => response.writeHead(200, { "content-type": "text/html", "access-control-allow-origin": "*" }).end("<h1>Welcome to our hotel</h1>");

const home = async ({ page }) => {
  await page.goto(`https://${FIRST}/console`);
  await page.locator("body[data-view=home]").waitFor();
};
const offline = ({ page, what }) =>
  page
    .waitForFunction(() => navigator.serviceWorker.getRegistration().then((registration) => registration?.active))
    .catch(() => fault(`${what}: no service worker`));
const makePasskey = async (own, person) => {
  await tap(own, "This phone’s key", "link");
  await own.page.locator("#person").fill(person);
  await tap(own, "Make a passkey");
  return own.page.locator("#line").innerText();
};
const enrolled = (own) => says(own, "May sign here.", "#enrolled");
const fresh = (own) => {
  Object.assign(own, { taps: 0, since: Date.now() });
  return home(own);
};
// From opening to accepted.
const arrived = (own, what) => {
  const seconds = (Date.now() - own.since) / 1000;
  check(own.taps <= MAX_TAPS, `${what} took ${own.taps} taps`);
  check(seconds <= MAX_SECONDS, `${what} took ${seconds} s`);
  console.error(`${what}: ${own.taps} taps, ${seconds.toFixed(1)} s`);
};
const write = async (own, title, { start = "Something is down", component = "Exchange mail" } = {}) => {
  if (start) await tap(own, start);
  if (component) await tap(own, component, "checkbox");
  await own.page.getByLabel("What can’t users do?").fill(title);
  await tap(own, "Review");
  await tap(own, "Sign and send");
};

// The same texts as the Rust parser's, in the browser.
await phone("vectors", async ({ page }) => {
  const wrong = await page.evaluate(async (vectors) => {
    const { print, read } = await import("/console/text.js");
    const { grammar } = JSON.parse(document.querySelector("#site").textContent);
    return vectors.filter(({ text }) => {
      const [type, values, body] = read(grammar, text) ?? [];
      return !type || print(type, values, body) !== text;
    });
  }, JSON.parse(file("vectors.json")));
  check(wrong.length === 0, `texts that the console reads or prints differently: ${JSON.stringify(wrong)}`);
});

// The first minute: install, enrol, compose, sign, send.
const dana = await phone("a passkey", async (own) => {
  const { page } = own;
  await offline(own);
  await look(own, "home-without-key");
  await tap(own, "This phone’s key", "link");
  await look(own, "key-none");
  await page.locator("#person").fill("Dana!");
  await tap(own, "Make a passkey");
  await says(own, "Use small letters");
  await page.locator("#person").fill("dana");
  await tap(own, "Make a passkey");
  const line = await page.locator("#line").innerText();
  check(/^status\.example\.net\/dana\/phone sk-ecdsa-sha2-nistp256@openssh\.com [A-Za-z0-9+/=]+$/.test(line), line);
  own.line = line;
  const spoken = await page.locator(".spoken").innerText();
  await look(own, "key-waiting");
  check((await ask(`enrol ${line}`)) === spoken, `the command's words are not the console's: ${spoken}`);
  await enrolled(own);
  await look(own, "key-enrolled");
  await tap(own, "Sign a test");
  await says(own, "The key works");

  await fresh(own);
  await look(own, "home-calm");
  await tap(own, "Something is down");
  await look(own, "write");
  await tap(own, "Exchange mail", "checkbox");
  await page.getByLabel("What can’t users do?").fill("Mail is down in all US datacenters");
  await page.reload();
  check((await page.getByLabel("What can’t users do?").inputValue()).startsWith("Mail is down"), "what was typed is lost by a reload");
  await tap(own, "Review");
  await says(own, "affects: mail outage");
  await look(own, "review");
  answers.after = LATE;
  await tap(own, "Sign and send");
  await says(own, /Accepted as entry \d+ · readers see it at 2 of 2 addresses/);
  arrived(own, "a new incident, with a reload on the way");
  await look(own, "sent-accepted");
  answers.after = 0;
  await says(own, "Ready-made messages");

  await fresh(own);
  await look(own, "home-open");
  await tap(own, /^Mail is down in all US datacenters/);
  await look(own, "write-next");
  await choose(own, "Identified");
  await page.getByLabel("Details (optional)").fill("A core switch failed.\r\n\r\n\r\nIt is being replaced.  ");
  await tap(own, "Review");
  await tap(own, "Sign and send");
  await says(own, /Accepted as entry/);
  arrived(own, "an update");
  const text = await (await fetch(new URL("/status.txt", behind[FIRST]))).text();
  check(text.includes("A core switch failed."), text);

  // Templates of one's own, and every line of the grammar in the form.
  await home(own);
  const file = (content) => ({ name: "templates.txt", mimeType: "text/plain", buffer: Buffer.from(content) });
  await page.setInputFiles("input[type=file]", file("nothing"));
  await says(own, "This file has no templates");
  await page.setInputFiles("input[type=file]", file("# Queue\nphase: investigating\ntitle: Mail is queued\naffects: mail degraded\n\nNothing is lost.\n"));
  await tap(own, "Queue");
  check((await page.getByLabel("What can’t users do?").inputValue()) === "Mail is queued", "the template's title is missing");
  check((await page.getByLabel("Details (optional)").inputValue()) === "Nothing is lost.", "the template's body is missing");
  const absent = await page.evaluate(() => {
    const { grammar } = JSON.parse(document.querySelector("#site").textContent);
    const lines = grammar.types[0].lines.filter(({ by_program }) => !by_program).map(({ name }) => name);
    return lines.filter((name) => !document.querySelector(`[data-line="${name}"]`));
  });
  // Which incident is chosen before; a maintenance has a window; corrections and translations are the command's.
  check(absent.join() === "incident,window,corrects,retracts,lang,translates", `the form lacks ${absent}`);
  await page.emulateMedia({ forcedColors: "active" });
  await picture(own, "write-forced-colours");
  await page.emulateMedia({ forcedColors: "none" });
  await tap(own, "Discard");

  await fresh(own);
  await tap(own, /^Mail is down in all US datacenters/);
  await choose(own, "Resolved");
  await page.getByLabel("What can’t users do?").fill("Mail works again");
  await tap(own, "Review");
  await tap(own, "Sign and send");
  await says(own, /Accepted as entry/);
  arrived(own, "the end");
});

// What the station shows of it.
const { items } = await (await fetch(new URL("/updates.json", behind[FIRST]))).json();
const shown = await (await fetch(new URL(new URL(items[0].url).pathname, behind[FIRST]))).text();
check(/status\.example\.net\/dana\/phone[^)]*, passkey\)/.test(shown), "the page does not say that a passkey signed");

// In flight mode: composed, signed, kept; sent by itself afterwards.
try {
  const own = dana;
  const { page, context } = own;
  // What is open is asked for, and drawn, while a finger is on a button.
  await fresh(own);
  await says(own, "As of");
  await page.getByRole("button", { name: "Something is down" }).hover();
  await page.mouse.down();
  await context.setOffline(true);
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.waitForTimeout(1000);
  await page.mouse.up();
  await page.locator("body[data-view=write]").waitFor();
  await tap(own, "Discard");
  await context.setOffline(false);

  await fresh(own);
  await context.setOffline(true);
  await page.reload();
  await says(own, "Nobody answers now, so this may have changed");
  await look(own, "home-offline");
  await write(own, "Voice is down", { component: "Voice" });
  await says(own, "Kept on this phone. Nobody has answered yet.");
  await look(own, "sent-kept");
  // Another phone takes it by its camera.
  // What is unfolded stays so while further answers are drawn.
  await page.getByText("Signed note", { exact: true }).click();
  const answers = await page.locator("dl.answers").elementHandle();
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.waitForFunction((answers) => !answers.isConnected, answers);
  await tap(own, "Show as QR code");
  const path = await page.locator("svg.qr path").getAttribute("d");
  await look(own, "sent-qr");
  const scanned = await ask(`qr ${path}`);
  check(scanned.startsWith(`https://${FIRST}/console#note=`), `the code reads ${scanned}`);
  await page.reload();
  await says(own, "Kept on this phone.");
  await phone("another phone that scans the code", async (other) => {
    await other.page.goto("about:blank");
    await other.page.goto(scanned);
    await says(other, "Voice is down");
    await look(other, "received");
    await tap(other, "Send now");
    await says(other, /Accepted as entry/);
  });
  await context.setOffline(false);
  await says(own, /Accepted as entry/);

  // The first host is dead, the second takes it.
  await fresh(own);
  weather[FIRST] = dead;
  await page.reload();
  answers.after = LATE;
  await write(own, "Files are slow", { start: "Something is slow", component: "Files" });
  await says(own, /Accepted as entry \d+ · readers see it at 1 of 2 addresses/);
  await says(own, "can’t be reached");
  await look(own, "sent-half");
  answers.after = 0;
  weather[FIRST] = null;

  // One endpoint refuses what the other accepts.
  await home(own);
  weather[SECOND] = refusing;
  await write(own, "Files are slow again", { start: "Something is slow", component: "Files" });
  await says(own, /Accepted as entry/);
  await says(own, "refused: no enrolled key signed it");
  weather[SECOND] = null;

  // A network whose sign-in page answers everything.
  await home(own);
  for (const name of [FIRST, SECOND]) weather[name] = loginPage;
  await write(own, "Support is closed", { start: "Notice", component: "" });
  await says(own, "Sent, but nobody has confirmed it.");
  await says(own, "perhaps a sign-in page");
  await look(own, "sent-unconfirmed");
  // Another one has nothing at any address.
  for (const name of [FIRST, SECOND]) weather[name] = (_, response) => response.writeHead(404).end();
  await tap(own, "Send now");
  await says(own, "a copy that takes no notes");
  for (const name of [FIRST, SECOND]) weather[name] = null;
  // It is sent again without being asked.
  await page.reload();
  await says(own, /Accepted as entry/);

  // A text that is refused: the problem is at its field, and nothing is lost.
  await home(own);
  await tap(own, "Something is down");
  await page.getByLabel("What can’t users do?").fill("Nothing works");
  await page.getByText("More", { exact: true }).click();
  await page.getByLabel("Is the cause known?").or(page.locator("#field-cause")).first().fill("perhaps");
  await tap(own, "Review");
  await page.locator("#bad-cause").filter({ hasText: "unknown" }).waitFor();
  check((await page.getByLabel("What can’t users do?").inputValue()) === "Nothing works", "the title is gone");
  await look(own, "write-problem");
  await page.locator("#field-cause").fill("");

  // Its submit-by passes while there is no network. It has more to say than a camera can read.
  await context.setOffline(true);
  await page.getByLabel("Details (optional)").fill(Array.from({ length: 90 }, () => crypto.randomUUID()).join("\n"));
  const soon = `${new Date(Date.now() + 4000).toISOString().slice(0, 19)}Z`;
  await page.locator("#field-submit-by").fill(soon);
  await tap(own, "Review");
  await tap(own, "Sign and send");
  await says(own, "Kept on this phone.");
  await page.getByText("Signed note", { exact: true }).click();
  await tap(own, "Show as QR code");
  await says(own, "too long for a QR code");
  await page.waitForTimeout(5000);
  await context.setOffline(false);
  await says(own, "its submit-by time has passed");
  await look(own, "sent-late");
  await tap(own, "Write it again");
  check((await page.getByLabel("What can’t users do?").inputValue()) === "Nothing works", "the late text cannot be written again");
  await tap(own, "Discard");

  // The device does not check who signs.
  await own.cdp.send("WebAuthn.setUserVerified", { authenticatorId: own.authenticator, isUserVerified: false });
  await home(own);
  await write(own, "Mail is late");
  await says(own, /Nothing was signed/);
  await look(own, "sign-cancelled");
  await own.cdp.send("WebAuthn.setUserVerified", { authenticatorId: own.authenticator, isUserVerified: true });
  await tap(own, "Sign and send");
  await says(own, /Accepted as entry/);

  // A passkey of another site, as after a copy of the browser's data.
  const move = (domain) =>
    page.evaluate(
      (domain) =>
        new Promise((done) => {
          const request = indexedDB.open("outband-console", 1);
          request.onsuccess = () => {
            const table = request.result.transaction("kept", "readwrite").objectStore("kept");
            table.get("key").onsuccess = ({ target }) => (table.put({ ...target.result, domain }, "key").onsuccess = done);
          };
        }),
      domain,
    );
  await move("status.example.org");
  await home(own);
  await write(own, "Mail is late again");
  await says(own, "This passkey is for status.example.org");
  await move(FIRST);
  await home(own);
  await tap(own, "Continue your draft: Mail is late again");
  await tap(own, "Discard");

  // Two tabs write two drafts.
  await home(own);
  await tap(own, "Something is down");
  await page.getByLabel("What can’t users do?").fill("The first tab");
  const other = { ...own, page: await context.newPage(), what: "a second tab" };
  await home(other);
  await tap(other, "Notice");
  await other.page.getByLabel("What can’t users do?").fill("The second tab");
  await page.reload();
  check((await page.getByLabel("What can’t users do?").inputValue()) === "The first tab", "the second tab took the first one's draft");
  await other.page.close();
  await tap(own, "Discard");

  // A new version is found while the first view is shown, and installed by a tap that shows both digests.
  await home(own);
  const before = await page.locator("text=/^Console [0-9a-f]{16}$/").innerText();
  await ask("site");
  // What moves within half a second of a tap counts as caused by it.
  await page.waitForTimeout(600);
  await page.evaluate(() => navigator.serviceWorker.getRegistration("/console").then((registration) => registration.update()));
  await says(own, /A new version of the console is ready\. Installed: [0-9a-f]{16}\. New: [0-9a-f]{16}\./, "#version");
  await look(own, "new-version");
  check((await page.locator("text=/^Console [0-9a-f]{16}$/").innerText()) === before, "the new version runs before anyone agreed");
  await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Install the new version" }).click()]);
  await says(own, /^Console [0-9a-f]{16}$/, "p.dim");
  check((await page.locator("text=/^Console [0-9a-f]{16}$/").innerText()) !== before, "the new version is not installed");

  // This browser forgets everything but the passkey, which is found again.
  await page.goto(`https://${FIRST}/404`);
  await page.evaluate(() => new Promise((done) => (indexedDB.deleteDatabase("outband-console").onsuccess = done)));
  await home(own);
  await tap(own, "This phone’s key", "link");
  await tap(own, "I already have a passkey here");
  await enrolled(own);
  check((await page.locator("code").first().innerText()) === "status.example.net/dana/phone", "another key was found");

  // The key is removed while its owner writes.
  await home(own);
  await tap(own, "Something is down");
  await page.getByLabel("What can’t users do?").fill("Too late");
  await ask(`remove ${own.line}`);
  await tap(own, "Review");
  answers.after = LATE;
  await tap(own, "Sign and send");
  await says(own, "Refused. Nothing was published.");
  await look(own, "sent-refused");
  answers.after = 0;
  await tap(own, "Write it again");
  check((await page.getByLabel("What can’t users do?").inputValue()) === "Too late", "the refused text is lost");
} catch (error) {
  fault(`${error.message}\n${await dana.page.locator("body").innerText().catch(() => "")}`);
  await picture(dana, "fault-dana").catch(() => {});
}

// A key that the browser stores, on a phone without passkeys and with a wrong clock.
await phone(
  "a stored key",
  async (own) => {
    const { page } = own;
    await tap(own, "This phone’s key", "link");
    await page.locator("#person").fill("erin");
    await tap(own, "Make a key in this browser instead");
    const line = await page.locator("#line").innerText();
    check(line.startsWith("status.example.net/erin/phone ssh-ed25519 "), line);
    await look(own, "key-stored");
    // Not enrolled yet: refused, with the reason.
    await home(own);
    await write(own, "Mail is down again");
    await says(own, "Refused. Nothing was published.");
    await ask(`enrol ${line}`);
    await tap(own, "Write it again");
    await page.clock.runFor(40_000);
    await tap(own, "Review");
    await says(own, "This phone’s clock is 10 minutes off");
    await tap(own, "Sign and send");
    await says(own, /Accepted as entry/);
    const file = page.waitForEvent("download");
    await page.goto(`https://${FIRST}/console#key`);
    await tap(own, "Save its removal");
    check((await file).suggestedFilename() === "remove-erin-phone.note", "the removal was not saved");
    // It revokes the key when the phone is lost.
    const removal = readFileSync(await (await file).path(), "utf8");
    const answer = await fetch(new URL("/notes", behind[FIRST]), { method: "POST", body: removal });
    check(answer.status === 201, `the saved removal is refused: ${await answer.text()}`);
  },
  { authenticator: false, ahead: 600_000, init: "delete window.PublicKeyCredential" },
);

// A browser that keeps nothing.
await phone(
  "a browser that keeps nothing",
  async (own) => {
    const { page } = own;
    await tap(own, "This phone’s key", "link");
    await page.locator("#person").fill("frank");
    await tap(own, "Make a key in this browser instead");
    await says(own, "This browser can’t keep a key");
    await home(own);
    await tap(own, "Something is down");
    await says(own, "This browser keeps nothing");
    await look(own, "keeps-nothing");
    await page.getByLabel("What can’t users do?").fill("Mail is down");
    await tap(own, "Review");
    await says(own, "title: Mail is down");
  },
  { authenticator: false, init: "Object.defineProperty(IDBFactory.prototype, 'open', { value() { throw new DOMException('no', 'InvalidStateError'); } })" },
);

// A phone without room.
await phone(
  "a full phone",
  async (own) => {
    await makePasskey(own, "heidi");
    await home(own);
    await write(own, "Mail is down");
    await says(own, "Refused. Nothing was published.");
    await says(own, "This phone’s storage is full");
  },
  {
    init: `const { put } = IDBObjectStore.prototype;
      IDBObjectStore.prototype.put = function (value, key) {
        if (key.startsWith("note/")) throw new DOMException("no room", "QuotaExceededError");
        return put.call(this, value, key);
      }`,
  },
);

// An engine without Ed25519.
await phone(
  "an old engine",
  async (own) => {
    await tap(own, "This phone’s key", "link");
    await own.page.locator("#person").fill("grace");
    await tap(own, "Make a key in this browser instead");
    await says(own, "This browser can’t make Ed25519 keys");
  },
  { authenticator: false, init: "SubtleCrypto.prototype.generateKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'))" },
);

// A module that was changed on the way does not run, and the page says what to do.
await phone("a changed module", async (own) => {
  await own.page.route("**/console/keys.js", (route) => route.fulfill({ contentType: "text/javascript", body: "globalThis.stolen = true;" }));
  await own.page.reload();
  await says(own, "the console couldn’t be loaded");
  await look(own, "not-loaded");
  check(!(await own.page.evaluate(() => globalThis.stolen)), "a module with another digest ran");
}, { settings: { serviceWorkers: "block" } });

// What the holder of a root sees, and a link that was cut.
await phone("the holder of a root", async (own) => {
  const { page } = own;
  const key = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
  await page.goto(`https://${FIRST}/console#enrol=status.example.net/bob/phone,ssh-ed25519,${key.slice(0, 30)}%0A${key.slice(30)}`);
  await says(own, `outband roster add 'status.example.net/bob/phone ssh-ed25519 ${key}'`);
  await look(own, "enrol");
  await page.goto(`https://${FIRST}/console#enrol=status.example.net/bob/phone,ssh-ed25519,${key.slice(0, 30)}`);
  await says(own, "This is not the line of a key for this site");
  // A name that a shell would read as more than a word.
  for (const name of ["bob';reboot;'/phone", "bob/$(reboot)", "bob", "bob/phone/x"]) {
    await page.goto(`https://${FIRST}/console#enrol=status.example.net/${encodeURIComponent(name).replaceAll("'", "%27")},ssh-ed25519,${key}`);
    await says(own, "This is not the line of a key for this site");
    check((await page.locator("pre").count()) === 0, `a command is shown for ${name}`);
    await page.goto(`https://${FIRST}/console#`);
  }
  await page.goto(`https://${FIRST}/console#note=123`);
  await says(own, "This link has no note in it");
});

// In other languages, one of them from right to left.
for (const [lang, dir] of [["de", "ltr"], ["ar", "rtl"]]) {
  await ask(`lang ${lang}`);
  await phone(`in ${lang}`, async (own) => {
    const { page } = own;
    check((await page.locator("html").getAttribute("lang")) === lang, `the console is not in ${lang}`);
    check((await page.evaluate(() => getComputedStyle(document.documentElement).direction)) === dir, `${lang} is not ${dir}`);
    await page.locator("main button").first().waitFor();
    await look(own, `${lang}-home`);
    await page.locator(".grid button").first().click();
    await page.locator("body[data-view=write]").waitFor();
    await look(own, `${lang}-write`);
    await page.goto(`https://${FIRST}/console#key`);
    await page.locator("#person").waitFor();
    await look(own, `${lang}-key`);
  });
}

await end();
