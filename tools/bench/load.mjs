// load.mjs - validates a module, then compiles it, once each: load.mjs FILE
//
// Times are CPU time of the process, all of its threads together. Compiling validates again,
// which is part of its figure. Whether all functions are compiled is up to the engine's options.
import { readFileSync } from 'node:fs';
const bytes = readFileSync(process.argv[2]);

function timed(name, work) {
    const before = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(before);
    console.log(`${name}_ns ${(user + system) * 1000}`);
    return result;
}

if (!timed('validate', () => WebAssembly.validate(bytes))) {
    console.error(`${process.argv[2]} is not valid`);
    process.exit(1);
}
timed('compile', () => new WebAssembly.Module(bytes));
