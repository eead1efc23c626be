# The interpreter from the inside: numbers, memory handlers, translation, exhaustion.
wx_unit_test(interp_num SOURCES test_interp_num.c)
wx_unit_test(interp_memory SOURCES test_interp_memory.c)
wx_unit_test(interp_fused SOURCES test_interp_fused.c)

find_program(WAT2WASM wat2wasm REQUIRED)
set(interp_module ${CMAKE_CURRENT_BINARY_DIR}/wat/interp.wasm)
add_custom_command(OUTPUT ${interp_module}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/wat
    COMMAND ${WAT2WASM} ${CMAKE_CURRENT_SOURCE_DIR}/wat/interp.wat -o ${interp_module}
    DEPENDS wat/interp.wat VERBATIM)
add_custom_target(test_interp_wat DEPENDS ${interp_module})
wx_unit_test(interp SOURCES test_interp.c)
add_dependencies(test_interp test_interp_wat)
target_compile_definitions(test_interp PRIVATE WX_TEST_MODULE="${interp_module}")

# The handlers of the tail dispatcher are leaves.
if(WX_TAIL_DISPATCH)
    find_program(OBJDUMP NAMES llvm-objdump-22 llvm-objdump objdump REQUIRED)
    add_test(NAME unit.interp_leaves COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/check_leaves.sh
        ${OBJDUMP} $<TARGET_OBJECTS:wx_interp_tier>)
    set_tests_properties(unit.interp_leaves PROPERTIES LABELS unit TIMEOUT 60)
endif()

# The type v128, in every tier.
set(v128_module ${CMAKE_CURRENT_BINARY_DIR}/wat/v128.wasm)
add_custom_command(OUTPUT ${v128_module}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/wat
    COMMAND ${WAT2WASM} ${CMAKE_CURRENT_SOURCE_DIR}/wat/v128.wat -o ${v128_module}
    DEPENDS wat/v128.wat VERBATIM)
add_custom_target(test_v128_wat DEPENDS ${v128_module})
wx_unit_test(v128 FLAVOUR wx SOURCES test_v128.c)
add_dependencies(test_v128 test_v128_wat)
target_compile_definitions(test_v128 PRIVATE WX_TEST_MODULE="${v128_module}")
