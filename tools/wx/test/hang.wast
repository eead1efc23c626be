;; The second command never ends.
(module (func (export "spin") (loop (br 0))) (func (export "one") (result i32) (i32.const 1)))
(assert_return (invoke "one") (i32.const 1))
(assert_return (invoke "spin"))
(assert_return (invoke "one") (i32.const 1))
(assert_malformed (module quote "(func") "unexpected token")
