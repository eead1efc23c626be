# Memories, traps and stores need no tier: the tests bring their own.
wx_unit_test(memory SOURCES test_memory.c)
wx_unit_test(trap SOURCES test_trap.c)

find_program(WAT2WASM wat2wasm REQUIRED)
set(store_modules "")
foreach(name objects imports traps trap_data small)
    set(module ${CMAKE_CURRENT_BINARY_DIR}/wat/store_${name}.wasm)
    add_custom_command(OUTPUT ${module}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/wat
        COMMAND ${WAT2WASM} ${CMAKE_CURRENT_SOURCE_DIR}/wat/store_${name}.wat -o ${module}
        DEPENDS wat/store_${name}.wat VERBATIM)
    list(APPEND store_modules ${module})
endforeach()
add_custom_target(test_store_wat DEPENDS ${store_modules})

wx_unit_test(store SOURCES test_store.c)
add_dependencies(test_store test_store_wat)
target_compile_definitions(test_store PRIVATE WX_TEST_MODULES="${CMAKE_CURRENT_BINARY_DIR}/wat")

# Every memory operation at the edge, in the tiers themselves.
wx_unit_test(fault SOURCES test_fault.c)
