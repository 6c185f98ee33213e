//! Who may do what with which camera: categories and grades, a policy as data, temporary grants, and what is written down
//! about every look.
//!
//! A policy is a list of rights (role × category × grade × area × action, within hours, for purposes) and of denials that hold
//! against everybody they name, whatever was granted. What no right allows is not allowed. Keeps nothing and draws nothing:
//! facts come in and go out as JSON, the desk stores them.

mod action;
mod audit;
mod decide;
mod facts;
mod grant;
mod matrix;
mod policy;
mod reach;
mod read;
mod window;

pub use action::{Action, Actions};
pub use audit::{AuditLog, AuditPage, AuditQuery, Look, LookPage};
pub use decide::{Asking, Verdict, Why};
pub use facts::{
    BodyFault, Calibrated, Denied, Exported, Follow, Graded, Looked, MOST_BODY_BYTES, Mosaic, Pose,
    Preset, Ptz, Record, Revealed, Revoked, Snapshot, Subject, VideoAct, Work, subject_of_camera,
    subject_of_grant, subject_of_mosaic,
};
pub use grant::{
    Grant, GrantRefusal, GrantRow, GrantState, Grants, Holder, MOST_GRANT_CAMERAS, Revocation,
    Scope,
};
pub use matrix::{Cell, CellKind, MatrixRow};
pub use policy::{Area, Category, Grade, Marks, Named, Person, Policy, Target};
pub use reach::{Presence, Reach};
pub use window::Window;
