/* vm.c - a small bytecode machine: br_table, unpredictable branches, a stack in memory. */
#include "bench.h"

enum code { PUSH, ADD, SUB, MUL, DUP, SWAP, LOAD, STORE, JNZ, XOR, HALT };

/* x = 300000; y = 1; while (x) { y = y * 3 ^ x; x = x - 1; } */
static const int32_t program[] = {
    PUSH, 300000, STORE, 0,    PUSH, 1,    STORE, 1,   LOAD, 1,     PUSH, 3,   MUL, LOAD, 0,
    XOR,  STORE,  1,     LOAD, 0,    PUSH, 1,     SUB, DUP,  STORE, 0,    JNZ, 8,   HALT,
};

uint64_t kernel(void)
{
    int64_t stack[64], vars[4] = { 0 };
    uint32_t sp = 0, pc = 0;
    for (;;) {
        switch ((enum code)program[pc++]) {
        case PUSH: stack[sp++] = program[pc++]; break;
        case ADD:
            sp--;
            stack[sp - 1] += stack[sp];
            break;
        case SUB:
            sp--;
            stack[sp - 1] -= stack[sp];
            break;
        case MUL:
            sp--;
            stack[sp - 1] = (int64_t)((uint64_t)stack[sp - 1] * (uint64_t)stack[sp]);
            break;
        case DUP:
            stack[sp] = stack[sp - 1];
            sp++;
            break;
        case SWAP: {
            int64_t t = stack[sp - 1];
            stack[sp - 1] = stack[sp - 2];
            stack[sp - 2] = t;
            break;
        }
        case LOAD: stack[sp++] = vars[program[pc++]]; break;
        case STORE: vars[program[pc++]] = stack[--sp]; break;
        case JNZ: pc = stack[--sp] != 0 ? (uint32_t)program[pc] : pc + 1; break;
        case XOR:
            sp--;
            stack[sp - 1] ^= stack[sp];
            break;
        case HALT: return (uint64_t)vars[1];
        }
    }
}
