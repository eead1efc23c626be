wx_unit_test(baseline FLAVOUR wx_jit SOURCES test_baseline.c baseline_module.c)
