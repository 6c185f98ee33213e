// The wire types, generated from `crates/cim_app/src/wire.rs`. Do not edit.
// `UPDATE=1 cargo test -p cim_app --test bindings` writes this file anew.

/**
 * Something that a person did at the desk.
 */
export type ActionDto = { 
/**
 * When, UTC milliseconds.
 */
time: number, 
/**
 * When this desk came to know of it, UTC milliseconds.
 */
known_at: number, 
/**
 * Who.
 */
author: string, 
/**
 * What was done: `alarm_acknowledged`, `layer_on`, `layer_off`, `view`, `moment_saved`, `recording_saved`.
 */
verb: string, 
/**
 * To what, in people's words where there are some.
 */
subject: string, };

/**
 * What is done to alarms.
 */
export type AlarmActDto = { "act": "acknowledge", 
/**
 * A comment; may be empty.
 */
comment: string, } | { "act": "confirm", 
/**
 * A comment; may be empty.
 */
comment: string, } | { "act": "comment", 
/**
 * What is said.
 */
text: string, } | { "act": "shelve", 
/**
 * For how long, seconds; `None` until the condition is back (one shot).
 */
for_s: number | null, 
/**
 * Why; must not be empty.
 */
reason: string, } | { "act": "unshelve" } | { "act": "out_of_service", 
/**
 * Why; must not be empty.
 */
reason: string, } | { "act": "in_service" } | { "act": "reset" };

/**
 * What came of an act on many alarms.
 */
export type AlarmActedDto = { 
/**
 * How many it was done to.
 */
done: number, 
/**
 * Those that refused it, and why; at most 100.
 */
refused: Array<AlarmRefusedDto>, 
/**
 * How many refused in all.
 */
refused_count: number, 
/**
 * The act that takes it back for the same alarms; `None` where nothing does.
 */
undo: AlarmActDto | null, 
/**
 * The alarms that it was done to; for the undo. At most 10 000.
 */
ids: Array<string>, };

/**
 * An earlier alarm of the same condition.
 */
export type AlarmBeforeDto = { 
/**
 * Since when, UTC milliseconds.
 */
since: number, 
/**
 * For how long it was active, seconds; `None` while unknown.
 */
for_s: number | null, 
/**
 * How bad.
 */
severity: SeverityDto, 
/**
 * How long nobody acknowledged it, seconds.
 */
acknowledged_after_s: number | null, 
/**
 * What was said last; may be empty.
 */
comment: string, };

/**
 * How the alarm desk stands; part of every update.
 */
export type AlarmBoardDto = { 
/**
 * Counts up whenever any alarm changed.
 */
revision: number, 
/**
 * Raised within the last ten minutes.
 */
in_ten_minutes: number, 
/**
 * Since when there is a flood (more than ten in ten minutes, ISA-18.2), UTC milliseconds.
 */
flood_since: number | null, 
/**
 * The lines that the alarms stand in while there is a flood; at most 10.
 */
lines: Array<AlarmLineDto>, 
/**
 * What is not in the list.
 */
hidden: AlarmHiddenDto, 
/**
 * How many suppression groups are on.
 */
groups_on: number, 
/**
 * The severity that is to be heard; `None` for silence.
 */
audible: SeverityDto | null, 
/**
 * Somebody silenced what rang; a worse one rings again.
 */
is_silenced: boolean, };

/**
 * Everything around one alarm.
 */
export type AlarmDetailDto = { 
/**
 * Its row.
 */
row: DeskAlarmDto, 
/**
 * Its position, degrees: longitude, latitude.
 */
position: [number, number] | null, 
/**
 * The series whose trend is shown; may be empty.
 */
series: string, 
/**
 * What the rule says of itself, in the desk's language; may be empty.
 */
about: string, 
/**
 * What was done and what happened, oldest first; at most 200.
 */
steps: Array<AlarmStepDto>, 
/**
 * Alarms that are its consequences, worst first; at most 50.
 */
consequences: Array<AlarmNearDto>, 
/**
 * What is up the network, nearest first; at most 20.
 */
upstream: Array<AlarmNearDto>, 
/**
 * What is down the network, nearest first; at most 20.
 */
downstream: Array<AlarmNearDto>, 
/**
 * Devices around, nearest first; at most 12.
 */
neighbours: Array<AlarmNearDto>, 
/**
 * Cameras around, best first; at most 4.
 */
cameras: Array<AlarmNearDto>, 
/**
 * People and vehicles around, nearest first; at most 8.
 */
forces: Array<AlarmNearDto>, 
/**
 * Alarms of the same condition before, newest first; at most 10.
 */
before: Array<AlarmBeforeDto>, 
/**
 * The category word of an event that is made of it.
 */
event_category: string, 
/**
 * What that category is called, in the desk's language.
 */
event_category_name: string, 
/**
 * The plans that serve such an event.
 */
plans: Array<AlarmPlanDto>, 
/**
 * The acts that are allowed now: words of [`AlarmActDto`].
 */
allowed: Array<string>, 
/**
 * The longest that it may be shelved, seconds.
 */
max_shelve_s: number, };

/**
 * A suppression group: conditions that leave the list together.
 */
export type AlarmGroupDto = { 
/**
 * Identity.
 */
id: string, 
/**
 * What it is called, in the desk's language.
 */
name: string, 
/**
 * What it says of itself; may be empty.
 */
about: string, 
/**
 * The scene pack that it comes from.
 */
pack: string, 
/**
 * Its members are suppressed now.
 */
is_on: boolean, 
/**
 * How many of its triggers are active.
 */
active_triggers: number, 
/**
 * Who suppresses it by hand; `None` when nobody does.
 */
hand: AlarmGroupHandDto | null, 
/**
 * Until when a maintenance window holds it, UTC milliseconds; `None` when none does.
 */
window_until: number | null, 
/**
 * How many open alarms it keeps away now.
 */
hidden: number, 
/**
 * The rules whose conditions belong to it, by name.
 */
members: Array<string>, 
/**
 * The rules whose conditions switch it on, by name.
 */
triggers: Array<string>, 
/**
 * Its maintenance windows.
 */
windows: Array<AlarmGroupWindowDto>, 
/**
 * The longest that it may be suppressed by hand, seconds.
 */
by_hand_max_s: number, };

/**
 * Somebody suppresses a group.
 */
export type AlarmGroupHandDto = { 
/**
 * Who.
 */
by: string, 
/**
 * Why.
 */
reason: string, 
/**
 * Since when, UTC milliseconds.
 */
since: number, 
/**
 * Until when, UTC milliseconds.
 */
until: number, };

/**
 * A stretch of the day in which a group is suppressed.
 */
export type AlarmGroupWindowDto = { 
/**
 * The days on which it begins: 1 Monday … 7 Sunday.
 */
days: Array<number>, 
/**
 * When it begins, `22:00`.
 */
from: string, 
/**
 * When it ends; on the day after where that is not later.
 */
to: string, };

/**
 * What is not in the list, and why: nothing is hidden without a count.
 */
export type AlarmHiddenDto = { 
/**
 * Shelved by a person.
 */
shelved: number, 
/**
 * Consequences of a cause that is listed.
 */
consequences: number, 
/**
 * Suppressed with their group.
 */
suppressed: number, 
/**
 * Out of service.
 */
out_of_service: number, };

/**
 * Alarms that stand as one line because they belong together.
 */
export type AlarmLineDto = { 
/**
 * Identity, for [`AlarmQueryDto::line`].
 */
id: string, 
/**
 * Why they stand together.
 */
why: AlarmLineWhyDto, 
/**
 * What the line is called: the cause's name, an area, a kind.
 */
name: string, 
/**
 * By severity: critical, high, medium, low.
 */
counts: [number, number, number, number], 
/**
 * The alarm that came first.
 */
first: string, 
/**
 * What the first is called.
 */
first_name: string, 
/**
 * When it came, UTC milliseconds.
 */
since: number, 
/**
 * How many nobody has acknowledged.
 */
unacknowledged: number, };

/**
 * Why alarms stand together.
 */
export type AlarmLineWhyDto = "cause" | "area" | "kind" | "chattering" | "rest";

/**
 * Load figures of a stretch (EEMUA 191, ISA-18.2).
 */
export type AlarmLoadDto = { 
/**
 * First moment, UTC milliseconds.
 */
from: number, 
/**
 * Last moment, UTC milliseconds.
 */
to: number, 
/**
 * Without any suppression.
 */
before: LoadFiguresDto, 
/**
 * As the officer had it.
 */
after: LoadFiguresDto, 
/**
 * Annunciated alarms of each ten minutes, oldest first; at most 4 320.
 */
ten_minutes: Array<number>, 
/**
 * The same without suppression.
 */
ten_minutes_before: Array<number>, 
/**
 * Who raises most, most first; at most 10.
 */
top: Array<LoadTopDto>, 
/**
 * Those that chattered, most first; at most 10.
 */
chattering: Array<LoadTopDto>, 
/**
 * Those that are active for more than a day; at most 10.
 */
stale: Array<LoadTopDto>, };

/**
 * Something near an alarm, in space or along a network.
 */
export type AlarmNearDto = { 
/**
 * What it is.
 */
target: Target, 
/**
 * What people call it.
 */
name: string, 
/**
 * Kind word.
 */
kind: string, 
/**
 * How far, metres; along the network where there is one.
 */
distance_m: number, 
/**
 * Its own worst alarm.
 */
severity: SeverityDto, 
/**
 * Its newest value with unit; may be empty.
 */
value: string, };

/**
 * How alarms are ordered.
 */
export type AlarmOrderDto = "worst" | "newest" | "oldest" | "area";

/**
 * A window into the alarms that were asked for.
 */
export type AlarmPageDto = { 
/**
 * The desk's count of changes that the page shows; `DeskUpdate.alarms_revision`.
 */
revision: number, 
/**
 * How many answer in all.
 */
total: number, 
/**
 * Of them by severity: critical, high, medium, low.
 */
by_severity: [number, number, number, number], 
/**
 * The first row's place.
 */
offset: number, 
/**
 * The rows.
 */
rows: Array<DeskAlarmDto>, };

/**
 * What was before, within 90 days, that an alarm is like.
 */
export type AlarmPastDto = { 
/**
 * Other alarms of the same device, newest first; at most 12.
 */
alarms: Array<AlarmPastRowDto>, 
/**
 * Events that were made of its alarms, or of the same category nearby, the likest first; at most 8.
 */
cases: Array<CaseLikeDto>, };

/**
 * An alarm that was before, and how it ended.
 */
export type AlarmPastRowDto = { 
/**
 * `AlarmId`.
 */
id: string, 
/**
 * The rule, or what was measured, in the desk's language.
 */
name: string, 
/**
 * How bad.
 */
severity: SeverityDto, 
/**
 * Since when, UTC milliseconds.
 */
since: number, 
/**
 * For how long it was active, seconds; `None` while it is.
 */
for_s: number | null, 
/**
 * Who acknowledged it.
 */
acknowledged_by: string | null, 
/**
 * How long nobody acknowledged it, seconds.
 */
acknowledged_after_s: number | null, 
/**
 * What was said last; may be empty.
 */
comment: string, };

/**
 * Which alarms an act is for.
 */
export type AlarmPickDto = { "of": "ids", 
/**
 * `AlarmId`s.
 */
ids: Array<string>, } | { "of": "query", 
/**
 * The query.
 */
query: AlarmQueryDto, };

/**
 * A plan that serves the event that an alarm makes.
 */
export type AlarmPlanDto = { 
/**
 * Identity.
 */
id: string, 
/**
 * What it is called, in the desk's language.
 */
name: string, 
/**
 * What it is for; may be empty.
 */
about: string, 
/**
 * How many steps it has.
 */
steps: number, };

/**
 * Which alarms are listed.
 */
export type AlarmQueryDto = { 
/**
 * Words that name, rule or area must have; by Chinese, pinyin or English. Empty for all.
 */
text: string, 
/**
 * Severities; empty for all.
 */
severities: Array<SeverityDto>, 
/**
 * States; empty for those that ask for attention.
 */
states: Array<AlarmStateDto>, 
/**
 * `SensorKind::as_str`; empty for all.
 */
kinds: Array<string>, 
/**
 * Rules' ids; empty for all.
 */
rules: Array<string>, 
/**
 * Names of areas; empty for all.
 */
areas: Array<string>, 
/**
 * Only the consequences of this alarm, and itself.
 */
cause: string | null, 
/**
 * Only those that are suppressed, as consequences or with their group.
 */
suppressed_by: AlarmSuppressedByDto | null, 
/**
 * Only those that this suppression group keeps away, by its id.
 */
group: string | null, 
/**
 * Only the members of this line of the grouping.
 */
line: string | null, 
/**
 * How the rows are ordered.
 */
order: AlarmOrderDto, 
/**
 * The first row wanted.
 */
offset: number, 
/**
 * How many rows are wanted; 1 000 at most.
 */
count: number, };

/**
 * An alarm that refused an act.
 */
export type AlarmRefusedDto = { 
/**
 * `AlarmId`.
 */
id: string, 
/**
 * Why: `alarm_refusal.<word>` in the texts.
 */
reason: string, };

/**
 * One row of the alarm list.
 */
export type AlarmRow = { 
/**
 * `AlarmId`.
 */
id: string, 
/**
 * The device that raised it.
 */
thing_id: string, 
/**
 * What the device is called.
 */
name: string, 
/**
 * `SensorKind::as_str`.
 */
sensor_kind: string, 
/**
 * How bad.
 */
severity: SeverityDto, 
/**
 * Newest value.
 */
value: number, 
/**
 * The limit that was met.
 */
limit: number, 
/**
 * Unit of both.
 */
unit: string, 
/**
 * Since when, UTC milliseconds.
 */
since: number, 
/**
 * False once the value came back.
 */
active: boolean, 
/**
 * Who acknowledged it, if anybody.
 */
acknowledged_by: string | null, 
/**
 * Whether the newest value is old.
 */
freshness: FreshnessDto, };

/**
 * How an alarm stands with the people at the desk.
 */
export type AlarmStateDto = "unacknowledged" | "acknowledged" | "returned_unacknowledged" | "unconfirmed" | "latched" | "shelved" | "suppressed" | "out_of_service" | "settled";

/**
 * One step in the life of an alarm.
 */
export type AlarmStepDto = { 
/**
 * When, UTC milliseconds.
 */
at: number, 
/**
 * What: a fact's verb, `alarm_raised` …
 */
verb: string, 
/**
 * Who: a person, or `rule:…`.
 */
by: string, 
/**
 * Comment, reason; may be empty.
 */
note: string, 
/**
 * The severity from then on, where it says one.
 */
severity: SeverityDto | null, };

/**
 * What suppresses an alarm.
 */
export type AlarmSuppressedByDto = "cause" | "group";

/**
 * A kept filter of the alarm list.
 */
export type AlarmViewDto = { 
/**
 * What it is called.
 */
name: string, 
/**
 * The filter.
 */
query: AlarmQueryDto, };

/**
 * What cases are grouped by.
 */
export type AnalysisByDto = "category" | "level" | "department" | "community" | "grid" | "hour" | "weekday" | "day";

/**
 * What the cases of a time amount to.
 */
export type AnalysisDto = { 
/**
 * First moment, UTC milliseconds.
 */
from: number, 
/**
 * End, UTC milliseconds.
 */
to: number, 
/**
 * The figures of all cases together.
 */
total: CaseFiguresDto, 
/**
 * One table for each of [`AnalysisByDto`], in that order.
 */
tables: Array<AnalysisTableDto>, 
/**
 * Places where the same happens again, the most cases first; at most 200.
 */
repeats: Array<RepeatPlaceDto>, 
/**
 * How many repeated places there are.
 */
repeats_total: number, };

/**
 * Which cases an analysis is of.
 */
export type AnalysisQueryDto = { 
/**
 * First moment at which something happened, UTC milliseconds.
 */
from: number, 
/**
 * End, UTC milliseconds; not in it any more.
 */
to: number, 
/**
 * Category words; empty for all.
 */
categories: Array<string>, 
/**
 * Levels `I` … `IV`; empty for all.
 */
levels: Array<string>, 
/**
 * Departments' identities; empty for all.
 */
departments: Array<string>, 
/**
 * True to count exercises and tests too.
 */
has_exercises: boolean, };

/**
 * A group with its figures.
 */
export type AnalysisRowDto = { 
/**
 * The group's word; empty for what is unknown.
 */
group: string, 
/**
 * What it is called, in the desk's language.
 */
name: string, 
/**
 * Its figures.
 */
figures: CaseFiguresDto, };

/**
 * The groups of one kind: times in their order, others by count, the most first.
 */
export type AnalysisTableDto = { 
/**
 * What is grouped by.
 */
by: AnalysisByDto, 
/**
 * The groups; at most 400.
 */
rows: Array<AnalysisRowDto>, 
/**
 * How many groups there are.
 */
total: number, };

/**
 * A refused command.
 */
export type ApiError = { 
/**
 * What the UI may switch on.
 */
code: ErrorCode, 
/**
 * What to show.
 */
message: string, };

/**
 * An attribute that features can be coloured by.
 */
export type AttributeDto = { 
/**
 * Its name.
 */
key: string, 
/**
 * What people call it.
 */
label: string, 
/**
 * Its unit; may be empty.
 */
unit: string, 
/**
 * True when its values are numbers.
 */
is_number: boolean, 
/**
 * How many features have it.
 */
count: number, 
/**
 * How many different values it has; at most 1000 are counted.
 */
distinct: number, };

/**
 * A view that somebody kept, with what they thought.
 */
export type BookmarkDto = { 
/**
 * Unique among the city's bookmarks.
 */
id: string, 
/**
 * What people call it.
 */
title: string, 
/**
 * What is worth knowing there; may be empty.
 */
note: string, 
/**
 * When it was kept, UTC milliseconds.
 */
kept_at: number, 
/**
 * The view.
 */
view: ViewPlaceDto, };

/**
 * A branch: the past up to a moment, then what somebody assumes.
 */
export type BranchDto = { 
/**
 * Identity.
 */
id: string, 
/**
 * What people call it.
 */
title: string, 
/**
 * Where it leaves the past, UTC milliseconds.
 */
from: number, 
/**
 * Who made it.
 */
author: string, };

/**
 * A broadcast that is being made. It cannot be taken back.
 */
export type BroadcastDraftDto = { 
/**
 * The ring of the area, degrees; 3 to 1 024 corners.
 */
area: Array<[number, number]>, 
/**
 * How it goes out.
 */
channel: ChannelDto, 
/**
 * The text; 1 to 4 096 bytes.
 */
text: string, 
/**
 * The message of the running plan that it is; empty for a text of one's own.
 */
message: string, };

/**
 * A broadcast that was written down. No gateway of the desk sends it: the hub has it, and whoever listens there.
 */
export type BroadcastDto = { 
/**
 * Identity.
 */
id: string, 
/**
 * When, UTC milliseconds.
 */
at: number, 
/**
 * Who.
 */
by: string, 
/**
 * How it goes out.
 */
channel: ChannelDto, 
/**
 * The text.
 */
text: string, 
/**
 * The area's ring, degrees.
 */
area: Array<[number, number]>, 
/**
 * How many were inside then, by kind.
 */
reached: Array<ReachedCountDto>, };

/**
 * What came of a broadcast.
 */
export type BroadcastedDto = { 
/**
 * The broadcast; `None` when it was refused.
 */
broadcast: BroadcastDto | null, 
/**
 * Why it was refused.
 */
refused: DeskRefusalDto | null, };

/**
 * What four or more points say about a camera.
 */
export type CalibrationDto = { 
/**
 * The camera.
 */
id: string, 
/**
 * How it would see.
 */
volume: VideoVolumeDto | null, 
/**
 * What moved.
 */
fields: Array<CalibrationFieldDto>, 
/**
 * How far each point is from where it should be, px of the image.
 */
residuals_px: Array<number>, 
/**
 * Their root mean square, px.
 */
rms_px: number, 
/**
 * It is kept: who did it and when can be asked of the audit.
 */
is_saved: boolean, 
/**
 * The calibration before can be brought back.
 */
can_undo: boolean, 
/**
 * Why there is none.
 */
refused: VideoRefusalDto | null, };

/**
 * A field that a calibration moved.
 */
export type CalibrationFieldDto = { 
/**
 * `azimuth`, `tilt`, `roll`, `fov`, `east`, `north`, `up`.
 */
field: string, 
/**
 * Before; degrees or metres.
 */
before: number, 
/**
 * After.
 */
after: number, 
/**
 * It was held as it is: the points do not decide it.
 */
is_held: boolean, };

/**
 * A point in a camera's image and in the twin.
 */
export type CalibrationPointDto = { 
/**
 * From the left, 0 … 1 of the image's width.
 */
x: number, 
/**
 * From the top, 0 … 1 of the image's height.
 */
y: number, 
/**
 * Longitude, degrees.
 */
lon: number, 
/**
 * Latitude, degrees.
 */
lat: number, 
/**
 * Above the ellipsoid, metres.
 */
height_m: number, };

/**
 * A camera with its clips.
 */
export type CameraDto = { 
/**
 * True when it delivers.
 */
on: boolean, 
/**
 * Where it looks, degrees clockwise from north.
 */
azimuth_deg: number, 
/**
 * Field of view, degrees.
 */
fov_deg: number, 
/**
 * Useful range, metres.
 */
range_m: number, 
/**
 * 1, 2 or 3.
 */
category: number, 
/**
 * Clips, newest first.
 */
clips: Array<ClipDto>, };

/**
 * The card of what is selected.
 */
export type Card = { 
/**
 * What it is about.
 */
target: Target, 
/**
 * What people call it; may be empty for unnamed buildings.
 */
name: string, 
/**
 * Kind word: a `SensorKind`, `camera`, `event`, or a feature kind (`building`, `road` …).
 */
kind: string, 
/**
 * Identity code, for copying.
 */
code: string, 
/**
 * Where it is, degrees.
 */
lon: number, 
/**
 * Where it is, degrees.
 */
lat: number, 
/**
 * Its series with their values at the moment shown; for sensing devices.
 */
series: Array<SeriesDto>, 
/**
 * The camera's own facts.
 */
camera: CameraDto | null, 
/**
 * The event's own facts.
 */
event: EventRow | null, 
/**
 * Nearest cameras, best first; at most 4.
 */
cameras: Array<NearCameraDto>, 
/**
 * Everything else known, in order; values with their units.
 */
attributes: Array<[string, string]>, 
/**
 * Where what is known of a feature comes from; `None` for everything that is not of the city model.
 */
origin: OriginDto | null, 
/**
 * The feature that it is a part of, and its own parts; at most 30.
 */
related: Array<RelatedDto>, };

/**
 * What is done to a case. Attachments come by a command of their own.
 */
export type CaseActDto = { "act": "register", 
/**
 * Its category; empty to leave what the report says.
 */
category: string, } | { "act": "assign", 
/**
 * The party's identity, out of [`super::CaseTablesDto::parties`].
 */
party: string, 
/**
 * What is asked for; may be empty.
 */
note: string, } | { "act": "receive" } | { "act": "return", 
/**
 * Why.
 */
reason: string, } | { "act": "arrive", 
/**
 * What was found; may be empty.
 */
text: string, } | { "act": "extend", 
/**
 * How much more, minutes.
 */
minutes: number, 
/**
 * Why.
 */
reason: string, } | { "act": "suspend", 
/**
 * What is waited for.
 */
reason: string, } | { "act": "resume" } | { "act": "handle", 
/**
 * What was done; may be empty.
 */
text: string, } | { "act": "verify", 
/**
 * What was seen; may be empty.
 */
text: string, } | { "act": "send_back", 
/**
 * What is missing.
 */
reason: string, } | { "act": "rate", 
/**
 * 1 bad … 5 good.
 */
score: number, 
/**
 * What whoever reported it says; may be empty.
 */
text: string, } | { "act": "close", 
/**
 * In a sentence; may be empty.
 */
text: string, } | { "act": "reopen", 
/**
 * Why.
 */
reason: string, } | { "act": "cancel", 
/**
 * Why.
 */
reason: string, } | { "act": "archive", 
/**
 * What it teaches; may be empty.
 */
text: string, } | { "act": "urge", 
/**
 * What is asked for; may be empty.
 */
text: string, 
/**
 * How far up: 1 by the desk, 2 by the leader on duty.
 */
rung: number, } | { "act": "merge", 
/**
 * The case in which it is handled from then on.
 */
into: string, } | { "act": "unmerge", 
/**
 * Why.
 */
reason: string, } | { "act": "split_off", 
/**
 * The report's identity.
 */
report: string, } | { "act": "set_parent", 
/**
 * Which; `None` to stand alone again.
 */
parent: string | null, } | { "act": "comment", 
/**
 * The remark.
 */
text: string, } | { "act": "link", 
/**
 * Kind's word: `alarm`, `place`, `thing`, `camera`, `clip`, `recording`, `plan`, `picture`.
 */
kind: string, 
/**
 * Identity among its kind.
 */
target: string, } | { "act": "unlink", 
/**
 * Kind's word.
 */
kind: string, 
/**
 * Identity among its kind.
 */
target: string, } | { "act": "set_level", 
/**
 * `I` … `IV`.
 */
level: string, 
/**
 * Why.
 */
reason: string, } | { "act": "set_category", 
/**
 * Category word.
 */
category: string, };

/**
 * What came of an act on a case.
 */
export type CaseActedDto = { 
/**
 * The case.
 */
id: string, 
/**
 * The step's identity, for `undo_case_step`.
 */
step: string, 
/**
 * Until when the step can be taken back, UTC milliseconds; `None` where nothing takes it back.
 */
undo_until: number | null, 
/**
 * True when taking it back needs a reason.
 */
undo_needs_reason: boolean, };

/**
 * To whom a case was given.
 */
export type CaseAssignmentDto = { 
/**
 * To whom.
 */
party: CasePartyDto, 
/**
 * When, UTC milliseconds.
 */
at: number, 
/**
 * By whom.
 */
by: string, 
/**
 * What is asked for; may be empty.
 */
note: string, 
/**
 * When receipt was acknowledged, UTC milliseconds.
 */
received_at: number | null, 
/**
 * By whom; empty while it was not.
 */
received_by: string, 
/**
 * True for the one that holds it.
 */
is_current: boolean, };

/**
 * A picture or a document that lies with a case.
 */
export type CaseAttachmentDto = { 
/**
 * Its identity within its case.
 */
id: string, 
/**
 * The file's name.
 */
name: string, 
/**
 * Its media type, for instance `image/jpeg`.
 */
media_type: string, 
/**
 * SHA-256 of its bytes, hexadecimal.
 */
digest: string, 
/**
 * Its size.
 */
bytes: number, 
/**
 * True when it shows that something was done.
 */
is_evidence: boolean, 
/**
 * When it was attached, UTC milliseconds.
 */
at: number, 
/**
 * By whom.
 */
by: string, 
/**
 * False when its bytes are not on this desk.
 */
is_here: boolean, };

/**
 * A category of events.
 */
export type CaseCategoryDto = { 
/**
 * The word that events carry.
 */
word: string, 
/**
 * Its code (GB/T 30428.2): 4 or 5 digits.
 */
code: string, 
/**
 * What it is called, in the desk's language.
 */
name: string, 
/**
 * What its major category is called; may be empty.
 */
group: string, };

/**
 * A clock of a case.
 */
export type CaseClockDto = { 
/**
 * The phase's word: `assign`, `receive`, `arrive`, `handle`, `verify`, `rate`.
 */
phase: string, 
/**
 * How it stands; `None` once it is over.
 */
light: CaseLightDto | null, 
/**
 * When it began, UTC milliseconds; `None` for one that is over.
 */
started_at: number | null, 
/**
 * When it turns yellow, UTC milliseconds.
 */
warn_at: number | null, 
/**
 * The deadline, UTC milliseconds.
 */
due_at: number | null, 
/**
 * When the leader on duty hears of it, UTC milliseconds.
 */
escalate_at: number | null, 
/**
 * The share of the time that is used: 1 is the deadline.
 */
used: number, 
/**
 * The time that it may take, seconds of its measure; `None` for one that runs.
 */
allowed_s: number | null, 
/**
 * The time that it took, seconds of its measure; `None` for one that runs.
 */
took_s: number | null, 
/**
 * True once it is over.
 */
is_over: boolean, 
/**
 * True when it took longer than it may, or already does.
 */
is_late: boolean, };

/**
 * Everything around one case.
 */
export type CaseDetailDto = { 
/**
 * Its row.
 */
row: CaseRowDto, 
/**
 * True when it is shown as it stood at a past moment: no move is allowed.
 */
is_past: boolean, 
/**
 * More about it; may be empty.
 */
description: string, 
/**
 * What people call the area it lies in, as the model says; its degrees where that has no name, empty without a place.
 */
area: string, 
/**
 * What was told of it, with the reports of the cases merged into it, oldest first; at most 200.
 */
reports: Array<CaseReportDto>, 
/**
 * Everything that was done and happened, oldest first; the newest 500 where there are more.
 */
timeline: Array<CaseEntryDto>, 
/**
 * How many there are in all.
 */
timeline_total: number, 
/**
 * Every move with its refusal, the most usual of the stage first.
 */
moves: Array<CaseMoveDto>, 
/**
 * To whom it is given and was given, oldest first.
 */
assignments: Array<CaseAssignmentDto>, 
/**
 * Its clocks: those that run first, then those that ended.
 */
clocks: Array<CaseClockDto>, 
/**
 * What it is tied to.
 */
links: Array<CaseLinkDto>, 
/**
 * Pictures and documents.
 */
attachments: Array<CaseAttachmentDto>, 
/**
 * The greater one that it is part of.
 */
parent: CaseTitleDto | null, 
/**
 * The case in which it is handled.
 */
merged_into: CaseTitleDto | null, 
/**
 * Cases that are part of it; at most 100.
 */
children: Array<CaseTitleDto>, 
/**
 * Cases that were merged into it; at most 100.
 */
merged: Array<CaseTitleDto>, 
/**
 * The newest step, where it can be taken back.
 */
undo: CaseUndoDto | null, 
/**
 * Open cases that may be the same, the likeliest first; at most 10.
 */
likely_same: Array<CaseLikeDto>, 
/**
 * Cases before that were like it, the likeliest first; at most 10.
 */
similar: Array<CaseLikeDto>, 
/**
 * Cameras around, best first; at most 4.
 */
cameras: Array<AlarmNearDto>, 
/**
 * People and vehicles around, nearest first; at most 8.
 */
forces: Array<AlarmNearDto>, 
/**
 * True when closing it needs something that shows that it was done.
 */
needs_evidence: boolean, 
/**
 * True when closing it needs a word of whoever reported it.
 */
needs_rating: boolean, 
/**
 * What whoever reported it says.
 */
rating: CaseRatingDto | null, 
/**
 * How often it was given back.
 */
returns: number, 
/**
 * How often it was found not handled.
 */
send_backs: number, 
/**
 * How often it was opened again.
 */
reopenings: number, 
/**
 * How often more time was given.
 */
extensions: number, };

/**
 * What a person tells of something that happened.
 */
export type CaseDraftDto = { 
/**
 * Its number at its source; empty for one that the desk gives. The same number again is the same report.
 */
number: string, 
/**
 * Word of the source: `officer`, `hotline`, `grid_worker`, `cap`, `other`; empty for `officer`.
 */
source: string, 
/**
 * What happened, in one line.
 */
title: string, 
/**
 * More about it; may be empty.
 */
text: string, 
/**
 * Who told it; may be empty.
 */
reporter: string, 
/**
 * Category word; may be empty.
 */
category: string, 
/**
 * `I` … `IV`; empty for `IV`.
 */
level: string, 
/**
 * Where it is, degrees: longitude, latitude.
 */
place: [number, number] | null, 
/**
 * When it happened, UTC milliseconds; `None` for now.
 */
happened_at: number | null, 
/**
 * Whether it is real.
 */
standing: StandingDto, 
/**
 * What it is tied to.
 */
links: Array<CaseTieDto>, 
/**
 * The case that it is one more report of, as the person says; `None` to let the desk decide.
 */
join: string | null, 
/**
 * True where the person says that it is a case of its own, whatever it is like.
 */
is_alone: boolean, };

/**
 * One thing that was done or happened.
 */
export type CaseEntryDto = { 
/**
 * The fact's identity.
 */
id: string, 
/**
 * What it is about.
 */
kind: CaseEntryKindDto, 
/**
 * The fact's verb.
 */
verb: string, 
/**
 * When it was done, UTC milliseconds.
 */
at: number, 
/**
 * When the desk came to know of it, UTC milliseconds.
 */
known_at: number, 
/**
 * Who: a person, or `rule:…`.
 */
by: string, 
/**
 * Word of the role in which it was done; may be empty.
 */
role: string, 
/**
 * What was said: text, note, remark; may be empty.
 */
text: string, 
/**
 * Why; may be empty.
 */
reason: string, 
/**
 * What it names besides, as people call it: a party, a case, a file, a level, a mark; may be empty.
 */
about: string, 
/**
 * A figure that belongs to it: score, minutes, rung.
 */
figure: number | null, 
/**
 * False when it was not possible in the stage that it found.
 */
has_effect: boolean, 
/**
 * True while it waits for the hub.
 */
is_unsynced: boolean, };

/**
 * What an entry of a timeline is about.
 */
export type CaseEntryKindDto = "step" | "plan" | "dispatch" | "picture" | "alarm";

/**
 * Figures of a group of cases.
 */
export type CaseFiguresDto = { 
/**
 * Cases.
 */
cases: number, 
/**
 * Of them closed.
 */
closed: number, 
/**
 * Of them with a deadline that was not kept.
 */
overdue: number, 
/**
 * Their share, 0 to 1.
 */
overdue_share: number, 
/**
 * Of them opened again.
 */
reopened: number, 
/**
 * Half of those that were answered were answered within so many seconds of the report.
 */
response_p50_s: number | null, 
/**
 * Nine of ten were.
 */
response_p90_s: number | null, 
/**
 * Half of those that are closed were closed within so many seconds of the report.
 */
closing_p50_s: number | null, 
/**
 * Nine of ten were.
 */
closing_p90_s: number | null, };

/**
 * How the most urgent deadline of a case stands.
 */
export type CaseLightDto = "stopped" | "green" | "yellow" | "red" | "escalated";

/**
 * A case that is like another one, or like a draft.
 */
export type CaseLikeDto = { 
/**
 * `EventId`.
 */
id: string, 
/**
 * What happened.
 */
title: string, 
/**
 * What its category is called.
 */
category_name: string, 
/**
 * `I` … `IV`.
 */
level: string, 
/**
 * How far it has come.
 */
stage: CaseStageDto, 
/**
 * How alike, 0 to 1.
 */
score: number, 
/**
 * How far away, metres; `None` where a place is not known.
 */
distance_m: number | null, 
/**
 * When it happened, UTC milliseconds.
 */
happened_at: number, 
/**
 * When it was closed, UTC milliseconds.
 */
closed_at: number | null, 
/**
 * How long it took from report to closing, seconds.
 */
took_s: number | null, 
/**
 * How it ended: what was done, or why it was cancelled; may be empty.
 */
outcome: string, };

/**
 * Something that a case is tied to.
 */
export type CaseLinkDto = { 
/**
 * Kind's word.
 */
kind: string, 
/**
 * Identity among its kind.
 */
id: string, 
/**
 * What people call it; the identity where nobody knows.
 */
name: string, 
/**
 * What it leads to in the twin and the card; `None` where it leads nowhere.
 */
target: Target | null, };

/**
 * A move and whether it is allowed now.
 */
export type CaseMoveDto = { 
/**
 * The move's word, as in [`super::CaseActDto`]; `attach` besides.
 */
word: string, 
/**
 * Why not: `event.refusal.<word>` in the texts; `None` when it is allowed.
 */
refusal: string | null, 
/**
 * True when it says nothing without a reason.
 */
needs_reason: boolean, 
/**
 * True for the one or two that usually come next.
 */
is_usual: boolean, };

/**
 * How cases are ordered.
 */
export type CaseOrderDto = "urgency" | "newest" | "oldest" | "due" | "level";

/**
 * A window into the cases that were asked for.
 */
export type CasePageDto = { 
/**
 * The desk's count of changes that the page shows; [`EventBoardDto::revision`].
 */
revision: number, 
/**
 * How many answer in all.
 */
total: number, 
/**
 * Of them by step of the loop, in the loop's order.
 */
by_step: [number, number, number, number, number, number], 
/**
 * Of them by light: stopped, green, yellow, red, escalated.
 */
by_light: [number, number, number, number, number], 
/**
 * Of them by level: `I` … `IV`.
 */
by_level: [number, number, number, number], 
/**
 * The first row's place.
 */
offset: number, 
/**
 * The rows.
 */
rows: Array<CaseRowDto>, 
/**
 * True when the past is shown: nothing can be done to the rows.
 */
is_past: boolean, };

/**
 * Somebody who can be given a case.
 */
export type CasePartyDto = { 
/**
 * `department`, `team` or `person`.
 */
kind: string, 
/**
 * Identity; identities nest: `water/crew-1` belongs to `water`.
 */
id: string, 
/**
 * What people call it.
 */
name: string, };

/**
 * Which cases are listed. An empty list of words stands for all of them.
 */
export type CaseQueryDto = { 
/**
 * Words that title, description, identity, category or holder must have; by Chinese, pinyin or English.
 */
text: string, 
/**
 * Steps of the loop. Where these and `stages` are both empty: everything that is open.
 */
steps: Array<LoopStepDto>, 
/**
 * Stages.
 */
stages: Array<CaseStageDto>, 
/**
 * `I` … `IV`.
 */
levels: Array<string>, 
/**
 * Category words.
 */
categories: Array<string>, 
/**
 * Parties' identities; what belongs to one of them counts too. An empty text asks for what nobody has.
 */
holders: Array<string>, 
/**
 * Lights.
 */
lights: Array<CaseLightDto>, 
/**
 * Words of sources.
 */
sources: Array<string>, 
/**
 * Standings.
 */
standings: Array<StandingDto>, 
/**
 * Reported at this moment or later, UTC milliseconds.
 */
from: number | null, 
/**
 * Reported before this moment, UTC milliseconds.
 */
to: number | null, 
/**
 * Only within: west, south, east, north, degrees.
 */
bounds: [number, number, number, number] | null, 
/**
 * Only the cases that are part of this one, or were merged into it.
 */
within: string | null, 
/**
 * How the rows are ordered.
 */
order: CaseOrderDto, 
/**
 * The first row wanted.
 */
offset: number, 
/**
 * How many rows are wanted; 1 000 at most.
 */
count: number, };

/**
 * What whoever reported a case says.
 */
export type CaseRatingDto = { 
/**
 * 1 bad … 5 good.
 */
score: number, 
/**
 * In words; may be empty.
 */
text: string, 
/**
 * When, UTC milliseconds.
 */
at: number, 
/**
 * Who asked.
 */
by: string, };

/**
 * A case that refused an act.
 */
export type CaseRefusedDto = { 
/**
 * `EventId`.
 */
id: string, 
/**
 * Why: `event.refusal.<word>` in the texts.
 */
reason: string, };

/**
 * A report of a case.
 */
export type CaseReportDto = { 
/**
 * Its identity within its case.
 */
id: string, 
/**
 * The case that it lies with: this one, or one that was merged into it.
 */
case: string, 
/**
 * Word of the source.
 */
source: string, 
/**
 * Its number at its source; may be empty.
 */
number: string, 
/**
 * What happened.
 */
title: string, 
/**
 * More about it; may be empty.
 */
text: string, 
/**
 * Who told it; may be empty.
 */
reporter: string, 
/**
 * Where it is, degrees: longitude, latitude.
 */
place: [number, number] | null, 
/**
 * When it happened, UTC milliseconds.
 */
happened_at: number, 
/**
 * When it was taken in, UTC milliseconds.
 */
at: number, 
/**
 * Who took it in.
 */
by: string, 
/**
 * The case that it became, when it was split off.
 */
moved_to: string | null, };

/**
 * What became of a report.
 */
export type CaseReportedDto = { 
/**
 * The case that has it now.
 */
id: string, 
/**
 * True when it was joined to a case that was there.
 */
is_joined: boolean, 
/**
 * True when the same report was there before: nothing was written.
 */
is_repeated: boolean, 
/**
 * Cases that it may be the same as, the likeliest first; at most 10.
 */
perhaps: Array<CaseLikeDto>, };

/**
 * A role in which people act.
 */
export type CaseRoleDto = { 
/**
 * Its word.
 */
id: string, 
/**
 * What it is called, in the desk's language.
 */
name: string, 
/**
 * True when it acts on cases of its own party only: it needs a party.
 */
needs_party: boolean, };

/**
 * One row of the event board.
 */
export type CaseRowDto = { 
/**
 * `EventId`.
 */
id: string, 
/**
 * What happened, in one line.
 */
title: string, 
/**
 * Category word; may be empty.
 */
category: string, 
/**
 * What the category is called, in the desk's language; the word itself where no table has it.
 */
category_name: string, 
/**
 * `I` … `IV`.
 */
level: string, 
/**
 * The severity whose colour it borrows.
 */
severity: SeverityDto, 
/**
 * How far it has come.
 */
stage: CaseStageDto, 
/**
 * The step of the loop that it is in.
 */
loop_step: LoopStepDto, 
/**
 * How its most urgent deadline stands; `None` where nothing is due.
 */
light: CaseLightDto | null, 
/**
 * What is due: a phase's word.
 */
due_phase: string | null, 
/**
 * When it is due, UTC milliseconds; `None` also while its clock stands still.
 */
due_at: number | null, 
/**
 * The share of the time that is used: 1 is the deadline.
 */
used: number | null, 
/**
 * To whom it is given.
 */
holder: CasePartyDto | null, 
/**
 * Where its first report comes from: `alarm`, `hotline`, `grid_worker` …
 */
source: string, 
/**
 * Where it is, degrees: longitude, latitude.
 */
place: [number, number] | null, 
/**
 * When it happened, UTC milliseconds.
 */
happened_at: number, 
/**
 * When it was taken in, UTC milliseconds.
 */
reported_at: number, 
/**
 * When it was closed or cancelled, UTC milliseconds.
 */
closed_at: number | null, 
/**
 * Reports of it, with those of the cases merged into it.
 */
reports: number, 
/**
 * Cases that are part of it.
 */
children: number, 
/**
 * Cases that were merged into it.
 */
merged: number, 
/**
 * How often it was urged.
 */
urges: number, 
/**
 * Pictures and documents.
 */
attachments: number, 
/**
 * The greater one that it is part of.
 */
parent: string | null, 
/**
 * The case in which it is handled.
 */
merged_into: string | null, 
/**
 * Whether it is real.
 */
standing: StandingDto, 
/**
 * True while a step of ours waits for the hub.
 */
is_unsynced: boolean, 
/**
 * Closed where it comes from; nobody here has acted on it.
 */
is_closed_at_source: boolean, };

/**
 * How far a case has come: the words of `cim_event::Stage`.
 */
export type CaseStageDto = "unreported" | "collected" | "registered" | "assigned" | "handling" | "handled" | "verified" | "rated" | "closed" | "archived" | "suspended" | "cancelled" | "merged";

/**
 * The tables of the event desk.
 */
export type CaseTablesDto = { 
/**
 * Categories of events.
 */
categories: Array<CaseCategoryDto>, 
/**
 * Roles in which people act.
 */
roles: Array<CaseRoleDto>, 
/**
 * Departments, teams and persons who can be given a case, what belongs together side by side.
 */
parties: Array<CasePartyDto>, 
/**
 * `I` … `IV`.
 */
levels: Array<string>, 
/**
 * Words of sources that a person can name.
 */
sources: Array<string>, 
/**
 * What is wrong with the tables: file, line, reason.
 */
problems: Array<string>, 
/**
 * The largest file that can be attached, bytes.
 */
most_attachment_bytes: number, };

/**
 * What a report is tied to.
 */
export type CaseTieDto = { 
/**
 * Kind's word: `alarm`, `place`, `thing`, `camera`, `clip`, `recording`, `plan`, `picture`.
 */
kind: string, 
/**
 * Identity among its kind.
 */
target: string, };

/**
 * A case's name, for lines that lead to it.
 */
export type CaseTitleDto = { 
/**
 * `EventId`.
 */
id: string, 
/**
 * What happened; empty while its report has not arrived.
 */
title: string, 
/**
 * `I` … `IV`.
 */
level: string, 
/**
 * How far it has come.
 */
stage: CaseStageDto, };

/**
 * The newest step of a case, where it can be taken back.
 */
export type CaseUndoDto = { 
/**
 * The step's identity, for `undo_case_step`.
 */
step: string, 
/**
 * The word of the move that is taken back.
 */
word: string, 
/**
 * True when taking it back needs a reason.
 */
needs_reason: boolean, 
/**
 * Until when, UTC milliseconds.
 */
until: number, };

/**
 * A kept filter of the event board.
 */
export type CaseViewDto = { 
/**
 * What it is called.
 */
name: string, 
/**
 * The filter.
 */
query: CaseQueryDto, };

/**
 * What came of an act on many cases.
 */
export type CasesActedDto = { 
/**
 * Those that it was done to.
 */
done: Array<CaseActedDto>, 
/**
 * Those that refused it, and why; at most 100.
 */
refused: Array<CaseRefusedDto>, 
/**
 * How many refused in all.
 */
refused_count: number, };

/**
 * How a message goes out.
 */
export type ChannelDto = "sms" | "phone" | "broadcast" | "sign" | "app";

/**
 * What is to become of a conflict.
 */
export type ChoiceDto = "keep" | "mine" | "theirs";

/**
 * A city on this machine that the open one can be compared with.
 */
export type CityChoiceDto = { 
/**
 * Its folder.
 */
folder: string, 
/**
 * Its name in Chinese.
 */
name_zh: string, 
/**
 * Its name in English.
 */
name_en: string, 
/**
 * The date that it shows; may be empty.
 */
epoch: string, };

/**
 * How values are parted into classes.
 */
export type ClassingDto = "equal" | "quantile" | "natural" | "values";

/**
 * A clip.
 */
export type ClipDto = { 
/**
 * Where it plays from: an absolute address.
 */
url: string, 
/**
 * First moment, UTC milliseconds.
 */
from: number, 
/**
 * Last moment, UTC milliseconds.
 */
to: number, };

/**
 * Everything that is cut out of the city.
 */
export type ClipsDto = { 
/**
 * Section boxes and polygons; at most 8 are drawn.
 */
cuts: Array<CutDto>, 
/**
 * A trench.
 */
trench: TrenchDto | null, };

/**
 * How time runs.
 */
export type ClockDto = { "mode": "live" } | { "mode": "at", 
/**
 * UTC milliseconds.
 */
time: number, } | { "mode": "playing", 
/**
 * The moment shown when playing began, UTC milliseconds.
 */
from: number, 
/**
 * Seconds of city time per second, -60 to 1000 and not 0; backwards when negative.
 */
rate: number, 
/**
 * The earliest moment that it shows, UTC milliseconds.
 */
start: number, 
/**
 * Where it stops or begins again, UTC milliseconds.
 */
until: number, 
/**
 * True when it plays the stretch over and over.
 */
looping: boolean, } | { "mode": "branch", 
/**
 * The branch.
 */
id: string, 
/**
 * UTC milliseconds.
 */
time: number, };

/**
 * How features are to be coloured.
 */
export type ColourByDto = { 
/**
 * The class of features: `building`, `pipe` …
 */
class: string, 
/**
 * The attribute.
 */
attribute: string, 
/**
 * The colours.
 */
ramp: RampDto, 
/**
 * How classes are made.
 */
classing: ClassingDto, 
/**
 * How many, 2 to 9.
 */
classes: number, };

/**
 * How two cities share the picture.
 */
export type CompareDto = { "mode": "off" } | { "mode": "swipe", 
/**
 * Where the line is, 0 … 1 of the picture's width.
 */
at: number, } | { "mode": "split" };

/**
 * How an attribute is compared.
 */
export type ComparisonDto = "equal" | "different" | "less" | "at_most" | "greater" | "at_least" | "contains" | "known";

/**
 * A condition on one attribute.
 */
export type ConditionDto = { 
/**
 * The attribute: its name, or what people call it.
 */
key: string, 
/**
 * How it is compared.
 */
comparison: ComparisonDto, 
/**
 * With what; not looked at for `known`.
 */
value: string, };

/**
 * Two people changed the same.
 */
export type ConflictDto = { 
/**
 * Identity: that of our fact.
 */
id: string, 
/**
 * What both changed.
 */
subject: string, 
/**
 * What people call that.
 */
subject_name: string, 
/**
 * Its card.
 */
target: Target | null, 
/**
 * Our version.
 */
mine: VersionDto, 
/**
 * The other's.
 */
theirs: VersionDto, 
/**
 * Whose holds.
 */
holds: HoldsDto, 
/**
 * When it became known, UTC milliseconds.
 */
at: number, 
/**
 * True once somebody looked at it.
 */
seen: boolean, };

/**
 * How the desk stands with its hub.
 */
export type ConnectionDto = { "state": "connecting" } | { "state": "catching_up", 
/**
 * Entities fetched.
 */
done: number, 
/**
 * Entities to fetch in all.
 */
total: number, 
/**
 * What is being fetched.
 */
phase: PhaseDto, } | { "state": "live" } | { "state": "offline", 
/**
 * Since when, UTC milliseconds.
 */
since: number, 
/**
 * Why, in words for a log line.
 */
reason: string, 
/**
 * When the next attempt is made, UTC milliseconds.
 */
next_try: number, } | { "state": "no_hub" };

/**
 * Somebody to call.
 */
export type ContactDto = { 
/**
 * Who.
 */
name: string, 
/**
 * The number to dial.
 */
phone: string, };

/**
 * Of what a coverage map is made.
 */
export type CoverageAreaDto = { 
/**
 * A ring, degrees, 3 … 512 corners.
 */
ring: Array<[number, number]>, 
/**
 * Side of a cell, metres, 0.5 … 50.
 */
cell_m: number, 
/**
 * At which height above the ground somebody is to be seen, metres.
 */
height_m: number, 
/**
 * From how many pixels a metre on it counts as seen.
 */
min_pixels: number, 
/**
 * Only cameras that are online.
 */
is_online_only: boolean, };

/**
 * A coverage map in figures; its sheet is drawn in the twin.
 */
export type CoverageDto = { 
/**
 * What was asked.
 */
area: CoverageAreaDto, 
/**
 * What stands in the way was considered.
 */
is_with_obstacles: boolean, 
/**
 * The area (without what is built over), m².
 */
area_m2: number, 
/**
 * What nobody sees, m².
 */
blind_m2: number, 
/**
 * The share that is seen, 0 … 1.
 */
seen_share: number, 
/**
 * m² seen by 0, 1, 2, 3, 4 and by 5 or more cameras.
 */
by_count_m2: Array<number>, 
/**
 * Cameras that see some of it.
 */
cameras: number, 
/**
 * Rows and columns of the sheet.
 */
size: [number, number], 
/**
 * The largest blind spots: longitude, latitude, m²; the largest first, at most 20.
 */
blind_spots: Array<[number, number, number]>, 
/**
 * How long it took, milliseconds.
 */
took_ms: number, 
/**
 * Why there is none.
 */
refused: VideoRefusalDto | null, };

/**
 * A body that cuts the city.
 */
export type CutDto = { "kind": "box", 
/**
 * Its middle: longitude, latitude, height.
 */
centre: [number, number, number], 
/**
 * Half its sides, metres: across, along its heading, up.
 */
half_m: [number, number, number], 
/**
 * Where its second side points, clockwise from north, degrees.
 */
heading_deg: number, 
/**
 * What stays.
 */
keep: KeepDto, } | { "kind": "polygon", 
/**
 * Its corners: longitude, latitude, height.
 */
ring: Array<[number, number, number]>, 
/**
 * Lower end, metres above the city's ground plane.
 */
bottom_m: number, 
/**
 * Upper end, metres above the city's ground plane.
 */
top_m: number, 
/**
 * What stays.
 */
keep: KeepDto, };

/**
 * A stretch of history that could not be read.
 */
export type DamageDto = { 
/**
 * First moment, UTC milliseconds.
 */
from: number, 
/**
 * Last moment, UTC milliseconds.
 */
to: number, 
/**
 * How many series are touched.
 */
series: number, 
/**
 * What is wrong with it.
 */
reason: string, };

/**
 * One row of the alarm list.
 */
export type DeskAlarmDto = { 
/**
 * `AlarmId`.
 */
id: string, 
/**
 * What it is about: a device, or an area's rule without one.
 */
target: Target | null, 
/**
 * What the device or area is called.
 */
name: string, 
/**
 * `SensorKind::as_str`; empty for an area's rule.
 */
sensor_kind: string, 
/**
 * What the rule is called, in the desk's language; empty for a device's own limits.
 */
rule: string, 
/**
 * How bad it is at its worst so far.
 */
severity: SeverityDto, 
/**
 * How it stands.
 */
state: AlarmStateDto, 
/**
 * Newest value; `None` where the rule has none.
 */
value: number | null, 
/**
 * What was met; `None` where the rule has none.
 */
limit: number | null, 
/**
 * Unit of both.
 */
unit: string, 
/**
 * Since when, UTC milliseconds.
 */
since: number, 
/**
 * When it came back, UTC milliseconds.
 */
cleared_at: number | null, 
/**
 * Who acknowledged it.
 */
acknowledged_by: string | null, 
/**
 * Until when it is shelved, UTC milliseconds; `None` when it is not, or until it is back.
 */
shelved_until: number | null, 
/**
 * The street and grid it lies in; may be empty.
 */
area: string, 
/**
 * How many alarms are suppressed as its consequences.
 */
consequences: number, 
/**
 * The alarm that it is a consequence of.
 */
cause: string | null, 
/**
 * What the suppression groups are called that keep it away, in the desk's language.
 */
groups: Array<string>, 
/**
 * It comes and goes (ISA-18.2: three times a minute or more).
 */
is_chattering: boolean, 
/**
 * It has been active for more than a day.
 */
is_stale: boolean, 
/**
 * Unacknowledged and of the top priority: it blinks.
 */
is_blinking: boolean, 
/**
 * Whether the newest value is old.
 */
freshness: FreshnessDto, 
/**
 * Whether it is real.
 */
standing: StandingDto, 
/**
 * Comments so far.
 */
comments: number, };

/**
 * Why something was refused: `refusal.<code>` in the texts, with `%{role}`, `%{by}`, `%{what}`.
 */
export type DeskRefusalDto = { 
/**
 * `plan.not_running`, `dispatch.bad_step`, `picture.points` …
 */
code: string, 
/**
 * The roles that may do it, as words; empty where that is not the reason.
 */
roles: Array<string>, 
/**
 * Who was faster; empty where nobody was.
 */
by: string, 
/**
 * What it is about: a step, a state; may be empty.
 */
what: string, 
/**
 * The reason for a log, in English.
 */
message: string, };

/**
 * What the lists, the top bar and the boards show; sent whole a few times a second, only when something changed.
 */
export type DeskUpdate = { 
/**
 * Wall time of the host, UTC milliseconds.
 */
now: number, 
/**
 * The moment shown, UTC milliseconds.
 */
shown: number, 
/**
 * How time runs.
 */
clock: ClockDto, 
/**
 * How the desk stands with its hub.
 */
connection: ConnectionDto, 
/**
 * When the newest observation held, UTC milliseconds.
 */
newest: number | null, 
/**
 * Alarms that need attention at the moment shown, worst first, newest first; at most 500. What is shelved, suppressed
 * or out of service is not among them; [`AlarmBoardDto::hidden`] counts it.
 */
alarms: Array<AlarmRow>, 
/**
 * How many alarms need attention, by severity: critical, high, medium, low.
 */
alarm_counts: [number, number, number, number], 
/**
 * Events known at the moment shown, newest first; at most 500.
 */
events: Array<EventRow>, 
/**
 * Key figures.
 */
figures: Array<FigureDto>, 
/**
 * Things, of them late or missing.
 */
things: number, 
/**
 * Things whose newest value is late or missing.
 */
things_late: number, 
/**
 * Observations applied in the last full second.
 */
observations_per_second: number, 
/**
 * Counts the cities opened so far: when it changes, what [`Start`] said of the city is to be asked again.
 */
city: number, 
/**
 * Facts of ours that the hub has not got yet.
 */
queued: number, 
/**
 * What arrived broken, newest first; at most 20.
 */
problems: Array<ProblemDto>, 
/**
 * Twin: tiles shown, tiles wanted.
 */
tiles: [number, number], 
/**
 * Twin: what the city model takes.
 */
memory: MemoryDto, 
/**
 * Which knowledge a past moment is seen with.
 */
knowledge: KnowledgeDto, 
/**
 * Values, facts and events that became known after the moment shown; 0 live.
 */
learnt_later: number, 
/**
 * The alarms of the present.
 */
live_alarms: LiveAlarmsDto, 
/**
 * How the alarm desk stands; of the present, also while the past is shown.
 */
alarm_board: AlarmBoardDto, 
/**
 * How the event desk stands; of the present, also while the past is shown.
 */
event_board: EventBoardDto, 
/**
 * Counts up whenever the duty log or a handover changed.
 */
duty_revision: number, 
/**
 * How the video index stands.
 */
video: VideoBoardDto, 
/**
 * What is kept of the past.
 */
history: HistoryDto, 
/**
 * The long work under way.
 */
task: TaskDto | null, 
/**
 * The sources, counted by state.
 */
sources: SourcesDto, 
/**
 * How full the outbox is.
 */
outbox: OutboxDto, 
/**
 * Who is at the hub, this desk first.
 */
presence: Array<PresenceDto>, 
/**
 * What others share.
 */
shared: Array<SharedViewDto>, 
/**
 * An exercise or a test that is on.
 */
exercise: ExerciseDto | null, 
/**
 * Counts up whenever the layer panel has something new; it is fetched on its own.
 */
layers_revision: number, };

/**
 * A party that can be sent, for the form.
 */
export type DispatchChoiceDto = { 
/**
 * Who.
 */
party: PartyRefDto, 
/**
 * The resource that it is; `None` for a department.
 */
resource: ResourceDto | null, 
/**
 * How many open assignments it has, for any case.
 */
open: number, };

/**
 * An assignment that is being made.
 */
export type DispatchDraftDto = { 
/**
 * Who.
 */
to: PartyRefDto, 
/**
 * What they are to do; must not be empty.
 */
task: string, 
/**
 * Seconds within which they have to answer; 600 is usual.
 */
answer_within_s: number, };

/**
 * A party that was sent.
 */
export type DispatchDto = { 
/**
 * Identity.
 */
id: string, 
/**
 * The case.
 */
case: string, 
/**
 * Who.
 */
to: PartyRefDto, 
/**
 * What they are to do.
 */
task: string, 
/**
 * When they were sent, UTC milliseconds.
 */
sent_at: number, 
/**
 * Who sent them.
 */
sent_by: string, 
/**
 * When they have to have answered, UTC milliseconds.
 */
answer_by: number, 
/**
 * How far it has come.
 */
state: DispatchStateDto, 
/**
 * Somebody is under way or there, or has not answered.
 */
is_open: boolean, 
/**
 * The time to answer is over, and nobody answered.
 */
is_unanswered: boolean, 
/**
 * What happened, the oldest first.
 */
history: Array<DispatchEntryDto>, 
/**
 * The steps that whoever sits here may write down now.
 */
may: Array<DispatchStepDto>, 
/**
 * Who answers there; empty where nobody is known.
 */
contact: ContactDto, };

/**
 * What happened to an assignment.
 */
export type DispatchEntryDto = { 
/**
 * When, UTC milliseconds.
 */
at: number, 
/**
 * Who.
 */
by: string, 
/**
 * What.
 */
step: DispatchStepDto, 
/**
 * More about it; may be empty.
 */
note: string, };

/**
 * What kind of party is sent.
 */
export type DispatchKindDto = "department" | "team" | "person";

/**
 * How far an assignment has come.
 */
export type DispatchStateDto = "sent" | "acknowledged" | "on_scene" | "finished" | "refused" | "recalled";

/**
 * What happens to an assignment.
 */
export type DispatchStepDto = "acknowledge" | "refuse" | "arrive" | "finish" | "recall";

/**
 * What came of sending, or of a step.
 */
export type DispatchedDto = { 
/**
 * The assignment as it stands then; `None` when it was refused.
 */
dispatch: DispatchDto | null, 
/**
 * Why it was refused.
 */
refused: DeskRefusalDto | null, };

/**
 * Everything about who was sent for a case.
 */
export type DispatchesDto = { 
/**
 * The case's assignments, the newest first.
 */
rows: Array<DispatchDto>, 
/**
 * Who can be sent: departments, then resources in travel order; at most 200.
 */
choices: Array<DispatchChoiceDto>, 
/**
 * Broadcasts for the case, the newest first.
 */
broadcasts: Array<BroadcastDto>, 
/**
 * Why whoever sits here may send nobody; `None` when they may.
 */
refused: DeskRefusalDto | null, 
/**
 * The moment that it is shown as of, UTC milliseconds.
 */
as_of: number, };

/**
 * What a draft may be the same as, before it is sent.
 */
export type DraftCheckDto = { 
/**
 * The case that it would join; `None` when it would be a case of its own.
 */
joins: string | null, 
/**
 * True when the very same report is there already.
 */
is_repeated: boolean, 
/**
 * Cases that it may be the same as, the likeliest first; at most 10.
 */
perhaps: Array<CaseLikeDto>, };

/**
 * Who is on duty, and what is open.
 */
export type DutyBoardDto = { 
/**
 * Who sits here.
 */
operator: string, 
/**
 * The shift that runs.
 */
shift: DutyShiftDto | null, 
/**
 * The shift after it.
 */
next: DutyShiftDto | null, 
/**
 * False when there is no roster: then shifts run from 08:00 to 20:00 and from 20:00 to 08:00.
 */
is_rostered: boolean, 
/**
 * Since when the officer who sits here is on duty, UTC milliseconds: the last handover, or the begin of the shift.
 */
since: number, 
/**
 * What is open.
 */
open: DutyOpenDto, 
/**
 * Entries of the log since then.
 */
entries: number, 
/**
 * The handover under way.
 */
handover: string | null, 
/**
 * The shift has ended, and nobody has taken over.
 */
is_handover_due: boolean, };

/**
 * An entry of the duty log.
 */
export type DutyEntryDto = { 
/**
 * Identity.
 */
id: string, 
/**
 * When, UTC milliseconds.
 */
at: number, 
/**
 * Who wrote it: a person, or `desk` for what the desk wrote by itself.
 */
by: string, 
/**
 * Where it comes from.
 */
source: DutySourceDto, 
/**
 * What it is about: an alarm's or an event's identity; may be empty.
 */
subject: string, 
/**
 * The same as something that can be selected.
 */
target: Target | null, 
/**
 * What it says, in the desk's language where the desk wrote it.
 */
text: string, 
/**
 * The entry that it takes the place of.
 */
corrects: string | null, 
/**
 * Who struck it.
 */
struck: DutyStruckDto | null, 
/**
 * True while it may be corrected and struck: written by hand, and not struck.
 */
is_changeable: boolean, };

/**
 * A count of the shift.
 */
export type DutyFigureDto = { 
/**
 * What is counted: `duty.figure.<word>` in the texts.
 */
word: string, 
/**
 * How many.
 */
count: number, };

/**
 * Something that the next shift goes on with.
 */
export type DutyItemDto = { 
/**
 * What it is.
 */
kind: DutyItemKindDto, 
/**
 * Its identity.
 */
id: string, 
/**
 * The same as something that can be selected.
 */
target: Target | null, 
/**
 * What it is called.
 */
title: string, 
/**
 * Since when it is open, UTC milliseconds.
 */
since: number, 
/**
 * True when somebody of this shift took note of it: alarms that are acknowledged, events that were given to somebody …
 */
is_acknowledged: boolean, };

/**
 * What kind of thing is still open.
 */
export type DutyItemKindDto = "alarm" | "event" | "assignment" | "note";

/**
 * How much is open.
 */
export type DutyOpenDto = { 
/**
 * Alarms that ask for attention.
 */
alarms: number, 
/**
 * Events that are not closed.
 */
events: number, 
/**
 * Of them those that missed a deadline.
 */
overdue: number, 
/**
 * Those who were sent and have not finished.
 */
assignments: number, };

/**
 * A window into the duty log.
 */
export type DutyPageDto = { 
/**
 * How many answer in all.
 */
total: number, 
/**
 * How many the stretch has by source, before `sources` is looked at: alarm, event, act, system, hand.
 */
by_source: [number, number, number, number, number], 
/**
 * The first row's place.
 */
offset: number, 
/**
 * The rows.
 */
rows: Array<DutyEntryDto>, };

/**
 * Which entries of the duty log are listed.
 */
export type DutyQueryDto = { 
/**
 * First moment, UTC milliseconds.
 */
from: number, 
/**
 * End, UTC milliseconds; not in it any more.
 */
to: number, 
/**
 * Words that text or author must have; by Chinese, pinyin or English. Empty for all.
 */
text: string, 
/**
 * Sources; empty for all.
 */
sources: Array<DutySourceDto>, 
/**
 * True to leave out what was struck.
 */
hides_struck: boolean, 
/**
 * True for the oldest first; else the newest.
 */
is_oldest_first: boolean, 
/**
 * The first row wanted.
 */
offset: number, 
/**
 * How many rows are wanted; 1 000 at most.
 */
count: number, };

/**
 * A shift and who is on duty in it.
 */
export type DutyShiftDto = { 
/**
 * Identity.
 */
id: string, 
/**
 * What it is called, in the desk's language.
 */
name: string, 
/**
 * When it began or begins, UTC milliseconds.
 */
from: number, 
/**
 * When it ends, UTC milliseconds.
 */
until: number, 
/**
 * 值班员: those at the desk; empty when the roster does not say.
 */
officers: Array<string>, 
/**
 * 带班领导: the leader on duty; may be empty.
 */
leader: string, };

/**
 * Where an entry of the duty log comes from.
 */
export type DutySourceDto = "alarm" | "event" | "act" | "system" | "hand";

/**
 * Who struck an entry, and why.
 */
export type DutyStruckDto = { 
/**
 * When, UTC milliseconds.
 */
at: number, 
/**
 * Who.
 */
by: string, 
/**
 * Why.
 */
reason: string, };

/**
 * Why a command was refused.
 */
export type ErrorCode = "not_found" | "cache_unusable" | "bad_request" | "refused";

/**
 * How the event desk stands; part of every update. Of the present, also while the past is shown.
 */
export type EventBoardDto = { 
/**
 * Counts up whenever any case, plan, dispatch or picture changed, a light changed, or somebody acts in another role.
 */
revision: number, 
/**
 * Open cases.
 */
open: number, 
/**
 * Of them given to nobody.
 */
unassigned: number, 
/**
 * Of them with a yellow light.
 */
yellow: number, 
/**
 * Of them overdue.
 */
red: number, 
/**
 * Of them twice overdue.
 */
escalated: number, 
/**
 * The case that was taken in last; empty without one.
 */
newest_id: string, 
/**
 * All cases that the desk has, by step of the loop.
 */
by_step: [number, number, number, number, number, number], 
/**
 * The role in which the person at the desk acts.
 */
role: string, 
/**
 * The party for which they act; `None` for the desk itself.
 */
party: string | null, 
/**
 * What that party is called; empty without one.
 */
party_name: string, };

/**
 * One row of the event list.
 */
export type EventRow = { 
/**
 * `EventId`.
 */
id: string, 
/**
 * What happened.
 */
title: string, 
/**
 * Category word.
 */
category: string, 
/**
 * `I` … `IV`.
 */
level: string, 
/**
 * The severity whose colour it borrows.
 */
severity: SeverityDto, 
/**
 * `reported`, `handling`, `closed`.
 */
status: string, 
/**
 * When it happened, UTC milliseconds.
 */
happened_at: number, 
/**
 * Who reported it.
 */
source: string, 
/**
 * Whether it is real.
 */
standing: StandingDto, 
/**
 * True while a change of ours waits for the hub.
 */
unsynced: boolean, };

/**
 * An exercise or a test that is on.
 */
export type ExerciseDto = { 
/**
 * Its open events.
 */
events: number, 
/**
 * The title of the newest.
 */
title: string, };

/**
 * A file of values for other programs.
 */
export type ExportDto = { 
/**
 * The file.
 */
path: string, 
/**
 * How many values it holds.
 */
rows: number, };

/**
 * What kind of file values are written to.
 */
export type ExportFormatDto = "csv" | "parquet";

/**
 * What became of a fact that the hub is to have.
 */
export type FactStateDto = "waiting" | "sending" | "accepted" | "refused" | "conflict" | "withdrawn";

/**
 * A geofence that a person drew.
 */
export type FenceDto = { 
/**
 * What people call it, and what filters name it by; one of the same name gives way.
 */
name: string, 
/**
 * Its corners, longitude and latitude in degrees; the first is not repeated.
 */
ring: Array<[number, number]>, 
/**
 * Seconds inside after which it is told that somebody stays; `None` when nobody asks.
 */
dwell_s: number | null, };

/**
 * One field that a fact changes.
 */
export type FieldChangeDto = { 
/**
 * Its name.
 */
field: string, 
/**
 * What it becomes.
 */
value: string, };

/**
 * What a layer says of a place on the ground: of the area or pipe there, or of the place itself.
 */
export type FieldDto = { 
/**
 * The layer's name.
 */
layer: string, 
/**
 * `areas`, `flow`, `heat`, `surface`, `contours`.
 */
kind: string, 
/**
 * What the area or pipe is called; empty for what has no name.
 */
name: string, 
/**
 * The code of the area; may be empty.
 */
code: string, 
/**
 * What is in the pipe: `water`, `gas`, `drainage`, …; empty for what is none.
 */
medium: string, 
/**
 * The value, as people write it.
 */
value: string | null, 
/**
 * Its unit; may be empty.
 */
unit: string, 
/**
 * The worst state there: `normal`, `low`, `medium`, `high`, `critical`; `None` where no state counts.
 */
severity: string | null, 
/**
 * When the newest value in it held, UTC milliseconds.
 */
at: number | null, 
/**
 * `fresh`, `source_late`, `device_silent`, `hub_gone`; `None` where nobody reports.
 */
why: string | null, };

/**
 * A key figure for the wall and the count strip.
 */
export type FigureDto = { 
/**
 * Name for texts: `figure.<name>` in the locale files.
 */
name: string, 
/**
 * The value now; `None` when nothing reports.
 */
value: number | null, 
/**
 * Its unit; may be empty.
 */
unit: string, 
/**
 * Digits after the point.
 */
digits: number, 
/**
 * The value an hour ago, for the trend arrow.
 */
hour_ago: number | null, 
/**
 * How bad it is.
 */
severity: SeverityDto, 
/**
 * When the newest contributing value held, UTC milliseconds.
 */
as_of: number | null, };

/**
 * Whether a filter can be run.
 */
export type FilterCheckDto = { 
/**
 * True when it can.
 */
ok: boolean, 
/**
 * Where it is wrong, characters from 1.
 */
column: number | null, 
/**
 * What is wrong.
 */
message: string, 
/**
 * How many things it takes.
 */
hits: number | null, };

/**
 * A field that a filter may ask for.
 */
export type FilterFieldDto = { 
/**
 * As it is written.
 */
name: string, 
/**
 * What people call it.
 */
words: string, 
/**
 * `number`, `seconds`, `text`, `word`, `level`, `flag`.
 */
kind: string, 
/**
 * Of a number.
 */
unit: string | null, 
/**
 * Words that it may be.
 */
choices: Array<string>, };

/**
 * What is looked for; everything stated must hold.
 */
export type FindDto = { 
/**
 * Words that must occur in names, ids or attributes; conditions may be typed among them: `高度>100`, `use=office`.
 */
text: string, 
/**
 * Sorts of things: class words of the city, `thing`, `camera`, `event`; empty for all.
 */
sorts: Array<string>, 
/**
 * Conditions on attributes.
 */
conditions: Array<ConditionDto>, 
/**
 * Where.
 */
place: PlaceFilterDto | null, 
/**
 * How many answers are passed over.
 */
offset: number, 
/**
 * How many answers are wanted; at most 200.
 */
limit: number, };

/**
 * A page of answers.
 */
export type FindPageDto = { 
/**
 * How many answers there are in all.
 */
total: number, 
/**
 * Those of this page, the best first.
 */
rows: Array<FoundRowDto>, 
/**
 * How many there are of each sort.
 */
sorts: Array<SortCountDto>, 
/**
 * The conditions that were understood in the text.
 */
understood: Array<ConditionDto>, };

/**
 * One answer of the search.
 */
export type Found = { 
/**
 * What it stands for.
 */
target: Target, 
/**
 * What people call it.
 */
name: string, 
/**
 * Kind word, as in [`Card::kind`].
 */
kind: string, 
/**
 * What tells it from others of its name: address or code; may be empty.
 */
hint: string, 
/**
 * Where in the name the words lie that were typed: begin and end in UTF-16 units, in order. Empty where something else
 * answered: a code, or the name in another language.
 */
matched: Array<[number, number]>, 
/**
 * The worst that alarms there; normal for everything but devices.
 */
severity: SeverityDto, };

/**
 * One answer.
 */
export type FoundRowDto = { 
/**
 * What it stands for.
 */
target: Target, 
/**
 * What people call it; may be empty.
 */
name: string, 
/**
 * Kind word.
 */
kind: string, 
/**
 * Distance from the middle of the place asked for, metres.
 */
distance_m: number | null, 
/**
 * Values of the attributes that were asked for, in their order.
 */
values: Array<string>, };

/**
 * How old a value is, against its promised period.
 */
export type FreshnessDto = "fresh" | "late" | "missing";

/**
 * What is known of a stretch that misses something, or did.
 */
export type GapStateDto = "found" | "filling" | "filled" | "sampled" | "lost";

/**
 * What a person does to the twin, in CSS pixels of the viewport element.
 */
export type GestureDto = { "kind": "pan", 
/**
 * From, px.
 */
from: [number, number], 
/**
 * To, px.
 */
to: [number, number], } | { "kind": "orbit", 
/**
 * Moved by, px.
 */
by: [number, number], } | { "kind": "zoom", 
/**
 * Where, px.
 */
at: [number, number], 
/**
 * Notches.
 */
notches: number, } | { "kind": "pick", 
/**
 * Where, px.
 */
at: [number, number], } | { "kind": "hover", 
/**
 * Where, px.
 */
at: [number, number] | null, } | { "kind": "pinch", 
/**
 * Where the middle between them was, px.
 */
from: [number, number], 
/**
 * Where it is now, px.
 */
to: [number, number], 
/**
 * How many times as far apart they are now.
 */
scale: number, 
/**
 * How far they turned, clockwise on the screen, degrees.
 */
turn_deg: number, } | { "kind": "step", 
/**
 * Which.
 */
step: StepDto, } | { "kind": "north" } | { "kind": "overview" } | { "kind": "here", 
/**
 * Where, px.
 */
at: [number, number], } | { "kind": "select_box", 
/**
 * One corner, px.
 */
from: [number, number], 
/**
 * The other corner, px.
 */
to: [number, number], 
/**
 * True to add to what is selected.
 */
add: boolean, } | { "kind": "select_lasso", 
/**
 * Its corners, px.
 */
points: Array<[number, number]>, 
/**
 * True to add to what is selected.
 */
add: boolean, } | { "kind": "clear_selection" };

/**
 * What is done with a handover.
 */
export type HandoverActDto = { "act": "draft", 
/**
 * Who takes over.
 */
incoming: string, 
/**
 * What the outgoing officer adds; may be empty.
 */
note: string, 
/**
 * Open items that the outgoing officer took note of here, by identity.
 */
acknowledged: Array<string>, 
/**
 * Matters written by hand that go into the list of open items; lines. Those of the handover before that still
 * stand are to be sent again.
 */
notes: Array<string>, } | { "act": "sign_out", 
/**
 * What is signed, in words.
 */
statement: string, 
/**
 * The check value of what the officer saw.
 */
proof: string, } | { "act": "sign_in", 
/**
 * Who signs.
 */
officer: string, 
/**
 * What is signed, in words.
 */
statement: string, 
/**
 * The check value of what the officer saw.
 */
proof: string, 
/**
 * The open items that the officer took note of, by identity: all of them.
 */
seen: Array<string>, } | { "act": "return", 
/**
 * Who sends it back.
 */
officer: string, 
/**
 * Why; must not be empty.
 */
reason: string, } | { "act": "complete" };

/**
 * What came of an act on a handover.
 */
export type HandoverActedDto = { 
/**
 * The handover as it stands.
 */
handover: HandoverDto, 
/**
 * Who sits here.
 */
operator: string, };

/**
 * A handover: under way, done, or as it would be written now.
 */
export type HandoverDto = { 
/**
 * Identity; the next free one while nothing is written.
 */
id: string, 
/**
 * How far it has come.
 */
state: HandoverStateDto, 
/**
 * The shift's identity.
 */
shift: string, 
/**
 * What the shift is called, in the desk's language.
 */
shift_name: string, 
/**
 * When the shift began, UTC milliseconds.
 */
from: number, 
/**
 * Until when the log is covered, UTC milliseconds.
 */
until: number, 
/**
 * 交班人: who hands over.
 */
outgoing: string, 
/**
 * 接班人: who takes over; may be empty while nothing is written.
 */
incoming: string, 
/**
 * Whom the roster names for the next shift: offered as the incoming officer.
 */
candidates: Array<string>, 
/**
 * What is open: worst or most urgent first within each kind. At most 2 000.
 */
items: Array<DutyItemDto>, 
/**
 * Counts of the shift.
 */
figures: Array<DutyFigureDto>, 
/**
 * What the outgoing officer adds.
 */
note: string, 
/**
 * How many records of the log it covers.
 */
records: number, 
/**
 * SHA-256 over everything that is handed over, 64 hexadecimal digits; empty while nothing is written.
 */
proof: string, 
/**
 * The outgoing officer's signature.
 */
signed_out: HandoverSignatureDto | null, 
/**
 * The incoming officer's signature.
 */
signed_in: HandoverSignatureDto | null, 
/**
 * How often it was sent back, the newest last.
 */
returned: Array<HandoverReturnDto>, 
/**
 * When it was closed, UTC milliseconds.
 */
completed_at: number | null, 
/**
 * False when the log has been changed since it was signed.
 */
is_intact: boolean, 
/**
 * The acts that are its turn: words of [`HandoverActDto`].
 */
allowed: Array<string>, };

/**
 * That the incoming officer sent it back.
 */
export type HandoverReturnDto = { 
/**
 * When, UTC milliseconds.
 */
at: number, 
/**
 * Who.
 */
by: string, 
/**
 * Why.
 */
reason: string, };

/**
 * One row of the list of handovers.
 */
export type HandoverRowDto = { 
/**
 * Identity.
 */
id: string, 
/**
 * How far it has come.
 */
state: HandoverStateDto, 
/**
 * What the shift is called, in the desk's language.
 */
shift_name: string, 
/**
 * When the shift began, UTC milliseconds.
 */
from: number, 
/**
 * Until when the log is covered, UTC milliseconds.
 */
until: number, 
/**
 * Who hands over.
 */
outgoing: string, 
/**
 * Who takes over.
 */
incoming: string, 
/**
 * How many items were open.
 */
items: number, 
/**
 * False when the log has been changed since it was signed.
 */
is_intact: boolean, };

/**
 * A signature.
 */
export type HandoverSignatureDto = { 
/**
 * Who.
 */
name: string, 
/**
 * When, UTC milliseconds.
 */
at: number, 
/**
 * What was signed, in words.
 */
statement: string, 
/**
 * SHA-256 over everything that was signed, 64 hexadecimal digits.
 */
proof: string, };

/**
 * How far a handover has come.
 */
export type HandoverStateDto = "open" | "drafted" | "signed_by_outgoing" | "signed_by_incoming" | "done";

/**
 * What lies at a place, nearest first.
 */
export type HereDto = { 
/**
 * At most 50.
 */
items: Array<HereItemDto>, 
/**
 * How many more there are.
 */
more: number, 
/**
 * What layers say of the ground there, the uppermost first.
 */
fields: Array<FieldDto>, };

/**
 * One thing of a list.
 */
export type HereItemDto = { 
/**
 * What it is.
 */
target: Target, 
/**
 * What people call it.
 */
name: string, 
/**
 * Kind word, as in [`super::Card::kind`].
 */
kind: string, 
/**
 * How bad it is; `None` for what has no state.
 */
severity: string | null, 
/**
 * When its newest value held, UTC milliseconds.
 */
at: number | null, };

/**
 * What is kept of the past, and how the disk takes it.
 */
export type HistoryDto = { 
/**
 * The oldest moment with a value, UTC milliseconds.
 */
from: number | null, 
/**
 * How many days it spans.
 */
days: number, 
/**
 * What it takes on disk, bytes.
 */
bytes: number, 
/**
 * For how many days it is kept.
 */
keep_days: number, 
/**
 * How large it may become, bytes.
 */
keep_bytes: number, 
/**
 * Stretches that could not be read and were set aside.
 */
damaged: Array<DamageDto>, 
/**
 * True while the disk refuses: live goes on from memory.
 */
memory_only: boolean, 
/**
 * Observations that wait for the disk.
 */
waiting: number, 
/**
 * Why the disk refuses; empty while it does not.
 */
reason: string, };

/**
 * Whose version holds.
 */
export type HoldsDto = "mine" | "theirs" | "mixed";

/**
 * What the hover card says.
 */
export type HoverDto = { 
/**
 * What people call it.
 */
name: string, 
/**
 * Kind word.
 */
kind: string, 
/**
 * The value, as people write it.
 */
value: string | null, 
/**
 * Its unit; may be empty.
 */
unit: string, 
/**
 * When it held, UTC milliseconds.
 */
at: number | null, 
/**
 * `fresh`, `source_late`, `device_silent`, `hub_gone`.
 */
why: string | null, 
/**
 * `normal`, `low`, `medium`, `high`, `critical`, `unreal`.
 */
severity: string, };

/**
 * A channel that an import changed.
 */
export type ImportChangeDto = { 
/**
 * The channel.
 */
id: string, 
/**
 * What it is called.
 */
name: string, 
/**
 * `added`, `changed`, `gone`, `moved`, `duplicate`.
 */
kind: string, 
/**
 * What of it.
 */
fields: Array<ImportFieldDto>, 
/**
 * How far it moved, metres; 0 where it did not.
 */
moved_m: number, };

/**
 * A field that an import changed.
 */
export type ImportFieldDto = { 
/**
 * The field as the standard calls it.
 */
field: string, 
/**
 * Its value before; empty where it had none.
 */
before: string, 
/**
 * Its value since; empty where it has none.
 */
value: string, };

/**
 * A row or message that an import left out.
 */
export type ImportRejectDto = { 
/**
 * Where: a line, a packet, an identity.
 */
place: string, 
/**
 * Why, in English.
 */
reason: string, };

/**
 * What an import changes, or has changed.
 */
export type ImportReportDto = { 
/**
 * What was read.
 */
source: string, 
/**
 * True while nothing is changed yet.
 */
is_dry_run: boolean, 
/**
 * Entries that were understood, those that came again too.
 */
read: number, 
/**
 * Channels that are there since.
 */
added: number, 
/**
 * Channels with another field.
 */
changed: number, 
/**
 * Channels that are as they were.
 */
same: number, 
/**
 * Channels of this source that it does not have any more.
 */
gone: number, 
/**
 * Channels that moved by more than 5 m.
 */
moved: number, 
/**
 * Items that came twice.
 */
duplicates: number, 
/**
 * Items that were left out.
 */
rejected: number, 
/**
 * The first of the changes, at most 500.
 */
changes: Array<ImportChangeDto>, 
/**
 * The first of what was left out, at most 100.
 */
rejects: Array<ImportRejectDto>, 
/**
 * How long it took, milliseconds.
 */
took_ms: number, 
/**
 * It can be taken back.
 */
can_undo: boolean, 
/**
 * Why nothing was read.
 */
refused: VideoRefusalDto | null, };

/**
 * Which side of a cut stays.
 */
export type KeepDto = "inside" | "outside";

/**
 * Which knowledge a past moment is seen with.
 */
export type KnowledgeDto = "then" | "now";

/**
 * A stretch that misses something, or did.
 */
export type KnownGapDto = { 
/**
 * The source.
 */
source: string, 
/**
 * Its first moment, UTC milliseconds.
 */
from: number, 
/**
 * The first moment after it, UTC milliseconds.
 */
until: number, 
/**
 * What is known of it.
 */
state: GapStateDto, 
/**
 * How many observations are missing, when that is known.
 */
missing: number | null, };

/**
 * A lane: how many moments of a kind lie in each bin.
 */
export type LaneDto = { 
/**
 * `clip`, `person` …
 */
kind: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * One number a bin.
 */
counts: Array<number>, };

/**
 * Lanes of moments.
 */
export type LanesDto = { 
/**
 * UTC milliseconds.
 */
from: number, 
/**
 * UTC milliseconds.
 */
to: number, 
/**
 * Clips first, then by how many there are.
 */
lanes: Array<LaneDto>, };

/**
 * Which lanes are drawn on the timeline.
 */
export type LanesQueryDto = { 
/**
 * UTC milliseconds.
 */
from: number, 
/**
 * UTC milliseconds.
 */
to: number, 
/**
 * How many bins, 1 … 2 000.
 */
bins: number, 
/**
 * A ring, degrees; empty for everywhere.
 */
area: Array<[number, number]>, 
/**
 * Any of these cameras; empty for all.
 */
cameras: Array<string>, 
/**
 * Any of these kinds; empty for all.
 */
kinds: Array<string>, };

/**
 * What a person does to layers.
 */
export type LayerChangeDto = { "do": "show", 
/**
 * The layer.
 */
id: string, 
/**
 * True to draw it.
 */
on: boolean, } | { "do": "show_branch", 
/**
 * `kind` or `system`.
 */
by: string, 
/**
 * The branch, from the root.
 */
path: Array<string>, 
/**
 * True to draw them.
 */
on: boolean, } | { "do": "opacity", 
/**
 * The layer.
 */
id: string, 
/**
 * 0 to 1.
 */
opacity: number, } | { "do": "filter", 
/**
 * The layer.
 */
id: string, 
/**
 * The filter; `None` for none.
 */
text: string | null, } | { "do": "move", 
/**
 * The layer.
 */
id: string, 
/**
 * The one that it is to lie above; `None` for the lowest place.
 */
before: string | null, } | { "do": "stand", 
/**
 * The layer.
 */
id: string, 
/**
 * `on`, `above`, `through`.
 */
stand: string, } | { "do": "gather", 
/**
 * The layer.
 */
id: string, 
/**
 * `symbols`, `dots`, `each`.
 */
gather: string, } | { "do": "paint", 
/**
 * The layer.
 */
id: string, 
/**
 * Which.
 */
paint: LayerPaintDto, } | { "do": "size", 
/**
 * The layer.
 */
id: string, 
/**
 * How large.
 */
size: LayerSizeDto, } | { "do": "own_style", 
/**
 * The layer.
 */
id: string, } | { "do": "save_set", 
/**
 * Under this name.
 */
name: string, } | { "do": "use_set", 
/**
 * The set.
 */
name: string, } | { "do": "drop_set", 
/**
 * The set.
 */
name: string, } | { "do": "density", 
/**
 * `few`, `normal`, `many`.
 */
density: string, } | { "do": "reset" };

/**
 * One layer's switch. Layers beyond `cim_model::Layer` are classes of the city: `bridge`, `tunnel`, `pipe` …
 */
export type LayerDto = { 
/**
 * `Layer::as_str`, or a class word.
 */
name: string, 
/**
 * Whether it is drawn.
 */
on: boolean, 
/**
 * How many things it holds.
 */
count: number, };

/**
 * What the colours of a layer mean.
 */
export type LayerLegendDto = { 
/**
 * What is shown.
 */
title: string, 
/**
 * Its unit; may be empty.
 */
unit: string, 
/**
 * True when things are coloured by how bad they are.
 */
is_by_state: boolean, 
/**
 * Colours with their meaning.
 */
steps: Array<LayerLegendStepDto>, 
/**
 * A continuous ramp.
 */
ramp: RampLegendDto | null, };

/**
 * One colour of a legend.
 */
export type LayerLegendStepDto = { 
/**
 * `#rrggbb`.
 */
colour: string, 
/**
 * What has it.
 */
label: string, 
/**
 * Values from here on.
 */
from: number | null, 
/**
 * Values up to here.
 */
to: number | null, };

/**
 * Where the colours of a layer come from.
 */
export type LayerPaintDto = { "by": "state" } | { "by": "value", 
/**
 * The name of the ramp.
 */
ramp: string, 
/**
 * The values at its beginning and at its end; `None` in a change for what the values are now.
 */
range: [number, number] | null, } | { "by": "attribute", 
/**
 * The field.
 */
name: string, } | { "by": "plain" };

/**
 * A ramp that layers can be coloured with.
 */
export type LayerRampDto = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its colours at equal steps, `#rrggbb`.
 */
stops: Array<string>, };

/**
 * A layer as the panel shows it.
 */
export type LayerRowDto = { 
/**
 * Identity.
 */
id: string, 
/**
 * The number under which the twin counts it; layers of devices may share one.
 */
number: number, 
/**
 * What people call it, in the desk's language.
 */
name: string, 
/**
 * The names of its groups, from the root.
 */
path: Array<string>, 
/**
 * The name of the system that it serves; may be empty.
 */
system: string, 
/**
 * `points`, `heat`, `trails`, `flow`, `areas`, `columns`, `rings`, `surface`, `contours`, `fences`, `labels`, `city`.
 */
kind: string, 
/**
 * True while it is drawn.
 */
shown: boolean, 
/**
 * 0 to 1.
 */
opacity: number, 
/**
 * How many things its filter takes.
 */
count: number, 
/**
 * How many of them the picture holds; `None` until the twin said so.
 */
in_view: number | null, 
/**
 * How many symbols are drawn.
 */
drawn: number | null, 
/**
 * Of the counted: normal, low, medium, high, critical, not real.
 */
by_class: [number, number, number, number, number, number], 
/**
 * Of the counted: older than their sources promised.
 */
late: number, 
/**
 * Of the counted: never reported, or long silent.
 */
missing: number, 
/**
 * When the newest of them was seen, UTC milliseconds.
 */
newest_at: number | null, 
/**
 * The filter as it was written.
 */
filter: string | null, 
/**
 * Why the filter cannot be run; everything is shown then.
 */
filter_error: string | null, 
/**
 * What its colours mean.
 */
legend: LayerLegendDto, 
/**
 * True when stand, gathering, colours and size can be chosen.
 */
can_style: boolean, 
/**
 * Its colours and its size; `None` where they cannot be chosen.
 */
style: LayerStyleDto | null, 
/**
 * `on`, `above`, `through`.
 */
stand: string, 
/**
 * `symbols`, `dots`, `each`.
 */
gather: string, 
/**
 * A sentence about it; may be empty.
 */
about: string, 
/**
 * Why it cannot be shown as it should.
 */
problem: string | null, };

/**
 * A saved set of layers.
 */
export type LayerSetDto = { 
/**
 * What its person calls it.
 */
name: string, 
/**
 * How many layers it shows.
 */
shown: number, };

/**
 * How large the symbols of a layer are.
 */
export type LayerSizeDto = { 
/**
 * Their width.
 */
value: number, 
/**
 * `px` for CSS pixels, from 6 to 40 where a person chooses; `m` for metres, from 1 to 200.
 */
unit: string, };

/**
 * How a layer of symbols is coloured and how large it is, and what can be chosen instead.
 */
export type LayerStyleDto = { 
/**
 * Which colours.
 */
paint: LayerPaintDto, 
/**
 * How large.
 */
size: LayerSizeDto, 
/**
 * True while both are as its pack has them.
 */
is_own: boolean, 
/**
 * True when some of it has a value, so that it can be coloured by value.
 */
has_values: boolean, 
/**
 * What it can be coloured by: fields with few different texts; the choices are those that it has.
 */
attributes: Array<FilterFieldDto>, };

/**
 * The layer panel.
 */
export type LayersDto = { 
/**
 * As in [`super::DeskUpdate::layers_revision`].
 */
revision: number, 
/**
 * Every layer, uppermost first.
 */
rows: Array<LayerRowDto>, 
/**
 * The tree by kind.
 */
by_kind: Array<TreeRowDto>, 
/**
 * The tree by system.
 */
by_system: Array<TreeRowDto>, 
/**
 * Saved sets.
 */
sets: Array<LayerSetDto>, 
/**
 * How many names: `few`, `normal`, `many`.
 */
density: string, 
/**
 * The ramps that layers can be coloured with, in the order in which to offer them.
 */
ramps: Array<LayerRampDto>, };

/**
 * What colours mean.
 */
export type LegendDto = { 
/**
 * The attribute's label.
 */
title: string, 
/**
 * Its unit; may be empty.
 */
unit: string, 
/**
 * The classes, lowest first.
 */
entries: Array<LegendEntryDto>, 
/**
 * Features of the class without a value; they keep their own colour.
 */
without: number, };

/**
 * One class of a legend.
 */
export type LegendEntryDto = { 
/**
 * Red, green, blue.
 */
colour: [number, number, number], 
/**
 * The least value of the class; `None` for a class of words.
 */
from: number | null, 
/**
 * The greatest value of the class.
 */
to: number | null, 
/**
 * The value, for a class of words; empty for all rare values together.
 */
word: string, 
/**
 * How many features.
 */
count: number, };

/**
 * A limit line of a chart.
 */
export type LimitDto = { 
/**
 * Where.
 */
value: number, 
/**
 * What it means to meet it.
 */
severity: SeverityDto, };

/**
 * The alarms of the present, also while the past is shown.
 */
export type LiveAlarmsDto = { 
/**
 * How many nobody has acknowledged, by severity: critical, high, medium, low.
 */
counts: [number, number, number, number], 
/**
 * The newest of the worst severity among them.
 */
newest: AlarmRow | null, };

/**
 * Figures of the load of one position.
 */
export type LoadFiguresDto = { 
/**
 * Alarms in all.
 */
count: number, 
/**
 * In ten minutes, on average.
 */
per_ten_minutes: number, 
/**
 * In the worst ten minutes.
 */
worst_ten_minutes: number, 
/**
 * In an hour, on average.
 */
per_hour: number, 
/**
 * In a day, on average.
 */
per_day: number, 
/**
 * Share of the time in flood, 0 to 1.
 */
flood_share: number, 
/**
 * How many floods.
 */
floods: number, 
/**
 * Share of ten-minute stretches with more than ten alarms, 0 to 1.
 */
over_ten_share: number, 
/**
 * Share by severity: critical, high, medium, low; 0 to 1.
 */
mix: [number, number, number, number], 
/**
 * Seconds until acknowledged: the median.
 */
acknowledged_p50_s: number | null, 
/**
 * Seconds until acknowledged: 95 of 100 are faster.
 */
acknowledged_p95_s: number | null, 
/**
 * Chattering conditions.
 */
chattering: number, 
/**
 * Stale alarms at the end.
 */
stale: number, };

/**
 * A condition and how often it rang.
 */
export type LoadTopDto = { 
/**
 * What it is about.
 */
target: Target | null, 
/**
 * What the device or area is called.
 */
name: string, 
/**
 * What the rule is called; empty for a device's own limits.
 */
rule: string, 
/**
 * How often.
 */
count: number, 
/**
 * Its share of all, 0 to 1.
 */
share: number, };

/**
 * How the twin looks.
 */
export type LookDto = { 
/**
 * Colours and light.
 */
style: StyleDto, 
/**
 * What a picture may cost.
 */
quality: QualityDto, 
/**
 * The moment whose sun shines, UTC milliseconds; `None` for the moment that the desk shows.
 */
time: number | null, };

/**
 * The six steps of the loop 事件收集 → 集中交办 → 限时办结 → 跟踪督办 → 反馈评价 → 分析应用.
 */
export type LoopStepDto = "collect" | "assign" | "complete" | "urge" | "feedback" | "analyse";

/**
 * One thing that is drawn.
 */
export type MarkDto = { 
/**
 * Identity within the picture; a later mark of the same one takes its place.
 */
id: string, 
/**
 * What.
 */
shape: MarkShapeDto, 
/**
 * Its words; those of a text are the text. At most 512 bytes.
 */
label: string, 
/**
 * The colour's word: `red`, `orange`, `yellow`, `green`, `blue`, `white`.
 */
colour: string, };

/**
 * What is drawn.
 */
export type MarkShapeDto = { "of": "point", 
/**
 * Where, degrees.
 */
at: [number, number], 
/**
 * The symbol's word: `post`, `fire`, `danger`, `water`, `medical`, `gather`, `block`, `flag`.
 */
symbol: string, } | { "of": "line", 
/**
 * Its points, degrees; 2 to 1 024.
 */
points: Array<[number, number]>, 
/**
 * It ends in an arrow.
 */
is_arrow: boolean, } | { "of": "area", 
/**
 * Its ring, degrees; 3 to 1 024 corners, the first is not repeated.
 */
ring: Array<[number, number]>, } | { "of": "text", 
/**
 * Where, degrees.
 */
at: [number, number], };

/**
 * A measured number.
 */
export type MeasuredDto = { 
/**
 * What it says: `quantity.<name>` in the locale files.
 */
quantity: string, 
/**
 * The number.
 */
value: number, 
/**
 * Its unit.
 */
unit: string, };

/**
 * What the city model takes, in memory and on the graphics device together.
 */
export type MemoryDto = { 
/**
 * What the loaded tiles take, MiB.
 */
used_mib: number, 
/**
 * What they may take, MiB; 0 until the twin has spoken.
 */
budget_mib: number, 
/**
 * True when the view needs more than that and is coarser than asked for.
 */
is_short: boolean, };

/**
 * The city from above, as a small raster.
 */
export type MinimapDto = { 
/**
 * West, south, east, north; degrees.
 */
bounds: [number, number, number, number], 
/**
 * Cells in a row.
 */
width: number, 
/**
 * Rows, the northern one first.
 */
height: number, 
/**
 * One letter a cell: `.` ground, `w` water, `g` green, `r` road, `t` track, `b` building. Empty when no model could be read.
 */
cells: string, };

/**
 * How the desk is used.
 */
export type Mode = "desk" | "wall" | "planner";

/**
 * A moment that somebody saved.
 */
export type MomentDto = { 
/**
 * Identity.
 */
id: string, 
/**
 * The moment, UTC milliseconds.
 */
time: number, 
/**
 * What people call it.
 */
title: string, 
/**
 * Who saved it.
 */
author: string, 
/**
 * What was looked at.
 */
view: ViewPlaceDto | null, 
/**
 * A small picture of it, as a `data:` address.
 */
thumbnail: string | null, };

/**
 * What an import of moments brought.
 */
export type MomentImportDto = { 
/**
 * Lines read.
 */
read: number, 
/**
 * Moments that are there since.
 */
added: number, 
/**
 * Moments that were told anew.
 */
changed: number, 
/**
 * Moments that are as they were.
 */
same: number, 
/**
 * Lines that were left out.
 */
rejected: number, 
/**
 * The first of them: line and why; at most 100.
 */
rejects: Array<[string, string]>, 
/**
 * Moments that the limit pushed out: the oldest.
 */
forgotten: number, 
/**
 * Why nothing was read.
 */
refused: VideoRefusalDto | null, };

/**
 * A cell of a mosaic.
 */
export type MosaicCellDto = { 
/**
 * The camera; empty leaves the cell empty. A camera that may not be listed crosses as empty with `is_denied`.
 */
camera: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * The preset to go to; 0 for none.
 */
preset: number, 
/**
 * The person at the desk may not look.
 */
is_denied: boolean, };

/**
 * A mosaic.
 */
export type MosaicDto = { 
/**
 * Names it; empty for one that is not kept.
 */
id: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * 1, 4, 9 or 16.
 */
size: number, 
/**
 * Its cells, row by row; at most `size`.
 */
cells: Array<MosaicCellDto>, 
/**
 * What it follows.
 */
follows: MosaicFollowsDto, 
/**
 * The event that it follows; `None` where it follows none.
 */
event: string | null, 
/**
 * Everybody at the hub has it.
 */
is_shared: boolean, 
/**
 * Who keeps it; empty for one that is not kept.
 */
by: string, 
/**
 * When it was kept, UTC milliseconds.
 */
saved_at: number, 
/**
 * It was kept by the person at the desk.
 */
is_mine: boolean, 
/**
 * The moment at which it is shown, UTC milliseconds; `None` is live.
 */
at: number | null, 
/**
 * Why there is none.
 */
refused: VideoRefusalDto | null, };

/**
 * What a mosaic follows.
 */
export type MosaicFollowsDto = "nothing" | "clock" | "event";

/**
 * For what a mosaic is put together.
 */
export type MosaicForDto = { 
/**
 * What the cameras shall see.
 */
target: SightTargetDto, 
/**
 * 1, 4, 9 or 16.
 */
size: number, 
/**
 * Only cameras that may be looked at by the person at the desk.
 */
is_allowed_only: boolean, };

/**
 * A camera near the selected place.
 */
export type NearCameraDto = { 
/**
 * `CameraId`.
 */
id: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * How far, metres.
 */
distance_m: number, 
/**
 * True when the place lies within its field of view and range (buildings in the way are not considered).
 */
in_view: boolean, 
/**
 * Whether it really sees the place, with buildings in the way.
 */
sight: NearSightDto, 
/**
 * The person at the desk may look through it now.
 */
can_look: boolean, 
/**
 * The camera itself.
 */
camera: CameraDto, };

/**
 * Whether a camera really sees a place.
 */
export type NearSightDto = "unknown" | "clear" | "blocked";

/**
 * How the obstacles of the city are read.
 */
export type ObstaclesDto = { "kind": "none" } | { "kind": "reading", 
/**
 * The share that is read, 0 … 1.
 */
share: number, } | { "kind": "ready", 
/**
 * Triangles.
 */
triangles: number, 
/**
 * Tiles that could not be read; what stands in them is not considered.
 */
missing: number, } | { "kind": "failed", 
/**
 * Why, in English.
 */
why: string, };

/**
 * A view that was opened, or why not.
 */
export type OpenedViewDto = { 
/**
 * Names the view; `None` where it was refused.
 */
view: number | null, 
/**
 * The camera.
 */
camera: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * It may be steered.
 */
can_ptz: boolean, 
/**
 * Its picture may be kept.
 */
can_snapshot: boolean, 
/**
 * Why not.
 */
refused: VideoRefusalDto | null, };

/**
 * Where what is known of a feature comes from.
 */
export type OriginDto = { 
/**
 * The data.
 */
source: string, 
/**
 * Their licence; may be empty.
 */
licence: string, 
/**
 * The date that they show; empty when nobody said.
 */
epoch: string, 
/**
 * CIM level of the city's best content, `CIM1` … `CIM7`.
 */
cim_level: string, 
/**
 * Coordinate reference system of the source.
 */
crs: string, 
/**
 * True for an invented city.
 */
is_synthetic: boolean, };

/**
 * How full the outbox is.
 */
export type OutboxDto = { 
/**
 * Facts that wait.
 */
waiting: number, 
/**
 * Facts that were refused.
 */
refused: number, 
/**
 * Conflicts that nobody has looked at.
 */
conflicts: number, 
/**
 * When the oldest that waits was done, UTC milliseconds.
 */
oldest_waiting: number | null, };

/**
 * One fact of the outbox.
 */
export type OutboxItemDto = { 
/**
 * Identity.
 */
id: string, 
/**
 * What it is about.
 */
subject: string, 
/**
 * What people call that.
 */
subject_name: string, 
/**
 * Its card; `None` without one.
 */
target: Target | null, 
/**
 * What was done.
 */
verb: string, 
/**
 * By whom.
 */
author: string, 
/**
 * When, UTC milliseconds.
 */
happened_at: number, 
/**
 * What became of it.
 */
state: FactStateDto, 
/**
 * How often it was sent.
 */
tries: number, 
/**
 * Why it was refused or still waits; may be empty.
 */
reason: string, 
/**
 * What it changes.
 */
changes: Array<FieldChangeDto>, };

/**
 * A part of the desk that can stand in a window of its own, on another screen.
 */
export type PanelDto = "alarms" | "events" | "card" | "timeline" | "drawer" | "duty" | "analysis" | "plans" | "video";

/**
 * Somebody who can be sent.
 */
export type PartyRefDto = { 
/**
 * What it is.
 */
kind: DispatchKindDto, 
/**
 * Identity; identities nest: `water/crew-1` belongs to `water`.
 */
id: string, 
/**
 * What people call it.
 */
name: string, };

/**
 * How the twin gets on.
 */
export type PerformanceDto = { 
/**
 * Middle time of a frame, milliseconds.
 */
frame_ms_p50: number, 
/**
 * 95 of 100 frames take less, milliseconds.
 */
frame_ms_p95: number, 
/**
 * Frames in a second.
 */
frames_per_s: number, 
/**
 * Tiles in the picture.
 */
tiles_shown: number, 
/**
 * Tiles on their way.
 */
tiles_waiting: number, 
/**
 * Bytes to the GPU in a second.
 */
upload_bytes_per_s: number, 
/**
 * GPU memory in use, bytes.
 */
gpu_bytes: number, 
/**
 * GPU memory that may be used, bytes.
 */
gpu_limit_bytes: number, 
/**
 * `soft`, `standard`, `high`: in use.
 */
quality: string, 
/**
 * The same: as chosen.
 */
wanted: string, 
/**
 * The GPU.
 */
adapter: string, 
/**
 * Age of the oldest command when it was taken, milliseconds.
 */
queue_ms: number, 
/**
 * How many devices were lost so far.
 */
lost: number, };

/**
 * What catching up is fetching.
 */
export type PhaseDto = "changes" | "things" | "cameras" | "events" | "history" | "newest";

/**
 * What is picked at this desk, in whichever of its windows.
 */
export type PickDto = { 
/**
 * What is selected.
 */
target: Target | null, 
/**
 * The alarm whose page is open: `AlarmId`. An event's page is open while the event is selected.
 */
alarm: string | null, };

/**
 * What is done with a picture.
 */
export type PictureActDto = { "act": "put", 
/**
 * The mark.
 */
mark: MarkDto, } | { "act": "remove", 
/**
 * Its identity.
 */
mark: string, };

/**
 * What came of an act on a picture.
 */
export type PictureActedDto = { 
/**
 * The picture as it stands then.
 */
picture: PictureDto, 
/**
 * Why it was refused.
 */
refused: DeskRefusalDto | null, };

/**
 * The picture that goes with a case.
 */
export type PictureDto = { 
/**
 * The case.
 */
case: string, 
/**
 * Changes with every act.
 */
version: number, 
/**
 * The marks, by identity.
 */
marks: Array<MarkDto>, 
/**
 * There is something of one's own to undo.
 */
may_undo: boolean, 
/**
 * There is something of one's own to do again.
 */
may_redo: boolean, 
/**
 * Marks and acts that had no room.
 */
left_out: number, 
/**
 * It is drawn in the twin now.
 */
is_shown: boolean, 
/**
 * As of a past moment: nothing can be drawn.
 */
is_past: boolean, };

/**
 * Where things must lie. Places are longitude and latitude, degrees.
 */
export type PlaceFilterDto = { "kind": "radius", 
/**
 * The point.
 */
centre: [number, number], 
/**
 * How far, metres.
 */
metres: number, } | { "kind": "around", 
/**
 * What.
 */
target: Target, 
/**
 * How far, metres.
 */
metres: number, } | { "kind": "ring", 
/**
 * Its corners; the first is not repeated.
 */
ring: Array<[number, number]>, };

/**
 * What is done with a plan.
 */
export type PlanActDto = { "act": "start", 
/**
 * The plan.
 */
plan: string, } | { "act": "tick", 
/**
 * The step.
 */
step: string, 
/**
 * More about it; may be empty.
 */
note: string, 
/**
 * References of evidence.
 */
evidence: Array<string>, } | { "act": "skip", 
/**
 * The step.
 */
step: string, 
/**
 * Why; must not be empty.
 */
reason: string, } | { "act": "untick", 
/**
 * The step.
 */
step: string, 
/**
 * Why; must not be empty.
 */
reason: string, } | { "act": "respond", 
/**
 * The level from now on.
 */
response: ResponseDto, 
/**
 * Why; must not be empty.
 */
reason: string, } | { "act": "send", 
/**
 * The message's identity in the plan.
 */
message: string, 
/**
 * The text as it goes out.
 */
text: string, 
/**
 * To whom.
 */
to: Array<string>, } | { "act": "stop", 
/**
 * Why; must not be empty.
 */
reason: string, };

/**
 * What came of an act on a plan.
 */
export type PlanActedDto = { 
/**
 * The fact that tells it; `None` when it was refused.
 */
fact: string | null, 
/**
 * Why it was refused.
 */
refused: DeskRefusalDto | null, 
/**
 * The plan as it stands then; `None` when none was started.
 */
run: PlanRunDto | null, };

/**
 * A plan 预案, whole: the action card 处置卡.
 */
export type PlanDto = { 
/**
 * Identity.
 */
id: string, 
/**
 * Its name.
 */
name: string, 
/**
 * What it is for; may be empty.
 */
about: string, 
/**
 * The document that it follows; may be empty.
 */
source: string, 
/**
 * The scene pack that it is from.
 */
pack: string, 
/**
 * The category words of the events that it serves.
 */
categories: Array<string>, 
/**
 * Such a case may be closed only with evidence.
 */
closing_needs_evidence: boolean, 
/**
 * Its response levels, from the lowest.
 */
levels: Array<PlanLevelDto>, 
/**
 * What is to be done, in order.
 */
steps: Array<PlanStepDto>, 
/**
 * What is needed on the spot.
 */
needs: Array<PlanNeedDto>, 
/**
 * Messages.
 */
messages: Array<PlanTemplateDto>, 
/**
 * Everybody within so many metres of the case has to be warned; `None` where a fence says who, or nobody has to be.
 */
warn_radius_m: number | null, 
/**
 * Everybody within this fence of the pack has to be warned; empty without one.
 */
warn_fence: string, };

/**
 * A response level of a plan.
 */
export type PlanLevelDto = { 
/**
 * The level.
 */
response: ResponseDto, 
/**
 * Proposed for events of this level and graver ones: `I` … `IV`.
 */
from_level: string, 
/**
 * The role that orders it.
 */
by_role: string, 
/**
 * What it means here.
 */
about: string, };

/**
 * A tick.
 */
export type PlanMarkDto = { 
/**
 * What it means.
 */
kind: PlanMarkKindDto, 
/**
 * When, UTC milliseconds.
 */
at: number, 
/**
 * Who.
 */
by: string, 
/**
 * More about it, or why it was left out; may be empty.
 */
note: string, 
/**
 * References of evidence: digests of the case's attachments, or what somebody wrote.
 */
evidence: Array<string>, };

/**
 * What a tick means.
 */
export type PlanMarkKindDto = "done" | "skipped";

/**
 * What a plan needs on the spot.
 */
export type PlanNeedDto = { 
/**
 * What kind of help.
 */
kind: ResourceKindDto, 
/**
 * The capability, such as `pump_truck`.
 */
what: string, 
/**
 * Its name.
 */
name: string, 
/**
 * How many.
 */
count: number, 
/**
 * Looked for within so many metres; `None` for everywhere.
 */
within_m: number | null, };

/**
 * A plan that fits a case.
 */
export type PlanOfferDto = { 
/**
 * The plan.
 */
plan: PlanDto, 
/**
 * The response level that it proposes; an officer decides.
 */
proposed: ResponseDto | null, 
/**
 * It runs for this case.
 */
is_running: boolean, 
/**
 * Why it cannot be started now; `None` when it can.
 */
refused: DeskRefusalDto | null, };

/**
 * How far a plan has come; steps that are not called do not count.
 */
export type PlanProgressDto = { 
/**
 * Steps that are called for.
 */
steps: number, 
/**
 * Of them done.
 */
done: number, 
/**
 * Of them left out.
 */
skipped: number, 
/**
 * Of them overdue and still to do.
 */
overdue: number, };

/**
 * A plan at work for a case.
 */
export type PlanRunDto = { 
/**
 * The case.
 */
case: string, 
/**
 * The plan; when this desk has none such, only its identity is filled in.
 */
plan: PlanDto, 
/**
 * How it stands.
 */
state: PlanStateDto, 
/**
 * When it was started first, UTC milliseconds.
 */
started_at: number, 
/**
 * Who started it.
 */
started_by: string, 
/**
 * When it was ended, UTC milliseconds.
 */
stopped_at: number | null, 
/**
 * Who ended it; empty while it runs.
 */
stopped_by: string, 
/**
 * The response level that steps are called at.
 */
response: ResponseDto, 
/**
 * Levels that were ordered, the oldest first; none while the lowest holds by itself.
 */
responses: Array<ResponseSetDto>, 
/**
 * The level that the plan proposes for the case's level.
 */
proposed: ResponseDto | null, 
/**
 * The levels that whoever sits here may order now.
 */
may_order: Array<ResponseDto>, 
/**
 * Whether whoever sits here may end it.
 */
may_stop: boolean, 
/**
 * Whether whoever sits here may send messages and broadcasts.
 */
may_send: boolean, 
/**
 * The checklist, in the plan's order.
 */
steps: Array<PlanRunStepDto>, 
/**
 * What is needed, with who can come.
 */
needs: Array<PlanRunNeedDto>, 
/**
 * Messages, filled in.
 */
messages: Array<PlanRunMessageDto>, 
/**
 * Messages that went out, the oldest first.
 */
sent: Array<SentMessageDto>, 
/**
 * Who has to be warned; `None` where the plan warns nobody, or its fence is not there.
 */
warn: WarnAreaDto | null, 
/**
 * How far it has come.
 */
progress: PlanProgressDto, 
/**
 * Steps that keep the case from being closed, by identity.
 */
hindrances: Array<string>, 
/**
 * Other plans that ran for the case before, by name.
 */
earlier: Array<string>, 
/**
 * Ticks for steps that the plan has not (any more).
 */
strange_ticks: number, 
/**
 * The moment that it is shown as of, UTC milliseconds.
 */
as_of: number, 
/**
 * As of a past moment: nothing can be done.
 */
is_past: boolean, };

/**
 * A message of a plan at work, filled in.
 */
export type PlanRunMessageDto = { 
/**
 * Identity within the plan.
 */
id: string, 
/**
 * How it goes out.
 */
channel: ChannelDto, 
/**
 * Its name.
 */
name: string, 
/**
 * The text, filled in; what is missing stands as `____`.
 */
text: string, 
/**
 * The placeholders that nobody could fill, as words.
 */
missing: Array<string>, 
/**
 * How often it went out.
 */
sent: number, };

/**
 * A need of a plan at work, with who can come.
 */
export type PlanRunNeedDto = { 
/**
 * What the plan says.
 */
need: PlanNeedDto, 
/**
 * Who would be taken, the soonest first.
 */
taken: Array<TakenDto>, 
/**
 * How many are missing.
 */
missing: number, 
/**
 * Seconds until the last of those taken is there; 0 when nobody is taken.
 */
complete_in_s: number, 
/**
 * Who could come, in travel order: available ones first; at most 12.
 */
offers: Array<ResourceDto>, };

/**
 * A step of a plan at work.
 */
export type PlanRunStepDto = { 
/**
 * What the plan says.
 */
step: PlanStepDto, 
/**
 * Its tick.
 */
mark: PlanMarkDto | null, 
/**
 * The response level calls for it.
 */
is_called: boolean, 
/**
 * When it has to be done, UTC milliseconds; `None` without a timer or before it starts.
 */
due_at: number | null, 
/**
 * It is called, and neither done nor left out in time.
 */
is_overdue: boolean, 
/**
 * Why whoever sits here may not tick it now; `None` when they may (or take the tick back where there is one).
 */
refused: DeskRefusalDto | null, 
/**
 * Whether it may be left out by whoever sits here.
 */
may_skip: boolean, };

/**
 * How a plan stands with a case.
 */
export type PlanStateDto = "running" | "stopped" | "missing";

/**
 * One thing to do, as the plan has it.
 */
export type PlanStepDto = { 
/**
 * Identity within the plan.
 */
id: string, 
/**
 * What is to be done.
 */
text: string, 
/**
 * The role that does it.
 */
role: string, 
/**
 * Seconds within which it has to be done.
 */
within_s: number | null, 
/**
 * The step whose end starts the timer.
 */
after: string | null, 
/**
 * Called from this response level on.
 */
from: ResponseDto, 
/**
 * Who can be called.
 */
contacts: Array<ContactDto>, 
/**
 * It counts as done only with a photo, a recording or a document.
 */
needs_evidence: boolean, 
/**
 * The case may be closed without it.
 */
is_optional: boolean, };

/**
 * A message that is ready but for its particulars.
 */
export type PlanTemplateDto = { 
/**
 * Identity within the plan.
 */
id: string, 
/**
 * How it goes out.
 */
channel: ChannelDto, 
/**
 * Its name.
 */
name: string, 
/**
 * The text with its `{placeholders}`.
 */
text: string, };

/**
 * Somebody at the hub.
 */
export type PresenceDto = { 
/**
 * The desk.
 */
desk: string, 
/**
 * Who sits there.
 */
operator: string, 
/**
 * `desk`, `wall` or `planner`.
 */
mode: string, 
/**
 * Since when, UTC milliseconds.
 */
since: number, 
/**
 * When it was last heard of, UTC milliseconds.
 */
last_seen: number, 
/**
 * True for this desk.
 */
is_self: boolean, };

/**
 * Something that arrived broken and was left out.
 */
export type ProblemDto = { 
/**
 * When, UTC milliseconds.
 */
at: number, 
/**
 * Which file, topic or address.
 */
source: string, 
/**
 * Where in it.
 */
place: string, 
/**
 * Why it could not be used.
 */
reason: string, };

/**
 * Steering a camera.
 */
export type PtzActDto = { "kind": "move", 
/**
 * −1 is left, 1 is right.
 */
pan: number, 
/**
 * −1 is down, 1 is up.
 */
tilt: number, 
/**
 * −1 is wide, 1 is near.
 */
zoom: number, } | { "kind": "stop" } | { "kind": "preset", 
/**
 * 1 … 255.
 */
number: number, };

/**
 * What a picture may cost.
 */
export type QualityDto = "soft" | "standard" | "high";

/**
 * Quality and freshness of a value in one word.
 */
export type QualityWordDto = "good" | "late" | "missing" | "estimated" | "suspect";

/**
 * A row of colours.
 */
export type RampDto = "batlow" | "cividis" | "vik" | "categories";

/**
 * A ramp of colours.
 */
export type RampLegendDto = { 
/**
 * Its colours at equal steps, `#rrggbb`.
 */
stops: Array<string>, 
/**
 * Value at its beginning.
 */
from: number, 
/**
 * Value at its end.
 */
to: number, 
/**
 * Marks: values and their labels.
 */
ticks: Array<[number, string]>, };

/**
 * Who is inside of an area.
 */
export type ReachDto = { 
/**
 * By kind; kinds of which the city has none at all are left out.
 */
groups: Array<ReachGroupDto>, 
/**
 * How large the area is, square metres.
 */
area_m2: number, 
/**
 * Its bounds: west, south, east, north; degrees.
 */
bounds: [number, number, number, number], 
/**
 * The moment that it is counted as of, UTC milliseconds.
 */
as_of: number, };

/**
 * Everybody or everything of one kind.
 */
export type ReachGroupDto = { 
/**
 * What.
 */
kind: ReachKindDto, 
/**
 * How many are inside.
 */
inside: number, 
/**
 * Of them with an old report.
 */
late: number, 
/**
 * How many are nowhere, as far as is known.
 */
nowhere: number, 
/**
 * Those inside; at most 200.
 */
members: Array<ReachedDto>, };

/**
 * What can be reached within an area.
 */
export type ReachKindDto = "person" | "vehicle" | "resource" | "speaker" | "sign" | "camera";

/**
 * How many of a kind were inside.
 */
export type ReachedCountDto = { 
/**
 * What.
 */
kind: ReachKindDto, 
/**
 * How many.
 */
count: number, };

/**
 * Somebody or something inside of an area.
 */
export type ReachedDto = { 
/**
 * Identity.
 */
id: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * What it is in the twin; `None` for what stands only in a table.
 */
target: Target | null, 
/**
 * Where the last report put it, degrees.
 */
place: [number, number], 
/**
 * The last report is old: it may be elsewhere.
 */
is_late: boolean, };

/**
 * A recording in a file.
 */
export type RecordingDto = { 
/**
 * What people call it.
 */
name: string, 
/**
 * Its file.
 */
path: string, 
/**
 * First moment, UTC milliseconds; 0 until it was verified, when it was not made here.
 */
from: number, 
/**
 * Last moment, UTC milliseconds.
 */
to: number, 
/**
 * How large the file is, bytes.
 */
bytes: number, 
/**
 * How many observations it holds.
 */
observations: number, 
/**
 * What the last check found wrong with it.
 */
problems: Array<string>, 
/**
 * True when it was checked as it is.
 */
is_verified: boolean, };

/**
 * A feature that another one belongs to, or has.
 */
export type RelatedDto = { 
/**
 * The feature.
 */
target: Target, 
/**
 * What people call it; may be empty.
 */
name: string, 
/**
 * Kind word.
 */
kind: string, 
/**
 * True for the whole that the card's feature is a part of.
 */
is_whole: boolean, };

/**
 * A place where the same happens again.
 */
export type RepeatPlaceDto = { 
/**
 * The category's word.
 */
category: string, 
/**
 * What it is called, in the desk's language.
 */
name: string, 
/**
 * The middle of the cases, degrees: longitude, latitude.
 */
position: [number, number], 
/**
 * How many cases.
 */
cases: number, 
/**
 * The first, UTC milliseconds.
 */
first: number, 
/**
 * The last, UTC milliseconds.
 */
last: number, 
/**
 * Some of them by identity, the newest first; at most 50.
 */
ids: Array<string>, };

/**
 * A report that was written.
 */
export type ReportFileDto = { 
/**
 * Where the file lies.
 */
path: string, 
/**
 * Its length, bytes.
 */
bytes: number, 
/**
 * Its pages; 0 where it has none of its own.
 */
pages: number, 
/**
 * Characters that the fonts do not have and that are shown as boxes; empty as a rule.
 */
missing: string, };

/**
 * What a report is written as.
 */
export type ReportFormatDto = "pdf" | "docx" | "csv";

/**
 * What a report is of.
 */
export type ReportOfDto = { "kind": "handover", 
/**
 * Its identity.
 */
id: string, } | { "kind": "duty_log", 
/**
 * First moment, UTC milliseconds.
 */
from: number, 
/**
 * End, UTC milliseconds; not in it any more.
 */
to: number, } | { "kind": "analysis", 
/**
 * Which cases.
 */
query: AnalysisQueryDto, } | { "kind": "case", 
/**
 * Its identity.
 */
id: string, } | { "kind": "plan", 
/**
 * The case's identity.
 */
id: string, };

/**
 * A resource with how soon it comes.
 */
export type ResourceDto = { 
/**
 * Identity; what is dispatched is [`ResourceDto::party`].
 */
id: string, 
/**
 * What kind of help.
 */
kind: ResourceKindDto, 
/**
 * What people call it.
 */
name: string, 
/**
 * What it can do, as words.
 */
capabilities: Array<string>, 
/**
 * Where it is, degrees.
 */
place: [number, number], 
/**
 * The straight line, metres.
 */
distance_m: number, 
/**
 * Seconds until it is there.
 */
arrives_in_s: number, 
/**
 * By the straight line and a usual speed; no router was asked.
 */
is_estimate: boolean, 
/**
 * False while it is sent elsewhere, silent or out of order.
 */
is_available: boolean, 
/**
 * How many there are.
 */
count: number, 
/**
 * Who answers there; the phone may be empty.
 */
contact: ContactDto, 
/**
 * Who is dispatched.
 */
party: PartyRefDto, 
/**
 * What it is in the twin; `None` for what stands only in a table.
 */
target: Target | null, 
/**
 * When a vehicle reported last, UTC milliseconds; `None` for what stands in a table.
 */
seen_at: number | null, };

/**
 * What kind of help a resource is.
 */
export type ResourceKindDto = "team" | "store" | "vehicle";

/**
 * How much of a plan is set in motion: 四级响应 to 一级响应. A word of its own: the level of a case is another matter.
 */
export type ResponseDto = "four" | "three" | "two" | "one";

/**
 * A response level that somebody ordered.
 */
export type ResponseSetDto = { 
/**
 * The level.
 */
response: ResponseDto, 
/**
 * Since when, UTC milliseconds.
 */
at: number, 
/**
 * Who ordered it.
 */
by: string, 
/**
 * Why.
 */
reason: string, };

/**
 * A cell of the printed matrix.
 */
export type RightsCellDto = { 
/**
 * The role's word.
 */
role: string, 
/**
 * `1`, `2`, `3` or the local list.
 */
category: string, 
/**
 * The grade's word.
 */
grade: string, 
/**
 * `own`, `other` or an area's word.
 */
area: string, 
/**
 * The actions that are allowed.
 */
allowed: Array<string>, 
/**
 * The actions that are allowed only at some hours or for some purposes, with how: action and words.
 */
limited: Array<[string, string]>, 
/**
 * The actions that a denial forbids, whatever is granted.
 */
forbidden: Array<string>, 
/**
 * A camera of this cell that may not be listed is shown as denied; else it is invisible.
 */
shows_denied: boolean, };

/**
 * The matrix of rights as it holds at this desk.
 */
export type RightsMatrixDto = { 
/**
 * The role of the person at the desk.
 */
role: string, 
/**
 * Where the policy comes from: `built_in`, or the pack's file.
 */
source: string, 
/**
 * Why the pack's policy is not used; empty when it is.
 */
problem: string, 
/**
 * Every action, in its order.
 */
actions: Array<string>, 
/**
 * Every cell.
 */
cells: Array<RightsCellDto>, };

/**
 * How much of a patrol route is seen.
 */
export type RouteCoverageDto = { 
/**
 * What stands in the way was considered.
 */
is_with_obstacles: boolean, 
/**
 * The route, metres.
 */
length_m: number, 
/**
 * The share that is seen, 0 … 1.
 */
seen_share: number, 
/**
 * What nobody sees, in the order of the route; at most 500.
 */
gaps: Array<RouteGapDto>, 
/**
 * Every stretch that a camera sees, in the order of the route: its identity, name, from, to (metres); at most 2000.
 */
cameras: Array<[string, string, number, number]>, 
/**
 * Why there is none.
 */
refused: VideoRefusalDto | null, };

/**
 * A stretch of a route that nobody sees.
 */
export type RouteGapDto = { 
/**
 * Metres along the route.
 */
from_m: number, 
/**
 * Metres along the route.
 */
to_m: number, };

/**
 * A rule, as the rules' screen lists it.
 */
export type RuleDto = { 
/**
 * Identity.
 */
id: string, 
/**
 * What it is called, in the desk's language.
 */
name: string, 
/**
 * What it says of itself; may be empty.
 */
about: string, 
/**
 * The scene pack that it comes from.
 */
pack: string, 
/**
 * Its kind: `limits`, `rate`, `missing` …
 */
kind: string, 
/**
 * How many conditions it makes here.
 */
conditions: number, 
/**
 * Of them active.
 */
active: number, 
/**
 * False where somebody switched it off.
 */
is_on: boolean, };

/**
 * An alarm that a rule would have raised.
 */
export type RuleExampleDto = { 
/**
 * What the device is called.
 */
name: string, 
/**
 * When, UTC milliseconds.
 */
at: number, 
/**
 * The value.
 */
value: number, 
/**
 * How bad.
 */
severity: SeverityDto, };

/**
 * What a rule would have done.
 */
export type RuleTrialDto = { 
/**
 * The rule.
 */
rule: string, 
/**
 * What it is called.
 */
name: string, 
/**
 * Alarms that it would have raised.
 */
raised: number, 
/**
 * Of them within the ten minutes with most of them.
 */
in_burst: number, 
/**
 * When these began, UTC milliseconds.
 */
burst_at: number | null, 
/**
 * Conditions that would have chattered.
 */
chattering: number, 
/**
 * The first ones: name and moment; at most 50.
 */
examples: Array<RuleExampleDto>, };

/**
 * A screen that a window can stand on.
 */
export type ScreenDto = { 
/**
 * Names the screen as long as the screens stay as they are.
 */
id: string, 
/**
 * What the maker calls it; empty when it does not say.
 */
name: string, 
/**
 * Physical px.
 */
width: number, 
/**
 * Physical px.
 */
height: number, 
/**
 * The one with the system's bar.
 */
is_primary: boolean, 
/**
 * The main window, with the twin, stands here.
 */
has_main: boolean, };

/**
 * What is selected.
 */
export type SelectionDto = { 
/**
 * How many.
 */
total: number, 
/**
 * How many of each kind word, the most first.
 */
by_kind: Array<[string, number]>, 
/**
 * Normal, low, medium, high, critical, not real.
 */
by_class: [number, number, number, number, number, number], 
/**
 * Late and missing ones.
 */
late: number, 
/**
 * The worst first; at most 200.
 */
names: Array<HereItemDto>, };

/**
 * A message that was written down as sent.
 */
export type SentMessageDto = { 
/**
 * The message's identity in the plan.
 */
message: string, 
/**
 * Its name; the identity where the plan has none such any more.
 */
name: string, 
/**
 * The text.
 */
text: string, 
/**
 * To whom.
 */
to: Array<string>, 
/**
 * When, UTC milliseconds.
 */
at: number, 
/**
 * Who sent it.
 */
by: string, };

/**
 * A series that a chart can show.
 */
export type SeriesChoiceDto = { 
/**
 * `DatastreamId`.
 */
id: string, 
/**
 * Device and series, as people call them.
 */
name: string, 
/**
 * Unit; may be empty.
 */
unit: string, 
/**
 * `ThingId` of its device.
 */
thing: string, };

/**
 * A series of a device.
 */
export type SeriesDto = { 
/**
 * `DatastreamId`.
 */
id: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * Unit; may be empty.
 */
unit: string, 
/**
 * Value at the moment shown.
 */
value: number | null, 
/**
 * When it held, UTC milliseconds.
 */
happened_at: number | null, 
/**
 * Whether it is old.
 */
freshness: FreshnessDto, 
/**
 * How bad.
 */
severity: SeverityDto, 
/**
 * Limits to draw in the chart.
 */
limits: Array<LimitDto>, 
/**
 * Quality and freshness in one word.
 */
quality: QualityWordDto, 
/**
 * When the desk came to know the value, UTC milliseconds.
 */
known_at: number | null, };

/**
 * How bad something is.
 */
export type SeverityDto = "normal" | "low" | "medium" | "high" | "critical";

/**
 * A view that somebody shares.
 */
export type SharedViewDto = { 
/**
 * Its name.
 */
name: string, 
/**
 * Who shares it.
 */
by: string, 
/**
 * When it changed last, UTC milliseconds.
 */
at: number, 
/**
 * True when this desk follows it.
 */
followed: boolean, };

/**
 * What becomes of features in the picture.
 */
export type ShowDto = "isolate" | "colour" | "ghost" | "hide";

/**
 * A camera that sees the target, or would if nothing stood in the way.
 */
export type SightDto = { 
/**
 * The camera.
 */
id: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * True when nothing stands in the way. For a path or an area: of some of it.
 */
is_clear: boolean, 
/**
 * The share of the target that it sees, 0 … 1; of a point 0 or 1.
 */
share: number, 
/**
 * How far, metres.
 */
distance_m: number, 
/**
 * Pixels on an object of 1 m at the target.
 */
pixels: number, 
/**
 * Between the line of sight and the horizon, degrees: 0 is level, 90 straight down.
 */
incidence_deg: number, 
/**
 * Where it looks from the camera, degrees clockwise from north.
 */
bearing_deg: number, 
/**
 * The city's feature that stands in the way; may be empty where nothing does or nobody names it.
 */
blocked_by: string, 
/**
 * What people call that feature; may be empty.
 */
blocked_by_name: string, 
/**
 * Where the line is blocked: longitude, latitude, height above the ellipsoid.
 */
blocked_at: [number, number, number] | null, 
/**
 * It does not see it as it stands but from this preset; 0 when it has to be turned and no preset looks there.
 */
preset: number | null, 
/**
 * The score, 0 … 1.
 */
score: number, 
/**
 * Its parts.
 */
parts: Array<SightScoreDto>, 
/**
 * Some of the view volume is assumed from the camera's type.
 */
is_assumed: boolean, 
/**
 * It delivers and has no fault.
 */
is_healthy: boolean, 
/**
 * The person at the desk may look live.
 */
can_look: boolean, 
/**
 * The person at the desk may look at the past.
 */
can_play_back: boolean, 
/**
 * Category.
 */
category: number, 
/**
 * 1 is the mildest; 0 where it is not graded.
 */
grade: number, };

/**
 * One part of the score by which cameras are ranked.
 */
export type SightScoreDto = { 
/**
 * `pixels`, `angle`, `grade`, `health`, `certainty`.
 */
part: string, 
/**
 * What it adds (or takes), 0 … 1 of its weight.
 */
value: number, 
/**
 * The weight.
 */
weight: number, };

/**
 * What is to be seen.
 */
export type SightTargetDto = { "kind": "point", 
/**
 * Longitude, degrees.
 */
lon: number, 
/**
 * Latitude, degrees.
 */
lat: number, 
/**
 * Above the ground, metres; `None` is 1 m. With `is_absolute`: above the ellipsoid.
 */
height_m: number | null, 
/**
 * `height_m` is above the ellipsoid (a click on a roof or a wall).
 */
is_absolute: boolean, } | { "kind": "path", 
/**
 * Its corners, 2 … 512.
 */
path: Array<[number, number]>, } | { "kind": "area", 
/**
 * Its ring, 3 … 512 corners.
 */
ring: Array<[number, number]>, } | { "kind": "event", 
/**
 * `EventId`.
 */
id: string, } | { "kind": "alarm", 
/**
 * `AlarmId`.
 */
id: string, } | { "kind": "thing", 
/**
 * `ThingId`.
 */
id: string, };

/**
 * Who sees a target.
 */
export type SightsDto = { 
/**
 * What stands in the way was considered. If not: the city's obstacles are not there (yet), and `is_clear` says only that the
 * target lies within the camera's view.
 */
is_with_obstacles: boolean, 
/**
 * Clear sights first, the best first; then blocked ones; at most 50.
 */
rows: Array<SightDto>, 
/**
 * Cameras that see it and may be listed.
 */
clear: number, 
/**
 * Cameras that would see it.
 */
blocked: number, 
/**
 * Cameras that see it and may not be listed: how many, where the policy lets that be known.
 */
denied: number, 
/**
 * Where the target is: longitude, latitude, height above the ellipsoid.
 */
place: [number, number, number] | null, 
/**
 * How long it took, milliseconds.
 */
took_ms: number, 
/**
 * Why there is no answer.
 */
refused: VideoRefusalDto | null, };

/**
 * What was drawn for the desk. Places are longitude, latitude (degrees) and height (metres).
 */
export type SketchDto = { "kind": "ring", 
/**
 * True when it is to cut the city, false when it stands for a place.
 */
cuts: boolean, 
/**
 * Its corners.
 */
ring: Array<[number, number, number]>, } | { "kind": "trench", 
/**
 * Its points.
 */
line: Array<[number, number, number]>, } | { "kind": "box", 
/**
 * Its middle.
 */
centre: [number, number, number], 
/**
 * Half its sides, metres: across, along its heading, up.
 */
half_m: [number, number, number], 
/**
 * Where its second side points, clockwise from north, degrees.
 */
heading_deg: number, } | { "kind": "point", 
/**
 * Where.
 */
at: [number, number, number], } | { "kind": "path", 
/**
 * Its points.
 */
line: Array<[number, number, number]>, };

/**
 * A picture that is kept.
 */
export type SnapshotDto = { 
/**
 * SHA-256 of the file, in hexadecimal digits.
 */
digest: string, 
/**
 * The camera.
 */
camera: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * When it was kept, UTC milliseconds.
 */
taken_at: number, 
/**
 * The moment that it shows, UTC milliseconds; `None` where the stream does not say.
 */
shows_at: number | null, 
/**
 * Who kept it.
 */
by: string, 
/**
 * Why; may be empty.
 */
reason: string, 
/**
 * px.
 */
width: number, 
/**
 * px.
 */
height: number, 
/**
 * Faces and plates that are masked in it.
 */
masked: number, 
/**
 * A detector was there: without one, nothing could be masked.
 */
has_detector: boolean, 
/**
 * The file lies at this desk.
 */
is_here: boolean, 
/**
 * Where it lies at this desk; empty where it does not.
 */
path: string, 
/**
 * The person at the desk may reveal what is masked.
 */
can_reveal: boolean, 
/**
 * Who revealed it, and when (UTC milliseconds).
 */
revealed: Array<[string, number]>, };

/**
 * A picture that was kept, or why not.
 */
export type SnapshotTakenDto = { 
/**
 * The picture.
 */
snapshot: SnapshotDto | null, 
/**
 * The picture as JPEG in base64: masked, or revealed where that was asked for; empty where it was not.
 */
base64: string, 
/**
 * Why not.
 */
refused: VideoRefusalDto | null, };

/**
 * How many answers there are of a sort.
 */
export type SortCountDto = { 
/**
 * The sort, as in [`FindDto::sorts`].
 */
sort: string, 
/**
 * How many answers, before sorts are chosen.
 */
count: number, };

/**
 * A source, and how it is.
 */
export type SourceDto = { 
/**
 * Its name in `sources.toml`; `hub` for the hub.
 */
id: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * What it speaks: `hub`, `sensorthings`, `mqtt`, `cap` …
 */
kind: string, 
/**
 * Where it is.
 */
address: string, 
/**
 * How it is.
 */
state: SourceStateDto, 
/**
 * Since when, UTC milliseconds.
 */
since: number, 
/**
 * When something last arrived, UTC milliseconds.
 */
last_arrival: number | null, 
/**
 * When the newest value held, UTC milliseconds.
 */
last_happened: number | null, 
/**
 * How far its clock is ahead of ours, seconds; negative when it is behind.
 */
skew_s: number | null, 
/**
 * How many things it told in all.
 */
items: number, 
/**
 * How many a minute.
 */
per_minute: number, 
/**
 * How many could not be used.
 */
rejected: number, 
/**
 * How often it promises to report, seconds.
 */
period_s: number, 
/**
 * Why it is as it is, in words; may be empty.
 */
reason: string, 
/**
 * Its layers.
 */
layers: Array<SourceLayerDto>, };

/**
 * How fresh one layer of a source is.
 */
export type SourceLayerDto = { 
/**
 * Kind of its devices, `SensorKind::as_str`, or `cameras`, `events` …
 */
layer: string, 
/**
 * Series within their period.
 */
fresh: number, 
/**
 * Series that are late.
 */
late: number, 
/**
 * Series that are missing.
 */
missing: number, };

/**
 * How a source of the desk is.
 */
export type SourceStateDto = "off" | "good" | "starting" | "skewed" | "late" | "silent" | "failing";

/**
 * The sources, counted by state.
 */
export type SourcesDto = { 
/**
 * All of them.
 */
total: number, 
/**
 * Those that deliver.
 */
good: number, 
/**
 * Those that are late.
 */
late: number, 
/**
 * Those that are silent.
 */
silent: number, 
/**
 * Those whose clock is wrong.
 */
skewed: number, 
/**
 * Those that fail.
 */
failing: number, 
/**
 * Those that are not asked for.
 */
off: number, 
/**
 * The worst state.
 */
worst: SourceStateDto, };

/**
 * Whether something is real.
 */
export type StandingDto = "actual" | "exercise" | "system" | "test" | "draft";

/**
 * Everything that the UI needs before its first picture.
 */
export type Start = { 
/**
 * Name of the city in Chinese, then in English.
 */
city_zh: string, 
/**
 * Name of the city in English.
 */
city_en: string, 
/**
 * How the desk is used.
 */
mode: Mode, 
/**
 * `zh-CN` or `en`.
 */
language: string, 
/**
 * Address of the hub, for clips; `None` without one.
 */
hub_url: string | null, 
/**
 * Saved views.
 */
views: Array<ViewDto>, 
/**
 * Layers with their switches.
 */
layers: Array<LayerDto>, 
/**
 * Longitude and latitude of the city's origin; `None` without a city.
 */
origin: [number, number] | null, 
/**
 * True for an invented city.
 */
is_synthetic: boolean, 
/**
 * Who sits here.
 */
operator: string, 
/**
 * Attribution of the city model, as its licence asks.
 */
attribution: string, 
/**
 * The oldest moment that history can show, UTC milliseconds.
 */
history_from: number, 
/**
 * False where the twin cannot be drawn inside the window; the UI then says why.
 */
twin: boolean, 
/**
 * How the twin looks; `None` until somebody chose.
 */
look: LookDto | null, 
/**
 * What the city model may take, MiB.
 */
budget_mib: number, };

/**
 * A step of the camera by key.
 */
export type StepDto = "left" | "right" | "ahead" | "back" | "turn_left" | "turn_right" | "look_up" | "look_down" | "nearer" | "farther";

/**
 * What a step goes to.
 */
export type StepKindDto = "event" | "alarm" | "moment";

/**
 * Colours and light of the twin.
 */
export type StyleDto = "day" | "night" | "white";

/**
 * What is asked for when cameras are to be added.
 */
export type SuggestAskDto = { 
/**
 * The area that is to be seen.
 */
area: CoverageAreaDto, 
/**
 * How many cameras at most, 1 … 20.
 */
count: number, 
/**
 * Places where one may stand, degrees; empty takes corners of buildings, poles and roofs.
 */
places: Array<[number, number]>, };

/**
 * A camera that would help.
 */
export type SuggestionDto = { 
/**
 * How it would see.
 */
volume: VideoVolumeDto, 
/**
 * `pole`, `corner`, `roof`, `given`.
 */
stands_on: string, 
/**
 * What it would see that nobody sees, m².
 */
gain_m2: number, 
/**
 * The share that is seen with it and those before, 0 … 1.
 */
seen_share: number, };

/**
 * Cameras that would help most, in the order in which to build them.
 */
export type SuggestionsDto = { 
/**
 * What stands in the way was considered.
 */
is_with_obstacles: boolean, 
/**
 * The most helpful first.
 */
rows: Array<SuggestionDto>, 
/**
 * The share that is seen without them, 0 … 1.
 */
seen_share: number, 
/**
 * Why there is none.
 */
refused: VideoRefusalDto | null, };

/**
 * The sun over the city.
 */
export type SunDto = { 
/**
 * The moment, UTC milliseconds.
 */
time: number, 
/**
 * Where it stands, clockwise from north, degrees.
 */
azimuth_deg: number, 
/**
 * How high it stands, degrees; negative at night.
 */
altitude_deg: number, 
/**
 * Sunrise and sunset of that day, UTC milliseconds; `None` where the sun does neither.
 */
rise_and_set: [number, number] | null, 
/**
 * Noon of that day by the sun, UTC milliseconds.
 */
noon: number, };

/**
 * What is taken for a need.
 */
export type TakenDto = { 
/**
 * The resource.
 */
resource: string, 
/**
 * How many of it.
 */
count: number, };

/**
 * What the person has picked, or what an entry in a list stands for.
 */
export type Target = { "kind": "thing", 
/**
 * `ThingId`.
 */
id: string, } | { "kind": "camera", 
/**
 * `CameraId`.
 */
id: string, } | { "kind": "event", 
/**
 * `EventId`.
 */
id: string, } | { "kind": "feature", 
/**
 * Feature id, for instance `w123456`.
 */
id: string, };

/**
 * Long work under way.
 */
export type TaskDto = { 
/**
 * `recording`, `export`, `verify`, `migration`, `rule_trial`.
 */
what: string, 
/**
 * What it works on.
 */
name: string, 
/**
 * How much is done.
 */
done: number, 
/**
 * How much there is; 0 while unknown.
 */
total: number, };

/**
 * What the timeline draws.
 */
export type Timeline = { 
/**
 * First moment, UTC milliseconds.
 */
from: number, 
/**
 * Last moment, UTC milliseconds.
 */
to: number, 
/**
 * Alarms raised per bin and severity: critical, high, medium, low.
 */
alarms: Array<[number, number, number, number]>, 
/**
 * Observations per bin; 0 is a gap.
 */
observations: Array<number>, 
/**
 * Events in the stretch.
 */
events: Array<EventRow>, 
/**
 * Stretches without any observation, first and last moment, UTC milliseconds.
 */
gaps: Array<[number, number]>, 
/**
 * What people did, oldest first; at most 500.
 */
actions: Array<ActionDto>, 
/**
 * Saved moments in the stretch.
 */
moments: Array<MomentDto>, 
/**
 * Stretches that are known to miss something, or did, oldest first.
 */
known_gaps: Array<KnownGapDto>, };

/**
 * What the person does with a tool, apart from clicks.
 */
export type ToolDto = { "act": "start", 
/**
 * Which.
 */
tool: ToolKindDto, } | { "act": "finish" } | { "act": "undo" } | { "act": "cancel" };

/**
 * What a tool measures or draws.
 */
export type ToolKindDto = { "kind": "distance" } | { "kind": "area" } | { "kind": "height" } | { "kind": "slope" } | { "kind": "volume", 
/**
 * Lower end, metres above the city's ground plane.
 */
bottom_m: number, 
/**
 * Upper end, metres above the city's ground plane.
 */
top_m: number, } | { "kind": "clip_polygon" } | { "kind": "section_box" } | { "kind": "trench" } | { "kind": "ring" } | { "kind": "point" } | { "kind": "path" };

/**
 * A row of the tree.
 */
export type TreeRowDto = { 
/**
 * 0 at the root.
 */
depth: number, 
/**
 * Identities of the groups from the root.
 */
path: Array<string>, 
/**
 * What people call it.
 */
name: string, 
/**
 * The layer; `None` for a branch.
 */
layer: string | null, 
/**
 * `all`, `some`, `none`.
 */
shown: string, 
/**
 * What it counts.
 */
count: number, };

/**
 * An open trench.
 */
export type TrenchDto = { 
/**
 * Its middle line: longitude, latitude, height.
 */
line: Array<[number, number, number]>, 
/**
 * Its width, metres.
 */
width_m: number, 
/**
 * Its depth below ground, metres.
 */
depth_m: number, };

/**
 * A stretch of one series, reduced to what a chart of so many pixels can show.
 */
export type Trend = { 
/**
 * `DatastreamId`.
 */
id: string, 
/**
 * Device and series, as people call them.
 */
name: string, 
/**
 * Unit; may be empty.
 */
unit: string, 
/**
 * Limits to draw.
 */
limits: Array<LimitDto>, 
/**
 * Bucket ends, UTC milliseconds, ascending.
 */
times: Array<number>, 
/**
 * Mean per bucket; `None` is a gap.
 */
means: Array<number | null>, 
/**
 * Least value per bucket.
 */
mins: Array<number | null>, 
/**
 * Greatest value per bucket.
 */
maxs: Array<number | null>, 
/**
 * The worst that can be said of a bucket's values; late or missing for a gap.
 */
worst: Array<QualityWordDto>, };

/**
 * Something that the twin tells the UI.
 */
export type TwinNote = { "kind": "picked", 
/**
 * What.
 */
target: Target | null, } | { "kind": "hovering", 
/**
 * What people call it; `None` for nothing.
 */
name: string | null, 
/**
 * Where, px of the viewport element.
 */
at: [number, number], 
/**
 * More about it, where it is a live thing.
 */
hover: HoverDto | null, 
/**
 * What layers say of the ground there, the uppermost first.
 */
fields: Array<FieldDto>, } | { "kind": "here", 
/**
 * The list.
 */
here: HereDto, } | { "kind": "selection", 
/**
 * What it is.
 */
selection: SelectionDto, } | { "kind": "performance", 
/**
 * The figures.
 */
performance: PerformanceDto, } | { "kind": "camera", 
/**
 * Clockwise from north, degrees.
 */
heading_deg: number, 
/**
 * Metres per CSS pixel at the middle of the picture.
 */
metres_per_px: number, 
/**
 * Where the eye is: longitude, latitude, height.
 */
eye: [number, number, number], 
/**
 * Longitudes and latitudes of the corners of the seen ground; empty when none is seen.
 */
footprint: Array<[number, number]>, } | { "kind": "measured", 
/**
 * What can be said of the points.
 */
values: Array<MeasuredDto>, 
/**
 * The points: longitude, latitude, height.
 */
points: Array<[number, number, number]>, 
/**
 * True when the tool is done.
 */
done: boolean, } | { "kind": "sketched", 
/**
 * What.
 */
sketch: SketchDto, } | { "kind": "view", 
/**
 * The view.
 */
view: ViewPlaceDto, } | { "kind": "failed", 
/**
 * Why.
 */
reason: string, };

/**
 * Underground mode.
 */
export type UndergroundDto = { 
/**
 * True while it is on.
 */
on: boolean, 
/**
 * What is left of the ground: 0 nothing … 1 all of it.
 */
opacity: number, };

/**
 * One side of a conflict.
 */
export type VersionDto = { 
/**
 * The fact.
 */
id: string, 
/**
 * Who.
 */
author: string, 
/**
 * At which desk.
 */
desk: string, 
/**
 * When it was done, UTC milliseconds.
 */
happened_at: number, 
/**
 * When it became known here, UTC milliseconds.
 */
known_at: number, 
/**
 * What it changes.
 */
changes: Array<FieldChangeDto>, };

/**
 * What came of something that was asked for.
 */
export type VideoActedDto = { 
/**
 * The facts that were told; empty where nothing changed.
 */
facts: Array<string>, 
/**
 * Channels (or works, grants) that changed.
 */
changed: number, 
/**
 * What was left as it is, with why: identity and reason; at most 100.
 */
left: Array<[string, string]>, 
/**
 * Why nothing was done.
 */
refused: VideoRefusalDto | null, };

/**
 * An attribute of a detection with the values that it may have.
 */
export type VideoAttributeDto = { 
/**
 * The attribute's word.
 */
code: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * Its values; empty where any text may stand.
 */
values: Array<VideoWordDto>, };

/**
 * A line of the audit log.
 */
export type VideoAuditDto = { 
/**
 * The fact.
 */
id: string, 
/**
 * When, UTC milliseconds.
 */
at: number, 
/**
 * Who.
 */
by: string, 
/**
 * As which role; may be empty.
 */
role: string, 
/**
 * The kind of the fact.
 */
kind: string, 
/**
 * The camera; empty for grants and mosaics.
 */
camera: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * What was done: `live`, `playback`, `ptz` …; may be empty.
 */
action: string, 
/**
 * The purpose's word, or the reason that was written; may be empty.
 */
purpose: string, 
/**
 * How long it was looked at, seconds; `None` for what has no length.
 */
seconds: number | null, 
/**
 * The moment that was looked at, UTC milliseconds; `None` for the present.
 */
moment: number | null, 
/**
 * The rest in words: a digest, a preset, why it was denied; may be empty.
 */
note: string, 
/**
 * The hub has it.
 */
is_synced: boolean, };

/**
 * A window into the audit log.
 */
export type VideoAuditPageDto = { 
/**
 * Lines that answer.
 */
total: number, 
/**
 * Where the window begins.
 */
offset: number, 
/**
 * Newest first.
 */
rows: Array<VideoAuditDto>, };

/**
 * What is asked of the audit log. What is empty or `None` does not restrict.
 */
export type VideoAuditQueryDto = { 
/**
 * A camera.
 */
camera: string | null, 
/**
 * Who looked: part of a name.
 */
by: string, 
/**
 * Kinds of facts: `video_looked`, `video_denied`, `video_snapshot`, `video_revealed`, `video_ptz`, `grant_given` …
 */
kinds: Array<string>, 
/**
 * A purpose's word.
 */
purpose: string | null, 
/**
 * Not before, UTC milliseconds.
 */
from: number | null, 
/**
 * Not after, UTC milliseconds.
 */
to: number | null, 
/**
 * Where the window begins.
 */
offset: number, 
/**
 * How many rows, 1 … 500.
 */
limit: number, };

/**
 * How the video index stands: a few numbers, told whenever they change.
 */
export type VideoBoardDto = { 
/**
 * Counts up whenever the catalogue, grades, tags or health changed.
 */
catalogue_revision: number, 
/**
 * Counts up whenever a grant, a mosaic, a calibration, a preset, a work, a snapshot or the audit changed.
 */
desk_revision: number, 
/**
 * Counts up whenever a view opened, closed or changed its state.
 */
views_revision: number, 
/**
 * Counts up whenever clips or detections were added.
 */
moments_revision: number, 
/**
 * Channels of the catalogue that the person at the desk may list.
 */
channels: number, 
/**
 * Of them, online.
 */
online: number, 
/**
 * Views that are open at this desk.
 */
views: number, 
/**
 * How many views may be open at once.
 */
max_views: number, 
/**
 * Clips and detections that are indexed.
 */
moments: number, 
/**
 * How the obstacles (terrain, buildings, bridges) that decide who sees what are read.
 */
obstacles: ObstaclesDto, 
/**
 * The program that decodes foreign video is there. Without it no picture can be opened.
 */
has_helper: boolean, };

/**
 * Everything about one channel.
 */
export type VideoChannelDto = { 
/**
 * The channel as in a list.
 */
row: VideoRowDto, 
/**
 * The identity in its parts: region, industry, type, network, serial number; empty where it is not of 20 digits.
 */
code: Array<VideoFieldDto>, 
/**
 * Every field that was delivered.
 */
fields: Array<VideoFieldDto>, 
/**
 * Its places in both trees: each from the root, node and name.
 */
paths: Array<VideoPathDto>, 
/**
 * Where it comes from, the one that is believed first.
 */
sources: Array<string>, 
/**
 * Its view volume; `None` where it has no place or that may not be seen.
 */
volume: VideoVolumeDto | null, 
/**
 * Where its view points are kept: PTZ presets, in their order.
 */
presets: Array<VideoPresetDto>, 
/**
 * Every action, with whether the person at the desk may do it and why.
 */
rights: Array<VideoRightDto>, 
/**
 * What is wrong with it, and since when.
 */
health: VideoHealthRowDto, 
/**
 * It can be followed by PTZ through the hub.
 */
has_ptz: boolean, 
/**
 * The clips that are kept of it, newest first: first and last moment, UTC milliseconds; at most 50.
 */
clips: Array<[number, number]>, };

/**
 * How many of something.
 */
export type VideoCountDto = { 
/**
 * Of what.
 */
word: string, 
/**
 * How many.
 */
count: number, };

/**
 * One field of a channel in words.
 */
export type VideoFieldDto = { 
/**
 * The field as the standard calls it: `Manufacturer`, `DirectionType` …
 */
field: string, 
/**
 * What people call the field, in the desk's language.
 */
label: string, 
/**
 * Its value as it was delivered.
 */
raw: string, 
/**
 * Its value in words, in the desk's language; the value itself where no table has it.
 */
value: string, 
/**
 * Nobody delivered it: it is taken from the channel's type.
 */
is_assumed: boolean, };

/**
 * A temporary grant as it is asked for.
 */
export type VideoGrantDraftDto = { 
/**
 * To a role's word; `None` where it is to a person.
 */
role: string | null, 
/**
 * To a person, by name as they sign in; `None` where it is to a role.
 */
person: string | null, 
/**
 * The cameras; empty where it is an area.
 */
cameras: Array<string>, 
/**
 * A ring in degrees; empty where it is cameras.
 */
area: Array<[number, number]>, 
/**
 * The actions.
 */
actions: Array<string>, 
/**
 * First moment, UTC milliseconds.
 */
from: number, 
/**
 * Last moment, UTC milliseconds.
 */
to: number, 
/**
 * The purpose's word.
 */
purpose: string, 
/**
 * What is said with it; may be empty.
 */
note: string, };

/**
 * A temporary grant.
 */
export type VideoGrantDto = { 
/**
 * Names the grant.
 */
id: string, 
/**
 * What was asked for.
 */
draft: VideoGrantDraftDto, 
/**
 * Who gave it.
 */
given_by: string, 
/**
 * As which role.
 */
given_as: string, 
/**
 * When, UTC milliseconds.
 */
given_at: number, 
/**
 * How it stands now.
 */
state: VideoGrantStateDto, 
/**
 * Who took it back; empty where nobody did.
 */
revoked_by: string, 
/**
 * Why it was taken back; may be empty.
 */
revoked_why: string, 
/**
 * The person at the desk may take it back.
 */
can_revoke: boolean, 
/**
 * It is given to the person at the desk, or to their role.
 */
is_mine: boolean, };

/**
 * How a grant stands.
 */
export type VideoGrantStateDto = "coming" | "holds" | "expired" | "revoked";

/**
 * By what health is summed up.
 */
export type VideoHealthByDto = "division" | "owner";

/**
 * Health by division or owner.
 */
export type VideoHealthDto = { 
/**
 * The worst first; at most 500.
 */
rows: Array<VideoRateDto>, 
/**
 * All of them together.
 */
all: VideoRateDto | null, 
/**
 * Channels by fault: word and count.
 */
faults: Array<VideoCountDto>, 
/**
 * The online rate by hour, oldest first: UTC milliseconds and 0 … 1; at most 168.
 */
by_hour: Array<[number, number]>, };

/**
 * What is wrong with one channel.
 */
export type VideoHealthRowDto = { 
/**
 * How it answers.
 */
status: VideoStatusDto, 
/**
 * Since when it is so, UTC milliseconds.
 */
since: number | null, 
/**
 * When it was heard of last, UTC milliseconds.
 */
heard_at: number | null, 
/**
 * `late`, `moved`, `image_fault`.
 */
faults: Array<string>, 
/**
 * How often it went off within 30 days.
 */
outages: number, 
/**
 * How far it is from its place in the catalogue, metres.
 */
moved_m: number | null, };

/**
 * A kind of detections with its attributes (GA/T 1400).
 */
export type VideoKindDto = { 
/**
 * `person`, `face`, `motor_vehicle` …
 */
code: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * Its attributes.
 */
attributes: Array<VideoAttributeDto>, };

/**
 * What a catalogue is called, what its places are in, and how the columns of a table become fields. A table without columns and
 * without a delimiter here is read by its header.
 */
export type VideoMappingDto = { 
/**
 * `utf-8` or `gb18030`.
 */
encoding: string, 
/**
 * What parts the columns: `,`, `;` or a tab.
 */
delimiter: string, 
/**
 * `wgs84`, `gcj02`, `bd09`, or `epsg:` with a number; empty is WGS 84, for a table what its header says.
 */
coordinates: string, 
/**
 * What it is called as a source; empty for the name of its file or host.
 */
source: string, 
/**
 * Column (as in the header) and field of `VideoTablesDto::import_fields`; what is empty is left out.
 */
columns: Array<[string, string]>, };

/**
 * A clip or a detection.
 */
export type VideoMomentDto = { 
/**
 * Names it.
 */
id: string, 
/**
 * The camera.
 */
camera: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * `clip`, `person`, `face`, `motor_vehicle` …
 */
kind: string, 
/**
 * What people call the kind.
 */
kind_name: string, 
/**
 * First moment, UTC milliseconds.
 */
from: number, 
/**
 * Last moment, UTC milliseconds.
 */
to: number, 
/**
 * Where, degrees: longitude, latitude.
 */
place: [number, number] | null, 
/**
 * Attributes in words: name, value.
 */
attributes: Array<[string, string]>, 
/**
 * Where in the image, 0 … 1: left, top, right, bottom.
 */
area: [number, number, number, number] | null, 
/**
 * How sure the detector was, 0 … 1.
 */
confidence: number | null, 
/**
 * Which source told it.
 */
source: string, 
/**
 * The person at the desk may look at it.
 */
can_look: boolean, };

/**
 * A window into the moments that answer.
 */
export type VideoMomentPageDto = { 
/**
 * Moments that answer, of cameras that may be listed.
 */
total: number, 
/**
 * Where the window begins.
 */
offset: number, 
/**
 * Newest first.
 */
rows: Array<VideoMomentDto>, };

/**
 * Which moments are looked for. What is empty or `None` does not restrict.
 */
export type VideoMomentQueryDto = { 
/**
 * A ring, degrees.
 */
area: Array<[number, number]>, 
/**
 * Not before, UTC milliseconds.
 */
from: number | null, 
/**
 * Not after, UTC milliseconds.
 */
to: number | null, 
/**
 * Any of these kinds.
 */
kinds: Array<string>, 
/**
 * All of these: attribute and value.
 */
attributes: Array<[string, string]>, 
/**
 * Any of these cameras.
 */
cameras: Array<string>, 
/**
 * How sure at least, 0 … 1.
 */
min_confidence: number | null, 
/**
 * Where the window begins.
 */
offset: number, 
/**
 * How many rows, 1 … 500.
 */
limit: number, };

/**
 * A line of a tree.
 */
export type VideoNodeDto = { 
/**
 * Names the node: what `video_tree` takes.
 */
id: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * What it is.
 */
kind: VideoNodeKindDto, 
/**
 * Its own lines: groups and channels.
 */
children: number, 
/**
 * Channels under it, each counted once; of a channel 1.
 */
channels: number, 
/**
 * Of them, online.
 */
online: number, 
/**
 * Nobody delivered this node: identities imply it.
 */
is_implied: boolean, 
/**
 * The channel, where the line is one.
 */
channel: VideoRowDto | null, };

/**
 * What a line of a tree stands for.
 */
export type VideoNodeKindDto = "division" | "system" | "business" | "organisation" | "device" | "channel";

/**
 * A window into the channels that a query answers.
 */
export type VideoPageDto = { 
/**
 * The channels that answer and may be listed.
 */
total: number, 
/**
 * False when there are more than `total` says.
 */
is_total_exact: boolean, 
/**
 * Where the window begins.
 */
offset: number, 
/**
 * The best first.
 */
rows: Array<VideoRowDto>, 
/**
 * The catalogue's revision that answered.
 */
revision: number, };

/**
 * A place in a tree.
 */
export type VideoPathDto = { 
/**
 * Which tree.
 */
tree: VideoTreeDto, 
/**
 * Node and name, the root first.
 */
nodes: Array<[string, string]>, };

/**
 * A point of the map of channels: one channel, or many that stand together.
 */
export type VideoPointDto = { 
/**
 * Where, degrees.
 */
lon: number, 
/**
 * Where, degrees.
 */
lat: number, 
/**
 * How many.
 */
count: number, 
/**
 * Of them, online.
 */
online: number, 
/**
 * The channel, where it is one.
 */
id: string | null, };

/**
 * Which channels are drawn as points: as in [`VideoQueryDto`], thinned to a grid.
 */
export type VideoPointsDto = { 
/**
 * West, south, east, north of what is shown, degrees.
 */
bounds: [number, number, number, number], 
/**
 * Channels that have a place inside.
 */
total: number, 
/**
 * One point a cell that has channels; at most 20 000.
 */
points: Array<VideoPointDto>, };

/**
 * A preset of a PTZ camera.
 */
export type VideoPresetDto = { 
/**
 * 1 … 255.
 */
number: number, 
/**
 * What people call it.
 */
name: string, 
/**
 * Where it looks, degrees clockwise from north.
 */
azimuth_deg: number, 
/**
 * How far it looks down from the horizon, degrees.
 */
tilt_deg: number, 
/**
 * Horizontal field of view, degrees.
 */
fov_h_deg: number, };

/**
 * A proposal of a mapping, with the first rows of the table.
 */
export type VideoProposalDto = { 
/**
 * `xml` or `csv`; empty when the file is neither.
 */
format: string, 
/**
 * The proposal; of no use for XML.
 */
mapping: VideoMappingDto, 
/**
 * The header.
 */
header: Array<string>, 
/**
 * The first rows as they stand, at most 8.
 */
rows: Array<Array<string>>, 
/**
 * Why it could not be read.
 */
refused: VideoRefusalDto | null, };

/**
 * Which channels are listed. What is empty or `None` does not restrict.
 */
export type VideoQueryDto = { 
/**
 * Identity, name, pinyin, address.
 */
text: string, 
/**
 * A node of a tree: everything under it.
 */
node: string | null, 
/**
 * The tree of that node.
 */
tree: VideoTreeDto, 
/**
 * A ring, degrees: longitude, latitude.
 */
area: Array<[number, number]>, 
/**
 * West, south, east, north, degrees.
 */
bounds: [number, number, number, number] | null, 
/**
 * Any of these tags.
 */
tags: Array<string>, 
/**
 * Any of these.
 */
statuses: Array<VideoStatusDto>, 
/**
 * Any of these PTZ types.
 */
ptz_types: Array<number>, 
/**
 * Any of these categories; 0 is "not graded".
 */
categories: Array<number>, 
/**
 * Any of these grades; 0 is "not graded".
 */
grades: Array<number>, 
/**
 * With a place, or without one.
 */
has_place: boolean | null, 
/**
 * Any of these sources.
 */
sources: Array<string>, 
/**
 * Where the window begins.
 */
offset: number, 
/**
 * How many rows, 1 … 500.
 */
limit: number, };

/**
 * The health of a division or owner.
 */
export type VideoRateDto = { 
/**
 * Division code or owner.
 */
id: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * Channels.
 */
channels: number, 
/**
 * Online now.
 */
online: number, 
/**
 * Online without a fault now.
 */
intact: number, 
/**
 * 在线率 over the last 24 hours, 0 … 1; `None` while nothing is known.
 */
online_rate: number | null, 
/**
 * 完好率 over the last 24 hours, 0 … 1.
 */
intact_rate: number | null, };

/**
 * Why something about video was refused: `video.refusal.<code>` in the texts, with `%{what}`, `%{until}`.
 */
export type VideoRefusalDto = { 
/**
 * `denied`, `not_granter`, `past`, `no_city`, `no_hub`, `no_obstacles`, `no_helper`, `no_stream`, `no_place`, `offline`,
 * `too_many_views`, `no_purpose`, `no_reason`, `bad_grant`, `bad_points`, `bad_area`, `bad_path`, `bad_mapping`, `too_large`, `nothing`, `busy`,
 * `bad_address`, `credentials`, `elsewhere`, `status`, `too_slow`, `plain_text`, `no_tls`, `unwritable`,
 * `unreachable`, `not_shown`, `no_picture`, `bad_grade`, `bad_work`, `area_too_large`, `path_too_long`, `stopped`, and why
 * points determine no camera: `points_outside`, `points_at_camera`, `points_too_close`, `points_on_a_line`, `points_panorama`,
 * `points_behind`, `points_misfit`, `points_open`.
 */
code: string, 
/**
 * What it is about: an action, a rule, a field; may be empty.
 */
what: string, 
/**
 * The cell of the matrix or the rule that decided; empty where no right did.
 */
rule: string, 
/**
 * The reason for a log, in English.
 */
message: string, };

/**
 * Whether the person at the desk may do one thing with one camera.
 */
export type VideoRightDto = { 
/**
 * `list`, `see_place`, `live`, `playback`, `snapshot`, `export`, `ptz`, `reveal`, `grant`.
 */
action: string, 
/**
 * It may be done.
 */
is_allowed: boolean, 
/**
 * Why: `right`, `grant`, `no_right`, `denial`, `needs_purpose`, `outside_hours`, `unknown_role`.
 */
why: string, 
/**
 * The right, denial, grant, window or purposes that `why` names; empty when it names none.
 */
detail: string, 
/**
 * The grant that allows it; `None` where the matrix does.
 */
grant: string | null, 
/**
 * Until when it is so, UTC milliseconds; `None` where nothing ends it.
 */
until: number | null, 
/**
 * A purpose has to be named.
 */
needs_purpose: boolean, };

/**
 * A channel in a list.
 */
export type VideoRowDto = { 
/**
 * Identity: 20 digits by GB/T 28181, or the hub's.
 */
id: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * How it answers.
 */
status: VideoStatusDto, 
/**
 * What is the matter with it beside its status: `late`, `moved`, `image_fault`; empty when nothing is.
 */
faults: Array<string>, 
/**
 * PTZ type (GB/T 28181-2022 A.2.1.9): 1 dome, 2 half-dome, 3 fixed gun, 4 remote gun …; 0 when nobody said.
 */
ptz_type: number, 
/**
 * 1, 2, 3; 0 where it is not graded, other numbers are the local lists of `video_tables`.
 */
category: number, 
/**
 * 1 is the mildest; 0 where it is not graded.
 */
grade: number, 
/**
 * 保密属性 1.
 */
is_secret: boolean, 
/**
 * Where it is, degrees: longitude, latitude (WGS 84). `None` also where its place may not be seen.
 */
place: [number, number] | null, 
/**
 * The division that it belongs to, by name.
 */
division: string, 
/**
 * Where it is put up; may be empty.
 */
address: string, 
/**
 * Tags.
 */
tags: Array<string>, 
/**
 * Actions that are denied to the person at the desk, whatever for: `live`, `playback`, `snapshot` …
 */
denied: Array<string>, 
/**
 * Where in the name the words lie that were typed: begin and end in UTF-16 units, in order.
 */
matched: Array<[number, number]>, };

/**
 * How a channel answers.
 */
export type VideoStatusDto = "on" | "off" | "video_lost" | "defect" | "unknown";

/**
 * Everything that the video pages choose from.
 */
export type VideoTablesDto = { 
/**
 * Categories: 1, 2, 3 and the local lists.
 */
categories: Array<VideoWordDto>, 
/**
 * Grades, the mildest first.
 */
grades: Array<VideoWordDto>, 
/**
 * PTZ types.
 */
ptz_types: Array<VideoWordDto>, 
/**
 * Tags that are in use.
 */
tags: Array<string>, 
/**
 * Sources of the catalogue.
 */
sources: Array<string>, 
/**
 * Actions of the rights.
 */
actions: Array<VideoWordDto>, 
/**
 * Purposes that may be named.
 */
purposes: Array<VideoWordDto>, 
/**
 * Roles of the rights matrix.
 */
roles: Array<VideoWordDto>, 
/**
 * Areas of the rights.
 */
areas: Array<VideoWordDto>, 
/**
 * What may be the matter with a channel.
 */
faults: Array<VideoWordDto>, 
/**
 * Kinds of detections.
 */
kinds: Array<VideoKindDto>, 
/**
 * Target fields of an import mapping; code is the field.
 */
import_fields: Array<VideoWordDto>, 
/**
 * The longest grant that may be given, hours.
 */
max_grant_hours: number, };

/**
 * The two trees of a catalogue.
 */
export type VideoTreeDto = "civil" | "business";

/**
 * Lines of a tree.
 */
export type VideoTreePageDto = { 
/**
 * The node whose lines these are; empty for the roots.
 */
node: string, 
/**
 * The nodes above it, the root first; node and name.
 */
above: Array<[string, string]>, 
/**
 * Lines of the node altogether.
 */
total: number, 
/**
 * Where the window begins.
 */
offset: number, 
/**
 * Groups first, then channels, both by name.
 */
rows: Array<VideoNodeDto>, };

/**
 * What a camera can see at most.
 */
export type VideoVolumeDto = { 
/**
 * The lens: longitude and latitude in degrees, height above the ellipsoid in metres.
 */
lens: [number, number, number], 
/**
 * Where it looks, degrees clockwise from north.
 */
azimuth_deg: number, 
/**
 * How far it looks down from the horizon, degrees; negative is up.
 */
tilt_deg: number, 
/**
 * Turned about its axis, degrees clockwise.
 */
roll_deg: number, 
/**
 * Horizontal field of view, degrees.
 */
fov_h_deg: number, 
/**
 * Vertical field of view, degrees.
 */
fov_v_deg: number, 
/**
 * Useful range, metres.
 */
range_m: number, 
/**
 * Resolution, px.
 */
width_px: number, 
/**
 * Resolution, px.
 */
height_px: number, 
/**
 * The fields that nobody delivered: `height`, `azimuth`, `tilt`, `fov`, `range`, `resolution`.
 */
assumed: Array<string>, 
/**
 * It was calibrated in the twin.
 */
is_calibrated: boolean, };

/**
 * A word of a table with its texts.
 */
export type VideoWordDto = { 
/**
 * The code or word.
 */
code: string, 
/**
 * What people call it, in the desk's language.
 */
name: string, };

/**
 * Something done to a line of the work list.
 */
export type VideoWorkActDto = { 
/**
 * The channel.
 */
id: string, 
/**
 * The line's `what`.
 */
what: string, 
/**
 * True opens the repair, false closes it.
 */
is_opened: boolean, 
/**
 * What is said with it; may be empty.
 */
note: string, };

/**
 * A line of the work list.
 */
export type VideoWorkDto = { 
/**
 * The channel.
 */
id: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * What is wrong: `offline`, `late`, `image_fault`, `moved`, `no_place`.
 */
what: string, 
/**
 * Since when, UTC milliseconds.
 */
since: number, 
/**
 * How often within 30 days.
 */
times: number, 
/**
 * Who owns the channel; may be empty.
 */
owner: string, 
/**
 * The division.
 */
division: string, 
/**
 * How far it is.
 */
state: VideoWorkStateDto, 
/**
 * Who opened or closed it; may be empty.
 */
by: string, 
/**
 * When, UTC milliseconds.
 */
acted_at: number | null, 
/**
 * What was written with it.
 */
note: string, 
/**
 * Category and grade, for the order.
 */
category: number, 
/**
 * 1 is the mildest; 0 where it is not graded.
 */
grade: number, };

/**
 * How far a repair is.
 */
export type VideoWorkStateDto = "found" | "opened" | "closed";

/**
 * The work list for repair.
 */
export type VideoWorksDto = { 
/**
 * Lines altogether.
 */
total: number, 
/**
 * The gravest and longest first; at most 500 from `offset`.
 */
rows: Array<VideoWorkDto>, };

/**
 * A picture of a camera that somebody wants to see.
 */
export type ViewDraftDto = { 
/**
 * The camera.
 */
camera: string, 
/**
 * The moment, UTC milliseconds; `None` is live.
 */
at: number | null, 
/**
 * The widest picture wanted, px, 64 … 1 920.
 */
width: number, 
/**
 * Pictures a second at most, 1 … 30.
 */
fps: number, 
/**
 * The purpose's word; may be empty where the rights ask for none.
 */
purpose: string, };

/**
 * A saved view of the twin.
 */
export type ViewDto = { 
/**
 * Name for commands, for instance `overview`.
 */
name: string, 
/**
 * What people call it, in Chinese.
 */
title_zh: string, 
/**
 * What people call it, in English.
 */
title_en: string, };

/**
 * A view of the twin, exactly.
 */
export type ViewPlaceDto = { 
/**
 * What the camera looks at: longitude, latitude, height.
 */
target: [number, number, number], 
/**
 * How far the camera is from there, metres.
 */
distance_m: number, 
/**
 * Where it looks, clockwise from north, degrees.
 */
heading_deg: number, 
/**
 * How far it looks down, degrees below the horizon.
 */
pitch_deg: number, };

/**
 * A view as it stands.
 */
export type ViewStateDto = { 
/**
 * The view.
 */
view: number, 
/**
 * The camera.
 */
camera: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * How it stands.
 */
state: ViewStateKindDto, 
/**
 * Why it failed, stalled or was closed, in English; may be empty.
 */
why: string, 
/**
 * The kind of trouble: `address`, `resolve`, `connect`, `denied`, `not_found`, `codec`, `hostile`, `too_large`, `stalled`,
 * `encrypted`, `protocol`, `crashed`, `spawn`, `killed`; empty where there is none.
 */
trouble: string, 
/**
 * It begins anew in so many milliseconds; 0 where it does not.
 */
restart_in_ms: number, 
/**
 * The moment asked for, UTC milliseconds; `None` is live.
 */
at: number | null, 
/**
 * When the newest picture was taken, UTC milliseconds; `None` where the stream does not say or none has come.
 */
picture_at: number | null, 
/**
 * Pictures so far.
 */
pictures: number, 
/**
 * `hls`, `fmp4`, `ws`, `mp4`, `mjpeg`, `rtsp`.
 */
source: string, 
/**
 * `h264`, `jpeg` …; empty until known.
 */
codec: string, 
/**
 * What is in force around the program that decodes it: `seccomp`, `landlock`, `rlimits` …
 */
sandbox: Array<string>, 
/**
 * What this machine lacks of it.
 */
sandbox_missing: Array<string>, 
/**
 * Memory of that program, MiB.
 */
memory_mib: number, 
/**
 * Its share of one core, 0 … 1.
 */
cpu_share: number, 
/**
 * It is draped over what the camera sees.
 */
is_draped: boolean, 
/**
 * It stands above its camera in the twin.
 */
is_above: boolean, 
/**
 * The line over every picture: officer, time, camera.
 */
watermark: string, 
/**
 * Kinds of what is masked in pictures that are kept of it: `face`, `plate`; empty where no detector is there.
 */
masks: Array<string>, };

/**
 * How a view stands.
 */
export type ViewStateKindDto = "connecting" | "playing" | "stalled" | "failed" | "restarting" | "closed";

/**
 * Where the UI's viewport element is, in CSS pixels of the window, and what HTML covers it.
 */
export type ViewportDto = { 
/**
 * Left edge.
 */
x: number, 
/**
 * Top edge.
 */
y: number, 
/**
 * Width.
 */
width: number, 
/**
 * Height.
 */
height: number, 
/**
 * Device pixels per CSS pixel.
 */
scale: number, 
/**
 * HTML above the picture, relative to the viewport element: x, y, width, height.
 */
cards: Array<[number, number, number, number]>, };

/**
 * The area to warn.
 */
export type WarnAreaDto = { 
/**
 * Its ring, degrees; the first corner is not repeated.
 */
ring: Array<[number, number]>, 
/**
 * How far around the case, metres; `None` for a fence.
 */
radius_m: number | null, 
/**
 * The fence's name; empty for a circle.
 */
fence: string, };

/**
 * Something that one window of the desk is told about the others.
 */
export type WindowNoteDto = { "kind": "layout", 
/**
 * The panels that stand in windows of their own.
 */
torn: Array<PanelDto>, 
/**
 * The language that was chosen last.
 */
language: string, } | { "kind": "picked", 
/**
 * What.
 */
pick: PickDto, };
