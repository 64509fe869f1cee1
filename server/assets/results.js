// What a result can do with a script: be sorted by any column.

/** Add to the result within an element what the page cannot do by itself. */
export function adorn(outcome, words) {
  const table = outcome.querySelector("table.results");
  if (!table) return;
  const order = [...table.tBodies[0].rows];
  for (const heading of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.title = words.sort;
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sort(table, heading, order));
    heading.append(button);
  }
}

/** Ascending, descending, and then the query's own order again. */
function sort(table, heading, order) {
  const next = { undefined: "ascending", ascending: "descending", descending: undefined }[
    heading.getAttribute("aria-sort") ?? undefined
  ];
  for (const cell of table.tHead.rows[0].cells) cell.removeAttribute("aria-sort");
  const rows = [...order];
  if (next) {
    heading.setAttribute("aria-sort", next);
    const sign = next === "ascending" ? 1 : -1;
    rows.sort((a, b) => sign * compare(a.cells[heading.cellIndex], b.cells[heading.cellIndex]));
  }
  table.tBodies[0].append(...rows);
}

const alphabet = new Intl.Collator(document.documentElement.lang, { numeric: true });

/** Numbers before words, and both before nothing. */
function compare(a, b) {
  const [x, y] = [a, b].map((cell) => Number(cell.dataset.value ?? NaN));
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  if (!Number.isNaN(x) || !Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  const [s, t] = [a, b].map((cell) => cell.textContent);
  if (!s || !t) return s ? -1 : t ? 1 : 0;
  return alphabet.compare(s, t);
}
