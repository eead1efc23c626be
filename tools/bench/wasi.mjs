// wasi.mjs - runs a WASI program in a JavaScript engine: wasi.mjs FILE [ARGS...]
import { readFileSync } from 'node:fs';
import { WASI } from 'node:wasi';
const args = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', args, env: {} });
const module = await WebAssembly.compile(readFileSync(args[0]));
// bun has no getImportObject
const imports = wasi.getImportObject?.() ?? { wasi_snapshot_preview1: wasi.wasiImport };
const instance = await WebAssembly.instantiate(module, imports);
process.exitCode = wasi.start(instance);
