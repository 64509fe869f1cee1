// Completion from this graph's own terms (classes and properties with their labels) and prefixes.
// Everything comes from one small document of this site, which changes only with the release.

const MOST = 60;

/** The completers of the editor; `address` is where the terms are. */
export function completers(address) {
  let terms = null;
  const load = () => (terms ??= fetch(address).then((reply) => reply.json()).catch(() => ({ prefixes: {}, terms: [] })));
  return [
    {
      name: "prefixed names",
      bulk: false,
      autoShow: true,
      persistenceId: null,
      onInitialize: (editor) => editor.on("change", (...change) => declare(editor, change.at(-1), load)),
      isValidCompletionPosition: (editor) => {
        const token = editor.getCompleteToken();
        return token.type !== "comment" && !/^["'?$]/.test(token.string) && /^<|:|^[a-z]{2}/i.test(token.string);
      },
      preProcessToken: (editor, token) => ({ ...token, autocompletionString: token.string }),
      get: async (editor, token) => {
        const known = await load();
        return matching(known, editor.getPrefixesFromQuery(), (token.autocompletionString || "").trim());
      },
      postprocessHints: (editor, hints) => hints.map(explained),
    },
  ];
}

const labels = new Map();

/** Terms whose prefixed name, IRI or label begins with, or has, what was typed; the most used first. */
export function matching(known, declared, typed) {
  const wanted = typed.replace(/^</, "").toLowerCase();
  const spaces = Object.entries({ ...known.prefixes, ...declared });
  const found = [];
  for (const [iri, label, count] of known.terms) {
    const space = spaces.find(([, start]) => iri.startsWith(start) && !/[/#]/.test(iri.slice(start.length)));
    const text = space && !typed.startsWith("<") ? `${space[0]}:${iri.slice(space[1].length)}` : `<${iri}>`;
    const name = text.replace(/^</, "").toLowerCase();
    const rank = name.startsWith(wanted) ? 0 : name.split(":")[1]?.startsWith(wanted) ? 1
      : label.toLowerCase().includes(wanted) ? 2 : -1;
    if (rank < 0) continue;
    labels.set(text, label);
    found.push([rank, -count, text]);
  }
  found.sort((a, b) => a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : 1));
  return found.slice(0, MOST).map(([, , text]) => text);
}

function explained(hint) {
  const label = labels.get(hint.text);
  return {
    ...hint,
    render: (element) => {
      element.textContent = hint.text;
      if (!label) return;
      const note = document.createElement("small");
      note.textContent = label;
      element.append(" ", note);
    },
  };
}

/** Declare the prefix of a name when its colon is typed or a completion is taken. */
async function declare(editor, change, load) {
  if (change.origin === "setValue" || !/:/.test(change.text.join(""))) return;
  const { prefixes } = await load();
  const token = editor.getCompleteToken();
  const prefix = token.string.match(/^([a-z][\w-]*):/i)?.[1];
  if (!prefix || !prefixes[prefix] || token.type === "comment") return;
  if (/^\s*PREFIX\b/i.test(editor.getLine(editor.getCursor().line))) return;
  if (!(prefix in editor.getPrefixesFromQuery())) editor.addPrefixes({ [prefix]: prefixes[prefix] });
}
