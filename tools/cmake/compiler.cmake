# compiler.cmake - the default compiler; included before project().
#
# clang 19 and later have preserve_none and musttail, which the tail dispatcher of the
# interpreter needs. With any other compiler the interpreter uses the loop dispatcher.
# CC or -DCMAKE_C_COMPILER decide when they are given.
if(NOT DEFINED CMAKE_C_COMPILER AND NOT DEFINED ENV{CC})
    find_program(CMAKE_C_COMPILER NAMES clang-22 clang-19 gcc)
endif()
if(NOT DEFINED CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Release, RelWithDebInfo or Debug")
endif()
