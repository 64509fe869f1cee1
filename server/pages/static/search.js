// Suggestions while typing in the search box: the combobox pattern of the ARIA Authoring Practices.
// Without this script the box is a plain form.
const box = document.getElementById("search");
const form = box.form;
const list = document.createElement("ul");
list.className = "found";
list.id = "search-found";
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", form.querySelector("label").textContent);
list.hidden = true;
const told = document.createElement("span");
told.className = "hidden";
told.setAttribute("role", "status");
form.append(list, told);
for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) {
  box.setAttribute(name, value);
}

let asking = null;
let pending = 0;
let active = -1;

function close() {
  list.hidden = true;
  list.replaceChildren();
  active = -1;
  told.textContent = "";
  box.setAttribute("aria-expanded", "false");
  box.removeAttribute("aria-activedescendant");
}

function choose(place) {
  active = place;
  [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === place)));
  if (place < 0) return box.removeAttribute("aria-activedescendant");
  box.setAttribute("aria-activedescendant", list.children[place].id);
  list.children[place].scrollIntoView({ block: "nearest" });
}

function show(results) {
  close();
  for (const [n, result] of results.entries()) {
    const item = document.createElement("li");
    item.id = `search-found-${n}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.dataset.url = result.url;
    const name = document.createElement("span");
    name.textContent = result.label;
    if (result.language) name.lang = result.language;
    const kind = document.createElement("small");
    kind.textContent = [result.type, result.match].filter(Boolean).join(" · ");
    item.append(name, kind);
    list.append(item);
  }
  list.hidden = results.length === 0;
  box.setAttribute("aria-expanded", String(!list.hidden));
  if (results.length) told.textContent = box.dataset.found.replace("{count}", results.length);
}

async function suggest() {
  asking?.abort();
  const text = box.value.trim();
  if (!text) return close();
  asking = new AbortController();
  try {
    const address = `${box.dataset.suggestions}&q=${encodeURIComponent(text)}`;
    const reply = await fetch(address, { headers: { Accept: "application/json" }, signal: asking.signal });
    if (reply.ok) show((await reply.json()).results);
    else close();
  } catch (error) {
    if (error.name !== "AbortError") close();
  }
}

box.addEventListener("input", () => {
  clearTimeout(pending);
  pending = setTimeout(suggest, 120);
});
box.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const many = list.children.length;
  if (event.key === "Escape" && many) {
    event.preventDefault();
    close();
  } else if (many && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    choose(active < 0 && step < 0 ? many - 1 : (active + step + many) % many);
  } else if (event.key === "Enter" && active >= 0) {
    event.preventDefault();
    location.assign(list.children[active].dataset.url);
  }
});
list.addEventListener("pointerdown", (event) => event.preventDefault());
list.addEventListener("click", (event) => {
  const item = event.target.closest("[role=option]");
  if (item) location.assign(item.dataset.url);
});
form.addEventListener("focusout", (event) => {
  if (!form.contains(event.relatedTarget)) close();
});
