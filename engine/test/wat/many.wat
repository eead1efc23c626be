;; A host function whose signature does not fit in registers.
(module
  (type $many (func
    (param i32 i64 f32 f64 i32 i64 f32 f64 i32 i64 f32 f64 i32 i64 f32 f64 i32 i64 f32 f64)
    (result i64 f32 f64 i32 i64 f32 f64 i32 i64 f32 f64 i32 i64 f32 f64 i32 i64 f32 f64 i32)))
  (import "host" "rotate" (func $rotate (type $many)))
  (func (export "rotate") (type $many)
    (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)
    (local.get 5) (local.get 6) (local.get 7) (local.get 8) (local.get 9)
    (local.get 10) (local.get 11) (local.get 12) (local.get 13) (local.get 14)
    (local.get 15) (local.get 16) (local.get 17) (local.get 18) (local.get 19)
    (call $rotate)))
