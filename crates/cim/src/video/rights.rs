//! `cim video rights`: the rights of a policy as a table.

use crate::{
    Failure,
    host::{print, say},
};
use cim_video::rights::{MatrixRow, Policy};
use clap::Args;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// The policy that ships.
pub(crate) const POLICY: (&str, &str) = (
    include_str!("../../../../assets/codes/video_rights.toml"),
    "video_rights.toml",
);
/// A policy is no longer, bytes.
const MOST_BYTES: u64 = 4 << 20;

/// Print who may do what with which cameras.
#[derive(Debug, Args)]
pub(crate) struct RightsTable {
    /// The policy; the one that ships by default. Mistakes in it are told, and count as a failure.
    #[arg(long, value_name = "TOML")]
    policy: Option<PathBuf>,
    /// Only this role.
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Print one JSON object a row.
    #[arg(long)]
    json: bool,
}

impl RightsTable {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let (text, file) = match &self.policy {
            None => (POLICY.0.to_owned(), POLICY.1.to_owned()),
            Some(path) => {
                let told = |reason: String| format!("{}: {reason}", path.display());
                let about = std::fs::metadata(path).map_err(|err| told(err.to_string()))?;
                if about.len() > MOST_BYTES {
                    return Err(told(format!("it is longer than {MOST_BYTES} bytes")).into());
                }
                let text = std::fs::read_to_string(path).map_err(|err| told(err.to_string()))?;
                (text, path.display().to_string())
            }
        };
        let (policy, faults) = Policy::read(&text, &file);
        for fault in &faults {
            say(&fault.to_string());
        }
        let rows = policy.matrix();
        if rows.is_empty() {
            return Err(format!("{file} names no roles").into());
        }
        let of_role = |row: &&MatrixRow| self.role.as_ref().is_none_or(|role| *role == row.role);
        let wanted: Vec<&MatrixRow> = rows.iter().filter(of_role).collect();
        if wanted.is_empty() {
            let mut roles: Vec<&str> = rows.iter().map(|row| row.role.as_str()).collect();
            roles.dedup();
            return Err(format!("there is no such role; there are {}", roles.join(", ")).into());
        }
        if !self.json {
            print(
                "letters: list, place (p), live view (v), playback (b), snapshot, export, PTZ (z), reveal, grant",
            );
            print(
                "capital: only for some purposes or hours; x: denied whatever is granted; .: not allowed",
            );
        }
        for row in wanted {
            let line = if self.json {
                json_of(row).to_string()
            } else {
                line_of(row)
            };
            print(&line);
        }
        Ok(faults.is_empty())
    }
}

fn line_of(row: &MatrixRow) -> String {
    let mut limits: Vec<&str> = row
        .cells
        .iter()
        .flat_map(|cell| cell.limits.iter().map(String::as_str))
        .collect();
    limits.sort_unstable();
    limits.dedup();
    let hidden = if row.shows_denied {
        ""
    } else {
        "   hidden where denied"
    };
    let line = format!(
        "{:16} class {:10} {:10} {:8} {}{hidden}   {}",
        row.role,
        row.category,
        row.grade,
        row.area,
        row.letters(),
        limits.join(" ")
    );
    line.trim_end().to_owned()
}

fn json_of(row: &MatrixRow) -> Value {
    let actions: Map<String, Value> = row
        .cells
        .iter()
        .map(|cell| {
            let told = json!({"kind": cell.kind.as_str(), "limits": cell.limits});
            (cell.action.as_str().to_owned(), told)
        })
        .collect();
    json!({
        "role": row.role, "category": row.category, "grade": row.grade, "area": row.area,
        "shows_denied": row.shows_denied, "actions": actions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_that_ships_is_printed_cell_by_cell() {
        let (policy, faults) = Policy::read(POLICY.0, POLICY.1);
        assert!(faults.is_empty(), "{faults:?}");
        let rows = policy.matrix();
        let duty = rows
            .iter()
            .find(|row| row.role == "duty_officer" && row.grade == "public" && row.category == "1")
            .expect("a row");
        let told = line_of(duty);
        assert!(told.starts_with("duty_officer"), "{told}");
        assert_eq!(json_of(duty)["actions"]["live"]["kind"], "yes");
    }
}
