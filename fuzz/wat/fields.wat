;; What test_oracle.c changes behind a lane's back: nothing of it is exported but the functions.
(module
  (import "host" "h" (func $h (param i32) (result i32)))
  (memory 3 4) (data $d "passive")
  (table 4 funcref) (elem (i32.const 1) $one $two) (elem $e func $two)
  (global $g (mut i64) (i64.const 5))
  (global $nan (mut f32) (f32.const nan:0x200001))
  (func $one (result i32) (i32.const 1))
  (func $two (result i32) (i32.const 2))
  (func (export "value") (result f64) (drop (call $h (i32.const 1))) (f64.const nan:0x1))
  (func (export "nothing"))
  (func (export "trap") (i32.store (i32.const 8) (i32.const 1)) (unreachable))
  (func (export "spin") (loop (br 0)))
  (func $deep (export "deep") (call $deep)))
