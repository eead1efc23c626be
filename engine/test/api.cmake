# The tests of wx.h, against every flavour; each test runs in every tier of its flavour.
find_program(WAT2WASM wat2wasm REQUIRED)
set(modules "")
foreach(name fib functions host loop loops many objects start traps types wasi)
    set(module ${CMAKE_CURRENT_BINARY_DIR}/wat/${name}.wasm)
    add_custom_command(OUTPUT ${module}
        COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/wat
        COMMAND ${WAT2WASM} --debug-names ${CMAKE_CURRENT_SOURCE_DIR}/wat/${name}.wat -o ${module}
        DEPENDS wat/${name}.wat VERBATIM)
    list(APPEND modules ${module})
endforeach()
add_custom_target(test_wat DEPENDS ${modules})

# wx_api_test(<name>): test_<name>.c against each flavour.
function(wx_api_test name)
    foreach(flavour wx wx_interp wx_jit)
        if(TARGET ${flavour})
            wx_unit_test(${name}.${flavour} FLAVOUR ${flavour} SOURCES test_${name}.c api_fixture.c)
            add_dependencies(test_${name}.${flavour} test_wat)
            target_compile_definitions(test_${name}.${flavour} PRIVATE
                WX_TEST_MODULES="${CMAKE_CURRENT_BINARY_DIR}/wat" WX_TEST_FLAVOUR="${flavour}")
        endif()
    endforeach()
endfunction()

foreach(part module call host store trap exhaust process loops background tiers)
    wx_api_test(api_${part})
endforeach()
