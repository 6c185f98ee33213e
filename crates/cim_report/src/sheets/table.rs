//! Tables over pages: rows stay whole where a page can hold them, and every page begins with the table's head.

use super::flow::{Column, Flow, Stand};
use super::{Belongs, Frame, Kind, Shape};
use crate::font::Letter;
use crate::paper::{
    BODY, BOTTOM_PT, CELL, Ink, MARGIN_PT, SIDE_PT, TEXT_WIDTH_PT, column_widths_pt,
};
use crate::wrap::lines;
use cim_model::{Align, Table, Text, Weight};
use std::ops::Range;

/// Free at both sides of a cell's text.
const SIDE_FREE_PT: f32 = 4.0;
/// The thickness of the lines.
const LINE_PT: f32 = 0.5;
/// A head that takes more of a page than this is shown once only.
const MAX_HEAD_SHARE: f32 = 0.3;

/// The columns' edges and the places of their texts.
struct Grid {
    /// One more than there are columns, from left to right.
    edges_pt: Vec<f32>,
    columns: Vec<Column>,
}

/// A text in its column.
struct Cell {
    letters: Vec<Letter>,
    lines: Vec<Range<usize>>,
    belongs: Belongs,
}

/// Whether a row is shown for the first time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Showing {
    First,
    Again,
}

/// How a row is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ground {
    White,
    Shaded,
}

impl Flow<'_> {
    pub(super) fn table(&mut self, table: &Table) {
        if table.columns.is_empty() {
            return;
        }
        let grid = Grid::of(table);
        let whole = self.part(Kind::Table, None);
        let head_part = self.part(Kind::Head, Some(whole));
        let head = self.head_cells(table, &grid, head_part);
        // A head alone at the foot of a page says nothing: the first row stays with it.
        let head_pt = row_pt(lines_of(&head));
        let first = table.rows.first().map(Vec::as_slice).unwrap_or_default();
        let first = self.lines_needed(&grid, first);
        let on_a_page = lines_in(BOTTOM_PT - MARGIN_PT - head_pt);
        let together = if first > on_a_page { 2 } else { first };
        self.need(head_pt + row_pt(together));
        self.row(&grid, &head, Ground::Shaded, None);

        let again = (head_pt < (BOTTOM_PT - MARGIN_PT) * MAX_HEAD_SHARE).then_some(head.as_slice());
        let rows = self.part(Kind::Rows, Some(whole));
        for texts in &table.rows {
            let row = self.part(Kind::Row, Some(rows));
            let mut cells = Vec::with_capacity(table.columns.len());
            for (number, column) in grid.columns.iter().enumerate() {
                let letters = texts
                    .get(number)
                    .map(|text| self.setter.set(text))
                    .unwrap_or_default();
                let part = self.part(Kind::Cell, Some(row));
                cells.push(Cell::new(letters, *column, part));
            }
            self.row(&grid, &cells, Ground::White, again);
        }
        self.top_pt += BODY.free_pt.1 * 2.0;
    }

    /// How many lines a row will take.
    fn lines_needed(&mut self, grid: &Grid, texts: &[Text]) -> usize {
        texts
            .iter()
            .zip(&grid.columns)
            .map(|(text, column)| {
                let letters = self.setter.set(text);
                lines(&letters, column.width_pt / CELL.size_pt).len()
            })
            .max()
            .unwrap_or(1)
    }

    fn head_cells(&mut self, table: &Table, grid: &Grid, head_part: usize) -> Vec<Cell> {
        let row = self.part(Kind::Row, Some(head_part));
        let mut cells = Vec::with_capacity(table.columns.len());
        for (told, column) in table.columns.iter().zip(&grid.columns) {
            let letters = self.setter.set_plain(&told.head, Weight::Bold);
            let part = self.part(Kind::HeadCell, Some(row));
            cells.push(Cell::new(letters, *column, part));
        }
        cells
    }

    /// One row; `head` is shown again on each page that it takes.
    fn row(&mut self, grid: &Grid, cells: &[Cell], ground: Ground, head: Option<&[Cell]>) {
        let all = lines_of(cells);
        let head_pt = head.map_or(0.0, |head| row_pt(lines_of(head)));
        let on_a_page = lines_in(BOTTOM_PT - MARGIN_PT - head_pt);
        let mut done = 0;
        let mut has_turned = false;
        while done < all && !self.is_full() {
            let room = lines_in(BOTTOM_PT - self.top_pt);
            let left = all - done;
            let waits_whole = done == 0 && room < all && all <= on_a_page;
            if !has_turned && (room < left.min(2) || waits_whole) {
                self.turn_with(grid, head);
                has_turned = true;
                continue;
            }
            let count = left.min(room.max(1));
            self.slice(grid, cells, done..done + count, (ground, Showing::First));
            done += count;
            has_turned = false;
        }
    }

    /// Starts a page with the head of the table, if it is shown again.
    fn turn_with(&mut self, grid: &Grid, head: Option<&[Cell]>) {
        self.turn();
        if let Some(head) = head {
            let shown = 0..lines_of(head);
            self.slice(grid, head, shown, (Ground::Shaded, Showing::Again));
        }
    }

    /// Some lines of a row at the current place, in their frame.
    fn slice(
        &mut self,
        grid: &Grid,
        cells: &[Cell],
        shown: Range<usize>,
        (ground, showing): (Ground, Showing),
    ) {
        let height_pt = row_pt(shown.len());
        let (top_pt, bottom_pt) = (self.top_pt, self.top_pt + height_pt);
        if ground == Ground::Shaded {
            let ground = bar((SIDE_PT, top_pt), (TEXT_WIDTH_PT, height_pt), Ink::Shade);
            self.put(Belongs::Layout, ground);
        }
        for (cell, column) in cells.iter().zip(&grid.columns) {
            let belongs = match showing {
                Showing::First => cell.belongs,
                Showing::Again => Belongs::Layout,
            };
            self.top_pt = top_pt + CELL.free_pt.0;
            let lines = cell.lines.iter().skip(shown.start).take(shown.len());
            for line in lines {
                let line = cell.letters.get(line.clone()).unwrap_or_default();
                self.write_line(line, *column, CELL, belongs);
                self.top_pt += CELL.lead_pt;
            }
        }
        for edge_pt in &grid.edges_pt {
            let edge = bar((*edge_pt, top_pt), (LINE_PT, height_pt), Ink::Line);
            self.put(Belongs::Layout, edge);
        }
        for line_pt in [top_pt, bottom_pt] {
            let line = bar(
                (SIDE_PT, line_pt),
                (TEXT_WIDTH_PT + LINE_PT, LINE_PT),
                Ink::Line,
            );
            self.put(Belongs::Layout, line);
        }
        self.top_pt = bottom_pt;
    }
}

impl Grid {
    fn of(table: &Table) -> Self {
        let mut left_pt = SIDE_PT;
        let mut edges_pt = vec![left_pt];
        let mut columns = Vec::with_capacity(table.columns.len());
        for (width_pt, column) in column_widths_pt(table, TEXT_WIDTH_PT)
            .into_iter()
            .zip(&table.columns)
        {
            columns.push(Column {
                left_pt: left_pt + SIDE_FREE_PT,
                width_pt: width_pt - 2.0 * SIDE_FREE_PT,
                stand: match column.align {
                    Align::Left => Stand::Left,
                    Align::Right => Stand::Right,
                },
            });
            left_pt += width_pt;
            edges_pt.push(left_pt);
        }
        Self { edges_pt, columns }
    }
}

impl Cell {
    fn new(letters: Vec<Letter>, column: Column, part: usize) -> Self {
        let lines = lines(&letters, column.width_pt / CELL.size_pt);
        Self {
            letters,
            lines,
            belongs: Belongs::To(part),
        }
    }
}

fn bar(corner: (f32, f32), size: (f32, f32), ink: Ink) -> Shape<'static> {
    let frame = Frame { corner, size };
    Shape::Bar { frame, ink }
}

/// How many lines the longest of `cells` has.
fn lines_of(cells: &[Cell]) -> usize {
    cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(1)
}

/// The height of so many lines with what is free above and below.
fn row_pt(lines: usize) -> f32 {
    lines as f32 * CELL.lead_pt + CELL.free_pt.0 + CELL.free_pt.1
}

/// How many lines fit into a row of `height_pt`.
fn lines_in(height_pt: f32) -> usize {
    let lines = (height_pt - CELL.free_pt.0 - CELL.free_pt.1) / CELL.lead_pt;
    // Below zero becomes none.
    lines.floor() as usize
}
