/* lanes.c - the engines of the lanes, and which lanes a case runs in.
 *
 * What is drawn from a case is written into the configuration of a lane's engine before its
 * modules are made: an engine runs one case at a time, and reads those fields when a module
 * is made, translated or compiled. */
#include "api/api.h"
#include "oracle.h"
#include "ref/ref.h"

enum {
    ENGINE_USES = 4000, /* modules of an engine with types of its own; they stay */
    /* Many times the logical stack of a case (run.c), and small enough to stay in caches. */
    VALUE_STACK = 512 * 1024,
};

enum group { GROUP_FIRST, GROUP_REFERENCE, GROUP_COMPILED, GROUP_MIXED, GROUP_INTERP };
/* As lanes.def names them. */
enum option { NONE, FUEL = 1, JUNK = 2, POISON = 4, BACKGROUND = 8 };

static const struct {
    const char *name;
    enum group group;
    wx_tier tier;
    wx_memory_strategy memory;
    wx_dispatch dispatch;
    unsigned options;
} lanes[LANE_COUNT] = {
#define WX_LANE(name, text, group, tier, memory, dispatch, options)                      \
    { text,   GROUP_##group, WX_TIER_##tier, WX_MEMORY_##memory, WX_DISPATCH_##dispatch, \
      options },
#include "lanes.def"
};

const char *lane_name(enum lane lane) { return lanes[lane].name; }

bool lane_is_deterministic(enum lane lane) { return (lanes[lane].options & FUEL) != 0; }

bool lane_is_mixed(enum lane lane) { return lanes[lane].group == GROUP_MIXED; }

bool lane_has_thread(enum lane lane) { return (lanes[lane].options & BACKGROUND) != 0; }

/* ---- engines ------------------------------------------------------------------------------- */

wx_config lane_config(enum lane lane)
{
    wx_config c;
    wx_config_init(&c);
    c.tier = lanes[lane].tier;
    c.tier_mask = UINT64_C(0x5555555555555555);
    c.memory = lanes[lane].memory;
    c.dispatch = lanes[lane].dispatch;
    c.fuel = c.logical_stack = lane_is_deterministic(lane);
    c.background = lane_has_thread(lane);
    c.call_threshold = 2;
    c.loop_threshold = 8;
    c.value_stack = VALUE_STACK;
    return c;
}

static wx_engine *engine_new_for(enum lane lane)
{
    wx_engine *engine;
    wx_config c = lane_config(lane);
    if (lanes[lane].group == GROUP_REFERENCE)
        return ref_engine_new(&c);
    if (wx_engine_new(&c, &engine, NULL) != WX_OK)
        return NULL;
    api_engine(engine)->heap.poison |= (lanes[lane].options & POISON) != 0;
    return engine;
}

void lane_drop(struct oracle *o, enum lane lane)
{
    facts_leave(o, o->engines[lane]);
    wx_engine_free(o->engines[lane]);
    o->engines[lane] = NULL;
    o->uses[lane] = 0;
}

wx_engine *lane_engine(struct oracle *o, enum lane lane)
{
    bool shares = (lanes[lane].options & POISON) == 0;
    if (!shares && o->uses[lane]++ == ENGINE_USES) {
        lane_drop(o, lane);
        o->uses[lane] = 1;
    }
    if (o->engines[lane] == NULL) {
        o->engines[lane] = engine_new_for(lane);
        if (shares && o->engines[lane] != NULL)
            facts_adopt(o, o->engines[lane]);
    }
    return o->engines[lane];
}

/* ---- what a case draws --------------------------------------------------------------------- */

/* The mask of tiers has no part in it: bisection flips that and nothing else. */
static uint64_t draw_of(const struct fuzz_case *c) { return case_mix(1, c->host_seed); }

/* All of the processor; or what is beyond the floor by the toss of a coin, or none of it. */
uint64_t lane_cpu(const struct oracle *o, const struct fuzz_case *c)
{
    uint64_t h = draw_of(c);
    if (!c->baseline_cpu)
        return o->cpu;
    return h % 4 == 0 ? 0 : o->cpu & h >> 8;
}

uint64_t lane_junk(enum lane lane, const struct fuzz_case *c)
{
    return (lanes[lane].options & JUNK) != 0 ? draw_of(c) | 1 : 0;
}

/* Mostly low, so that calls and loops of a small case reach them. */
static uint32_t draw_threshold(uint64_t h, uint32_t most)
{
    return 1 + (uint32_t)(h & 3 ? h / 4 % 4 : h / 4 % most);
}

void lane_tune(const struct oracle *o, enum lane lane, const struct fuzz_case *c)
{
    enum { MOST_CALLS = 12, MOST_LOOPS = 60 };
    struct config *config = &api_engine(o->engines[lane])->config;
    uint64_t h = draw_of(c);
    config->tier_mask = c->tier_mask;
    config->call_threshold = draw_threshold(h >> 16, MOST_CALLS);
    config->loop_threshold = draw_threshold(h >> 32, MOST_LOOPS);
    config->cpu_mask = lane_cpu(o, c);
    config->junk = o->no_junk ? 0 : lane_junk(lane, c);
}

/* ---- lanes of a case ----------------------------------------------------------------------- */

/* A library without compilers (for MemorySanitizer) has the lanes of the interpreter alone. */
static bool is_built(enum lane lane)
{
    return lanes[lane].tier == WX_TIER_INTERP || wx_tiers[TIER_BASELINE] != NULL;
}

static bool suits(enum lane lane, enum group group, const struct fuzz_case *c,
                  bool deterministic)
{
    return lanes[lane].group == group && is_built(lane) &&
           lane_is_deterministic(lane) == deterministic &&
           (lanes[lane].memory == WX_MEMORY_CHECK) == c->check_memory;
}

/* One of the lanes of the group that suit, each as often as any other; false: none does. */
static bool choose(enum group group, const struct fuzz_case *c, bool deterministic,
                   enum lane *out)
{
    enum lane suitable[LANE_COUNT];
    uint32_t n = 0;
    for (int lane = 0; lane < LANE_COUNT; lane++)
        if (suits((enum lane)lane, group, c, deterministic))
            suitable[n++] = (enum lane)lane;
    if (n > 0)
        *out = suitable[case_mix(draw_of(c), group) % n];
    return n > 0;
}

uint32_t lanes_all(bool deterministic, enum lane out[LANE_COUNT])
{
    uint32_t n = 0;
    out[n++] = LANE_INTERP_FUEL;
    out[n++] = LANE_REF_FUEL;
    for (int lane = 0; lane < LANE_COUNT; lane++)
        if (lanes[lane].group >= GROUP_COMPILED && is_built((enum lane)lane) &&
            lane_is_deterministic((enum lane)lane) == deterministic)
            out[n++] = (enum lane)lane;
    return n;
}

uint32_t lanes_choose(const struct fuzz_case *c, bool deterministic,
                      enum lane out[LANE_COUNT])
{
    uint32_t n = 0;
    out[n++] = LANE_INTERP_FUEL;
    out[n++] = LANE_REF_FUEL;
    for (int group = GROUP_COMPILED; group <= GROUP_INTERP; group++)
        n += choose((enum group)group, c, deterministic, &out[n]);
    return n;
}
