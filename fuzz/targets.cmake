# The targets beside fuzz_diff and fuzz_load: fuzz_<name>.c is a few lines, its work is in <name>/,
# which makes the library wx_fuzz_<name>. Each has a replay program that CTest runs over its seeds
# in corpus/, and in builds with a fuzzing engine a smoke: the same inputs every time. fuzz_meta
# takes what fuzz_diff takes.
#
#   target  runs of the smoke  seeds
set(targets
    api     5000               api
    asm     20000              asm
    meta    5000               seeds/fuzz_diff
    wast    1500               wast)

# wx_fuzz_target(<name> <runs> <seeds>)
function(wx_fuzz_target name runs seeds)
    set(library wx_fuzz_${name})
    add_subdirectory(${name})
    if(NOT TARGET ${library})
        return()
    endif()
    wx_fuzz_program(fuzz_${name}_replay ${library} fuzz_${name}.c replay_main.c)
    if(BUILD_TESTING)
        add_test(NAME fuzz_${name}.corpus
            COMMAND fuzz_${name}_replay ${CMAKE_SOURCE_DIR}/corpus/${seeds})
        # Inputs that a target makes nothing of prove nothing.
        set_tests_properties(fuzz_${name}.corpus PROPERTIES LABELS "fuzz;regress" TIMEOUT 300
            FAIL_REGULAR_EXPRESSION ", 0 compared")
    endif()
    if(WX_FUZZ_ENGINE)
        wx_fuzz_program(fuzz_${name} ${library} fuzz_${name}.c)
        target_link_libraries(fuzz_${name} PRIVATE ${WX_FUZZ_ENGINE})
        if(WX_LIBFUZZER)
            target_sources(fuzz_${name} PRIVATE libfuzzer.c
                $<$<STREQUAL:${name},meta>:mut/libfuzzer.c>)
            target_link_libraries(fuzz_${name} PRIVATE wx_mut)
            if(name STREQUAL "meta")
                wx_fuzz_untraced(fuzz_${name})
            endif()
        endif()
        if(TARGET fuzz_targets) # what scripts outside of CMake build, and their list
            add_dependencies(fuzz_targets fuzz_${name})
            file(APPEND ${CMAKE_BINARY_DIR}/fuzz_targets.txt "fuzz_${name}\n")
        endif()
        add_test(NAME fuzz_${name}.smoke COMMAND fuzz_${name} -runs=${runs} -seed=1)
        set_tests_properties(fuzz_${name}.smoke PROPERTIES LABELS fuzz TIMEOUT 600)
    endif()
endfunction()

while(targets)
    list(POP_FRONT targets name runs seeds)
    wx_fuzz_target(${name} ${runs} ${seeds})
endwhile()
