find_library(ZYDIS_LIBRARY Zydis REQUIRED)
wx_unit_test(asm SOURCES test_asm.c LIBS ${ZYDIS_LIBRARY})
wx_unit_test(codemem SOURCES test_codemem.c)
