;; Functions that are entered once and loop: what is below, in and behind the loop.
(module
  (memory (export "memory") 1 4)
  (table 1 funcref)

  ;; 1000 + 3n + 0 + 1 + ... + (n - 1): operands below the loop, and its parameter.
  (func (export "below") (param $n i32) (result i64) (local $i i32)
    (i64.const 1000)
    (i64.extend_i32_u (i32.mul (local.get $n) (i32.const 3)))
    (i64.const 0)
    (loop $l (param i64) (result i64)
      (i64.add (i64.extend_i32_u (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (i64.add)
    (i64.add))

  ;; Floats of both widths, among them one that no loop changes.
  (func (export "floats") (param $n i32) (param $k f32) (result f64)
    (local $a f32) (local $b f64) (local $c f64) (local $i i32)
    (local.set $a (f32.const 1.5))
    (local.set $c (f64.const 0.25))
    (loop $l
      (local.set $a (f32.add (f32.mul (local.get $a) (local.get $k)) (f32.const 0.125)))
      (local.set $b (f64.add (local.get $b) (f64.promote_f32 (local.get $a))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (f64.add (local.get $b) (local.get $c)))

  ;; Two loops, one in the other, with calls in both: i * j, added up by add.
  (func $add (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
  (func (export "nested") (param $n i32) (result i64) (local $i i32) (local $j i32) (local $s i64)
    (loop $outer
      (local.set $j (i32.const 0))
      (loop $inner
        (local.set $s (call $add (local.get $s)
          (i64.extend_i32_u (i32.mul (local.get $i) (local.get $j)))))
        (local.set $j (i32.add (local.get $j) (i32.const 1)))
        (br_if $inner (i32.lt_u (local.get $j) (local.get $n))))
      (local.set $s (call $add (local.get $s) (i64.const 7)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $outer (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $s))

  ;; More locals than registers: each iteration passes them on, the first gets i.
  (func (export "rotate") (param $n i32) (result i64) (local $i i32)
    (local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    (loop $l
      (local.set 13 (local.get 12)) (local.set 12 (local.get 11))
      (local.set 11 (local.get 10)) (local.set 10 (local.get 9))
      (local.set 9 (local.get 8)) (local.set 8 (local.get 7))
      (local.set 7 (local.get 6)) (local.set 6 (local.get 5))
      (local.set 5 (local.get 4)) (local.set 4 (local.get 3))
      (local.set 3 (local.get 2)) (local.set 2 (i64.extend_i32_u (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (i64.sub (i64.mul (local.get 2) (i64.const 1000)) (local.get 13)))

  ;; More results than registers: n, 1 to 6, and a float.
  (func (export "results") (param $n i32) (result i32 i64 i64 i64 i64 i64 f32) (local $i i32)
    (loop $l
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (local.get $i) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5)
    (i64.extend_i32_u (local.get $i)) (f32.convert_i32_u (local.get $i)))

  ;; Loops in every activation of a recursion: the outer ones were begun before the code was there.
  (func $deep (export "deep") (param $n i32) (result i64) (local $i i32) (local $s i64)
    (if (i32.eqz (local.get $n)) (then (return (i64.const 1))))
    (loop $l
      (if (i32.eq (local.get $i) (i32.const 5))
        (then (local.set $s (i64.add (local.get $s) (call $deep (i32.sub (local.get $n) (i32.const 1)))))))
      (local.set $s (i64.add (local.get $s) (i64.extend_i32_u (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 10))))
    (local.get $s))

  ;; What the first call leaves behind is there for the second.
  (func (export "twice") (param $n i32) (result i64)
    (i64.add (call $deep (local.get $n)) (call $deep (local.get $n))))

  ;; Memory that grows under the loop; a reference and a select of it. Pages at the end.
  (func (export "grow") (param $n i32) (result i32) (local $i i32) (local $f funcref)
    (loop $l
      (drop (memory.grow (i32.const 1)))
      (i32.store (i32.shl (local.get $i) (i32.const 2)) (local.get $i))
      (table.set 0 (i32.const 0) (local.get $f))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
    (i32.add (memory.size) (i32.add
      (i32.load (i32.shl (i32.sub (local.get $n) (i32.const 1)) (i32.const 2)))
      (ref.is_null (local.get $f)))))

  ;; Traps in iteration n.
  (func $div (export "div") (param $n i32) (result i32) (local $i i32)
    (loop $l (result i32)
      (drop (i32.div_u (i32.const 100) (i32.sub (local.get $n) (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $l)))
  (func (export "call_div") (param i32) (result i32)
    (i32.add (call $div (local.get 0)) (i32.const 1))))
