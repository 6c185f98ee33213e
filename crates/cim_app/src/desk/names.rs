//! Finding by name while somebody types.

use super::Desk;
use crate::{error::AppError, wire::Found};
use std::sync::Arc;

impl Desk {
    /// The best answers to what somebody typed, at most 50; `near` is where they look, longitude and latitude in degrees. An
    /// empty text finds nothing and makes ready for what will be typed.
    pub async fn search(
        &self,
        text: String,
        near: Option<[f64; 2]>,
    ) -> Result<Vec<Found>, AppError> {
        let shared = Arc::clone(&self.shared);
        self.aside("searching", move || {
            let near = near.filter(|place| place.iter().all(|degrees| degrees.is_finite()));
            shared.names.search(|| shared.keeper.live(), &text, near)
        })
        .await
    }
}
