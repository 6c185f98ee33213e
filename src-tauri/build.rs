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
    ]);
    if let Err(err) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))
    {
        println!("cargo::error={err:#}");
    }
}
