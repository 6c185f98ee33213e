//! Questions about observations, as SQL: there are millions, so the database filters, sorts and pages them.
//!
//! What SQL is not asked (functions, arithmetic, parameters) is decided here over the rows that the rest leaves.
//! A condition on the datastream (`Datastream/Thing/name eq …`) is decided here over the entities and reaches the
//! database as a list of datastream ids. Values are always bound, never written into the SQL.

use super::SetName;
use super::evaluate::holds;
use super::filter::{Comparison, Expr, Operand};
use super::options::{OptionError, Query};
use super::registry::Registry;
use crate::iso::{end_of_time, iso_from_millis};
use serde_json::{Map, Value};

/// A value bound to a `?`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bind {
    /// A whole number.
    Int(i64),
    /// A number.
    Real(f64),
    /// Text.
    Text(String),
}

/// A question to the table of observations.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ObservationQuery {
    /// What stands behind `WHERE`.
    pub(crate) condition: String,
    /// What stands behind `ORDER BY`.
    pub(crate) order: String,
    /// The values of `?` in `condition`.
    pub(crate) binds: Vec<Bind>,
    /// Rows wanted.
    pub(crate) limit: usize,
    /// Rows left out.
    pub(crate) offset: usize,
    /// The same without the place of the page: counts all matches.
    pub(crate) whole_condition: String,
    /// The values of `?` in `whole_condition`.
    pub(crate) whole_binds: Vec<Bind>,
}

/// A stored observation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ObservationRow {
    /// `@iot.id`.
    pub(crate) id: i64,
    /// The series.
    pub(crate) datastream: i64,
    /// `phenomenonTime` in milliseconds.
    pub(crate) time: i64,
    /// The result as a number, where it is one or a desk reads it as one.
    pub(crate) value: Option<f64>,
    /// The result as JSON text when it is no JSON number.
    pub(crate) result: Option<String>,
    /// What else was said of it.
    pub(crate) detail: Map<String, Value>,
}

/// How a page continues.
#[expect(
    clippy::enum_variant_names,
    reason = "`Paging::ByTime` reads as it is meant"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// Behind the last row's time and id, in this direction.
    ByTime {
        /// Newest first.
        descending: bool,
    },
    /// Behind the last row's id.
    ById,
    /// By counting rows.
    BySkip,
}

/// How the pages of `query` continue.
pub(crate) fn paging(query: &Query) -> Paging {
    let keys: Vec<(String, bool)> = query
        .order
        .iter()
        .map(|key| (key.path.join("/"), key.descending))
        .collect();
    match keys
        .first()
        .map(|(name, descending)| (name.as_str(), *descending))
    {
        None => Paging::ById,
        Some(("phenomenonTime", descending)) if keys.len() == 1 => Paging::ByTime { descending },
        Some(("id" | "@iot.id", false)) if keys.len() == 1 => Paging::ById,
        Some(_) => Paging::BySkip,
    }
}

/// Which observations are meant before any option is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All.
    All,
    /// Those of some series.
    Streams(Vec<i64>),
    /// Those that name a feature of interest.
    Feature(i64),
}

/// Turns a request for observations into SQL. What SQL is not asked is given beside it, and has to hold as well.
pub(crate) fn question(
    query: &Query,
    scope: &Scope,
    registry: &Registry,
) -> Result<(ObservationQuery, Option<Expr>), OptionError> {
    let mut sql = Sql {
        condition: String::new(),
        binds: Vec::new(),
    };
    match scope {
        Scope::All => sql.condition.push('1'),
        Scope::Streams(ids) => sql.among(ids),
        Scope::Feature(id) => sql.test(
            "json_extract(detail, '$.featureOfInterest')",
            Comparison::Eq,
            Bind::Text(id.to_string()),
        ),
    }
    let (asked, rest) = query.filter.as_ref().map_or((None, None), parted);
    if let Some(filter) = &asked {
        sql.condition.push_str(" AND ");
        sql.expr(filter, registry)?;
    }
    if let Some(rest) = &rest {
        known_paths(rest)?;
    }
    let (whole_condition, whole_binds) = (sql.condition.clone(), sql.binds.clone());
    let paging = paging(query);
    if let Some(after) = query.after {
        match paging {
            Paging::ByTime { descending } => {
                sql.condition.push_str(if descending {
                    " AND (t, id) < (?, ?)"
                } else {
                    " AND (t, id) > (?, ?)"
                });
                sql.binds
                    .extend([Bind::Int(after.time), Bind::Int(after.id)]);
            }
            Paging::ById => {
                sql.condition.push_str(" AND id > ?");
                sql.binds.push(Bind::Int(after.id));
            }
            Paging::BySkip => {
                return Err(unsupported(
                    "$skiptoken",
                    "it does not go with this $orderby",
                ));
            }
        }
    }
    let question = ObservationQuery {
        condition: sql.condition,
        order: order(query, paging)?,
        binds: sql.binds,
        limit: query.page(),
        offset: if query.after.is_some() { 0 } else { query.skip },
        whole_condition,
        whole_binds,
    };
    Ok((question, rest))
}

/// The part of a condition for SQL, and the part that is decided over rows; both have to hold.
fn parted(filter: &Expr) -> (Option<Expr>, Option<Expr>) {
    if !needs_rows(filter) {
        return (Some(filter.clone()), None);
    }
    let Expr::And(left, right) = filter else {
        return (None, Some(filter.clone()));
    };
    let (left, right) = (parted(left), parted(right));
    let both = |a: Option<Expr>, b: Option<Expr>| match (a, b) {
        (Some(a), Some(b)) => Some(Expr::And(Box::new(a), Box::new(b))),
        (one, other) => one.or(other),
    };
    (both(left.0, right.0), both(left.1, right.1))
}

fn needs_rows(expr: &Expr) -> bool {
    match expr {
        Expr::And(left, right) | Expr::Or(left, right) => needs_rows(left) || needs_rows(right),
        Expr::Not(inner) => needs_rows(inner),
        Expr::Compare(left, _, right) | Expr::Text(_, left, right) => {
            let about_rows = [left, right].into_iter().any(names_row);
            let simple = matches!(expr, Expr::Compare(..))
                && ![left, right]
                    .into_iter()
                    .any(|operand| matches!(operand, Operand::Call(..)))
                && ![left, right].into_iter().any(|operand| {
                    matches!(operand, Operand::Path(path)
                        if path.first().is_some_and(|first| first == "parameters" || first == "validTime"))
                });
            about_rows && !simple
        }
    }
}

/// True when an operand reads the observation itself and not what it belongs to.
fn names_row(operand: &Operand) -> bool {
    match operand {
        Operand::Path(path) => !path
            .first()
            .is_some_and(|first| matches!(first.as_str(), "Datastream" | "FeatureOfInterest")),
        Operand::Call(_, args) => args.iter().any(names_row),
        _ => false,
    }
}

/// Refuses paths that an observation does not have.
fn known_paths(expr: &Expr) -> Result<(), OptionError> {
    match expr {
        Expr::And(left, right) | Expr::Or(left, right) => {
            known_paths(left)?;
            known_paths(right)
        }
        Expr::Not(inner) => known_paths(inner),
        Expr::Compare(left, _, right) | Expr::Text(_, left, right) => {
            known_operand(left)?;
            known_operand(right)
        }
    }
}

fn known_operand(operand: &Operand) -> Result<(), OptionError> {
    match operand {
        Operand::Path(path) => match path.first().map(String::as_str) {
            Some(
                "id" | "@iot.id" | "result" | "phenomenonTime" | "resultTime" | "validTime"
                | "resultQuality" | "parameters" | "Datastream" | "FeatureOfInterest",
            ) => Ok(()),
            _ => Err(unsupported(
                "$filter",
                &format!("an observation has no {:?}", path.join("/")),
            )),
        },
        Operand::Call(_, args) => args.iter().try_for_each(known_operand),
        _ => Ok(()),
    }
}

fn order(query: &Query, paging: Paging) -> Result<String, OptionError> {
    match paging {
        Paging::ById => return Ok("id".to_owned()),
        Paging::ByTime { descending: false } => return Ok("t, id".to_owned()),
        Paging::ByTime { descending: true } => return Ok("t DESC, id DESC".to_owned()),
        Paging::BySkip => {}
    }
    let mut keys = Vec::new();
    for key in &query.order {
        let column = match key.path.join("/").as_str() {
            "phenomenonTime" => "t",
            "result" => "value",
            "id" | "@iot.id" => "id",
            "Datastream/id" | "Datastream/@iot.id" => "ds",
            "resultTime" => "json_extract(detail, '$.resultTime')",
            other => {
                return Err(unsupported(
                    "$orderby",
                    &format!("observations cannot be sorted by {other:?}"),
                ));
            }
        };
        keys.push(format!(
            "{column}{}",
            if key.descending { " DESC" } else { "" }
        ));
    }
    keys.push("id".to_owned());
    Ok(keys.join(", "))
}

fn unsupported(option: &str, reason: &str) -> OptionError {
    OptionError {
        option: option.to_owned(),
        at: 0,
        reason: reason.to_owned(),
    }
}

struct Sql {
    condition: String,
    binds: Vec<Bind>,
}

impl Sql {
    fn expr(&mut self, expr: &Expr, registry: &Registry) -> Result<(), OptionError> {
        match expr {
            Expr::And(left, right) => self.joined(left, " AND ", right, registry),
            Expr::Or(left, right) => self.joined(left, " OR ", right, registry),
            Expr::Not(inner) => {
                // A comparison with nothing is neither true nor false in SQL; here it is false, so its `not` is true.
                self.condition.push_str("NOT coalesce(");
                self.expr(inner, registry)?;
                self.condition.push_str(", 0)");
                Ok(())
            }
            Expr::Compare(left, _, right)
                if [left, right]
                    .into_iter()
                    .any(|operand| matches!(operand, Operand::Call(..))) =>
            {
                self.about_datastream(expr, registry)
            }
            Expr::Compare(left, comparison, right) => match (left, right) {
                (Operand::Path(path), literal) => {
                    self.comparison(path, *comparison, literal, expr, registry)
                }
                (literal, Operand::Path(path)) => {
                    self.comparison(path, comparison.mirrored(), literal, expr, registry)
                }
                _ => Err(unsupported(
                    "$filter",
                    "a comparison needs a property on one side",
                )),
            },
            Expr::Text(..) => self.about_datastream(expr, registry),
        }
    }

    fn joined(
        &mut self,
        left: &Expr,
        word: &str,
        right: &Expr,
        registry: &Registry,
    ) -> Result<(), OptionError> {
        self.condition.push('(');
        self.expr(left, registry)?;
        self.condition.push_str(word);
        self.expr(right, registry)?;
        self.condition.push(')');
        Ok(())
    }

    fn comparison(
        &mut self,
        path: &[String],
        comparison: Comparison,
        literal: &Operand,
        expr: &Expr,
        registry: &Registry,
    ) -> Result<(), OptionError> {
        let first = path.first().map(String::as_str).unwrap_or_default();
        match (first, literal) {
            ("Datastream" | "FeatureOfInterest", _) => {
                return self.about_datastream(expr, registry);
            }
            _ if path.len() > 1 => {
                let name = path.join("/");
                return Err(unsupported(
                    "$filter",
                    &format!("observations cannot be filtered by {name:?}"),
                ));
            }
            ("result", Operand::Number(number)) => {
                self.test("value", comparison, Bind::Real(*number));
            }
            ("result", Operand::Text(text)) => {
                self.test(
                    "result",
                    comparison,
                    Bind::Text(Value::from(text.as_str()).to_string()),
                );
            }
            ("result", Operand::Bool(flag)) => {
                self.test("result", comparison, Bind::Text(flag.to_string()));
            }
            ("id" | "@iot.id", Operand::Number(number)) => {
                self.test("id", comparison, Bind::Real(*number));
            }
            ("phenomenonTime", literal) => {
                let time = moment(literal, "phenomenonTime")?;
                self.test("t", comparison, Bind::Int(time));
            }
            ("resultTime", literal) => {
                let time = cim_model::UtcMillis(moment(literal, "resultTime")?);
                self.test(
                    "json_extract(detail, '$.resultTime')",
                    comparison,
                    Bind::Text(iso_from_millis(time)),
                );
            }
            ("resultQuality", Operand::Text(text)) => {
                self.test(
                    "json_extract(detail, '$.resultQuality')",
                    comparison,
                    Bind::Text(text.clone()),
                );
            }
            (other, _) => {
                return Err(unsupported(
                    "$filter",
                    &format!("observations cannot be filtered by {other:?} in this way"),
                ));
            }
        }
        Ok(())
    }

    fn test(&mut self, column: &str, comparison: Comparison, bind: Bind) {
        self.condition.push_str(column);
        self.condition.push(' ');
        self.condition.push_str(comparison.sql());
        self.condition.push_str(" ?");
        self.binds.push(bind);
    }

    fn among(&mut self, ids: &[i64]) {
        match ids {
            [] => self.condition.push('0'),
            [id] => self.test("ds", Comparison::Eq, Bind::Int(*id)),
            ids => {
                self.condition
                    .push_str("ds IN (SELECT value FROM json_each(?))");
                self.binds.push(Bind::Text(Value::from(ids).to_string()));
            }
        }
    }

    /// A condition that depends on the series alone: decided over the entities.
    fn about_datastream(&mut self, expr: &Expr, registry: &Registry) -> Result<(), OptionError> {
        let expr = seen_from_datastream(expr)?;
        let matching = registry.ids(SetName::Datastreams).into_iter().filter(|id| {
            let Some(stream) = registry.entity(SetName::Datastreams, *id) else {
                return false;
            };
            holds(&expr, &|path| {
                registry.values(SetName::Datastreams, &stream, path)
            })
        });
        let ids: Vec<i64> = matching.collect();
        self.among(&ids);
        Ok(())
    }
}

fn moment(literal: &Operand, name: &str) -> Result<i64, OptionError> {
    let found = match literal {
        Operand::Moment(moment) => Some(*moment),
        Operand::Text(text) => end_of_time(text),
        _ => None,
    };
    found
        .map(|moment| moment.0)
        .ok_or_else(|| unsupported("$filter", &format!("{name} is compared with a moment")))
}

/// The same condition with paths that start at the datastream instead of the observation.
fn seen_from_datastream(expr: &Expr) -> Result<Expr, OptionError> {
    match expr {
        Expr::Compare(left, comparison, right) => Ok(Expr::Compare(
            operand_from_datastream(left)?,
            *comparison,
            operand_from_datastream(right)?,
        )),
        Expr::Text(test, whole, part) => Ok(Expr::Text(
            *test,
            operand_from_datastream(whole)?,
            operand_from_datastream(part)?,
        )),
        other => Ok(other.clone()),
    }
}

fn operand_from_datastream(operand: &Operand) -> Result<Operand, OptionError> {
    let path = match operand {
        Operand::Call(function, args) => {
            let args: Result<Vec<Operand>, OptionError> =
                args.iter().map(operand_from_datastream).collect();
            return Ok(Operand::Call(*function, args?));
        }
        Operand::Path(path) => path,
        literal => return Ok(literal.clone()),
    };
    let rest = path.iter().skip(1).cloned();
    match path.first().map(String::as_str) {
        Some("Datastream") if path.len() > 1 => Ok(Operand::Path(rest.collect())),
        Some("FeatureOfInterest") if path.len() > 1 => Ok(Operand::Path(
            ["Thing".to_owned(), "Locations".to_owned()]
                .into_iter()
                .chain(rest)
                .collect(),
        )),
        _ => Err(unsupported(
            "$filter",
            &format!(
                "observations cannot be filtered by {:?} in this way",
                path.join("/")
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::options::parse;
    use super::super::registry::{Entity, Links};
    use super::*;
    use serde_json::json;

    fn two_streams() -> Registry {
        let mut registry = Registry::default();
        for (id, kind) in [(1, "gas"), (2, "noise"), (3, "gas")] {
            let Value::Object(body) = json!({"name": kind, "properties": {"kind": kind}}) else {
                continue;
            };
            registry.put(
                SetName::Datastreams,
                Entity {
                    id,
                    body,
                    links: Links::default(),
                },
            );
        }
        registry
    }

    #[track_caller]
    fn check(query: &str, condition: &str, binds: &[Bind]) {
        let parsed = parse(query).expect(query);
        let (question, rest) = question(&parsed, &Scope::All, &two_streams()).expect(query);
        assert_eq!(rest, None, "{query}");
        assert_eq!(question.condition, condition, "{query}");
        assert_eq!(question.binds, binds, "{query}");
    }

    #[test]
    fn conditions_become_sql_with_bound_values() {
        check("", "1", &[]);
        check(
            "$filter=result gt 10",
            "1 AND value > ?",
            &[Bind::Real(10.0)],
        );
        check(
            "$filter=10 lt result",
            "1 AND value > ?",
            &[Bind::Real(10.0)],
        );
        check(
            "$filter=result eq 'open'",
            "1 AND result = ?",
            &[Bind::Text("\"open\"".to_owned())],
        );
        check(
            "$filter=phenomenonTime ge 2023-11-14T22:13:20Z and not result le 3",
            "1 AND (t >= ? AND NOT coalesce(value <= ?, 0))",
            &[Bind::Int(1_700_000_000_000), Bind::Real(3.0)],
        );
    }

    #[test]
    fn conditions_on_the_series_become_lists_of_series() {
        check(
            "$filter=Datastream/id eq 2",
            "1 AND ds = ?",
            &[Bind::Int(2)],
        );
        check(
            "$filter=Datastream/properties/kind eq 'gas'",
            "1 AND ds IN (SELECT value FROM json_each(?))",
            &[Bind::Text("[1,3]".to_owned())],
        );
        check("$filter=startswith(Datastream/name,'x')", "1 AND 0", &[]);
    }

    #[test]
    fn a_page_by_time_goes_on_behind_the_last_row() {
        check(
            "$orderby=phenomenonTime desc&$skiptoken=50,7",
            "1 AND (t, id) < (?, ?)",
            &[Bind::Int(50), Bind::Int(7)],
        );
        check("$skiptoken=50,7", "1 AND id > ?", &[Bind::Int(7)]);
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        for query in [
            "$filter=colour eq 1",
            "$filter=year(colour) eq 1",
            "$filter=1 eq 1",
            "$filter=phenomenonTime gt 5",
        ] {
            let parsed = parse(query).expect(query);
            assert!(
                question(&parsed, &Scope::All, &two_streams()).is_err(),
                "{query}"
            );
        }
        let parsed = parse("$orderby=parameters").expect("parses");
        assert!(question(&parsed, &Scope::All, &two_streams()).is_err());
    }

    #[test]
    fn functions_are_decided_over_the_rows_that_sql_leaves() {
        let parsed = parse("$filter=result gt 3 and round(result) eq 4 and parameters/a eq 1")
            .expect("parses");
        let (question, rest) = question(&parsed, &Scope::All, &two_streams()).expect("a question");
        assert_eq!(question.condition, "1 AND value > ?");
        assert!(matches!(rest, Some(Expr::And(..))), "{rest:?}");
    }
}
