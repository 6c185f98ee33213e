//! Who may do what: verdicts, the printed matrix, temporary grants, the audit.

use super::{
    Look, VideoDesk, convert,
    look::{names_of, target_of},
    told::record_of,
};
use crate::wire::{
    RightsCellDto, RightsMatrixDto, VideoAuditDto, VideoAuditPageDto, VideoAuditQueryDto,
    VideoGrantDraftDto, VideoGrantDto, VideoGrantStateDto, VideoRefusalDto, VideoRightDto,
};
use cim_model::UtcMillis;
use cim_store::Fact;
use cim_video::{
    channels::{ChannelIndex, Filter},
    rights::{
        Action, Actions, Asking, AuditLog, AuditQuery, Cell, CellKind, Grant, GrantRow, GrantState,
        Holder, Person, Record, Scope, Subject, Target, Verdict, VideoAct, Why,
    },
    ring::Ring,
};
use std::collections::BTreeSet;

/// So many lines of the audit are answered at once.
const MOST_ROWS: u32 = 500;

impl VideoDesk {
    /// Whether whoever looks may do something with a channel; `None` when there is no such channel for them.
    pub(crate) fn verdict(
        &self,
        look: &Look<'_>,
        id: &str,
        (action, purpose): (Action, Option<&str>),
    ) -> Option<Verdict> {
        let channels = self.channels();
        let entry = channels.find(id)?;
        if look.presence(entry) == cim_video::rights::Presence::Hidden {
            return None;
        }
        let names = names_of(entry);
        let asking = Asking {
            person: &look.sitting.person,
            target: target_of(&look.policy.policy, entry, &names),
            action,
            purpose: purpose.filter(|purpose| !purpose.is_empty()),
            at: look.sitting.now,
        };
        Some(look.policy.policy.decide(&asking, look.grants))
    }

    /// Every action on a channel, with whether whoever looks may do it.
    pub(crate) fn rights_of(
        &self,
        look: &Look<'_>,
        id: &str,
        purpose: Option<&str>,
    ) -> Vec<VideoRightDto> {
        Action::ALL
            .iter()
            .filter_map(|action| {
                let verdict = self.verdict(look, id, (*action, purpose))?;
                Some(right_dto(*action, &verdict))
            })
            .collect()
    }

    /// The matrix of rights as it holds here.
    pub(crate) fn matrix(look: &Look<'_>) -> RightsMatrixDto {
        let rows = look.policy.policy.matrix().into_iter();
        let cells = rows.map(|row| {
            let of = |kind: CellKind| {
                let cells = row.cells.iter().filter(move |cell| cell.kind == kind);
                cells.map(|cell| cell.action.as_str().to_owned())
            };
            let limited = row
                .cells
                .iter()
                .filter(|cell| cell.kind == CellKind::Conditional)
                .map(|cell| [cell.action.as_str().to_owned(), cell.limits.join(",")]);
            RightsCellDto {
                allowed: of(CellKind::Yes).collect(),
                limited: limited.collect(),
                forbidden: of(CellKind::Denied).collect(),
                shows_denied: row.shows_denied,
                role: row.role.clone(),
                category: row.category.clone(),
                grade: row.grade.clone(),
                area: row.area.clone(),
            }
        });
        RightsMatrixDto {
            role: look.sitting.person.role.clone(),
            source: look.policy.source.clone(),
            problem: look.policy.problem.clone(),
            actions: Action::ALL
                .iter()
                .map(|action| action.as_str().to_owned())
                .collect(),
            cells: cells.collect(),
        }
    }

    /// Every temporary grant, newest first.
    pub(crate) fn grants(&self, look: &Look<'_>) -> Vec<VideoGrantDto> {
        let channels = self.channels();
        let told = self.told();
        let is_there = |camera: &str| {
            let entry = channels.find(camera);
            entry.is_none_or(|entry| !look.is_hidden(entry))
        };
        let is_told = |row: &&GrantRow| match &row.grant.scope {
            Scope::Cameras(cameras) => cameras.iter().any(|camera| is_there(camera)),
            Scope::Ring(_) | Scope::Division(_) => true,
        };
        let mut rows: Vec<&GrantRow> = told.grants.rows().filter(is_told).collect();
        rows.sort_by(|a, b| {
            let key = |row: &GrantRow| (row.grant.given_at, row.grant.id.clone());
            key(b).cmp(&key(a))
        });
        let each = rows.into_iter().map(|row| {
            let mut dto = grant_dto(row, look);
            dto.draft.cameras.retain(|camera| is_there(camera));
            dto
        });
        each.collect()
    }

    /// The grant that a draft asks for, when whoever looks may give it.
    pub(crate) fn grant_of(
        &self,
        look: &Look<'_>,
        draft: &VideoGrantDraftDto,
        id: String,
    ) -> Result<Grant, VideoRefusalDto> {
        let bad = |what: &str, why: &str| convert::refusal("bad_grant", what, why);
        let to = match (&draft.role, &draft.person) {
            (Some(role), None) => Holder::Role(role.trim().to_owned()),
            (None, Some(person)) => Holder::Person(person.trim().to_owned()),
            _ => return Err(bad("holder", "a role or a person is expected")),
        };
        let scope = match (draft.cameras.is_empty(), draft.area.is_empty()) {
            (false, true) => Scope::Cameras(draft.cameras.iter().cloned().collect()),
            (true, false) => {
                let ring = Ring::new(draft.area.clone());
                Scope::Ring(ring.map_err(|fault| bad("area", &fault.to_string()))?)
            }
            _ => return Err(bad("cameras", "cameras or an area is expected")),
        };
        let mut actions = Vec::new();
        for word in &draft.actions {
            let action = Action::from_word(word);
            actions.push(action.ok_or_else(|| bad(word, "no such action"))?);
        }
        let grant = Grant {
            id,
            by: look.sitting.person.clone(),
            to,
            scope,
            actions: Actions::of(&actions),
            from: UtcMillis(draft.from),
            until: UtcMillis(draft.to),
            purpose: draft.purpose.clone(),
            given_at: look.sitting.now,
            note: draft.note.trim().to_owned(),
        };
        self.check_grant(look, &grant)?;
        Ok(grant)
    }

    /// Whether whoever looks may take a grant back. The error says why not; it is `None` where there is no such grant.
    pub(crate) fn check_revoke(
        &self,
        look: &Look<'_>,
        id: &str,
    ) -> Result<(), Option<VideoRefusalDto>> {
        let told = self.told();
        let row = told.grants.row(id).ok_or(None)?;
        let policy = &look.policy.policy;
        let checked = policy.check_revoke(row, &look.sitting.person, look.sitting.now);
        checked.map_err(|why| {
            let told = convert::refusal("bad_grant", why.as_str(), &why.to_string());
            Some(told)
        })
    }

    /// A window into the audit, of cameras that whoever looks may know of. `kept` are the facts that the store has of the camera
    /// that is asked for: the desk itself remembers a month. `is_synced` says which facts the hub has.
    pub(crate) fn audit(
        &self,
        look: &Look<'_>,
        (query, kept): (&VideoAuditQueryDto, &[Fact]),
        is_synced: &dyn Fn(&str) -> bool,
    ) -> VideoAuditPageDto {
        let channels = self.channels();
        let told = self.told();
        let asked = AuditQuery {
            camera: query.camera.clone().unwrap_or_default(),
            verbs: query.kinds.clone(),
            purpose: query.purpose.clone().unwrap_or_default(),
            from: query.from.map(UtcMillis),
            to: query.to.map(UtcMillis),
            ..AuditQuery::default()
        };
        let mut whole = AuditLog::default();
        let log = if kept.is_empty() {
            &told.audit
        } else {
            let remembered = told.audit.found(&asked).cloned();
            for record in kept.iter().filter_map(record_of).chain(remembered) {
                whole.push(record);
            }
            &whole
        };
        let by = query.by.trim().to_lowercase();
        let known = |record: &&Record| {
            let is_by = by.is_empty() || record.author.to_lowercase().contains(&by);
            let is_hidden = camera_of(record)
                .and_then(|camera| channels.find(camera))
                .is_some_and(|entry| look.presence(entry) == cim_video::rights::Presence::Hidden);
            is_by && !is_hidden
        };
        let rows: Vec<&Record> = log.found(&asked).filter(known).collect();
        let window = rows
            .iter()
            .skip(query.offset as usize)
            .take(query.limit.clamp(1, MOST_ROWS) as usize);
        VideoAuditPageDto {
            total: super::lists::count(rows.len()),
            offset: query.offset,
            rows: window
                .map(|record| {
                    let camera = camera_of(record).unwrap_or_default();
                    let name = channels
                        .find(camera)
                        .map(convert::shown_name)
                        .unwrap_or_default();
                    VideoAuditDto {
                        camera: camera.to_owned(),
                        name,
                        is_synced: is_synced(&record.id),
                        ..audit_dto(record)
                    }
                })
                .collect(),
        }
    }

    /// Channels within a ring whose place whoever looks may know, so many at most.
    pub(crate) fn ids_in(&self, look: &Look<'_>, ring: &[[f64; 2]], most: usize) -> Vec<String> {
        let channels = self.channels();
        let rows = rows_in(&channels, look, ring).take(most);
        rows.filter_map(|row| channels.entry(row))
            .map(|entry| entry.id())
            .collect()
    }

    fn check_grant(&self, look: &Look<'_>, grant: &Grant) -> Result<(), VideoRefusalDto> {
        let policy = &look.policy.policy;
        let channels = self.channels();
        let rows: BTreeSet<u32> = match &grant.scope {
            Scope::Cameras(cameras) => {
                let mut rows = BTreeSet::new();
                for camera in cameras {
                    let entry = channels.find(camera);
                    let entry = entry.filter(|entry| !look.is_hidden(*entry));
                    let row = entry.map(|entry| entry.row());
                    let missing =
                        || convert::refusal("bad_grant", camera, "there is no such camera");
                    rows.insert(row.ok_or_else(missing)?);
                }
                rows
            }
            Scope::Ring(ring) => rows_in(&channels, look, ring.corners()).collect(),
            Scope::Division(_) => BTreeSet::new(),
        };
        // A grant on what its giver does not know of counts for nothing: it is neither asked about nor told.
        let named: Vec<_> = rows
            .iter()
            .filter_map(|row| channels.entry(*row))
            .filter(|entry| !look.is_hidden(*entry))
            .map(|entry| (entry, names_of(entry)))
            .collect();
        let targets: Vec<Target<'_>> = named
            .iter()
            .map(|(entry, names)| target_of(policy, *entry, names))
            .collect();
        let checked = policy.check_grant(grant, &targets, look.sitting.now);
        checked.map_err(|why| convert::refusal("bad_grant", why.as_str(), &why.to_string()))
    }
}

/// Channels within a ring whose place whoever looks may know: of others, even that they are there is not told.
fn rows_in(
    channels: &ChannelIndex,
    look: &Look<'_>,
    ring: &[[f64; 2]],
) -> impl Iterator<Item = u32> {
    let filter = Filter {
        polygon: ring.to_vec(),
        ..Filter::default()
    };
    channels.matching(&filter).into_iter().filter(|row| {
        channels
            .entry(*row)
            .is_some_and(|entry| look.sees_place(entry))
    })
}

/// Whether whoever looks may give rights on cameras of one kind or another; the refusal where they never may.
pub(crate) fn check_granter(look: &Look<'_>) -> Result<(), VideoRefusalDto> {
    let may = |cell: &Cell| {
        cell.action == Action::Grant && matches!(cell.kind, CellKind::Yes | CellKind::Conditional)
    };
    let rows = look.policy.policy.matrix();
    let mut own = rows
        .iter()
        .filter(|row| row.role == look.sitting.person.role);
    if own.any(|row| row.cells.iter().any(may)) {
        return Ok(());
    }
    let why = format!(
        "only a role that may give rights on cameras does that; {} may not",
        look.sitting.person.role
    );
    Err(convert::refusal(
        "not_granter",
        Action::Grant.as_str(),
        &why,
    ))
}

/// Why a verdict refuses, on the wire.
pub(crate) fn refused_by(verdict: &Verdict, action: Action) -> VideoRefusalDto {
    let code = match &verdict.why {
        Why::NeedsPurpose { .. } => "no_purpose",
        _ => "denied",
    };
    VideoRefusalDto {
        code: code.to_owned(),
        what: action.as_str().to_owned(),
        rule: why_words(&verdict.why),
        message: format!("{}: {}", action.as_str(), why_words(&verdict.why)),
    }
}

/// A reason in words for a log: `right duty`, `needs_purpose event,patrol`.
pub(crate) fn why_words(why: &Why) -> String {
    let words = format!("{} {}", why.as_str(), why.detail());
    words.trim_end().to_owned()
}

pub(crate) fn right_dto(action: Action, verdict: &Verdict) -> VideoRightDto {
    VideoRightDto {
        action: action.as_str().to_owned(),
        is_allowed: verdict.is_allowed,
        why: verdict.why.as_str().to_owned(),
        detail: verdict.why.detail(),
        grant: match &verdict.why {
            Why::Grant { id, .. } => Some(id.clone()),
            _ => None,
        },
        until: verdict.until.map(|until| until.0),
        needs_purpose: matches!(verdict.why, Why::NeedsPurpose { .. }),
    }
}

fn grant_dto(row: &GrantRow, look: &Look<'_>) -> VideoGrantDto {
    let grant = &row.grant;
    let (role, person) = match &grant.to {
        Holder::Role(role) => (Some(role.clone()), None),
        Holder::Party(name) | Holder::Person(name) => (None, Some(name.clone())),
    };
    let (cameras, area) = match &grant.scope {
        Scope::Cameras(cameras) => (cameras.iter().cloned().collect(), Vec::new()),
        Scope::Ring(ring) => (Vec::new(), ring.corners().to_vec()),
        Scope::Division(division) => (vec![division.clone()], Vec::new()),
    };
    let me: &Person = &look.sitting.person;
    let can_revoke = look
        .policy
        .policy
        .check_revoke(row, me, look.sitting.now)
        .is_ok();
    VideoGrantDto {
        id: grant.id.clone(),
        draft: VideoGrantDraftDto {
            role,
            person,
            cameras,
            area,
            actions: grant
                .actions
                .words()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            from: grant.from.0,
            to: grant.until.0,
            purpose: grant.purpose.clone(),
            note: grant.note.clone(),
        },
        given_by: grant.by.name.clone(),
        given_as: grant.by.role.clone(),
        given_at: grant.given_at.0,
        state: match row.state(look.sitting.now) {
            GrantState::Waiting => VideoGrantStateDto::Coming,
            GrantState::Open => VideoGrantStateDto::Holds,
            GrantState::Ended => VideoGrantStateDto::Expired,
            GrantState::Revoked => VideoGrantStateDto::Revoked,
        },
        revoked_by: row
            .revoked
            .as_ref()
            .map(|told| told.by.clone())
            .unwrap_or_default(),
        revoked_why: row
            .revoked
            .as_ref()
            .map(|told| told.reason.clone())
            .unwrap_or_default(),
        can_revoke,
        is_mine: grant.to.is(me),
    }
}

fn camera_of(record: &Record) -> Option<&str> {
    match Subject::parse(&record.subject) {
        Some(Subject::Camera(camera)) => Some(camera),
        _ => None,
    }
}

/// A record in words; its camera is the caller's.
fn audit_dto(record: &Record) -> VideoAuditDto {
    let mut line = VideoAuditDto {
        id: record.id.clone(),
        at: record.at.0,
        by: record.author.clone(),
        role: record.role.clone(),
        kind: record.act.verb().to_owned(),
        ..VideoAuditDto::default()
    };
    match &record.act {
        VideoAct::Looked(looked) => {
            let action = if looked.is_live { "live" } else { "playback" };
            action.clone_into(&mut line.action);
            line.purpose.clone_from(&looked.purpose);
            line.seconds = looked.seconds;
            line.moment = looked.moment.map(|moment| moment.0);
            line.note.clone_from(&looked.why);
        }
        VideoAct::Denied(denied) => {
            denied.action.as_str().clone_into(&mut line.action);
            line.purpose.clone_from(&denied.purpose);
            line.note.clone_from(&denied.why);
        }
        VideoAct::Snapshot(snapshot) => {
            "snapshot".clone_into(&mut line.action);
            line.purpose.clone_from(&snapshot.purpose);
            line.moment = snapshot.moment.map(|moment| moment.0);
            let note = format!("{} {}", snapshot.reason, snapshot.digest);
            note.trim_start().clone_into(&mut line.note);
        }
        VideoAct::Revealed(revealed) => {
            "reveal".clone_into(&mut line.action);
            line.purpose.clone_from(&revealed.reason);
            line.note.clone_from(&revealed.digest);
        }
        VideoAct::Exported(exported) => {
            "export".clone_into(&mut line.action);
            line.purpose.clone_from(&exported.purpose);
            line.moment = exported.moment.map(|moment| moment.0);
            let note = format!("{} {}", exported.reason, exported.digest);
            note.trim_start().clone_into(&mut line.note);
        }
        VideoAct::Ptz(ptz) => {
            "ptz".clone_into(&mut line.action);
            line.purpose.clone_from(&ptz.purpose);
            line.note = match ptz.preset {
                Some(preset) => format!("preset {preset}"),
                None => format!("{:.1} {:.1} {:.1}", ptz.pan, ptz.tilt, ptz.zoom),
            };
        }
        VideoAct::Graded(graded) => line.note = format!("{} {}", graded.category, graded.grade),
        VideoAct::Preset(preset) => line.note = format!("{} {}", preset.number, preset.name),
        VideoAct::GrantGiven(grant) => {
            "grant".clone_into(&mut line.action);
            line.purpose.clone_from(&grant.purpose);
            line.note = grant.actions.words().join(",");
        }
        VideoAct::MosaicSaved(mosaic) => line.note.clone_from(&mosaic.name),
        VideoAct::GrantRevoked(revoked) => line.note.clone_from(&revoked.reason),
        VideoAct::Work(work) => line.note = format!("{} {}", work.what, work.state),
        _ => {}
    }
    line
}
