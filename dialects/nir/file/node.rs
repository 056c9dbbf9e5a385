//! The input and output shape of one node, once a shape reaches it.

use super::{
    Mode,
    convolution::flatten,
    graph::{Convolution, Graph, Node, Pool, Primitive},
    repair,
    shape::{Failed, Inference, MAX_SHAPE_ELEMENTS, Pattern, elements, single, stated},
};
use crate::finding::Finding;

/// The input and the output shape of a node.
type Shapes = (Vec<usize>, Vec<usize>);

impl Inference<'_> {
    /// Sets the shapes of `node`, at `path`, when `arriving` is the first shape that reaches it;
    /// `next` are the shapes that the nodes behind it take.
    ///
    /// A node that states its input shape keeps it, so that the check of the edges names the
    /// mismatch; the repairs of lenient mode are made here.
    pub(super) fn node(
        &mut self,
        node: &mut Node,
        arriving: &[usize],
        next: &[Pattern],
        path: &str,
    ) -> Result<(), Failed> {
        let (input, output) = match &mut node.kind {
            Primitive::Input { shape } => (shape.clone(), shape.clone()),
            Primitive::Output { shape } => self.output(shape, arriving, path),
            Primitive::Affine { weight, .. } | Primitive::Linear { weight } => {
                match weight.shape() {
                    [batch @ .., out, input] => {
                        ([batch, &[*input]].concat(), [batch, &[*out]].concat())
                    }
                    _ => return Err(Failed),
                }
            }
            Primitive::Conv1d(conv) => self.convolution(conv, arriving, path)?,
            Primitive::Conv2d(conv) => self.convolution(conv, arriving, path)?,
            Primitive::SumPool2d(pool) | Primitive::AvgPool2d(pool) => {
                self.pool(*pool, arriving, path)?
            }
            Primitive::Flatten {
                start_dim,
                end_dim,
                input_type,
            } => self.flatten(start_dim, end_dim, input_type, arriving, next, path)?,
            Primitive::Graph(graph) => self.nested(graph, arriving, path)?,
            elementwise => self.elementwise(elementwise, arriving, path)?,
        };
        if elements(&input).is_none() || elements(&output).is_none() {
            return Err(self.error(
                path,
                "nir-shape-too-large",
                "a shape has a number of elements that can be computed with",
                format!("{input:?} -> {output:?} exceeds {MAX_SHAPE_ELEMENTS} elements"),
            ));
        }
        (node.input_shape, node.output_shape) = (input, output);
        Ok(())
    }

    fn error(
        &mut self,
        path: &str,
        code: &'static str,
        rule: &'static str,
        what: String,
    ) -> Failed {
        self.findings
            .push(Finding::error(code, rule, what).at(path));
        Failed
    }

    fn mismatch(&mut self, path: &str, arriving: &[usize], wanted: &str) -> Failed {
        self.error(
            path,
            "nir-shape-mismatch",
            "both ends of an edge have the same shape",
            format!("{arriving:?} arrives, but the node takes {wanted}"),
        )
    }

    fn output(&mut self, stated: &mut Vec<usize>, arriving: &[usize], path: &str) -> Shapes {
        if stated == arriving {
            return (stated.clone(), stated.clone());
        }
        let as_nir = self
            .differing
            .iter()
            .any(|(own, nir)| own == arriving && nir == stated);
        if !as_nir && !repair::same_output(stated, arriving) {
            return (stated.clone(), stated.clone());
        }
        let why = if as_nir {
            "the stated shape is what nir 1.0.8 computes, wrongly, for a convolution of this graph"
        } else {
            "the shapes differ only in a batch or time axis or in axes of extent 1"
        };
        let finding = self.mode.repair(
            "nir-boundary-shape",
            "an Output has the shape of what arrives",
            format!("the Output states the shape {stated:?} and is read as {arriving:?}"),
        );
        self.findings.push(finding.at(path).why(why));
        if self.mode == Mode::Lenient {
            *stated = arriving.to_vec();
        }
        (arriving.to_vec(), arriving.to_vec())
    }

    fn convolution<const N: usize>(
        &mut self,
        conv: &Convolution<N>,
        arriving: &[usize],
        path: &str,
    ) -> Result<Shapes, Failed> {
        let Some((out, channels)) = conv.channels() else {
            return Err(Failed);
        };
        let spatial = match (conv.input_shape, arriving) {
            (Some(stated), _) => stated,
            (None, [c, rest @ ..]) if *c == channels && rest.len() == N => {
                let finding = Finding::note(
                    "nir-inferred-input-shape",
                    "a convolution states its input shape",
                    format!("`input_shape` is absent; {rest:?} arrives"),
                );
                self.findings.push(finding.at(path));
                rest.try_into().map_err(|_| Failed)?
            }
            (None, _) => {
                let wanted = format!("{channels} channels and {N} spatial dimensions");
                return Err(self.mismatch(path, arriving, &wanted));
            }
        };
        let output = conv.output(spatial).map_err(|what| {
            self.error(path, "nir-window", "a window fits its padded input", what)
        })?;
        let output = [&[out], output.as_slice()].concat();
        let nir = conv
            .nir_output(spatial)
            .map(|s| [&[out], s.as_slice()].concat());
        if let Some(nir) = nir.filter(|nir| *nir != output) {
            self.findings.push(
                Finding::note(
                    "nir-inference-differs",
                    "shapes are those of PyTorch",
                    format!("the output has the shape {output:?}; nir 1.0.8 computes {nir:?}"),
                )
                .at(path)
                .why(
                    "nir takes the first kernel extent for all dimensions and ignores the stride \
                     under `same`",
                ),
            );
            self.differing.push((output.clone(), nir));
        }
        Ok(([&[channels], spatial.as_slice()].concat(), output))
    }

    fn pool(&mut self, pool: Pool, arriving: &[usize], path: &str) -> Result<Shapes, Failed> {
        let [channels, height, width] = *arriving else {
            return Err(self.mismatch(path, arriving, "(channel, height, width)"));
        };
        match pool.output([height, width]) {
            Ok([h, w]) => Ok((arriving.to_vec(), vec![channels, h, w])),
            Err(what) => {
                Err(self.error(path, "nir-window", "a window fits its padded input", what))
            }
        }
    }

    fn flatten(
        &mut self,
        start: &mut i64,
        end: &mut i64,
        input_type: &mut Option<Vec<usize>>,
        arriving: &[usize],
        next: &[Pattern],
        path: &str,
    ) -> Result<Shapes, Failed> {
        let dimensions = (*start, *end);
        let stated = input_type.as_deref();
        let (input, dimensions) =
            match repair::flatten_dimensions(dimensions, stated, arriving, next) {
                Some(without) => {
                    let finding = self.mode.repair(
                        "nir-batch-dimension",
                        "shapes have no batch or time axis",
                        format!(
                            "Flatten of dimensions {start} to {end} counts a batch axis and is \
                             read as {} to {} of {arriving:?}",
                            without.0, without.1
                        ),
                    );
                    self.findings.push(
                        finding
                            .at(path)
                            .why("only so can the next node take what Flatten gives"),
                    );
                    if self.mode == Mode::Lenient {
                        (*start, *end) = without;
                        if input_type.is_some() {
                            *input_type = Some(arriving.to_vec());
                        }
                    }
                    (arriving, without)
                }
                None => match stated {
                    Some(stated) if stated.contains(&0) => {
                        return Err(self.mismatch(path, arriving, &format!("{stated:?}")));
                    }
                    Some(stated) => (stated, dimensions),
                    None => (arriving, dimensions),
                },
            };
        match flatten(input, dimensions.0, dimensions.1) {
            Ok(output) => Ok((input.to_vec(), output)),
            Err(what) => Err(self.error(
                path,
                "nir-flatten-dimensions",
                "Flatten joins dimensions that exist",
                what,
            )),
        }
    }

    fn nested(
        &mut self,
        graph: &mut Graph,
        arriving: &[usize],
        path: &str,
    ) -> Result<Shapes, Failed> {
        self.graph(graph, path, Some(arriving));
        match (single(graph, true), single(graph, false)) {
            (Some(input), Some(output)) => Ok((input.to_vec(), output.to_vec())),
            (input, output) => {
                let several = match (input, output) {
                    (None, Some(_)) => "one Input",
                    (Some(_), None) => "one Output",
                    _ => "one Input and one Output",
                };
                Err(self.error(
                    path,
                    "nir-nested-ports",
                    "a nested graph has one Input and one Output",
                    format!("the nested graph has not exactly {several}"),
                ))
            }
        }
    }

    fn elementwise(
        &mut self,
        kind: &mut Primitive,
        arriving: &[usize],
        path: &str,
    ) -> Result<Shapes, Failed> {
        let own = stated(kind).ok_or(Failed)?;
        let takes = own == arriving
            || repair::elementwise(kind, &own, arriving, path, self.mode, self.findings);
        let shape = if takes { arriving.to_vec() } else { own };
        Ok((shape.clone(), shape))
    }
}
