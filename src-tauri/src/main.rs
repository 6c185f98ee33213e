//! The desktop: one window with the UI and the twin in it, and windows for panels that were torn off. Wiring only; rules are in the
//! crates below.

mod alarms;
mod arguments;
mod cases;
mod commands;
mod desktop;
mod duty;
mod embedding;
mod layers;
mod plans;
mod ready;
mod sync;
mod time;
mod video;
mod windows;
mod work;

use arguments::{Arguments, Place};
use cim_app::{
    Desk, DeskSettings, TILES_IN_CACHE, find_video_helper, open_recording, open_tile_source,
    wire::{ClockDto, Mode},
};
use cim_model::{TimeSource, UtcMillis};
use cim_stage::OtherTiles;
use cim_sync::{
    HubAddress,
    access::Access,
    sources::{SourceConfig, read_sources_file},
};
use clap::Parser;
use desktop::{Desktop, MAIN_WINDOW, Shown};
use ready::Ready;
use serde_json::json;
use std::{
    error::Error,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};
use tauri::{RunEvent, WebviewUrl, WebviewWindowBuilder, WindowEvent};
use tokio::runtime::Handle;
use windows::{WINDOWS_FILE, Windows};

/// The machine's clock.
struct MachineClock;

impl TimeSource for MachineClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the host is where the present comes from"
    )]
    fn now(&self) -> UtcMillis {
        let since_1970 = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        UtcMillis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
    }
}

#[expect(clippy::disallowed_methods, reason = "the host measures its own start")]
fn main() -> ExitCode {
    let started = Instant::now();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("CITYMIRROR_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
        )
        .with_writer(std::io::stderr)
        .init();
    match run(Arguments::parse(), started) {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            tracing::error!("{err}");
            let mut cause = err.source();
            while let Some(inner) = cause {
                tracing::error!("because: {inner}");
                cause = inner.source();
            }
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::disallowed_types, reason = "Tauri's generated context")]
fn run(arguments: Arguments, started: Instant) -> Result<(), Box<dyn Error>> {
    // A child surface needs X11; in a Wayland session that is XWayland.
    gdk::set_allowed_backends("x11");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let handle = runtime.handle().clone();
    let settings = settings(&arguments)?;
    let cache = settings.cache.clone();
    let desk = runtime.block_on(open_desk(settings, &arguments, &handle))?;
    let tiles = other_tiles(&arguments, &cache, &handle, &desk);
    let ready = Ready::new(arguments.ready_file.clone(), started);
    let desktop = Arc::new(Desktop::new(
        desk,
        handle,
        ready,
        Shown {
            tiles,
            viewing_m: arguments.viewing_m(),
        },
        Windows::open(cache.join(WINDOWS_FILE), arguments.lang.clone()),
    ));
    let in_setup = Arc::clone(&desktop);
    let for_window = arguments.clone();
    let app = tauri::Builder::default()
        .manage(Arc::clone(&desktop))
        .invoke_handler(called_by_the_ui())
        .setup(move |app| {
            open_window(app, &for_window, &in_setup)?;
            Ok(())
        })
        .build(tauri::generate_context!())?;
    let handle = app.handle().clone();
    runtime.spawn(async move {
        asked_to_stop().await;
        // As if the window had been closed: the cache is closed and the report written.
        handle.exit(0);
    });
    let report = arguments.report;
    let mut stopped = false;
    app.run(move |app, event| {
        if let RunEvent::WindowEvent { label, event, .. } = &event {
            desktop.window_event(label, event);
        }
        if closes(&event) && !stopped {
            stopped = true;
            let has_panels = desktop.windows().has_any();
            desktop.windows().leave();
            stop_twin(&desktop, report.as_deref());
            runtime.block_on(desktop.desk().close());
            if has_panels {
                // The windows of panels would keep the program alive.
                app.exit(0);
            }
        }
    });
    Ok(())
}

/// What the UI may call; `capabilities/desk.json` lists exactly these.
#[expect(clippy::too_many_lines, reason = "a line for each command")]
fn called_by_the_ui() -> impl Fn(tauri::ipc::Invoke) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        commands::start,
        commands::card,
        commands::timeline,
        commands::search,
        commands::fold_texts,
        commands::set_clock,
        commands::acknowledge,
        commands::set_layer,
        commands::set_language,
        commands::select_target,
        commands::fly_to,
        commands::go_to_view,
        commands::set_viewport,
        commands::gesture,
        commands::ui_ready,
        commands::watch_desk,
        commands::watch_twin,
        time::set_knowledge,
        time::step_to,
        time::trends,
        time::series_choices,
        time::save_moment,
        time::rename_moment,
        time::delete_moment,
        time::moments,
        time::recordings,
        time::save_recording,
        time::verify_recording,
        time::delete_recording,
        time::export_series,
        time::set_history_limits,
        time::branches,
        time::branch_here,
        time::delete_branch,
        time::assume,
        work::find,
        work::show_found,
        work::show_features,
        work::show_all,
        work::attributes,
        work::colour_by,
        work::tool,
        work::set_clips,
        work::trench_along,
        work::set_underground,
        work::set_look,
        work::set_tile_budget,
        work::sun,
        work::set_compare,
        work::compare_choices,
        work::open_compared,
        work::bookmarks,
        work::save_bookmarks,
        work::ask_view,
        work::go_to_place,
        work::minimap,
        sync::sources,
        sync::outbox,
        sync::conflicts,
        sync::settle_conflict,
        sync::retry_fact,
        sync::withdraw_fact,
        sync::change_event,
        sync::share_view,
        sync::follow_view,
        layers::layers,
        layers::change_layer,
        layers::check_filter,
        layers::filter_fields,
        layers::fences,
        layers::draw_fence,
        layers::drop_fence,
        layers::watch_performance,
        windows::watch_windows,
        windows::screens,
        windows::tear_off,
        windows::bring_back,
        windows::tell_pick,
        alarms::alarms,
        alarms::alarm,
        alarms::act_on_alarms,
        alarms::silence_alarms,
        alarms::alarm_load,
        alarms::alarm_past,
        alarms::alarm_groups,
        alarms::suppress_group,
        alarms::release_group,
        alarms::alarm_rules,
        alarms::switch_rule,
        alarms::try_rule,
        alarms::alarm_views,
        alarms::save_alarm_views,
        cases::cases,
        cases::case_detail,
        cases::act_on_case,
        cases::act_on_cases,
        cases::report_case,
        cases::check_draft,
        cases::case_from_alarm,
        cases::undo_case_step,
        cases::case_tables,
        cases::set_actor,
        cases::case_views,
        cases::save_case_views,
        cases::attach_to_case,
        cases::attachment,
        plans::all_plans,
        plans::plans_for,
        plans::plans_about,
        plans::plan_run,
        plans::act_on_plan,
        plans::dispatches,
        plans::dispatch,
        plans::dispatch_step,
        plans::reach,
        plans::broadcast,
        plans::picture,
        plans::draw,
        plans::undo_drawing,
        plans::redo_drawing,
        plans::show_picture,
        duty::duty_board,
        duty::duty_log,
        duty::write_duty,
        duty::correct_duty,
        duty::strike_duty,
        duty::handover,
        duty::act_on_handover,
        duty::handovers,
        duty::analysis,
        duty::export_report,
        video::video_board,
        video::video_tables,
        video::video_tree,
        video::video_search,
        video::video_points,
        video::video_channel,
        video::propose_mapping,
        video::import_channels,
        video::undo_import,
        video::grade_channels,
        video::tag_channels,
        video::video_health,
        video::video_works,
        video::act_on_video_work,
        video::rights_matrix,
        video::ask_right,
        video::video_grants,
        video::give_grant,
        video::revoke_grant,
        video::video_audit,
        video::who_sees,
        video::show_sight_lines,
        video::show_volumes,
        video::coverage,
        video::clear_coverage,
        video::route_coverage,
        video::suggest_cameras,
        video::calibrate,
        video::undo_calibration,
        video::save_preset,
        video::delete_preset,
        video::video_moments,
        video::moment_lanes,
        video::import_moments,
        video::go_to_moment,
        video::open_view,
        video::video_views,
        video::close_view,
        video::mosaics,
        video::save_mosaic,
        video::delete_mosaic,
        video::mosaic_for,
        video::snapshot,
        video::snapshots,
        video::snapshot_picture,
        video::reveal,
        video::save_clip,
        video::ptz,
        video::drape,
        video::picture_above,
        video::view_frame,
    ]
}

/// Opens the desk, on a recording when one was named, and keeps as much of the past as was asked for.
async fn open_desk(
    mut settings: DeskSettings,
    arguments: &Arguments,
    runtime: &Handle,
) -> Result<Desk, Box<dyn Error>> {
    let mut problems = Vec::new();
    if let Some(file) = &arguments.recording {
        let mut told = |done: u64, total: u64| {
            tracing::info!(done, total, "the recording is being taken in");
        };
        (settings.cache, problems) = open_recording(file, &settings.cache, &mut told).await?;
        settings.hub = None;
    }
    let desk = Desk::open(settings, runtime.clone()).await?;
    open_scenes(&desk, arguments).await;
    match std::env::current_exe() {
        Ok(program) => {
            if let Some(helper) = find_video_helper(&program) {
                desk.set_video_helper(helper);
            } else {
                tracing::warn!("cim-stream is not beside the program: no picture can be opened");
            }
        }
        Err(err) => {
            tracing::warn!(%err, "where the program lies is not known: no picture can be opened");
        }
    }
    if let Some(file) = &arguments.recording {
        let place = file.display().to_string();
        for problem in &problems {
            desk.note_problem(&place, "", problem);
        }
        if arguments.mode != Place::Planner {
            // A recording begins at its beginning; the planner sees to that by itself.
            let time = desk.start().history_from;
            desk.set_clock(ClockDto::At { time })?;
        }
    }
    if arguments.history_days.is_some() || arguments.history_gib.is_some() {
        let kept = desk.watch().borrow().history.clone();
        let days = arguments.history_days.unwrap_or(kept.keep_days);
        let bytes = arguments
            .history_gib
            .map_or(kept.keep_bytes, |gib| u64::from(gib) << 30);
        desk.set_history_limits(days, bytes).await?;
    }
    Ok(desk)
}

/// True for what ends the program: the main window closes, or the system asks. A panel's window only takes itself away.
fn closes(event: &RunEvent) -> bool {
    match event {
        RunEvent::WindowEvent {
            label,
            event: WindowEvent::CloseRequested { .. },
            ..
        } => label == MAIN_WINDOW,
        RunEvent::ExitRequested { .. } => true,
        _ => false,
    }
}

/// Stops the twin, which goes before its window does, and writes how it ran.
fn stop_twin(desktop: &Desktop, report: Option<&Path>) {
    let stats = desktop.stop_twin();
    if let Some(file) = report {
        let content = json!({
            "first_picture_ms": desktop.first_picture_ms(),
            "frames": stats.frames(),
            "passes": stats.passes(),
            "frame_p50_ms": stats.percentile_ms(0.5),
            "frame_p95_ms": stats.percentile_ms(0.95),
            "frame_p99_ms": stats.percentile_ms(0.99),
        });
        ready::write(file, &content);
    }
}

/// Resolves when the person or the system asks the program to end.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    tokio::signal::ctrl_c().await.unwrap_or_default();
}

/// The tileset that is shown in place of the city's own tiles, if one was named. Where it cannot be used, the desk says
/// so and shows the city as it is: whoever is on duty needs it.
fn other_tiles(
    arguments: &Arguments,
    cache: &Path,
    runtime: &Handle,
    desk: &Desk,
) -> Option<OtherTiles> {
    let place = arguments.tiles.as_deref()?;
    let kept = cache.join(TILES_IN_CACHE);
    let opened = open_tile_source(place, Some(&kept), runtime)
        .and_then(|(source, path)| OtherTiles::open(source, &path, arguments.tiles_crs.as_deref()));
    match opened {
        Ok(tiles) => Some(tiles),
        Err(err) => {
            let reason = match err.source() {
                Some(cause) => format!("--tiles {place}: {err}: {cause}"),
                None => format!("--tiles {place}: {err}"),
            };
            tracing::error!("{reason}");
            desk.note_problem(err.file(), err.place(), &reason);
            None
        }
    }
}

fn settings(arguments: &Arguments) -> Result<DeskSettings, Box<dyn Error>> {
    let cache = match &arguments.cache {
        Some(folder) => folder.clone(),
        None => {
            default_cache().ok_or("there is no home folder for the cache; name one with --cache")?
        }
    };
    Ok(DeskSettings {
        cache,
        hub: arguments
            .hub
            .clone()
            .map(|http| HubAddress { http, mqtt: None }),
        city: arguments.city.clone(),
        mode: Mode::from(arguments.mode),
        language: arguments.lang.clone(),
        operator: arguments.operator.clone(),
        access: access(arguments)?,
        sources: sources(arguments),
        time: Arc::new(MachineClock),
    })
}

/// Reads the scene packs. Whoever is on duty needs the desk also without them: then it has the layers that it knows by itself,
/// and says what is wrong.
async fn open_scenes(desk: &Desk, arguments: &Arguments) {
    let Some(folder) = scenes(arguments) else {
        return;
    };
    let place = folder.display().to_string();
    if let Err(err) = desk.open_scenes(folder).await {
        tracing::error!("the scene packs in {place} cannot be read: {err}");
        desk.note_problem(&place, "", &err.to_string());
    }
}

/// The folder of the scene packs: the named one, or the one that came with the program.
fn scenes(arguments: &Arguments) -> Option<PathBuf> {
    if let Some(folder) = &arguments.scenes {
        return Some(folder.clone());
    }
    let program = std::env::current_exe().ok()?;
    let folder = program.parent()?;
    // Beside the program, or where a package of the system puts what comes with it.
    [
        folder.join("scenes"),
        folder.join("../lib/CityMirror/scenes"),
    ]
    .into_iter()
    .find(|scenes| scenes.is_dir())
}

/// The sources beside the hub; one bad entry leaves the others, and is told.
#[expect(
    clippy::disallowed_methods,
    reason = "the host is where the environment is read: a source may name a variable that holds its token"
)]
fn sources(arguments: &Arguments) -> Vec<SourceConfig> {
    let Some(file) = &arguments.sources else {
        return Vec::new();
    };
    let read = read_sources_file(file, &|name| std::env::var(name).ok());
    for problem in &read.problems {
        tracing::error!("--sources: {problem}");
    }
    read.sources
}

/// How the hub knows us, and how we know it.
fn access(arguments: &Arguments) -> Result<Access, Box<dyn Error>> {
    let token = match &arguments.token_file {
        Some(file) => Some(
            std::fs::read_to_string(file)
                .map_err(|err| format!("--token-file {}: {err}", file.display()))?
                .trim()
                .to_owned(),
        ),
        None => None,
    };
    Ok(Access {
        token,
        authority: arguments.authority.clone(),
        certificate: arguments.certificate.clone(),
        key: arguments.key.clone(),
        plain_ok: arguments.plain_text,
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the host is where the environment is read"
)]
fn default_cache() -> Option<PathBuf> {
    let from = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = from("XDG_CACHE_HOME").or_else(|| Some(from("HOME")?.join(".cache")))?;
    Some(base.join("citymirror").join("desk"))
}

/// The UI's page; on a wall it is told from how far it is read, so that its type and the names in the picture agree. `scale` is
/// physical px per CSS px, which the UI counts in.
fn page(arguments: &Arguments, scale: f64) -> String {
    match arguments.viewing_m() {
        Some((distance_m, pitch_m)) => {
            let pitch_m = pitch_m * scale;
            format!("index.html?distance={distance_m}&pitch={pitch_m}")
        }
        None => "index.html".to_owned(),
    }
}

fn open_window(
    app: &mut tauri::App,
    arguments: &Arguments,
    desktop: &Arc<Desktop>,
) -> Result<(), Box<dyn Error>> {
    let is_wall = arguments.mode == Place::Wall;
    let monitor = app.primary_monitor().ok().flatten();
    let scale = monitor
        .as_ref()
        .map_or(1.0, |monitor| monitor.scale_factor().max(0.1));
    let screen = monitor.map(|monitor| {
        let size = monitor.size().to_logical::<f64>(scale);
        (size.width, size.height)
    });
    let (width, height) = match arguments.size {
        Some((width, height)) => (f64::from(width), f64::from(height)),
        None => screen.unwrap_or((1280.0, 800.0)),
    };
    let address = WebviewUrl::App(page(arguments, scale).into());
    let window = WebviewWindowBuilder::new(app, MAIN_WINDOW, address)
        .title(desktop.desk().window_title())
        .inner_size(width, height)
        .min_inner_size(960.0, 600.0)
        .decorations(!is_wall)
        .fullscreen(is_wall && arguments.size.is_none())
        .background_color(tauri::window::Color(13, 18, 23, 255))
        .build()?;
    if is_wall {
        desktop.note_wall_height(height);
    }
    if let Err(err) = embedding::embed(&window, desktop) {
        desktop.twin_failed(err.to_string());
    }
    if is_wall {
        window.set_cursor_visible(false)?;
    }
    windows::reopen(app.handle(), desktop);
    Ok(())
}
