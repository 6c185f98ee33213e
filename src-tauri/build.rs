//! Lets Tauri read its configuration and list the commands that windows may call.

fn main() {
    let commands = tauri_build::AppManifest::new().commands(&[
        "start",
        "card",
        "trend",
        "timeline",
        "search",
        "set_clock",
        "acknowledge",
        "set_layer",
        "set_language",
        "select_target",
        "fly_to",
        "go_to_view",
        "set_viewport",
        "gesture",
        "ui_ready",
        "watch_desk",
        "watch_twin",
        "find",
        "show_found",
        "show_features",
        "show_all",
        "attributes",
        "colour_by",
        "tool",
        "set_clips",
        "trench_along",
        "set_underground",
        "set_look",
        "sun",
        "set_compare",
        "compare_choices",
        "open_compared",
        "bookmarks",
        "save_bookmarks",
        "ask_view",
        "go_to_place",
        "minimap",
    ]);
    if let Err(err) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))
    {
        println!("cargo::error={err:#}");
    }
}
