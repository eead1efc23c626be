;; One import of each kind with limits; a test replaces them one by one.
(module
  (import "m" "func" (func (param i32) (result i64)))
  (import "m" "table" (table 3 10 funcref))
  (import "m" "memory" (memory 2 4))
  (import "m" "constant" (global i32))
  (import "m" "variable" (global (mut i64))))
