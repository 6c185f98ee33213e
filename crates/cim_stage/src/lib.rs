//! Puts what the desk knows onto the twin's stage, and turns what a person does there back into the desk's words.

mod stage;
mod words;

pub use stage::Stage;
pub use words::{
    command_of_gesture, fly_command, note_of_output, picked_of, switch_command, view_command,
};
