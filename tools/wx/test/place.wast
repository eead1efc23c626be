;; Places of traps: what the text of an assertion may end in.
(module
  (func $inner unreachable)
  (func (export "outer") (call $inner)))
(assert_trap (invoke "outer") "unreachable @ 0:0x23 1:0x27")
(assert_trap (invoke "outer") "unreachable @ 0:0x23")
(assert_trap (invoke "outer") "unreachable @ 0:0x2")
(assert_trap (invoke "outer") "unreachable @ 1:0x27")
(assert_trap (invoke "outer") "integer divide by zero @ 0:0x23")
