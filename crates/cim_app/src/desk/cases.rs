//! What a person does at the event desk: lists, reports, acts on cases, attachments, kept filters, and as whom they act.

use super::Desk;
use crate::{
    alarm_desk::event_category,
    duty_desk::DutyNote,
    error::AppError,
    event_desk::{
        Asked, CaseFacts, CaseLists, UNDO_MS, act_of, detail, incoming_of, liked, likely_same,
        needs_reason, undoing,
    },
    live::{Joining, Live, TakenIn},
    wire::{
        CaseActDto, CaseActedDto, CaseDetailDto, CaseDraftDto, CasePageDto, CaseQueryDto,
        CaseRefusedDto, CaseReportedDto, CaseTablesDto, CaseViewDto, CasesActedDto, DraftCheckDto,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use cim_event::{Act, Attachment, Link, LinkKind, Party, SourceKind, Step};
use cim_model::{AlarmId, EventId, EventLevel, UtcMillis};
use cim_store::Fact;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Under this name the store remembers the kept filters of the event board.
const VIEWS: &str = "case_views";
/// So many filters are kept.
const MOST_VIEWS: usize = 100;
/// The name of a filter is at most so long, characters.
const MOST_NAME_CHARS: usize = 80;
/// So many cases are acted on before others get at the desk.
const ACTS_AT_ONCE: usize = 100;
/// So many cases are acted on at all.
const MOST_ACTS: usize = 10_000;
/// So many refusals are told one by one.
const MOST_REFUSED: usize = 100;
/// The folder of attachments inside the cache.
const ATTACHMENTS: &str = "attachments";
/// The largest attachment, bytes.
const MOST_ATTACHED: usize = 64 << 20;
/// So many alarms of a case are looked up.
const MOST_ALARMS: usize = 8;
/// So many facts about one alarm are read.
const MOST_FACTS: u32 = 200;
/// What happens while a file is written or read.
const ATTACHING: &str = "the attachment";

/// The sources that a person can name in a draft.
const SOURCES: [SourceKind; 5] = [
    SourceKind::Officer,
    SourceKind::Hotline,
    SourceKind::GridWorker,
    SourceKind::Cap,
    SourceKind::Other,
];

impl Desk {
    /// A window into the cases that `query` answers: those of the present, or as they were at the moment shown.
    pub fn cases(&self, query: &CaseQueryDto) -> CasePageDto {
        let now = self.shared.settings.time.now();
        let live = self.shared.keeper.live();
        CaseLists::new(&live, now).page(query)
    }

    /// Everything around one case.
    pub async fn case(&self, id: &str) -> Result<CaseDetailDto, AppError> {
        let case = EventId::new(id);
        let (alarms, digests) = {
            let live = self.shared.keeper.live();
            let state = live.event_desk.case_state(&case);
            let state = state.ok_or_else(|| no_case(id))?;
            let digests = state.attachments.iter().map(|file| file.digest.clone());
            (alarms_of(&state.links), digests.collect::<Vec<String>>())
        };
        let alarms = self.facts_of_alarms(&alarms).await?;
        let folder = self.attachments_folder();
        let files = self.aside(ATTACHING, move || {
            let here = digests.into_iter();
            here.filter(|digest| folder.join(digest).is_file())
                .collect::<BTreeSet<String>>()
        });
        let files = files.await?;
        let now = self.shared.settings.time.now();
        let mut live = self.shared.keeper.live();
        let is_past = live.state.shows_past();
        let language = live.language.clone();
        let likely_same = if is_past {
            Vec::new()
        } else {
            likely_same(&mut live.event_desk, &case, &language)
        };
        let lists = CaseLists::new(&live, now);
        let one = lists.get(id).ok_or_else(|| no_case(id))?;
        let told = CaseFacts {
            alarms,
            files,
            likely_same,
        };
        Ok(detail(&lists, &one, told, now))
    }

    /// Does something to a case in the operator's name. It is on disk when this returns; while the disk refuses, it waits.
    /// Refused while the past is shown.
    pub async fn act_on_case(&self, id: &str, act: &CaseActDto) -> Result<CaseActedDto, AppError> {
        let now = self.present()?;
        let acted = act_on(&mut self.shared.keeper.live(), id, act, now)?;
        self.shared.keeper.flush().await;
        Ok(acted)
    }

    /// Does something to many cases, each for itself; those that refuse it are told.
    pub async fn act_on_cases(
        &self,
        ids: &[String],
        act: &CaseActDto,
    ) -> Result<CasesActedDto, AppError> {
        let now = self.present()?;
        if ids.len() > MOST_ACTS {
            return Err(AppError::BadRequest {
                what: "the number of cases",
                found: ids.len().to_string(),
                reason: "at most 10 000 at once",
            });
        }
        let mut acted = CasesActedDto::default();
        for some in ids.chunks(ACTS_AT_ONCE) {
            for id in some {
                let done = act_on(&mut self.shared.keeper.live(), id, act, now);
                take_outcome(&mut acted, id, done)?;
            }
            // Whoever looks or brings values is let in between.
            tokio::task::yield_now().await;
        }
        self.shared.keeper.flush().await;
        Ok(acted)
    }

    /// Takes back the newest step of a case: the move that undoes it is made, and both stay in its history.
    pub async fn undo_case_step(
        &self,
        id: &str,
        step: &str,
        reason: &str,
    ) -> Result<CaseActedDto, AppError> {
        let now = self.present()?;
        let acted = {
            let mut live = self.shared.keeper.live();
            let case_id = EventId::new(id);
            let case = live.event_desk.cases().get(&case_id);
            let case = case.ok_or_else(|| no_case(id))?;
            let made = case.entries().iter().find(|entry| entry.step.id == step);
            let is_fresh =
                made.is_some_and(|entry| now.0 <= entry.step.at.0.saturating_add(UNDO_MS));
            let act = case.undo_of(step, reason.trim()).filter(|_| is_fresh);
            let act = act.ok_or_else(|| AppError::Refused {
                word: "no_undo".to_owned(),
                reason: "only the newest step can be taken back, for ten minutes".to_owned(),
            })?;
            let made = live.act_on_case(&case_id, act, now)?;
            acted(&live, &case_id, &made)
        };
        self.shared.keeper.flush().await;
        Ok(acted)
    }

    /// Takes in what somebody tells: a case of its own, or one more report of a case that is there.
    pub async fn report_case(&self, draft: &CaseDraftDto) -> Result<CaseReportedDto, AppError> {
        let now = self.present()?;
        let told = {
            let mut live = self.shared.keeper.live();
            let desk = live.exchanged.desk.clone();
            let asked = Asked {
                desk: &desk,
                at: now,
                alarm: None,
            };
            let incoming = incoming_of(draft, &asked)?;
            let taken = live.take_in(&incoming, &joining_of(draft), now)?;
            reported(&live, taken)
        };
        self.shared.keeper.flush().await;
        Ok(told)
    }

    /// What a draft would be the same as, before it is sent. Nothing is written.
    pub fn check_draft(&self, draft: &CaseDraftDto) -> Result<DraftCheckDto, AppError> {
        let now = self.shared.settings.time.now();
        let mut live = self.shared.keeper.live();
        let desk = live.exchanged.desk.clone();
        let asked = Asked {
            desk: &desk,
            at: now,
            alarm: None,
        };
        let incoming = incoming_of(draft, &asked)?;
        let taken = live.judge(&incoming, &joining_of(draft), now);
        Ok(DraftCheckDto {
            joins: taken.is_joined.then(|| taken.case.to_string()),
            is_repeated: taken.is_repeated,
            perhaps: liked(&live.event_desk, &taken.perhaps, &live.language),
        })
    }

    /// Makes an event of an alarm, or one more report of the case that is tied to it. What the draft leaves empty, the alarm
    /// says.
    pub async fn case_from_alarm(
        &self,
        alarm: &str,
        draft: &CaseDraftDto,
    ) -> Result<CaseReportedDto, AppError> {
        let now = self.present()?;
        let told = {
            let mut live = self.shared.keeper.live();
            let known = live.alarms.get(alarm).ok_or_else(|| AppError::NotFound {
                what: "alarm",
                id: alarm.to_owned(),
            })?;
            let device = live
                .alarm_thing(alarm)
                .and_then(|row| live.state.thing(row))
                .map(|row| (row.thing.name.clone(), row.thing.position));
            let (name, place) = device.map_or_else(
                || (known.id.to_string(), None),
                |(name, place)| (name, Some(place)),
            );
            let desk = live.exchanged.desk.clone();
            let asked = Asked {
                desk: &desk,
                at: now,
                alarm: Some((&known, &name, place)),
            };
            let mut draft = draft.clone();
            if draft.category.trim().is_empty() {
                draft.category = event_category(&live, &known);
            }
            let incoming = incoming_of(&draft, &asked)?;
            let taken = live.take_in(&incoming, &joining_of(&draft), now)?;
            reported(&live, taken)
        };
        self.shared.keeper.flush().await;
        Ok(told)
    }

    /// The tables of the event desk, in its language.
    pub fn case_tables(&self) -> CaseTablesDto {
        let live = self.shared.keeper.live();
        let (desk, language) = (&live.event_desk, live.language.as_str());
        let levels = [
            EventLevel::I,
            EventLevel::II,
            EventLevel::III,
            EventLevel::IV,
        ];
        CaseTablesDto {
            categories: desk.tables.category_rows(language),
            roles: desk.tables.role_rows(language),
            parties: desk.party_rows(language),
            levels: levels.map(|level| level.as_str().to_owned()).into(),
            sources: SOURCES.map(|source| source.as_str().to_owned()).into(),
            problems: desk.tables.problems.clone(),
            most_attachment_bytes: MOST_ATTACHED as f64,
        }
    }

    /// The role in which whoever sits here acts, and the identity of the party for which they do.
    pub fn actor(&self) -> (String, Option<String>) {
        let actor = self.shared.keeper.live().event_desk.actor();
        (actor.role, actor.party)
    }

    /// Whoever sits here acts in this role from now on, for this party or for the desk itself; found again after a restart.
    pub fn set_actor(&self, role: &str, party: Option<&str>) -> Result<(), AppError> {
        let now = self.shared.settings.time.now();
        let mut live = self.shared.keeper.live();
        if !live.event_desk.tables.has_role(role) {
            return Err(AppError::NotFound {
                what: "role",
                id: role.to_owned(),
            });
        }
        let party = match party {
            Some(id) => Some(party_of(&live, id).ok_or_else(|| AppError::NotFound {
                what: "department, team or person",
                id: id.to_owned(),
            })?),
            None => None,
        };
        let named = party.as_ref().map_or("", |party| party.name.as_str());
        let operator = live.operator().to_owned();
        let note = DutyNote::role_changed(now, &operator, role, named);
        live.event_desk.set_actor(role, party);
        live.event_desk.duty.note(note);
        live.changed = true;
        Ok(())
    }

    /// The kept filters of the event board, in their order.
    pub async fn case_views(&self) -> Result<Vec<CaseViewDto>, AppError> {
        let kept = self.shared.keeper.store.setting(VIEWS).await?;
        let kept = kept.unwrap_or_default();
        if kept.is_empty() {
            return Ok(Vec::new());
        }
        serde_json::from_str(&kept).or_else(|error| {
            // Another version's words: they stay in the store until somebody keeps new ones.
            self.note_problem("cache", VIEWS, &error.to_string());
            Ok(Vec::new())
        })
    }

    /// Keeps these filters instead of those before. They are on disk when this returns.
    pub async fn save_case_views(&self, views: Vec<CaseViewDto>) -> Result<(), AppError> {
        check_views(&views)?;
        let written = serde_json::to_string(&views).map_err(|error| AppError::BadRequest {
            what: "the filters",
            found: error.to_string(),
            reason: "texts and finite numbers",
        })?;
        let store = &self.shared.keeper.store;
        Ok(store.put_setting(VIEWS, &written).await?)
    }

    /// Keeps a file, whose bytes are `content` in base64 (RFC 4648, 4), in the cache under its digest, and ties it to a case.
    pub async fn attach_to_case(
        &self,
        id: &str,
        (name, media_type): (&str, &str),
        content: String,
        is_evidence: bool,
    ) -> Result<CaseActedDto, AppError> {
        self.present()?;
        let folder = self.attachments_folder();
        let (digest, size) = self
            .aside(ATTACHING, move || keep_content(&folder, &content))
            .await??;
        let act = Act::Attach(Attachment {
            // The same file twice is one attachment.
            id: digest.clone(),
            name: name.trim().to_owned(),
            media_type: media_type.trim().to_owned(),
            digest,
            bytes: size,
            is_evidence,
        });
        let now = self.present()?;
        let acted = {
            let mut live = self.shared.keeper.live();
            let case = EventId::new(id);
            let made = live.act_on_case(&case, act, now)?;
            acted(&live, &case, &made)
        };
        self.shared.keeper.flush().await;
        Ok(acted)
    }

    /// The bytes of an attachment that this desk has, by their digest; in base64.
    pub async fn attachment(&self, digest: &str) -> Result<String, AppError> {
        let missing = || AppError::NotFound {
            what: "attachment",
            id: digest.chars().take(64).collect(),
        };
        let is_digest = digest.len() == 64 && digest.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !is_digest {
            return Err(missing());
        }
        let path = self.attachments_folder().join(digest);
        let expected = digest.to_ascii_lowercase();
        let read = self.aside(ATTACHING, move || {
            let bytes = fs::read(&path).ok()?;
            (digest_of(&bytes) == expected).then(|| STANDARD.encode(&bytes))
        });
        // What is not there came from another desk; what is damaged is not there either.
        read.await?.ok_or_else(missing)
    }

    /// The present moment, to act at; refused while the past is shown.
    pub(crate) fn present(&self) -> Result<UtcMillis, AppError> {
        let now = self.shared.settings.time.now();
        let live = self.shared.keeper.live();
        if live.clock.is_live() {
            return Ok(now);
        }
        Err(AppError::BadRequest {
            what: "the moment to act at",
            found: format!("{} ms", live.clock.moment(now).0),
            reason: "cases are acted on in the present only",
        })
    }

    fn attachments_folder(&self) -> PathBuf {
        self.shared.settings.cache.join(ATTACHMENTS)
    }

    /// The facts about these alarms, those that are not written down yet included.
    async fn facts_of_alarms(&self, alarms: &[AlarmId]) -> Result<Vec<Fact>, AppError> {
        let store = &self.shared.keeper.store;
        let mut facts = Vec::new();
        for alarm in alarms {
            let (first, end) = (alarm.to_string(), format!("{alarm}\u{0}"));
            facts.extend(store.facts_about(&first, &end, MOST_FACTS).await?);
        }
        if !alarms.is_empty() {
            let own = self.shared.keeper.live().facts_on_their_way();
            let is_of = |fact: &Fact| alarms.iter().any(|alarm| alarm.as_str() == fact.subject);
            facts.extend(own.into_iter().filter(is_of));
        }
        Ok(facts)
    }
}

/// Does something to a case, in the words of the UI.
fn act_on(
    live: &mut Live,
    id: &str,
    asked: &CaseActDto,
    now: UtcMillis,
) -> Result<CaseActedDto, AppError> {
    let case = EventId::new(id);
    let split_into = match asked {
        CaseActDto::SplitOff { report } => EventId::new(format!("{id}/{report}")),
        _ => case.clone(),
    };
    let act = act_of(asked, |party| party_of(live, party), &split_into)?;
    let made = if let Act::SplitOff { report, into } = &act {
        live.split_case(&case, (report, into), now)?
    } else {
        live.act_on_case(&case, act, now)?
    };
    Ok(acted(live, &case, &made))
}

/// What came of a step, with whether it can be taken back.
fn acted(live: &Live, case: &EventId, made: &Step) -> CaseActedDto {
    let known = live.event_desk.cases().get(case);
    let back = known.and_then(|known| undoing(known, &made.id));
    CaseActedDto {
        id: case.to_string(),
        step: made.id.clone(),
        undo_until: back.map(|_| made.at.0.saturating_add(UNDO_MS)),
        undo_needs_reason: back.is_some_and(needs_reason),
    }
}

/// Counts what came of one case of many; what is no refusal ends it all.
fn take_outcome(
    acted: &mut CasesActedDto,
    id: &str,
    done: Result<CaseActedDto, AppError>,
) -> Result<(), AppError> {
    let reason = match done {
        Ok(done) => {
            acted.done.push(done);
            return Ok(());
        }
        Err(AppError::Refused { word, .. }) => word,
        Err(AppError::NotFound { what: "case", .. }) => "no_such_case".to_owned(),
        Err(error) => return Err(error),
    };
    acted.refused_count += 1;
    if acted.refused.len() < MOST_REFUSED {
        acted.refused.push(CaseRefusedDto {
            id: id.to_owned(),
            reason,
        });
    }
    Ok(())
}

fn reported(live: &Live, taken: TakenIn) -> CaseReportedDto {
    let mut perhaps = liked(&live.event_desk, &taken.perhaps, &live.language);
    perhaps.retain(|like| like.id != taken.case.as_str());
    CaseReportedDto {
        id: taken.case.to_string(),
        is_joined: taken.is_joined,
        is_repeated: taken.is_repeated,
        perhaps,
    }
}

fn joining_of(draft: &CaseDraftDto) -> Joining {
    match &draft.join {
        Some(case) => Joining::To(EventId::new(case)),
        None if draft.is_alone => Joining::Alone,
        None => Joining::Any,
    }
}

fn party_of(live: &Live, id: &str) -> Option<Party> {
    let mut parties = live.event_desk.parties(&live.language).into_iter();
    parties.find(|party| party.id == id)
}

fn alarms_of(links: &BTreeSet<Link>) -> Vec<AlarmId> {
    let alarms = links.iter().filter(|link| link.kind == LinkKind::Alarm);
    alarms
        .map(|link| AlarmId::new(&link.target))
        .take(MOST_ALARMS)
        .collect()
}

fn no_case(id: &str) -> AppError {
    AppError::NotFound {
        what: "case",
        id: id.to_owned(),
    }
}

/// Reads a file out of its base64 and writes it under its digest; the digest and how many bytes it has.
fn keep_content(folder: &Path, content: &str) -> Result<(String, u64), AppError> {
    let bad = |found: String, reason: &'static str| AppError::BadRequest {
        what: "the file",
        found,
        reason,
    };
    // Four letters for three bytes.
    let is_long = content.len() / 4 > MOST_ATTACHED / 3 + 1;
    if is_long {
        return Err(bad(
            format!("{} letters", content.len()),
            "1 byte to 64 MiB are kept",
        ));
    }
    let bytes = STANDARD
        .decode(content)
        .map_err(|error| bad(error.to_string(), "base64 is expected"))?;
    if bytes.is_empty() || bytes.len() > MOST_ATTACHED {
        return Err(bad(
            format!("{} bytes", bytes.len()),
            "1 byte to 64 MiB are kept",
        ));
    }
    let digest = keep_file(folder, &bytes)?;
    Ok((digest, bytes.len() as u64))
}

/// Writes a file under its digest, unless it is there; the digest.
fn keep_file(folder: &Path, bytes: &[u8]) -> Result<String, AppError> {
    let digest = digest_of(bytes);
    let path = folder.join(&digest);
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| AppError::File {
            act: "keeping an attachment",
            source,
            path,
        }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let is_there = path
        .metadata()
        .is_ok_and(|about| about.len() == bytes.len() as u64);
    if !is_there {
        // A file that is cut short must never stand under its digest.
        let draft = folder.join(format!("{digest}.part"));
        fs::write(&draft, bytes).map_err(failed(&draft))?;
        fs::rename(&draft, &path).map_err(failed(&path))?;
    }
    Ok(digest)
}

/// SHA-256 of `bytes`, hexadecimal.
fn digest_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|half| char::from_digit(u32::from(half), 16))
        .collect()
}

fn check_views(views: &[CaseViewDto]) -> Result<(), AppError> {
    if views.len() > MOST_VIEWS {
        return Err(AppError::BadRequest {
            what: "the number of filters",
            found: views.len().to_string(),
            reason: "at most 100 are kept",
        });
    }
    let is_named = |view: &&CaseViewDto| {
        let long = view.name.chars().count();
        !view.name.trim().is_empty() && long <= MOST_NAME_CHARS
    };
    match views.iter().find(|view| !is_named(view)) {
        None => Ok(()),
        Some(view) => Err(AppError::BadRequest {
            what: "the name of a filter",
            found: view.name.chars().take(40).collect(),
            reason: "it has 1 to 80 characters",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_filter_has_a_name_and_there_are_not_too_many() {
        let view = |name: &str| CaseViewDto {
            name: name.to_owned(),
            query: CaseQueryDto::default(),
        };
        assert!(check_views(&[view("今晚超期")]).is_ok());
        assert!(check_views(&[view(" ")]).is_err());
        assert!(check_views(&[view(&"长".repeat(81))]).is_err());
        let many = vec![view("a"); MOST_VIEWS + 1];
        assert!(check_views(&many).is_err());
    }

    #[test]
    fn a_digest_is_that_of_the_standard() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(
            digest_of(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_refusal_is_counted_and_a_failure_ends_it_all() {
        let mut acted = CasesActedDto::default();
        let refused = AppError::Refused {
            word: "not_now".to_owned(),
            reason: String::new(),
        };
        assert!(take_outcome(&mut acted, "e1", Err(refused)).is_ok());
        assert!(take_outcome(&mut acted, "e2", Err(no_case("e2"))).is_ok());
        assert_eq!(acted.refused_count, 2);
        let words: Vec<&str> = acted
            .refused
            .iter()
            .map(|one| one.reason.as_str())
            .collect();
        assert_eq!(words, ["not_now", "no_such_case"]);
        let broken = AppError::Stopped { what: "x" };
        assert!(take_outcome(&mut acted, "e3", Err(broken)).is_err());
    }
}
