wx_api_test(wasi)

# C programs, compiled against wasi-libc without and with optimization, run by wx in every
# tier; what they print and how they end is compared.
find_program(WASI_CLANG clang-22 REQUIRED)
set(wasi_flags --target=wasm32-wasi -Wno-deprecated -Wall -Wextra -Werror)
set(wasi_source ${CMAKE_CURRENT_SOURCE_DIR}/wasi)
set(wasi_binary ${CMAKE_CURRENT_BINARY_DIR}/wasi)
set(wasi_programs "")

# wx_wasi_test(<program> [CODE <exit code>] [STDIN] [ARGS <argument>...])
function(wx_wasi_test name)
    cmake_parse_arguments(arg "STDIN" "CODE" "ARGS" ${ARGN})
    set(code 0)
    set(stdin /dev/null)
    if(arg_CODE)
        set(code ${arg_CODE})
    endif()
    if(arg_STDIN)
        set(stdin ${wasi_source}/${name}.in)
    endif()
    foreach(level 0 2)
        set(file ${wasi_binary}/${name}-O${level}.wasm)
        add_custom_command(OUTPUT ${file}
            COMMAND ${CMAKE_COMMAND} -E make_directory ${wasi_binary}
            COMMAND ${WASI_CLANG} ${wasi_flags} -O${level} ${wasi_source}/${name}.c -o ${file}
            DEPENDS ${wasi_source}/${name}.c VERBATIM)
        list(APPEND files ${file})
    endforeach()
    foreach(tier interp baseline tiered)
        add_test(NAME wasi.${name}.${tier} COMMAND ${wasi_source}/check.sh $<TARGET_FILE:wx_cli_all>
            ${tier} ${code} ${stdin} ${wasi_source}/${name}.out ${files} -- ${arg_ARGS})
        set_tests_properties(wasi.${name}.${tier} PROPERTIES LABELS wasi TIMEOUT 120)
    endforeach()
    set(wasi_programs ${wasi_programs} ${files} PARENT_SCOPE)
endfunction()

wx_wasi_test(crash CODE 134)
wx_wasi_test(echo STDIN)
wx_wasi_test(imports)
wx_wasi_test(leave CODE 42)
wx_wasi_test(malloc)
wx_wasi_test(math)
wx_wasi_test(printf)
wx_wasi_test(recursion)
wx_wasi_test(sort)
wx_wasi_test(surroundings ARGS one "two words" --tier)
wx_wasi_test(wide)
add_custom_target(test_wasi_programs ALL DEPENDS ${wasi_programs})
