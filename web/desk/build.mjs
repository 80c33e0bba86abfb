// What the desk pages need from npm, put where Django serves it: compiled styles, scripts, nothing remote.

import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, "node_modules");
const served = join(here, "..", "static", "desk");
// Built beside what is served and put in its place at the end: a page asked for meanwhile keeps its styles.
const target = `${served}.new-${process.pid}`;

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });

const { css } = compile(join(here, "styles", "desk.scss"), {
  style: "compressed",
  loadPaths: [packages],
  quietDeps: true,
});
// The identity of the NHS is not ours to use, and a page must not call another address.
for (const forbidden of ["Frutiger", "http://", "https://"]) {
  if (css.replaceAll("http://www.w3.org/", "").includes(forbidden)) {
    throw new Error(`the compiled styles contain ${forbidden}`);
  }
}
writeFileSync(join(target, "desk.css"), css);

for (const [, image] of css.matchAll(/url\("?(images\/[^")]+)"?\)/g)) {
  cpSync(join(packages, "nhsuk-frontend", "dist", "nhsuk", "assets", image), join(target, image));
}

for (const script of ["desk.js", "scanner.js"]) cpSync(join(here, "scripts", script), join(target, script));
cpSync(join(here, "images", "icon.svg"), join(target, "icon.svg"));
// The maps that the scripts point at stay behind, so their last line would be a request that fails.
const withoutMap = (text) => text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
const version = JSON.parse(readFileSync(join(packages, "nhsuk-frontend", "package.json"), "utf8")).version;
writeFileSync(
  join(target, "nhsuk-frontend.js"),
  withoutMap(
    readFileSync(join(packages, "nhsuk-frontend", "dist", "nhsuk", `nhsuk-frontend-${version}.min.js`), "utf8"),
  ),
);
writeFileSync(
  join(target, "htmx.js"),
  withoutMap(readFileSync(join(packages, "htmx.org", "dist", "htmx.min.js"), "utf8")),
);

rmSync(served, { recursive: true, force: true });
renameSync(target, served);
