//! Whether a condition holds for an entity, and how two entities compare in an order.
//!
//! Values of a path are a list: a path through a relation to many holds when it holds for any of them.

use super::filter::{Comparison, Expr, Operand, TextTest};
use super::functions::{Function, Scalar};
use crate::iso::end_of_time;
use serde_json::Value;
use std::cmp::Ordering;

/// Whether `expr` holds, given the values of paths.
pub(crate) fn holds(expr: &Expr, values: &dyn Fn(&[String]) -> Vec<Value>) -> bool {
    match expr {
        Expr::And(left, right) => holds(left, values) && holds(right, values),
        Expr::Or(left, right) => holds(left, values) || holds(right, values),
        Expr::Not(inner) => !holds(inner, values),
        Expr::Compare(left, comparison, right) => {
            let (left, right) = (operand_values(left, values), operand_values(right, values));
            left.iter()
                .any(|a| right.iter().any(|b| compares(a, *comparison, b)))
        }
        Expr::Text(test, whole, part) => {
            let (whole, part) = (operand_values(whole, values), operand_values(part, values));
            whole
                .iter()
                .any(|a| part.iter().any(|b| tests(*test, a, b)))
        }
    }
}

/// The order of two values: absent first, then flags, numbers, texts.
pub(crate) fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a
            .as_f64()
            .unwrap_or_default()
            .total_cmp(&b.as_f64().unwrap_or_default()),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (a, b) => rank(a).cmp(&rank(b)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) | Value::Object(_) => 4,
    }
}

/// The most combinations of arguments that one call is tried with.
const MAX_COMBINATIONS: usize = 1000;

fn operand_values(operand: &Operand, values: &dyn Fn(&[String]) -> Vec<Value>) -> Vec<Scalar> {
    match operand {
        Operand::Path(path) => {
            let mut found: Vec<Scalar> = values(path).into_iter().map(Scalar::Found).collect();
            // Nothing there is the same as null, so that `eq null` finds it.
            if found.is_empty() {
                found.push(Scalar::Found(Value::Null));
            }
            found
        }
        Operand::Text(text) => vec![Scalar::Found(Value::String(text.clone()))],
        Operand::Number(number) => vec![Scalar::Found(Value::from(*number))],
        Operand::Bool(flag) => vec![Scalar::Found(Value::Bool(*flag))],
        Operand::Null => vec![Scalar::Found(Value::Null)],
        Operand::Moment(moment) => vec![Scalar::Moment(moment.0)],
        Operand::Place(place) => vec![Scalar::Place(place.clone())],
        Operand::Call(function, args) => called(*function, args, values),
    }
}

/// The function of every combination of its arguments' values.
fn called(
    function: Function,
    args: &[Operand],
    values: &dyn Fn(&[String]) -> Vec<Value>,
) -> Vec<Scalar> {
    let mut combinations: Vec<Vec<Scalar>> = vec![Vec::new()];
    for arg in args {
        let found = operand_values(arg, values);
        let mut longer = Vec::new();
        for combination in &combinations {
            for value in found.iter().take(MAX_COMBINATIONS) {
                if longer.len() < MAX_COMBINATIONS {
                    let mut combination = combination.clone();
                    combination.push(value.clone());
                    longer.push(combination);
                }
            }
        }
        combinations = longer;
    }
    let value = |args: &Vec<Scalar>| function.of(args).unwrap_or(Scalar::Found(Value::Null));
    combinations.iter().map(value).collect()
}

fn compares(a: &Scalar, comparison: Comparison, b: &Scalar) -> bool {
    let ordering = match (a, b) {
        (Scalar::Moment(a), Scalar::Moment(b)) => Some(a.cmp(b)),
        (Scalar::Moment(a), Scalar::Found(Value::String(text))) => {
            end_of_time(text).map(|b| a.cmp(&b.0))
        }
        (Scalar::Found(Value::String(text)), Scalar::Moment(b)) => {
            end_of_time(text).map(|a| a.0.cmp(b))
        }
        (Scalar::Found(a), Scalar::Found(b)) if rank(a) == rank(b) && rank(a) < 4 => {
            Some(order(a, b))
        }
        _ => None,
    };
    match (comparison, ordering) {
        // Values of different kinds are unequal and have no order.
        (Comparison::Ne, None) => true,
        (_, None) => false,
        (Comparison::Eq, Some(found)) => found.is_eq(),
        (Comparison::Ne, Some(found)) => found.is_ne(),
        (Comparison::Gt, Some(found)) => found.is_gt(),
        (Comparison::Ge, Some(found)) => found.is_ge(),
        (Comparison::Lt, Some(found)) => found.is_lt(),
        (Comparison::Le, Some(found)) => found.is_le(),
    }
}

fn tests(test: TextTest, whole: &Scalar, part: &Scalar) -> bool {
    let (Scalar::Found(Value::String(whole)), Scalar::Found(Value::String(part))) = (whole, part)
    else {
        return false;
    };
    match test {
        TextTest::Contains => whole.contains(part.as_str()),
        TextTest::StartsWith => whole.starts_with(part.as_str()),
        TextTest::EndsWith => whole.ends_with(part.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sensorthings::filter::parse;
    use serde_json::json;

    #[track_caller]
    fn check(text: &str, expected: bool) {
        let entity = json!({"name": "南京西路 井盖 017", "n": 5, "at": "2023-11-14T22:13:20Z", "open": true, "properties": {"kind": "gas"},
            "spot": {"type": "Point", "coordinates": [0, 0]}});
        let values = |path: &[String]| -> Vec<Value> {
            let mut found = &entity;
            for step in path {
                match found.get(step) {
                    Some(next) => found = next,
                    None => return Vec::new(),
                }
            }
            vec![found.clone()]
        };
        assert_eq!(
            holds(&parse(text).expect(text), &values),
            expected,
            "{text}"
        );
    }

    #[test]
    fn conditions_hold_or_fail_as_written() {
        check("n eq 5", true);
        check("5 le n", true);
        check("n gt 5", false);
        check("properties/kind eq 'gas' and open", true);
        check("properties/kind eq 'gas' and not open", false);
        check("properties/missing eq null", true);
        check("properties/missing ne 'x'", true);
        check("properties/missing gt 3", false);
        check("at gt 2023-11-14T22:13:19Z", true);
        check("at lt 2023-11-14T22:13:19Z", false);
        check("substringof('井盖', name)", true);
        check("startswith(name, '南京')", true);
        check("endswith(name, '018')", false);
        check("toupper(properties/kind) eq 'GAS'", true);
        check("n eq 'five'", false);
        check("n mul 2 add 1 eq 11", true);
        check("n mod 2 eq 1", true);
        check("length(name) eq 11", true);
        check("indexof(name, '井盖') eq 5", true);
        check("substring(name, 0, 2) eq '南京'", true);
        check("concat(trim(' a '), 'b') eq 'ab'", true);
        check(
            "year(at) eq 2023 and month(at) eq 11 and hour(at) eq 22",
            true,
        );
        check("date(at) eq '2023-11-14'", true);
        check("round(n div 2) eq 3", true);
        check("floor(n div 2) eq 2", true);
        check("geo.distance(spot, geography'POINT (3 4)') eq 5", true);
        check(
            "st_within(spot, geography'POLYGON ((-1 -1, 1 -1, 1 1, -1 1, -1 -1))')",
            true,
        );
        check("geo.intersects(spot, geography'POINT (3 4)')", false);
        check("year(name) eq 2023", false);
    }
}
