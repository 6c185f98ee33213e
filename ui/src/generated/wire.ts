// The wire types, generated from `crates/cim_app/src/wire.rs`. Do not edit.
// `UPDATE=1 cargo test -p cim_app --test bindings` writes this file anew.

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
 * Everything else known, in order.
 */
attributes: Array<[string, string]>, };

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
 * How time runs.
 */
export type ClockDto = { "mode": "live" } | { "mode": "at", 
/**
 * UTC milliseconds.
 */
time: number, } | { "mode": "playing", 
/**
 * The moment at which playing starts, UTC milliseconds.
 */
from: number, 
/**
 * Seconds of city time per second.
 */
rate: number, 
/**
 * Where it stops, UTC milliseconds.
 */
until: number, };

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
total: number, } | { "state": "live" } | { "state": "offline", 
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
 * Alarms that need attention at the moment shown, worst first, newest first; at most 500.
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
tiles: [number, number], };

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
source: string, };

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
kind: string, };

/**
 * How old a value is, against its promised period.
 */
export type FreshnessDto = "fresh" | "late" | "missing";

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
at: [number, number] | null, } | { "kind": "north" };

/**
 * One layer's switch.
 */
export type LayerDto = { 
/**
 * `Layer::as_str`.
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
 * How the desk is used.
 */
export type Mode = "desk" | "wall" | "planner";

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
limits: Array<LimitDto>, };

/**
 * How bad something is.
 */
export type SeverityDto = "normal" | "low" | "medium" | "high" | "critical";

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
twin: boolean, };

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
events: Array<EventRow>, };

/**
 * A stretch of one series, reduced to what a chart of `pixels` width can show.
 */
export type Trend = { 
/**
 * `DatastreamId`.
 */
id: string, 
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
maxs: Array<number | null>, };

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
at: [number, number], } | { "kind": "camera", 
/**
 * Clockwise from north, degrees.
 */
heading_deg: number, 
/**
 * Metres per CSS pixel at the middle of the picture.
 */
metres_per_px: number, } | { "kind": "failed", 
/**
 * Why.
 */
reason: string, };

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
