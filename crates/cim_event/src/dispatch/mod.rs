//! Sending help: which resources there are, which are near and how soon they come, who was sent and has answered, who is
//! inside of a drawn area, and the picture that everybody draws on.

mod area;
mod assign;
mod near;
mod picture;
mod resources;

pub use area::{Area, AreaFault, MOST_RING_POINTS, Person, Reach, reach};
pub use assign::{
    AssignState, AssignStep, Assignment, Connection, DISPATCH_STEPS, DispatchAct, DispatchRefusal,
    Dispatches, MOST_ASSIGNMENTS,
};
pub use near::{Candidate, Cover, DETOUR, Estimate, Offer, cover, default_speed_mps, nearest};
pub use picture::{
    MOST_LABEL_BYTES, MOST_MARK_POINTS, MOST_MARKS, MOST_PICTURE_ACTS, Mark, MarkFault, Picture,
    PictureAct, Shape,
};
pub use resources::{MOST_RESOURCES, Resource, read_resources};
