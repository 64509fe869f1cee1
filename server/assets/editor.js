// The query editor: Yasqe in place of the form's text area, and results without leaving the page.
// Without this script the form works as it is; whatever the script shows comes from the same pages.
import Yasqe from "@zazuko/yasqe";
import { completers } from "./completing.js";
import { adorn } from "./results.js";

const LONG = 6000; // a longer query goes by POST: addresses have limits (RFC 9110, section 4.1)
const form = document.querySelector("form.query");
const area = form.querySelector("textarea");
const words = form.dataset;
const outcome = document.getElementById("outcome");
const status = document.getElementById("status");
const button = form.querySelector("button[type=submit]");
const run = button.textContent;
let running = null;
let shown = location.search;

// The completers that Yasqe brings ask other hosts: they are replaced, not merely left out.
for (const name of Object.keys(Yasqe.Autocompleters)) {
  if (name !== "variables") delete Yasqe.Autocompleters[name];
}
Yasqe.defaults.autocompleters = [];
for (const completer of completers(words.terms)) Yasqe.registerAutocompleter(completer, false);

const place = document.createElement("div");
area.before(place);
const editor = new Yasqe(place, {
  value: area.value,
  autocompleters: ["prefixed names", "variables"],
  persistenceId: null,
  consumeShareLink: null,
  createShareableLink: null,
  showQueryButton: false,
  resizeable: false,
  editorHeight: "auto",
  viewportMargin: Infinity,
  syntaxErrorCheck: false, // its tooltips need inline styles, which our content security policy forbids
  screenReaderLabel: words.label,
  extraKeys: {
    Tab: false, // the browser's own: leave the editor
    "Shift-Tab": false,
    "Ctrl-S": false,
    "Ctrl-Enter": () => form.requestSubmit(),
    "Cmd-Enter": () => form.requestSubmit(),
  },
});
area.hidden = true;
form.classList.add("enhanced");
form.querySelector("label").addEventListener("click", () => editor.focus());

// ---- What is wrong with the query, at its line and in words

let marked = null;

function mark(line, message) {
  editor.clearGutter("gutterErrorBar");
  if (marked) editor.removeLineClass(marked, "background", "wrong-line");
  marked = null;
  if (line === null || line >= editor.lineCount()) return;
  const sign = document.createElement("span");
  sign.className = "wrong-sign";
  sign.textContent = "!";
  sign.title = message;
  editor.setGutterMarker(line, "gutterErrorBar", sign);
  marked = editor.addLineClass(line, "background", "wrong-line");
}

function check() {
  for (let line = 0; line < editor.lineCount(); line++) {
    const length = editor.getLine(line).length;
    const { state } = editor.getTokenAt({ line, ch: length }, true);
    if (state.OK === false) {
      const expected = (state.possibleCurrent || []).slice(0, 6).join(" ");
      const message = words.unexpected.replace("{line}", line + 1) + (expected ? ` ${expected}` : "");
      mark(line, message);
      say(message);
      return;
    }
  }
  mark(null);
  if (!running) say("");
}

let pending = 0;
editor.on("change", () => {
  area.value = editor.getValue();
  clearTimeout(pending);
  pending = setTimeout(check, 400);
});

function markOutcome() {
  const wrong = outcome.querySelector("[data-line]");
  if (wrong) mark(Number(wrong.dataset.line) - 1, wrong.textContent);
}

// ---- Asking

function ask(fields) {
  const query = fields.toString();
  const headers = { Accept: "text/html" };
  running = new AbortController();
  if (query.length <= LONG) return fetch(`${form.action}?${query}`, { headers, signal: running.signal });
  return fetch(form.action, { method: "POST", body: fields, headers, signal: running.signal });
}

/** Say something below the editor; what the page shows elsewhere is for screen readers only. */
function say(message, shown = true) {
  status.textContent = message;
  status.classList.toggle("hidden", !shown);
}

function wait(seconds) {
  say(words.running.replace("{seconds}", seconds));
}

async function submit(event) {
  if (running) {
    event.preventDefault();
    running.abort();
    return;
  }
  const fields = new URLSearchParams(new FormData(form));
  form.method = fields.toString().length > LONG ? "post" : "get";
  if (fields.get("format") !== "html") return; // the browser shows or saves it
  event.preventDefault();
  fields.delete("format");
  button.textContent = words.stop;
  outcome.setAttribute("aria-busy", "true");
  const begun = Date.now();
  wait(0);
  const clock = setInterval(() => wait(Math.round((Date.now() - begun) / 1000)), 1000);
  try {
    const reply = await ask(fields);
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const found = page.getElementById("outcome");
    if (!found) throw new Error(page.querySelector("main")?.textContent.trim() || reply.statusText);
    outcome.replaceChildren(...found.childNodes);
    if (form.method === "get") history.pushState(null, "", `${form.action}?${fields}`);
    shown = location.search;
    document.title = page.title;
    adorn(outcome, words);
    say(outcome.querySelector("[data-summary]")?.textContent || "", false);
    mark(null);
    markOutcome();
  } catch (error) {
    say(error.name === "AbortError" ? words.stopped : `${words.failed} ${error.message}`);
  } finally {
    clearInterval(clock);
    running = null;
    button.textContent = run;
    outcome.removeAttribute("aria-busy");
  }
}

form.addEventListener("submit", submit);
window.addEventListener("popstate", () => {
  if (location.search !== shown) location.reload(); // else only the fragment is another
});

// ---- A link to share

const share = document.createElement("button");
share.type = "button";
share.className = "button quiet";
share.textContent = words.share;
share.addEventListener("click", async () => {
  const fields = new URLSearchParams(new FormData(form));
  fields.delete("format");
  const address = `${form.action}?${fields}`;
  try {
    await navigator.clipboard.writeText(address);
    say(words.shared);
  } catch {
    history.pushState(null, "", address);
    shown = location.search;
    say(words.sharedByAddress);
  }
});
button.after(share);

adorn(outcome, words);
markOutcome();
