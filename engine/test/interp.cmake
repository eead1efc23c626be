# The interpreter from the inside: numbers, memory handlers, translation, exhaustion.
wx_unit_test(interp_num SOURCES test_interp_num.c)
wx_unit_test(interp_memory SOURCES test_interp_memory.c)
wx_unit_test(interp_fused SOURCES test_interp_fused.c)

find_program(WAT2WASM wat2wasm REQUIRED)

# interp_wat_test(<name> [args of wx_unit_test...]): test_<name>.c with the module wat/<name>.wat
function(interp_wat_test name)
    set(module ${CMAKE_CURRENT_BINARY_DIR}/wat/${name}.wasm)
    add_custom_command(OUTPUT ${module}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/wat
        COMMAND ${WAT2WASM} ${CMAKE_CURRENT_SOURCE_DIR}/wat/${name}.wat -o ${module}
        DEPENDS wat/${name}.wat VERBATIM)
    add_custom_target(test_${name}_wat DEPENDS ${module})
    wx_unit_test(${name} ${ARGN} SOURCES test_${name}.c)
    add_dependencies(test_${name} test_${name}_wat)
    target_compile_definitions(test_${name} PRIVATE WX_TEST_MODULE="${module}")
endfunction()

interp_wat_test(interp)
interp_wat_test(v128 FLAVOUR wx) # the type, in every tier

# The handlers of the tail dispatcher are leaves.
if(WX_TAIL_DISPATCH)
    find_program(OBJDUMP NAMES llvm-objdump-22 llvm-objdump objdump REQUIRED)
    add_test(NAME unit.interp_leaves COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/check_leaves.sh
        ${OBJDUMP} $<TARGET_OBJECTS:wx_interp_tier>)
    set_tests_properties(unit.interp_leaves PROPERTIES LABELS unit TIMEOUT 60)
endif()
