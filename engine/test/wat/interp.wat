;; What the interpreter's translator makes of small functions; test_interp.c lists it.
(module
  (memory 1)
  (data (i32.const 16) "\01\00\00\00\02\00\00\00\03\00\00\00\04\00\00\00")
  (data (i32.const 64) "\00\00\00\00\00\00\f8\3f\00\00\00\00\00\00\04\40")

  (func (export "retarget") (param i32 i32 i32) (result i32)
    (local.set 2 (i32.add (i32.mul (local.get 0) (local.get 1)) (i32.const 5)))
    (local.get 2))

  (func (export "save_local") (param i32) (result i32)
    (local.get 0)
    (local.set 0 (i32.const 7))
    (i32.add (local.get 0)))

  (func (export "post_increment") (param i32) (result i32)
    (local.get 0)
    (local.set 0 (i32.add (local.get 0) (i32.const 1)))
    (i32.mul (local.get 0)))

  (func (export "tee_saves") (param i32) (result i32)
    (i32.sub (local.get 0) (local.tee 0 (i32.const 3)))
    (i32.add (local.get 0)))

  (func (export "spill") (param i32 i32) (result i32)
    (i32.sub (i32.mul (local.get 0) (i32.const 3)) (i32.xor (local.get 1) (i32.const 1))))

  (func (export "count") (param i32) (result i32) (local i32 i32)
    (loop
      (local.set 2 (i32.add (local.get 2) (i32.const 3)))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (br_if 0 (i32.lt_u (local.get 1) (local.get 0))))
    (local.get 2))

  (func (export "count_down") (param i32) (result i32) (local i32)
    (loop
      (local.set 1 (i32.mul (local.get 1) (i32.const 3)))
      (local.set 1 (i32.add (local.get 1) (local.get 0)))
      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 1))

  (func (export "count_long") (param i64) (result i64) (local i64)
    (loop
      (local.set 1 (i64.xor (local.get 1) (local.get 0)))
      (local.set 0 (i64.add (local.get 0) (i64.const -1)))
      (br_if 0 (i64.ne (local.get 0) (i64.const 0))))
    (local.get 1))

  (func (export "maximum") (param i32 i32) (result i32)
    (select (local.get 0) (local.get 1) (i32.gt_s (local.get 0) (local.get 1))))

  (func (export "sign") (param i64) (result i32)
    (select (i32.const -1) (i32.const 1) (i64.lt_s (local.get 0) (i64.const 0))))

  (func (export "element") (param i32 i32) (result i32)
    (i32.load offset=16 (i32.add (local.get 0) (i32.shl (local.get 1) (i32.const 2)))))

  (func (export "table") (param i32) (result i32)
    (i32.load offset=16 (i32.shl (local.get 0) (i32.const 2))))

  (func (export "sum_loaded") (param i32 i32) (result i32)
    (i32.add (i32.add (i32.load offset=16 (local.get 0)) (i32.load offset=20 (local.get 0)))
             (i32.load offset=24 (local.get 1))))

  (func (export "loaded_first") (param i32 i32) (result i32)
    (i32.xor (i32.load8_u offset=16 (i32.add (local.get 0) (i32.const 4))) (local.get 1)))

  (func (export "loaded_double") (param f64) (result f64)
    (f64.sub (f64.load (i32.const 64)) (local.get 0)))

  (func (export "loaded_double_second") (param f64 f64) (result f64)
    (f64.sub (f64.mul (local.get 0) (local.get 1)) (f64.load (i32.const 72))))

  (func (export "shifted") (param i32 i32) (result i32)
    (i32.xor (i32.rotr (local.get 0) (i32.const 7)) (i32.shr_u (local.get 1) (i32.const 3))))

  (func (export "field") (param i64) (result i64)
    (i64.and (i64.shr_u (local.get 0) (i64.const 8)) (i64.const 255)))

  (func (export "constants") (param i32) (result i32)
    (i32.sub (i32.add (i32.add (local.get 0) (i32.const 7)) (i32.const 5)) (i32.const 2)))

  (func (export "not_not_less") (param i32 i32) (result i32)
    (if (i32.eqz (i32.eqz (i32.lt_s (local.get 0) (local.get 1)))) (then (return (i32.const 1))))
    (i32.const 2))

  (func (export "not_less_float") (param f64 f64) (result i32)
    (block
      (br_if 0 (i32.eqz (f64.lt (local.get 0) (local.get 1))))
      (return (i32.const 1)))
    (i32.const 2))

  (func (export "odd") (param i64) (result i32)
    (block
      (br_if 0 (i64.eqz (i64.and (local.get 0) (i64.const 1))))
      (return (i32.const 1)))
    (i32.const 2))

  (func (export "branch_with_value") (param i32) (result i32)
    (block (result i32)
      (i32.const 10)
      (br_if 0 (local.get 0) (i32.eqz (local.get 0)))
      (drop) (drop)
      (i32.const 20)))

  (func (export "plain_block") (param i32) (result i32)
    (i32.mul (local.get 0) (i32.const 3))
    (block (param i32) (result i32) (i32.add (i32.const 1))))

  (func (export "both_arms") (param i32 i32) (result i32)
    (local.get 1)
    (if (param i32) (result i32) (local.get 0)
      (then (i32.add (i32.const 1)))
      (else (i32.mul (i32.const 2)))))

  (func (export "length") (param i32) (result i32) (local i32)
    (local.set 1 (local.get 0))
    (loop
      (if (i32.load8_u (local.get 1))
        (then (local.set 1 (i32.add (local.get 1) (i32.const 4))) (br 1))))
    (i32.sub (local.get 1) (local.get 0)))

  (func $swap (param i32 i32) (result i32 i32) (local.get 1) (local.get 0))
  (func (export "many_results") (param i32 i32) (result i32)
    (call $swap (local.get 0) (local.get 1))
    (i32.sub))

  (func (export "arguments") (param i32) (result i32)
    (i32.sub (call $three (local.get 0) (local.get 0) (i32.const 9)) (local.get 0)))
  (func $three (param i32 i32 i32) (result i32)
    (i32.sub (i32.add (local.get 0) (local.get 1)) (local.get 2)))

  (func (export "bits") (param f32) (result i32)
    (i32.add (i32.reinterpret_f32 (f32.neg (local.get 0))) (i32.const 1)))

  (func $deep (export "deep") (param i32) (result i32) (local i64 i64 i64)
    (if (i32.eqz (local.get 0)) (then unreachable))
    (i32.add (call $deep (i32.sub (local.get 0) (i32.const 1))) (i32.const 1))))
