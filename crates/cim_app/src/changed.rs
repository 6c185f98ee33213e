//! Which devices changed since the twin last asked.

/// Which devices changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    /// All may have.
    All,
    /// Those in these rows.
    Rows(Vec<u32>),
}

/// Collects the rows of changed devices, each once.
#[derive(Debug, Default)]
pub(crate) struct ChangedThings {
    all: bool,
    rows: Vec<u32>,
    marked: Vec<bool>,
}

impl ChangedThings {
    /// All devices may have changed.
    pub(crate) fn mark_all(&mut self) {
        self.all = true;
    }

    /// Makes room for so many devices.
    pub(crate) fn grow_to(&mut self, things: usize) {
        if self.marked.len() < things {
            self.marked.resize(things, false);
            // Room for every device at once, so that marking never allocates.
            self.rows.reserve(things.saturating_sub(self.rows.len()));
        }
    }

    /// The device in `row` changed.
    pub(crate) fn mark(&mut self, row: u32) {
        if let Some(marked) = self.marked.get_mut(row as usize)
            && !*marked
        {
            *marked = true;
            self.rows.push(row);
        }
    }

    /// What changed since the last call.
    pub(crate) fn take(&mut self) -> Changed {
        let all = std::mem::take(&mut self.all);
        // Asked with every frame: while nothing changed it costs nothing, however many devices there are.
        let rows = if self.rows.is_empty() {
            Vec::new()
        } else {
            self.marked.fill(false);
            std::mem::replace(&mut self.rows, Vec::with_capacity(self.marked.len()))
        };
        if all {
            Changed::All
        } else {
            Changed::Rows(rows)
        }
    }
}
