;; The second data segment does not fit; the element segments and the first one do.
(module
  (import "m" "table" (table 4 funcref))
  (import "m" "memory" (memory 1))
  (elem (i32.const 2) func $f)
  (data (i32.const 10) "first")
  (data (i32.const 65535) "xy")
  (data (i32.const 20) "third")
  (func $f)
  (start $f))
