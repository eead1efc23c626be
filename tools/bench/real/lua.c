/* lua.c - Lua runs a script of many small tasks, from a new state each time.
 *
 * There is no setjmp in wasi-libc, so an error in Lua code ends the program; the script makes
 * none.  Hashes have a fixed seed, so that the order of a table's keys is the same everywhere. */
#include "bench.h"
#include "lauxlib.h"
#include "lualib.h"
#include <stdlib.h>

static const char script[] = {
#embed "lua_work.lua"
};

static int fail(lua_State *state)
{
    lua_writestringerror("lua: %s\n", lua_tostring(state, -1));
    exit(1);
}

uint64_t kernel(void)
{
    static const luaL_Reg libraries[] = { { LUA_GNAME, luaopen_base },
                                          { LUA_TABLIBNAME, luaopen_table },
                                          { LUA_STRLIBNAME, luaopen_string },
                                          { LUA_MATHLIBNAME, luaopen_math } };
    lua_State *state = luaL_newstate();
    lua_atpanic(state, fail);
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        luaL_requiref(state, libraries[i].name, libraries[i].func, 1);
        lua_pop(state, 1);
    }
    if (luaL_loadbuffer(state, script, sizeof script, "=work") != LUA_OK)
        fail(state);
    lua_call(state, 0, 1);
    uint64_t sum = (uint64_t)luaL_checkinteger(state, -1);
    lua_close(state);
    return sum;
}
