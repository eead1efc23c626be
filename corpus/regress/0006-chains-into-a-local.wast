;; A chain of operations whose last result is assigned to a local: the compiler computes all of
;; it in the local's register. What is on the stack, and what the chain itself reads, must be the
;; local as it was.
(module
  ;; the local is an operand of the chain's first operation
  (func (export "first") (param i32 i32) (result i32)
    (local.set 0 (i32.rotl (i32.xor (local.get 0) (local.get 1)) (i32.const 7)))
    (local.get 0))
  ;; the old local is on the stack below
  (func (export "below") (param i32 i32) (result i32)
    (i32.sub (local.get 0)
      (local.tee 0 (i32.mul (i32.add (local.get 1) (i32.const 3)) (i32.const 5)))))
  ;; the chain reads the local after its first operation: no chain
  (func (export "reads") (param i32 i32) (result i32)
    (local.set 0 (i32.sub (i32.add (local.get 1) (i32.const 100)) (local.get 0)))
    (local.get 0))
  (func (export "reads-late") (param i32 i32) (result i32)
    (local.set 0
      (i32.xor (i32.shl (i32.add (local.get 1) (i32.const 100)) (i32.const 2)) (local.get 0)))
    (local.get 0))
  ;; as long as a chain gets, and longer
  (func (export "long") (param i64 i64 i64) (result i64)
    (local.set 0
      (i64.or (i64.rotr (i64.sub (i64.mul (i64.add (i64.and (local.get 0) (local.get 1))
        (local.get 2)) (local.get 1)) (local.get 2)) (i64.const 11)) (local.get 1)))
    (local.get 0))
  ;; the second operand is a count in a register, the chain's value may be in the way
  (func (export "count") (param i32 i32) (result i32) (local i32)
    (local.set 2 (i32.shr_u (i32.shl (i32.add (local.get 0) (i32.const 9)) (local.get 1))
      (local.get 0)))
    (i32.add (local.get 2) (local.get 0)))
  ;; a division's result, which has its own register, goes on
  (func (export "divided") (param i32 i32) (result i32)
    (local.set 1 (i32.add (i32.rem_u (local.get 0) (local.get 1)) (i32.const 48)))
    (local.get 1))
  ;; a trap in the chain's first operation leaves nothing behind
  (global $seen (mut i32) (i32.const 0))
  (func (export "seen") (result i32) (global.get $seen))
  (func (export "in-a-loop") (param i32 i32) (result i32) (local i32)
    (loop $again
      (global.set $seen (local.get 2))
      (local.set 2 (i32.add (i32.div_u (local.get 0) (local.get 1)) (i32.const 1)))
      (local.set 1 (i32.and (i32.sub (local.get 1) (i32.const 1)) (i32.const 15)))
      (br_if $again (local.get 0)))
    (local.get 2))
  ;; select in the place of the first operation
  (func (export "select") (param i32 i32) (result i32)
    (local.set 0 (i32.xor (select (local.get 1) (local.get 0)
      (i32.lt_u (local.get 0) (local.get 1))) (i32.const 1)))
    (local.get 0)))

(assert_return (invoke "first" (i32.const 0x12345678) (i32.const 0x0f0f0f0f)) (i32.const 0x9dacbb8e))
(assert_return (invoke "below" (i32.const 1000) (i32.const 4)) (i32.const 965))
(assert_return (invoke "reads" (i32.const 7) (i32.const 1)) (i32.const 94))
(assert_return (invoke "reads-late" (i32.const 7) (i32.const 1)) (i32.const 403))
(assert_return (invoke "long" (i64.const 0x123456789abcdef0) (i64.const 0x0ff0ff0f0ff00ff1)
  (i64.const 5)) (i64.const 0xfffcff9feff82ffd))
(assert_return (invoke "count" (i32.const 4) (i32.const 6)) (i32.const 56))
(assert_return (invoke "divided" (i32.const 1234) (i32.const 10)) (i32.const 52))
(assert_trap (invoke "in-a-loop" (i32.const 100) (i32.const 3)) "integer divide by zero")
(assert_return (invoke "seen") (i32.const 101))
(assert_return (invoke "select" (i32.const 8) (i32.const 4)) (i32.const 9))
(assert_return (invoke "select" (i32.const 4) (i32.const 10)) (i32.const 11))
