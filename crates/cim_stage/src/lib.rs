//! Puts what the desk knows onto the twin's stage, and turns what a person does there back into the desk's words.

mod answers;
mod layers;
mod marks;
mod other_tiles;
mod pace;
mod sights;
mod stage;
mod words;
mod work;

pub use other_tiles::OtherTiles;
pub use pace::FEED_EVERY;
pub use stage::Stage;
pub use words::{
    command_of_gesture, fly_command, note_of_output, picked_of, switch_command, view_command,
};
pub use work::{
    command_of_clips, command_of_compare, command_of_look, command_of_place, command_of_tool,
    command_of_underground,
};
