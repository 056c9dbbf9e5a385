//! From what was extracted to a module.

use std::collections::{BTreeMap, BTreeSet};

use egg::{Id, Language};
use melior::ir::{
    Location, Type, Value,
    operation::{OperationBuilder, OperationLike},
};
use nirc_dialects::{
    finding::Finding,
    ir::{Builder, OpFields, body, erase},
};

use super::{
    analysis::{Fact, Signal},
    attributes::{Attributes, unbuilt},
    candidates::{Candidate, Candidates, ClassIndex},
    common::Op,
    extract::Extraction,
    import::{Imported, SourceOp},
    language::Node,
    names::{self, Origin, Origins},
    tensors::{TensorId, evaluate},
};
use crate::Lowering;

/// What is to be written.
pub struct Export<'e, 'c, 'a> {
    imported: &'e Imported<'c, 'a>,
    candidates: &'e Candidates,
    extraction: &'e Extraction,
    /// The index of each class.
    index: BTreeMap<Id, ClassIndex>,
    /// The first op of the source that is each node of each class.
    terms: BTreeMap<(Id, Node), usize>,
    origins: Origins,
    order: Vec<Entry>,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// NIR nodes of which no op is left.
    pub removed: Vec<String>,
    /// NIR nodes whose values another's op makes too: it, and the other.
    pub merged: Vec<(String, String)>,
    /// For each op that is not in the source, the NIR nodes that it comes from, and what it is.
    pub made: Vec<(String, String)>,
}

/// A value of the new module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Class(ClassIndex),
    /// The result of an op that keeps its place.
    Op(usize),
}

impl<'e, 'c, 'a> Export<'e, 'c, 'a> {
    /// What was chosen for a source, among what there was.
    pub fn new(
        imported: &'e Imported<'c, 'a>,
        candidates: &'e Candidates,
        extraction: &'e Extraction,
    ) -> Self {
        let graph = &imported.graph;
        let mut terms = BTreeMap::new();
        for (number, op) in imported.ops.iter().enumerate() {
            if let (Some(class), Some(term)) = (op.class, &op.term) {
                let node = term.clone().map_children(|id| graph.find(id));
                terms.entry((graph.find(class), node)).or_insert(number);
            }
        }
        let classes = candidates.classes.iter().enumerate();
        let mut this = Self {
            imported,
            candidates,
            extraction,
            index: classes.map(|(i, id)| (*id, i)).collect(),
            terms,
            origins: names::origins(imported, candidates, extraction),
            order: Vec::new(),
        };
        this.order = this.entries();
        this
    }

    /// Whether the program is the source.
    pub fn is_source(&self) -> bool {
        let terms = self
            .imported
            .ops
            .iter()
            .filter(|op| op.term.is_some())
            .count();
        let needed = self.extraction.chosen.iter().filter(|(class, number)| {
            let node = self.candidates.nodes[**class].get(**number);
            node.is_some_and(|c| !matches!(c.node, Node::Source(_)))
        });
        self.extraction.total.new == 0 && needed.count() == terms
    }

    /// Replaces the body of the module.
    ///
    /// # Errors
    ///
    /// A finding if MLIR cannot build an op.
    pub fn write(&self, lowering: &mut Lowering<'c, '_, '_>) -> Result<Written, Finding> {
        let written = self.written();
        let values = evaluate::evaluate(&self.imported.graph.analysis.tensors, &self.wanted());
        let context = lowering.context;
        let block = body(lowering.module)
            .ok_or_else(|| Finding::error("ir-module", "a module has a body", "it has none"))?;
        let mut builder: Builder<'c, '_, Key> = Builder::new(context, block);
        let parts = self.parts();
        for entry in &self.order {
            match entry {
                Entry::Kept(op) => self.keep(*op, &mut builder)?,
                Entry::Class(class) => {
                    let class = *class;
                    let Some(candidate) = self.chosen(class) else {
                        continue;
                    };
                    let own = self
                        .origins
                        .classes
                        .get(&class)
                        .cloned()
                        .unwrap_or_default();
                    let source = self.source_of(class, candidate);
                    let location = match source {
                        Some(op) if own.all().len() == 1 => op.operation.location(),
                        _ => names::location(
                            context,
                            self.imported,
                            &own,
                            &candidate.node,
                            parts.get(&class).copied(),
                        ),
                    };
                    let op = match source {
                        Some(op) => op.op.clone(),
                        None => {
                            let name = self.label(&own.named);
                            let mut write = Attributes {
                                graph: &self.imported.graph,
                                level: self.imported.level,
                                values: &values,
                                store: &mut *lowering.tensors,
                                context,
                                name: &name,
                            };
                            write.op(candidate, self.signal(class)?)?
                        }
                    };
                    let operands = self.operands(&candidate.operands, &mut builder)?;
                    let r#type = self.imported.level.r#type(self.signal(class)?, context)?;
                    let value = emit(&mut builder, self, op, &operands, Some(r#type), location)?;
                    if let Some(value) = value {
                        builder.define(Key::Class(class), value);
                    }
                }
            }
        }
        let old: Vec<_> = self.imported.ops.iter().map(|op| op.operation).collect();
        erase(&old);
        Ok(written)
    }

    fn chosen(&self, class: ClassIndex) -> Option<&Candidate> {
        self.candidates.nodes[class].get(*self.extraction.chosen.get(&class)?)
    }

    /// The op of the source that `candidate` is.
    fn source_of(&self, class: ClassIndex, candidate: &Candidate) -> Option<&SourceOp<'c, 'a>> {
        let key = (self.candidates.classes[class], candidate.node.clone());
        self.terms.get(&key).map(|op| &self.imported.ops[*op])
    }

    fn signal(&self, class: ClassIndex) -> Result<&Signal, Finding> {
        match &self.imported.graph[self.candidates.classes[class]].data {
            Fact::Signal(signal) => Ok(signal),
            _ => Err(unbuilt("a class is no signal")),
        }
    }

    fn class(&self, id: Id) -> Option<ClassIndex> {
        self.index.get(&self.imported.graph.find(id)).copied()
    }

    /// Where the value of a class is made.
    fn key(&self, class: ClassIndex) -> Key {
        let Some(Candidate {
            node: Node::Source(number),
            ..
        }) = self.chosen(class)
        else {
            return Key::Class(class);
        };
        let op = self.imported.sources[*number as usize];
        let source = &self.imported.ops[op];
        if source.term.is_none() {
            return Key::Op(op);
        }
        // The value of a cut cycle is what its own class makes.
        let own = source.class.and_then(|id| self.class(id));
        match own {
            Some(own) if own != class => self.key(own),
            _ => Key::Op(op),
        }
    }

    fn operands<'b>(
        &self,
        classes: &[ClassIndex],
        builder: &mut Builder<'c, 'b, Key>,
    ) -> Result<Vec<Value<'c, 'b>>, Finding> {
        let context = builder.context();
        classes
            .iter()
            .map(|class| {
                let r#type = self.imported.level.r#type(self.signal(*class)?, context)?;
                builder.lookup(&self.key(*class), r#type)
            })
            .collect()
    }

    /// Writes an op that has no term.
    fn keep<'b>(&self, index: usize, builder: &mut Builder<'c, 'b, Key>) -> Result<(), Finding> {
        let op = &self.imported.ops[index];
        let operands = op.operands.iter();
        let classes: Vec<ClassIndex> = operands.filter_map(|id| self.class(*id)).collect();
        let operands = self.operands(&classes, builder)?;
        let result = op.operation.result(0).ok();
        let r#type = result.map(|r| melior::ir::ValueLike::r#type(&r));
        let within = self.origins.kept.get(&index).cloned().unwrap_or_default();
        let location = names::kept_location(builder.context(), self.imported, index, &within);
        if let Some(value) = emit(builder, self, op.op.clone(), &operands, r#type, location)? {
            builder.define(Key::Op(index), value);
        }
        Ok(())
    }

    /// All that is written, in the order of the source; what is new stands before what it is for.
    fn entries(&self) -> Vec<Entry> {
        let makers = self.imported.makers();
        let consumers_first = names::consumers_first(self.candidates, self.extraction);
        let mut home: BTreeMap<ClassIndex, usize> = BTreeMap::new();
        let mut entries: Vec<((usize, usize), Entry)> = Vec::new();
        let count = consumers_first.len();
        for (rank, class) in consumers_first.iter().enumerate() {
            if let Some(own) = makers.get(&self.candidates.classes[*class]) {
                let first = own.iter().min().copied().unwrap_or_default();
                home.insert(*class, first);
            }
            let own = home.get(class).copied().unwrap_or(usize::MAX);
            let Some(candidate) = self.chosen(*class) else {
                continue;
            };
            for operand in &candidate.operands {
                let known = home.entry(*operand).or_insert(own);
                *known = own.min(*known);
            }
            if !matches!(candidate.node, Node::Source(_)) {
                entries.push(((own, count - rank), Entry::Class(*class)));
            }
        }
        for (index, op) in self.imported.ops.iter().enumerate() {
            if op.term.is_none() {
                entries.push(((index, usize::MAX), Entry::Kept(index)));
            }
        }
        entries.sort_by_key(|(key, _)| *key);
        entries.into_iter().map(|(_, entry)| entry).collect()
    }

    /// The tensors that are to be evaluated.
    fn wanted(&self) -> BTreeSet<TensorId> {
        let graph = &self.imported.graph;
        let mut wanted = BTreeSet::new();
        for class in self.extraction.chosen.keys() {
            let Some(candidate) = self.chosen(*class).filter(|c| c.new) else {
                continue;
            };
            for attribute in &candidate.node.children()[..candidate.node.attributes()] {
                match &graph[*attribute].data {
                    Fact::Tensor(id) => drop(wanted.insert(*id)),
                    Fact::Population(id) => {
                        wanted.extend(graph.analysis.population(*id).parameters.present());
                    }
                    _ => {}
                }
            }
        }
        wanted
    }

    /// Neuron ops that share the name of a population get a number.
    fn parts(&self) -> BTreeMap<ClassIndex, usize> {
        let mut by_name: BTreeMap<&str, Vec<ClassIndex>> = BTreeMap::new();
        for entry in &self.order {
            let Entry::Class(class) = entry else {
                continue;
            };
            let Some(candidate) = self.chosen(*class) else {
                continue;
            };
            if matches!(candidate.node, Node::Neuron(_))
                && let Some(first) = self
                    .origins
                    .classes
                    .get(class)
                    .and_then(|own| own.named.first())
            {
                let name = self.imported.ops[*first].name.as_str();
                by_name.entry(name).or_default().push(*class);
            }
        }
        let shared = by_name.into_values().filter(|classes| classes.len() > 1);
        shared
            .flat_map(|classes| classes.into_iter().enumerate().map(|(n, class)| (class, n)))
            .collect()
    }

    fn label(&self, ops: &[usize]) -> String {
        let mut names: Vec<&str> = Vec::new();
        for op in ops {
            let name = self.imported.ops[*op].name.as_str();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join("+")
    }

    fn written(&self) -> Written {
        let named: BTreeSet<&str> = self
            .origins
            .classes
            .values()
            .flat_map(Origin::all)
            .chain(self.origins.kept.values().flatten().copied())
            .chain(self.kept())
            .map(|op| self.imported.ops[op].name.as_str())
            .collect();
        let mut written = Written::default();
        let mut removed: BTreeSet<&str> = BTreeSet::new();
        for op in &self.imported.ops {
            if !named.contains(op.name.as_str()) && removed.insert(&op.name) {
                written.removed.push(op.name.clone());
            }
        }
        for own in self.imported.makers().into_values() {
            let terms: Vec<&str> = own
                .iter()
                .filter(|op| matches!(self.imported.ops[**op].op, Op::Neuron(..)))
                .map(|op| self.imported.ops[*op].name.as_str())
                .collect();
            if let Some((first, rest)) = terms.split_first() {
                for other in rest.iter().filter(|other| *other != first) {
                    written
                        .merged
                        .push(((*other).to_owned(), (*first).to_owned()));
                }
            }
        }
        for entry in &self.order {
            if let Entry::Class(class) = entry
                && let Some(candidate) = self.chosen(*class).filter(|c| c.new)
            {
                let own = self.origins.classes.get(class).cloned().unwrap_or_default();
                let names: Vec<usize> = own.all().into_iter().collect();
                written
                    .made
                    .push((self.label(&names), self.text(&candidate.node)));
            }
        }
        written
    }

    fn kept(&self) -> Vec<usize> {
        let ops = self.imported.ops.iter().enumerate();
        ops.filter(|(_, op)| op.term.is_none())
            .map(|(i, _)| i)
            .collect()
    }

    /// What a node is, without its operands.
    fn text(&self, node: &Node) -> String {
        super::text::head(&self.imported.graph, node)
    }
}

#[derive(Clone, Copy)]
enum Entry {
    /// An op without term.
    Kept(usize),
    /// The chosen node of a class.
    Class(ClassIndex),
}

fn emit<'c, 'b>(
    builder: &mut Builder<'c, 'b, Key>,
    export: &Export<'_, 'c, '_>,
    op: Op<'c>,
    operands: &[Value<'c, 'b>],
    result: Option<Type<'c>>,
    location: Location<'c>,
) -> Result<Option<Value<'c, 'b>>, Finding> {
    let (name, fields): (_, OpFields<'c>) = op.write(export.imported.level, builder.context());
    let results: Vec<Type<'c>> = result.into_iter().collect();
    let operation = OperationBuilder::new(name, location)
        .add_operands(operands)
        .add_results(&results)
        .add_attributes(&fields)
        .build()
        .map_err(|error| Finding::error("ir-build", "an op can be built", error.to_string()))?;
    let operation = builder.append(operation);
    Ok(operation.result(0).ok().map(Into::into))
}
