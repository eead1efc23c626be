/* features.c - wx_features_parse: sets of features by name.
 *
 *     list = item ("," item)*        item = "wasm1" | "wasm2" | "wasm3" | "all"
 *                                         | "+" feature | "-" feature
 *
 * A set replaces what was there; a feature is added or removed. */
#include "api/api.h"
#include <string.h>

static const struct {
    const char *name;
    unsigned level;
} sets[] = { { "wasm1", 1 }, { "wasm2", 2 }, { "wasm3", 3 }, { "all", 9 } };

struct item {
    const char *at;
    size_t len;
};

static bool item_is(struct item i, const char *name)
{
    return strlen(name) == i.len && memcmp(i.at, name, i.len) == 0;
}

static wx_status apply_set(struct item i, features *set, wx_error *err)
{
    for (size_t n = 0; n < COUNT(sets); n++) {
        if (item_is(i, sets[n].name)) {
            *set = features_of_level(sets[n].level);
            return WX_OK;
        }
    }
    return error_misuse(err, "unknown set of features \"%.*s\"", (int)i.len, i.at);
}

static wx_status apply_feature(struct item i, bool on, features *set, wx_error *err)
{
    for (uint32_t n = 0; n < FEATURE_COUNT; n++) {
        if (!item_is(i, feature_infos[n].text))
            continue;
        if (on && !feature_infos[n].built)
            return error_misuse(err, "the feature %s is not implemented",
                                feature_infos[n].text);
        features bit = UINT64_C(1) << n;
        *set = on ? *set | bit : *set & ~bit;
        return WX_OK;
    }
    return error_misuse(err, "unknown feature \"%.*s\"", (int)i.len, i.at);
}

wx_status wx_features_parse(const char *list, uint64_t *set, wx_error *err)
{
    features result = *set;
    for (const char *p = list;;) {
        struct item i = { p, strcspn(p, ",") };
        bool sign = *p == '+' || *p == '-';
        struct item name = { p + sign, i.len - sign };
        wx_status status = sign ? apply_feature(name, *p == '+', &result, err)
                                : apply_set(name, &result, err);
        if (status != WX_OK)
            return status;
        p += i.len;
        if (*p++ == 0)
            break;
    }
    *set = result;
    return WX_OK;
}
