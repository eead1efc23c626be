wx_unit_test(base SOURCES test_base.c)
