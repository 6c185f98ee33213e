//! The rules that keep the rooms apart, as a test (`tests/it`). Nothing to use from here.
