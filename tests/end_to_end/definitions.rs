//! The IRDL files and the typed views name the same ops and attributes.

use std::collections::{BTreeMap, BTreeSet};

use nirc_dialects::{
    ct, dt, hw,
    ir::{DEFINITIONS, DialectOp},
    nir, quant,
};

/// The ops of an IRDL file with the attributes that they demand.
fn defined(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut ops = BTreeMap::new();
    let mut current = String::new();
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("irdl.operation @") {
            current = rest.split_whitespace().next().unwrap().to_owned();
            ops.insert(current.clone(), BTreeSet::new());
        } else if line.starts_with("irdl.attributes") {
            let names = line.split('"').skip(1).step_by(2).map(str::to_owned);
            ops.get_mut(&current).unwrap().extend(names);
        }
    }
    ops
}

fn check<'c, Op: DialectOp<'c>>() {
    let (_, text) = DEFINITIONS
        .iter()
        .find(|(name, _)| *name == Op::DIALECT)
        .unwrap();
    let defined = defined(text);
    let prefix = format!("{}.", Op::DIALECT);
    let viewed: BTreeMap<&str, &[&str]> = Op::OPS
        .iter()
        .map(|(name, attributes)| (name.strip_prefix(&prefix).unwrap(), *attributes))
        .collect();
    assert_eq!(
        defined.keys().map(String::as_str).collect::<Vec<_>>(),
        viewed.keys().copied().collect::<Vec<_>>()
    );
    for (op, demanded) in &defined {
        for attribute in demanded {
            assert!(
                viewed[op.as_str()].contains(&attribute.as_str()),
                "{prefix}{op} has no field `{attribute}`"
            );
        }
    }
}

#[test]
fn every_op_is_defined_and_viewed() {
    check::<nir::Op<'_>>();
    check::<ct::Op<'_>>();
    check::<dt::Op<'_>>();
    check::<quant::Op<'_>>();
    check::<hw::Op<'_>>();
}
