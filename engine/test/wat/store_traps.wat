;; The third element segment and the second data segment do not fit; what came before stays.
(module
  (import "m" "table" (table 4 funcref))
  (import "m" "memory" (memory 1))
  (elem (i32.const 0) func $f)
  (elem (i32.const 3) func $f)
  (elem (i32.const 3) func $f $f)
  (elem (i32.const 1) func $f)
  (data (i32.const 0) "written?")
  (func $f))
