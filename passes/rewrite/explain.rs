//! Why what was made is equal to what was there: egg's explanations, in the names of the NIR nodes.
//!
//! For each value of the source that is made another way there is a proof: terms, each of which follows
//! from the one before by a rule. The operands of the last term are values of the source where there are
//! such, so a proof does not repeat those of the values before it.

use std::{
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use egg::{Id, TreeExplanation, TreeTerm};

use super::{
    candidates::{Candidates, ClassIndex},
    extract::Extraction,
    import::Imported,
    language::Node,
    names, rules, text,
};

/// How deep a term is shown.
const DEPTH: usize = 4;

/// The most steps that are shown of a proof.
const MOST_STEPS: usize = 64;

/// The proofs, as lines.
pub fn explain(
    imported: &mut Imported<'_, '_>,
    candidates: &Candidates,
    extraction: &Extraction,
) -> Vec<String> {
    if !imported.graph.are_explanations_enabled() {
        return Vec::new();
    }
    let makers = imported.makers();
    // The term that stands for each class: that of the source, or the one that was made.
    let mut terms: BTreeMap<ClassIndex, Id> = BTreeMap::new();
    let mut proofs: Vec<(String, Id, Id)> = Vec::new();
    for class in names::consumers_first(candidates, extraction)
        .into_iter()
        .rev()
    {
        let Some(number) = extraction.chosen.get(&class) else {
            continue;
        };
        let candidate = &candidates.nodes[class][*number];
        let source = makers
            .get(&candidates.classes[class])
            .and_then(|own| own.first())
            .map(|op| &imported.ops[*op]);
        let known = source.and_then(|op| op.class);
        if candidate.new {
            let mut node = candidate.node.clone();
            let attributes = node.attributes();
            let operands = egg::Language::children_mut(&mut node);
            for (slot, operand) in operands[attributes..].iter_mut().zip(&candidate.operands) {
                *slot = terms.get(operand).copied().unwrap_or(*slot);
            }
            let made = imported.graph.add_uncanonical(node);
            if let (Some(op), Some(known)) = (source, known) {
                proofs.push((op.name.clone(), known, made));
            }
            terms.insert(class, known.unwrap_or(made));
        } else if let Some(known) = known {
            terms.insert(class, known);
        }
    }
    imported.graph.rebuild();
    let makers = imported.makers();
    let mut lines = Vec::new();
    for (name, from, to) in proofs {
        let explanation = imported.graph.explain_id_equivalence(from, to);
        let mut proof = Proof {
            imported,
            makers: &makers,
            changes: HashMap::new(),
            lines: Vec::new(),
        };
        proof.walk(&explanation.explanation_trees);
        lines.push(format!("{name}:"));
        let more = proof.lines.len().saturating_sub(MOST_STEPS);
        proof.lines.truncate(MOST_STEPS);
        lines.append(&mut proof.lines);
        if more > 0 {
            lines.push(format!("  and {more} more"));
        }
    }
    lines
}

struct Proof<'p, 'c, 'a> {
    imported: &'p Imported<'c, 'a>,
    /// The ops of the source that make each class.
    makers: &'p BTreeMap<Id, Vec<usize>>,
    /// Whether there is a step in a term, by its address.
    changes: HashMap<*const TreeTerm<Node>, bool>,
    lines: Vec<String>,
}

impl Proof<'_, '_, '_> {
    fn walk(&mut self, explanation: &TreeExplanation<Node>) {
        for (position, term) in explanation.iter().enumerate() {
            if position > 0 {
                let before = self.last(&explanation[position - 1], DEPTH);
                let after = self.first(term, DEPTH);
                let rule = term.forward_rule.or(term.backward_rule);
                let rule = rule.map(|rule| rule.to_string()).unwrap_or_default();
                let law = rules::all().find(|r| r.name == rule).map_or("", |r| r.law);
                self.lines.push(format!("  {rule}: {law}"));
                self.lines.push(format!("    {before}"));
                self.lines.push(format!("    = {after}"));
            }
            if self.changes_in(term) {
                for child in &term.child_proofs {
                    self.walk(child);
                }
            }
        }
    }

    fn changes_in(&mut self, term: &Rc<TreeTerm<Node>>) -> bool {
        let key = Rc::as_ptr(term);
        if let Some(known) = self.changes.get(&key) {
            return *known;
        }
        let found = term
            .child_proofs
            .iter()
            .any(|child| child.len() > 1 || child.iter().any(|term| self.changes_in(term)));
        self.changes.insert(key, found);
        found
    }

    /// The NIR node whose value a term is, if nothing is shown of the term itself.
    fn name(&mut self, term: &Rc<TreeTerm<Node>>) -> Option<String> {
        if self.changes_in(term) {
            return None;
        }
        let class = self.imported.graph.lookup(term.node.clone())?;
        let maker = self.makers.get(&class)?.first()?;
        Some(self.imported.ops[*maker].name.clone())
    }

    /// The term at the beginning of a proof of its parts.
    fn first(&mut self, term: &TreeTerm<Node>, depth: usize) -> String {
        self.text(term, depth, |child| child.first())
    }

    /// The term at the end.
    fn last(&mut self, term: &TreeTerm<Node>, depth: usize) -> String {
        self.text(term, depth, |child| child.last())
    }

    fn text(
        &mut self,
        term: &TreeTerm<Node>,
        depth: usize,
        side: fn(&TreeExplanation<Node>) -> Option<&Rc<TreeTerm<Node>>>,
    ) -> String {
        let imported = self.imported;
        let graph = &imported.graph;
        let head = match &term.node {
            Node::Source(source) => {
                let maker = imported.sources[*source as usize];
                return imported.ops[maker].name.clone();
            }
            node => node.op().unwrap_or_default().to_owned(),
        };
        let mut parts = vec![head];
        for (position, child) in term.child_proofs.iter().enumerate() {
            let Some(inner) = side(child) else {
                continue;
            };
            let inner = &inner.clone();
            parts.push(if position < term.node.attributes() {
                match graph.lookup(inner.node.clone()) {
                    Some(id) => text::attribute(graph, id),
                    None => inner.node.to_string(),
                }
            } else if let Some(name) = self.name(inner).filter(|_| child.len() == 1) {
                name
            } else if depth == 0 {
                "...".to_owned()
            } else {
                self.text(inner, depth - 1, side)
            });
        }
        format!("({})", parts.join(" "))
    }
}
