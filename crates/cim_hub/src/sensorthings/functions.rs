//! The functions of `$filter` (OGC 18-088, clause 9.3.3.5.2, table 12): texts, times, numbers and places.

use super::geometry::Geometry;
use crate::iso::{end_of_time, iso_from_millis};
use cim_model::UtcMillis;
use serde_json::Value;

/// A value while a condition is decided.
#[derive(Clone, Debug)]
pub(super) enum Scalar {
    /// A JSON value.
    Found(Value),
    /// A moment, UTC milliseconds.
    Moment(i64),
    /// A place.
    Place(Geometry),
}

/// A function's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    /// Number of characters.
    Length,
    /// First place of one text in another, counted from 0; -1 when it is not there.
    IndexOf,
    /// A text from a character on, or so many characters from there.
    Substring,
    /// Small letters.
    ToLower,
    /// Capital letters.
    ToUpper,
    /// Without blanks around.
    Trim,
    /// Two texts, one after the other.
    Concat,
    /// Year of a moment, in UTC.
    Year,
    /// Month.
    Month,
    /// Day of the month.
    Day,
    /// Hour.
    Hour,
    /// Minute.
    Minute,
    /// Second.
    Second,
    /// What is left of a second.
    FractionalSeconds,
    /// The day as text.
    Date,
    /// The time of the day as text.
    Time,
    /// Minutes from UTC: 0, because the hub keeps UTC.
    TotalOffsetMinutes,
    /// The earliest moment.
    MinDateTime,
    /// The latest moment.
    MaxDateTime,
    /// To the nearest whole number.
    Round,
    /// To the whole number below.
    Floor,
    /// To the whole number above.
    Ceiling,
    /// Sum.
    Add,
    /// Difference.
    Sub,
    /// Product.
    Mul,
    /// Quotient.
    Div,
    /// Remainder.
    Mod,
    /// Distance of two places.
    GeoDistance,
    /// Length of a line.
    GeoLength,
    /// Whether two places meet.
    Intersects,
    /// Whether the first lies in the second.
    Within,
    /// Whether the second lies in the first.
    Contains,
    /// Whether two places have nothing in common.
    Disjoint,
    /// Whether two places are the same.
    Equals,
}

impl Function {
    /// The function called `word`, and how many arguments it takes at least and at most.
    pub(super) fn from_word(word: &str) -> Option<(Self, usize, usize)> {
        Some(match word {
            "length" => (Self::Length, 1, 1),
            "indexof" => (Self::IndexOf, 2, 2),
            "substring" => (Self::Substring, 2, 3),
            "tolower" => (Self::ToLower, 1, 1),
            "toupper" => (Self::ToUpper, 1, 1),
            "trim" => (Self::Trim, 1, 1),
            "concat" => (Self::Concat, 2, 2),
            "year" => (Self::Year, 1, 1),
            "month" => (Self::Month, 1, 1),
            "day" => (Self::Day, 1, 1),
            "hour" => (Self::Hour, 1, 1),
            "minute" => (Self::Minute, 1, 1),
            "second" => (Self::Second, 1, 1),
            "fractionalseconds" => (Self::FractionalSeconds, 1, 1),
            "date" => (Self::Date, 1, 1),
            "time" => (Self::Time, 1, 1),
            "totaloffsetminutes" => (Self::TotalOffsetMinutes, 1, 1),
            "mindatetime" => (Self::MinDateTime, 0, 0),
            "maxdatetime" => (Self::MaxDateTime, 0, 0),
            "round" => (Self::Round, 1, 1),
            "floor" => (Self::Floor, 1, 1),
            "ceiling" => (Self::Ceiling, 1, 1),
            "geo.distance" => (Self::GeoDistance, 2, 2),
            "geo.length" => (Self::GeoLength, 1, 1),
            "geo.intersects" | "st_intersects" => (Self::Intersects, 2, 2),
            "st_within" => (Self::Within, 2, 2),
            "st_contains" => (Self::Contains, 2, 2),
            "st_disjoint" => (Self::Disjoint, 2, 2),
            "st_equals" => (Self::Equals, 2, 2),
            _ => return None,
        })
    }

    /// The operator spelt `word`, and how close it binds.
    pub(super) fn operator(word: &str) -> Option<(Self, u8)> {
        Some(match word {
            "add" => (Self::Add, 1),
            "sub" => (Self::Sub, 1),
            "mul" => (Self::Mul, 2),
            "div" => (Self::Div, 2),
            "mod" => (Self::Mod, 2),
            _ => return None,
        })
    }

    /// The value for some arguments; nothing where they are of another kind.
    pub(super) fn of(self, args: &[Scalar]) -> Option<Scalar> {
        let text = |index: usize| match args.get(index) {
            Some(Scalar::Found(Value::String(text))) => Some(text.as_str()),
            _ => None,
        };
        let number = |index: usize| match args.get(index) {
            Some(Scalar::Found(value)) => value.as_f64(),
            _ => None,
        };
        let found = |value: Value| Some(Scalar::Found(value));
        match self {
            Self::Length => found(Value::from(text(0)?.chars().count())),
            Self::IndexOf => {
                let (whole, part) = (text(0)?, text(1)?);
                let at = whole
                    .find(part)
                    .and_then(|at| whole.get(..at))
                    .map_or(-1, |before| {
                        i64::try_from(before.chars().count()).unwrap_or(-1)
                    });
                found(Value::from(at))
            }
            Self::Substring => {
                let skip = number(1)?.max(0.0) as usize;
                let take = number(2).map_or(usize::MAX, |take| take.max(0.0) as usize);
                let part: String = text(0)?.chars().skip(skip).take(take).collect();
                found(Value::from(part))
            }
            Self::ToLower => found(Value::from(text(0)?.to_lowercase())),
            Self::ToUpper => found(Value::from(text(0)?.to_uppercase())),
            Self::Trim => found(Value::from(text(0)?.trim())),
            Self::Concat => found(Value::from(format!("{}{}", text(0)?, text(1)?))),
            Self::Round => found(Value::from(number(0)?.round())),
            Self::Floor => found(Value::from(number(0)?.floor())),
            Self::Ceiling => found(Value::from(number(0)?.ceil())),
            Self::Add => found(Value::from(number(0)? + number(1)?)),
            Self::Sub => found(Value::from(number(0)? - number(1)?)),
            Self::Mul => found(Value::from(number(0)? * number(1)?)),
            Self::Div => found(Value::from(number(0)? / number(1)?)),
            Self::Mod => found(Value::from(number(0)? % number(1)?)),
            Self::MinDateTime => Some(Scalar::Moment(i64::MIN)),
            Self::MaxDateTime => Some(Scalar::Moment(i64::MAX)),
            Self::GeoDistance
            | Self::Intersects
            | Self::Within
            | Self::Contains
            | Self::Disjoint
            | Self::Equals
            | Self::GeoLength => self.of_places(args),
            _ => self.of_moment(moment(args.first()?)?),
        }
    }

    fn of_places(self, args: &[Scalar]) -> Option<Scalar> {
        let first = place(args.first()?)?;
        if self == Self::GeoLength {
            return Some(Scalar::Found(Value::from(first.length())));
        }
        let second = place(args.get(1)?)?;
        let value = match self {
            Self::GeoDistance => Value::from(first.distance(&second)),
            Self::Intersects => Value::from(first.intersects(&second)),
            Self::Within => Value::from(first.within(&second)),
            Self::Contains => Value::from(second.within(&first)),
            Self::Disjoint => Value::from(!first.intersects(&second)),
            _ => Value::from(first == second),
        };
        Some(Scalar::Found(value))
    }

    fn of_moment(self, millis: i64) -> Option<Scalar> {
        let stamp = jiff::Timestamp::from_millisecond(millis).ok()?;
        let civil = stamp.to_zoned(jiff::tz::TimeZone::UTC).datetime();
        let iso = iso_from_millis(UtcMillis(millis));
        let (day, time) = iso.split_once('T')?;
        let value = match self {
            Self::Year => Value::from(civil.year()),
            Self::Month => Value::from(civil.month()),
            Self::Day => Value::from(civil.day()),
            Self::Hour => Value::from(civil.hour()),
            Self::Minute => Value::from(civil.minute()),
            Self::Second => Value::from(civil.second()),
            Self::FractionalSeconds => Value::from(millis.rem_euclid(1000) as f64 / 1000.0),
            Self::Date => Value::from(day),
            Self::Time => Value::from(time.trim_end_matches('Z')),
            Self::TotalOffsetMinutes => Value::from(0),
            _ => return None,
        };
        Some(Scalar::Found(value))
    }
}

fn moment(scalar: &Scalar) -> Option<i64> {
    match scalar {
        Scalar::Moment(millis) => Some(*millis),
        Scalar::Found(Value::String(text)) => end_of_time(text).map(|moment| moment.0),
        Scalar::Found(_) | Scalar::Place(_) => None,
    }
}

fn place(scalar: &Scalar) -> Option<Geometry> {
    match scalar {
        Scalar::Place(place) => Some(place.clone()),
        Scalar::Found(Value::String(text)) => Geometry::from_wkt(text),
        Scalar::Found(value) => Geometry::from_geojson(value),
        Scalar::Moment(_) => None,
    }
}
