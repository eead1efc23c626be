;; i64.mul of two constants, one of which fits an immediate, is compiled.
;; (found by fuzz_diff: the compiler's operands changed places after it had chosen their forms)
(module
  (func (export "small-large") (result i64)
    (i64.mul (i64.const 7) (i64.const 0x123456789ab)))
  (func (export "large-small") (result i64)
    (i64.mul (i64.const 0x123456789ab) (i64.const 7)))
  (func (export "large-large") (result i64)
    (i64.mul (i64.const 0x123456789ab) (i64.const 0x100000001))))
(assert_return (invoke "small-large") (i64.const 0x7f6e5d4c3ad))
(assert_return (invoke "large-small") (i64.const 0x7f6e5d4c3ad))
(assert_return (invoke "large-large") (i64.const 0x45678ace456789ab))
