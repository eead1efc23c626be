/* lanes.c - the engines of the lanes, and which lanes a case runs in. */
#include "oracle.h"
#include "ref/ref.h"

enum { ENGINE_USES = 20000 };

static const struct {
    const char *name;
    wx_tier tier;
    uint64_t mask;
    wx_memory_strategy memory;
    wx_dispatch dispatch;
    bool cpu_floor, deterministic;
} lanes[LANE_COUNT] = {
#define WX_LANE(name, text, tier, mask, memory, dispatch, floor, fuel) \
    { text, WX_TIER_##tier, mask, WX_MEMORY_##memory, WX_DISPATCH_##dispatch, floor, fuel },
#include "lanes.def"
};

const char *lane_name(enum lane lane) { return lanes[lane].name; }

bool lane_is_deterministic(enum lane lane) { return lanes[lane].deterministic; }

wx_config lane_config(enum lane lane)
{
    wx_config c;
    wx_config_init(&c);
    c.tier = lanes[lane].tier;
    c.tier_mask = lanes[lane].mask;
    c.memory = lanes[lane].memory;
    c.dispatch = lanes[lane].dispatch;
    c.cpu_mask = lanes[lane].cpu_floor ? 0 : c.cpu_mask;
    c.fuel = c.logical_stack = lanes[lane].deterministic;
    c.call_threshold = 2;
    c.loop_threshold = 8;
    return c;
}

static wx_engine *engine_new_for(enum lane lane)
{
    wx_engine *engine;
    wx_config c = lane_config(lane);
    if (lane == LANE_REF_FUEL)
        return ref_engine_new(&c);
    return wx_engine_new(&c, &engine, NULL) == WX_OK ? engine : NULL;
}

wx_engine *lane_engine(struct oracle *o, enum lane lane)
{
    if (o->uses[lane]++ == ENGINE_USES) {
        wx_engine_free(o->engines[lane]);
        o->engines[lane] = NULL;
        o->uses[lane] = 1;
    }
    if (o->engines[lane] == NULL)
        o->engines[lane] = engine_new_for(lane);
    return o->engines[lane];
}

uint32_t lanes_choose(const struct fuzz_case *c, bool deterministic,
                      enum lane out[CASE_MAX_LANES])
{
    static const enum lane mixed[] = { LANE_MIXED_EVEN, LANE_MIXED_ODD, LANE_MIXED_PAIRS,
                                       LANE_TIERED };
    static const enum lane interps[] = { LANE_INTERP, LANE_INTERP, LANE_INTERP_LOOP,
                                         LANE_INTERP_CHECK };
    uint32_t n = 0;
    out[n++] = LANE_INTERP_FUEL;
    out[n++] = LANE_REF_FUEL;
    if (deterministic) {
        out[n++] = LANE_BASELINE_FUEL;
        out[n++] = LANE_MIXED_FUEL;
        return n;
    }
    out[n++] = c->check_memory   ? LANE_BASELINE_CHECK
               : c->baseline_cpu ? LANE_BASELINE_FLOOR
                                 : LANE_BASELINE;
    out[n++] = mixed[c->tier_mask % 4];
    out[n++] = interps[c->tier_mask / 4 % 4];
    return n;
}
