// Bundle the query editor into the folder that is named: `node build.mjs FOLDER`.
import { build } from "esbuild";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const folder = resolve(process.argv[2]);
const lock = JSON.parse(await readFile(join(here, "package-lock.json"), "utf8"));

// The licences of what is bundled go along, as they ask.
const licences = [];
for (const [path, { version, license, dev }] of Object.entries(lock.packages)) {
  if (!path || dev) continue;
  const files = (await readdir(join(here, path))).filter((name) => /^licen[cs]e/i.test(name));
  const texts = await Promise.all(files.map((name) => readFile(join(here, path, name), "utf8")));
  licences.push(`${path.replace(/.*node_modules\//, "")} ${version}, ${license}\n`, ...texts);
}

await build({
  absWorkingDir: here,
  entryPoints: ["editor.js", "editor.css"],
  outdir: folder,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  banner: { js: "/* With other people's work: editor.txt names it and its licences. */" },
  logLevel: "warning",
});
await writeFile(join(folder, "editor.txt"), licences.join("\n"));
