wx_unit_test(memory SOURCES test_memory.c)
wx_unit_test(trap SOURCES test_trap.c)
