;; A start function that calls the host, then traps when the host says so.
(module
  (import "host" "ask" (func $ask (param i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 8) "hello")
  (func $start
    (if (call $ask (i32.load8_u (i32.const 8))) (then (unreachable))))
  (start $start))
