;; What a fuzzer instantiates thousands of times a second.
(module
  (memory 1)
  (global (mut i32) (i32.const 0))
  (table 4 funcref)
  (elem (i32.const 0) func $f $g)
  (data (i32.const 16) "hello")
  (func $f)
  (func $g (param i32) (result i32) (local.get 0))
  (export "f" (func $f))
  (export "g" (func $g)))
