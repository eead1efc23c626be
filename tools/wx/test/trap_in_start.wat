;; The start function traps.
(module (memory 1)
  (func $start (drop (i32.load (i32.const 65533))))
  (start $start))
