;; For wx spec --engine: what can be asked, what cannot, and what must fail.
(module $a
  (global $count (mut i32) (i32.const 0))
  (func (export "next") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count))
  (func (export "two") (result i32 i64) (i32.const 1) (i64.const -2))
  (func (export "neg") (param f64) (result f64) (f64.neg (local.get 0)))
  (func (export "nan") (result f32) (f32.div (f32.const 0) (f32.const 0)))
  (func (export "null") (param funcref) (result i32) (ref.is_null (local.get 0)))
  (func (export "div") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "same") (param externref) (result externref) (local.get 0))
  (global $kept (mut externref) (ref.null extern))
  (func (export "keep") (param externref) (global.set $kept (local.get 0)))
  (global (export "global") i64 (i64.const -5)))
(assert_return (invoke "next") (i32.const 1))
(assert_trap (invoke "div" (i32.const 1) (i32.const 0)) "integer divide by zero")
(assert_return (invoke "next") (i32.const 2))
(invoke "next")
(assert_return (invoke "next") (i32.const 4))
(assert_return (invoke "next") (i32.const 4)) ;; wrong
(assert_return (invoke "next") (i32.const 6))
(assert_return (invoke "two") (i32.const 1) (i64.const -2))
(assert_return (invoke "two") (i32.const 1) (i64.const 2)) ;; wrong
(assert_return (invoke "neg" (f64.const 0)) (f64.const -0))
(assert_return (invoke "neg" (f64.const 0)) (f64.const 0)) ;; wrong
(assert_return (invoke "nan") (f32.const nan:canonical))
(assert_return (invoke "neg" (f64.const 1)) (f64.const nan:canonical)) ;; wrong
(assert_return (invoke "null" (ref.null func)) (i32.const 1))
(assert_return (get "global") (i64.const -5))
(assert_trap (invoke "neg" (f64.const 1)) "unreachable") ;; wrong
(assert_trap (invoke "div" (i32.const 1) (i32.const 0)) "integer overflow") ;; wrong
(assert_return (invoke "same" (ref.extern 3)) (ref.extern 3))
(assert_return (invoke "next") (i32.const 7))
(invoke "keep" (ref.extern 3))
(assert_return (invoke "next") (i32.const 8)) ;; behind what cannot be asked
(module $b
  (import "spectest" "print_i32" (func $print (param i32)))
  (import "spectest" "global_i32" (global $g i32))
  (import "spectest" "table" (table $t 10 funcref))
  (import "spectest" "memory" (memory 1))
  (func (export "sum") (result i32)
    (call $print (i32.const 1))
    (i32.add (i32.add (global.get $g) (table.size $t)) (memory.size)))
  (func $deep (export "deep") (call $deep)))
(assert_return (invoke "sum") (i32.const 677))
(assert_exhaustion (invoke "deep") "call stack exhausted")
(register "b" $b)
(module (import "b" "sum" (func (result i32))))
(assert_return (invoke $b "sum") (i32.const 677))
(assert_invalid (module (func (result i32))) "type mismatch")
(assert_invalid (module) "type mismatch") ;; wrong
(assert_malformed (module binary "\00asn") "magic header not detected")
(assert_malformed (module quote "(func") "unexpected token")
(assert_unlinkable (module (import "a" "eight" (func))) "unknown import")
(assert_trap (module (func $f (unreachable)) (start $f)) "unreachable")
(assert_trap (module) "unreachable") ;; wrong
