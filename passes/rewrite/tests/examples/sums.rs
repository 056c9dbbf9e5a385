//! Sums and matrices.

use super::{
    super::{
        check::Case,
        draft::{Random, X, window},
    },
    Example,
};

pub fn sums_and_matrices(e: &mut Example, name: &str, r: &mut Random) -> Option<Case> {
    Some(match name {
        "linear-of-linear" => {
            let x = e.current(r);
            let y = e.d.dense(x, 6, r);
            e.end(y, r)
        }
        "linear-as-scale" => {
            let x = e.current(r);
            let n = e.d.count(x);
            let s = r.signed(n);
            let weights = (0..n * n).map(|i| if i / n == i % n { s[i / n] } else { 0.0 });
            let y = e.d.linear(x, n, weights.collect());
            e.end(y, r)
        }
        "scale-as-linear" => {
            let x = e.row(r);
            let s = e.factors(x, r);
            let y = e.d.scale(x, s);
            e.end(y, r)
        }
        "linear-as-gather" => {
            let x = e.current(r);
            let n = e.d.count(x);
            let positions: Vec<usize> = (0..4).map(|_| r.between(0, n - 1)).collect();
            let y = e.selection(x, &positions);
            e.end(y, r).with(&["gather-of-linear"])
        }
        "linear-of-sum" | "convolution-of-sum" => {
            let (a, b) = (e.image(r), None::<X>);
            let b = b.unwrap_or_else(|| {
                let s = e.factors(a, r);
                e.d.scale(a, s)
            });
            let y = e.d.sum(&[a, b]);
            let y = if name == "linear-of-sum" {
                let x = e.row(r);
                let (a, b) = (e.d.dense(x, 5, r), e.d.dense(x, 5, r));
                let row = e.d.sum(&[a, b]);
                e.d.dense(row, 4, r)
            } else {
                e.d.conv(y, 2, &window(&[(3, 1, 0), (2, 1, 1)]), r)
            };
            e.end(y, r)
        }
        "sum-of-one-linear" => {
            let (a, b) = (e.d.input(&[4]), e.d.input(&[4]));
            let weights = r.numbers(20, -0.4, 0.9);
            let (a, b) = (e.d.linear(a, 5, weights.clone()), e.d.linear(b, 5, weights));
            let y = e.d.sum(&[a, b]);
            e.end(y, r)
        }
        "sum-of-one-convolution" => {
            let (a, b) = (e.d.input(&[2, 4, 4]), e.d.input(&[2, 4, 4]));
            let kernel = window(&[(3, 1, 1); 2]);
            let weights = r.numbers(3 * 2 * 9, -0.3, 0.5);
            let a = e.d.convolution(a, 3, &kernel, weights.clone());
            let b = e.d.convolution(b, 3, &kernel, weights);
            let y = e.d.sum(&[a, b]);
            e.end(y, r)
        }
        "sum-of-one" => {
            let x = e.any(r);
            let y = e.d.sum(&[x]);
            e.end(y, r)
        }
        "sum-of-sums" => {
            let x = e.row(r);
            let all: Vec<X> = (0..4).map(|_| e.d.dense(x, 4, r)).collect();
            let inner = e.d.sum(&all[..2]);
            let y = e.d.sum(&[all[2], inner, all[3]]);
            e.end(y, r)
        }
        "sum-of-spikes" => {
            let (a, b) = (e.d.input(&[5]), e.d.input(&[5]));
            let y = e.d.sum(&[a, b]);
            e.end(y, r)
        }
        "sum-of-same" => {
            let x = e.row(r);
            let (a, b) = (e.d.dense(x, 5, r), e.d.dense(x, 5, r));
            let y = e.d.sum(&[a, b, a]);
            e.end(y, r)
        }
        "sum-of-scales" => {
            let x = e.any(r);
            let (s, t) = (e.factors(x, r), e.factors(x, r));
            let (a, b) = (e.d.scale(x, s), e.d.scale(x, t));
            let y = e.d.sum(&[a, x, b]);
            e.end(y, r)
        }
        "sum-of-linears" => {
            let x = e.row(r);
            let all: Vec<X> = (0..3).map(|_| e.d.dense(x, 5, r)).collect();
            let y = e.d.sum(&all);
            e.end(y, r)
        }
        "sum-of-convolutions" => {
            let x = e.map(r);
            let kernel = window(&[(2, 1, 0), (3, 1, 1)]);
            let all: Vec<X> = (0..2).map(|_| e.d.conv(x, 3, &kernel, r)).collect();
            let y = e.d.sum(&all);
            e.end(y, r)
        }
        "sum-with-zero-linear" => {
            let x = e.row(r);
            let a = e.d.dense(x, 5, r);
            let n = 5 * e.d.count(x);
            let high = r.pick(&[0.0, 0.0, 0.5]);
            let weights = r.numbers(n, 0.0, high);
            let b = e.d.linear(x, 5, weights);
            let y = e.d.sum(&[a, b]);
            e.end(y, r)
        }
        "sum-with-zero-scale" => {
            let x = e.any(r);
            let s = r.pick(&[0.0, 0.0, 0.5]);
            let b = e.d.scale(x, vec![s]);
            let y = e.d.sum(&[x, b]);
            e.end(y, r)
        }
        _ => return None,
    })
}
