;; Four float results took all float registers of the hostile build's small pool, and a local
;; below them on the stack had none left to go through to its slot.
(module
  (func $four (result f32 f32 f32 f32)
    (f32.const 1) (f32.const 2) (f32.const 4) (f32.const 8))
  (func (export "sum") (param f32) (result f32)
    (local.get 0) (local.get 0) (call $four)
    f32.add f32.add f32.add f32.add f32.add))
(assert_return (invoke "sum" (f32.const 0.5)) (f32.const 16))
