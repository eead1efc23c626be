// v8.mjs - V8 as an outside engine, in node: calls the exports of external modules.
//
//     node v8.mjs                 questions and answers as frames on standard input and output
//     node v8.mjs MODULE.wasm     one module, the answer as text
//
// A frame is a length (4 bytes, little-endian) and that many bytes. A question is a module; the
// answer is "ran" and a line for each export, called in order:
//     step_1() => i64:5
//     step_2() => error: divide by zero
// or "not started: " and why, when the module is rejected or its start function traps.
// The function "wx" "host" is what external_host in external.c says.
import { readFileSync, readSync, writeSync } from 'node:fs';

const FACTOR = 0x9E3779B97F4A7C15n;
const host = (index, digest) =>
    BigInt.asIntN(64, (BigInt.asUintN(64, digest) ^ BigInt(index)) * FACTOR + 1n);
const imports = { wx: { host } };

// Only what Wasm does is an answer: any other exception is an error of this program.
function failure(error) {
    const ours = error instanceof WebAssembly.RuntimeError ||
        error instanceof WebAssembly.CompileError || error instanceof WebAssembly.LinkError ||
        error instanceof RangeError;
    if (!ours)
        throw error;
    return error.message.replaceAll('\n', ' ');
}

function outcome(f) {
    try {
        const value = f();
        return typeof value === 'bigint' ? `i64:${value}` : `i32:${value}`;
    } catch (error) {
        return `error: ${failure(error)}`;
    }
}

function answer(bytes) {
    let instance;
    try {
        instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
    } catch (error) {
        return `not started: ${failure(error)}`;
    }
    let text = 'ran\n';
    for (const [name, f] of Object.entries(instance.exports))
        text += `${name}() => ${outcome(f)}\n`;
    return text;
}

// false at the end of the input.
function readAll(buffer) {
    for (let at = 0; at < buffer.length;) {
        const n = readSync(0, buffer, at, buffer.length - at);
        if (n === 0)
            return false;
        at += n;
    }
    return true;
}

function writeAll(buffer) {
    for (let at = 0; at < buffer.length;)
        at += writeSync(1, buffer, at);
}

function serve() {
    const length = Buffer.alloc(4);
    while (readAll(length)) {
        const bytes = Buffer.alloc(length.readUInt32LE());
        if (!readAll(bytes))
            return;
        const text = Buffer.from(answer(bytes));
        const frame = Buffer.alloc(4 + text.length);
        frame.writeUInt32LE(text.length);
        text.copy(frame, 4);
        writeAll(frame);
    }
}

// Exits with 1 when the module is not started.
function once(path) {
    const text = answer(readFileSync(path));
    process.stdout.write(text);
    process.exitCode = text.startsWith('ran') ? 0 : 1;
}

if (process.argv.length > 2)
    once(process.argv[2]);
else
    serve();
