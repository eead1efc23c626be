# flags.cmake - how every C file of the project is compiled.
#
# gnu11 rather than c11: asm, typeof and computed goto are used, by the names that
# engine/base/compiler.h gives them, and the POSIX and Linux calls must be declared.
# -ffp-contract=off keeps a * b + c two roundings, as the specification demands.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)     # the same objects make libwx.a and libwx.so
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

add_compile_definitions(_GNU_SOURCE=)
include_directories(${CMAKE_SOURCE_DIR}/engine ${CMAKE_SOURCE_DIR}/engine/include)
add_compile_options(
    -Wall -Wextra -Wconversion -Wshadow -Wundef -Wvla
    -Wstrict-prototypes -Wmissing-prototypes -ffp-contract=off)
option(WX_WERROR "Warnings are errors; OFF where the compiler is somebody else's choice" ON)
if(WX_WERROR)
    add_compile_options(-Werror)
endif()

if(DEFINED WX_TAIL_DISPATCH)
    message(STATUS "Tail dispatcher: ${WX_TAIL_DISPATCH}, as asked for")
elseif(CMAKE_C_COMPILER_ID STREQUAL "Clang" AND CMAKE_C_COMPILER_VERSION VERSION_GREATER_EQUAL 19)
    set(WX_TAIL_DISPATCH ON)
else()
    set(WX_TAIL_DISPATCH OFF)
endif()
