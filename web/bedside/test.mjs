// Bundles each test file with esbuild (Node 20 cannot run TypeScript itself) and runs node:test on the result.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";

const wanted = process.argv.slice(2).filter((word) => word !== "--build");
const files = readdirSync("tests").filter((name) => name.endsWith(".test.ts"));
const chosen = wanted.length ? files.filter((name) => wanted.some((word) => name.includes(word))) : files;
rmSync(".out", { recursive: true, force: true });
await build({
  entryPoints: [...chosen, "mutations.ts", "drain.ts"].map((name) => `tests/${name}`), outdir: ".out", bundle: true, platform: "node", format: "esm",
  target: "node20", packages: "external", sourcemap: "inline", jsx: "automatic", jsxImportSource: "preact",
  outExtension: { ".js": ".mjs" }, logLevel: "warning", define: { "import.meta.root": JSON.stringify(process.cwd()) },
});
// With --build the programs that Python tests run (mutations, drain) are only built.
if (process.argv.includes("--build")) process.exit(0);
const tests = readdirSync(".out").filter((name) => name.endsWith(".test.mjs")).map((name) => `.out/${name}`);
const run = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...tests], { stdio: "inherit" });
process.exit(run.status ?? 1);
