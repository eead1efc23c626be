/* abi.c - which register or buffer slot a parameter or result goes to. */
#include "x64/abi.h"

const uint8_t abi_gpr_params[ABI_GPR_PARAMS] = { RDI, RSI, RDX, RCX, R8, R9 };
const uint8_t abi_gpr_results[ABI_GPR_RESULTS] = { RAX, RDX, RCX, RSI };

static struct abi_loc in_buffer(struct abi_walk *w, valtype t)
{
    uint32_t slot = w->slots;
    w->slots += vt_slots(t);
    return (struct abi_loc){ .kind = ABI_BUFFER, .slot = slot };
}

static struct abi_loc in_xmm(struct abi_walk *w)
{
    return (struct abi_loc){ .kind = ABI_XMM, .reg = (uint8_t)w->xmms++ };
}

static struct abi_loc in_gpr(struct abi_walk *w, const uint8_t *regs)
{
    return (struct abi_loc){ .kind = ABI_GPR, .reg = regs[w->gprs++] };
}

static bool uses_xmm(valtype t) { return vt_is_float(t) || t == VT_V128; }

struct abi_loc abi_next_param(struct abi_walk *w, valtype t)
{
    if (uses_xmm(t))
        return w->xmms < ABI_XMM_PARAMS ? in_xmm(w) : in_buffer(w, t);
    return w->gprs < ABI_GPR_PARAMS ? in_gpr(w, abi_gpr_params) : in_buffer(w, t);
}

struct abi_loc abi_next_result(struct abi_walk *w, valtype t)
{
    if (uses_xmm(t))
        return w->xmms < ABI_XMM_RESULTS ? in_xmm(w) : in_buffer(w, t);
    return w->gprs < ABI_GPR_RESULTS ? in_gpr(w, abi_gpr_results) : in_buffer(w, t);
}
