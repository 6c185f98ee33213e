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
 * The acts that are allowed now: words of [`AlarmActDto`].
 */
allowed: Array<string>, 
/**
 * The longest that it may be shelved, seconds.
 */
max_shelve_s: number, };

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
 * Why a command was refused.
 */
export type ErrorCode = "not_found" | "cache_unusable" | "bad_request";

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
 * The camera itself.
 */
camera: CameraDto, };

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
heading_deg: number, };

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
top_m: number, } | { "kind": "clip_polygon" } | { "kind": "section_box" } | { "kind": "trench" } | { "kind": "ring" };

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
