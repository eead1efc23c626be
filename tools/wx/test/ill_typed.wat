;; Does not validate; assembled without checks.
(module
  (func $good (export "good"))
  (func $bad (export "bad") (param i64) (result i32)
    (i32.add (i32.const 1) (local.get 0))))
