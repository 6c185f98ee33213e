//! A document as plain data: what a report says, before anybody decides on paper, fonts or a file format.
//!
//! Plans, handovers and analyses make an [`Outline`]; `cim_report` prints it as PDF or DOCX. Every text, also each label, comes
//! from the maker in the reader's language: a printer adds no words of its own.

/// A printable document: a title, a few lines about it, and blocks in reading order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The document's name, printed large on the first page.
    pub title: String,
    /// BCP 47 tag of the language that most of it is in, such as `zh-CN`.
    pub language: String,
    /// A short line at the top of every page, such as the unit's name or 演练; empty for none.
    pub running_head: String,
    /// What the document is about, as label and value: shift, period, unit, number.
    pub meta: Vec<Meta>,
    /// The body, from top to bottom.
    pub blocks: Vec<Block>,
}

/// One line under the title, such as `班次: 夜班`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// What is told, without a colon.
    pub label: String,
    /// What it is.
    pub value: String,
}

/// One piece of a document's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The name of what follows.
    Heading {
        /// How far down in the document's order it stands.
        level: HeadingLevel,
        /// The name.
        text: String,
    },
    /// Running text.
    Paragraph(Text),
    /// Several short texts, one under the other.
    List {
        /// What stands before each.
        marks: ListMarks,
        /// The texts.
        items: Vec<Text>,
    },
    /// Rows and columns.
    Table(Table),
    /// A step that is done or not.
    Check(Check),
    /// A place for a signature, or the signature that was given.
    Signature(Signature),
    /// What follows starts on a fresh page.
    PageBreak,
    /// A picture over the width of the text or a part of it.
    Picture(Picture),
}

/// The three depths of headings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeadingLevel {
    /// A main part of the document.
    Part,
    /// A section of a part.
    Section,
    /// A point of a section.
    Point,
}

impl HeadingLevel {
    /// 1 for a part, 2 for a section, 3 for a point.
    pub fn depth(self) -> u8 {
        match self {
            Self::Part => 1,
            Self::Section => 2,
            Self::Point => 3,
        }
    }
}

/// What stands before the items of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListMarks {
    /// A dot: the order means nothing.
    Dots,
    /// 1, 2, 3: the order matters.
    Numbers,
}

/// Text that is plain or bold in parts. A `\n` in it begins a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The parts, in reading order.
    pub runs: Vec<Run>,
}

/// Letters of one weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The letters.
    pub text: String,
    /// How heavy they are.
    pub weight: Weight,
}

/// How heavy letters are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// As running text is.
    #[default]
    Regular,
    /// To be seen first.
    Bold,
}

impl Text {
    /// Text that is bold from end to end.
    pub fn bold(text: impl Into<String>) -> Self {
        Self::default().then_bold(text)
    }

    /// This text with `text` behind it, of ordinary weight.
    #[must_use]
    pub fn then(mut self, text: impl Into<String>) -> Self {
        self.push(text.into(), Weight::Regular);
        self
    }

    /// This text with `text` behind it, in bold.
    #[must_use]
    pub fn then_bold(mut self, text: impl Into<String>) -> Self {
        self.push(text.into(), Weight::Bold);
        self
    }

    /// The letters without their weights.
    pub fn plain(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.runs.iter().all(|run| run.text.is_empty())
    }

    fn push(&mut self, text: String, weight: Weight) {
        if !text.is_empty() {
            self.runs.push(Run { text, weight });
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::default().then(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::default().then(text)
    }
}

/// Rows and columns under one head, which a printer repeats on every page that the table reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The columns, from left to right.
    pub columns: Vec<Column>,
    /// The rows, each with one text per column. Missing texts are empty cells; a printer leaves out what has no column.
    pub rows: Vec<Vec<Text>>,
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What the column holds.
    pub head: String,
    /// Its share of the table's width, against the other columns' parts; 0 counts as 1.
    pub parts: u16,
    /// Where its texts stand.
    pub align: Align,
}

/// Where the text of a cell stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Align {
    /// At the left edge: words.
    #[default]
    Left,
    /// At the right edge: numbers that are compared.
    Right,
}

impl Table {
    /// This table with a column of words, `parts` wide, at its right.
    #[must_use]
    pub fn with_column(self, head: impl Into<String>, parts: u16) -> Self {
        self.with(head.into(), parts, Align::Left)
    }

    /// This table with a column of numbers, `parts` wide, at its right.
    #[must_use]
    pub fn with_number_column(self, head: impl Into<String>, parts: u16) -> Self {
        self.with(head.into(), parts, Align::Right)
    }

    /// Adds a row at the bottom.
    pub fn row<T: Into<Text>>(&mut self, cells: impl IntoIterator<Item = T>) -> &mut Self {
        self.rows.push(cells.into_iter().map(Into::into).collect());
        self
    }

    fn with(mut self, head: String, parts: u16, align: Align) -> Self {
        self.columns.push(Column { head, parts, align });
        self
    }
}

/// A step with a box that is ticked or empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Whether it is done.
    pub is_done: bool,
    /// What is to be done.
    pub text: Text,
    /// Who did it and when, or who is to do it by when; empty for nothing.
    pub note: String,
}

/// A line to sign on, or the signature that was given at a desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// As what the person signs, such as 交班人.
    pub role: String,
    /// What is signed, such as "I hand over the shift as written above"; empty for nothing.
    pub statement: String,
    /// The word before the time, such as 日期.
    pub time_label: String,
    /// The signature; without one, lines are left free for a pen.
    pub signed: Option<Signed>,
}

/// A signature that was given at a desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Who signed.
    pub name: String,
    /// When, as people read it.
    pub at: String,
    /// What binds the signature to the text, such as the digest of the log; empty for nothing.
    pub proof: String,
}

/// A picture with the line under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The bytes of a PNG file.
    pub png: Vec<u8>,
    /// How much of the text's width it takes, in percent, from 1 to 100.
    pub width_percent: u8,
    /// The line under it, which is also read to people who cannot see it.
    pub caption: String,
}

impl Outline {
    /// An empty document called `title`, in the language with the BCP 47 tag `language`.
    pub fn new(title: impl Into<String>, language: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            language: language.into(),
            running_head: String::new(),
            meta: Vec::new(),
            blocks: Vec::new(),
        }
    }

    /// Sets the short line at the top of every page.
    pub fn running_head(&mut self, text: impl Into<String>) -> &mut Self {
        self.running_head = text.into();
        self
    }

    /// Adds a line under the title.
    pub fn meta(&mut self, label: impl Into<String>, value: impl Into<String>) -> &mut Self {
        self.meta.push(Meta {
            label: label.into(),
            value: value.into(),
        });
        self
    }

    /// Begins a main part.
    pub fn part(&mut self, text: impl Into<String>) -> &mut Self {
        self.heading(HeadingLevel::Part, text)
    }

    /// Begins a section of the part.
    pub fn section(&mut self, text: impl Into<String>) -> &mut Self {
        self.heading(HeadingLevel::Section, text)
    }

    /// Begins a point of the section.
    pub fn point(&mut self, text: impl Into<String>) -> &mut Self {
        self.heading(HeadingLevel::Point, text)
    }

    /// Adds a heading of `level`.
    pub fn heading(&mut self, level: HeadingLevel, text: impl Into<String>) -> &mut Self {
        self.block(Block::Heading {
            level,
            text: text.into(),
        })
    }

    /// Adds running text.
    pub fn paragraph(&mut self, text: impl Into<Text>) -> &mut Self {
        self.block(Block::Paragraph(text.into()))
    }

    /// Adds a list whose order means nothing.
    pub fn dots<T: Into<Text>>(&mut self, items: impl IntoIterator<Item = T>) -> &mut Self {
        self.list(ListMarks::Dots, items)
    }

    /// Adds a numbered list.
    pub fn numbers<T: Into<Text>>(&mut self, items: impl IntoIterator<Item = T>) -> &mut Self {
        self.list(ListMarks::Numbers, items)
    }

    /// Adds a table.
    pub fn table(&mut self, table: Table) -> &mut Self {
        self.block(Block::Table(table))
    }

    /// Adds a step that is done; `note` says by whom and when.
    pub fn done(&mut self, text: impl Into<Text>, note: impl Into<String>) -> &mut Self {
        self.block(Block::Check(Check {
            is_done: true,
            text: text.into(),
            note: note.into(),
        }))
    }

    /// Adds a step that is still to do; `note` says by whom or until when.
    pub fn to_do(&mut self, text: impl Into<Text>, note: impl Into<String>) -> &mut Self {
        self.block(Block::Check(Check {
            is_done: false,
            text: text.into(),
            note: note.into(),
        }))
    }

    /// Adds a signature, or the lines for one.
    pub fn signature(&mut self, signature: Signature) -> &mut Self {
        self.block(Block::Signature(signature))
    }

    /// Starts a fresh page.
    pub fn page_break(&mut self) -> &mut Self {
        self.block(Block::PageBreak)
    }

    /// Adds a picture.
    pub fn picture(&mut self, picture: Picture) -> &mut Self {
        self.block(Block::Picture(picture))
    }

    /// Adds any block.
    pub fn block(&mut self, block: Block) -> &mut Self {
        self.blocks.push(block);
        self
    }

    fn list<T: Into<Text>>(
        &mut self,
        marks: ListMarks,
        items: impl IntoIterator<Item = T>,
    ) -> &mut Self {
        self.block(Block::List {
            marks,
            items: items.into_iter().map(Into::into).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_reads_in_the_order_in_which_it_was_made() {
        let mut table = Table::default()
            .with_column("时间", 2)
            .with_number_column("数量", 1);
        table.row(["08:00", "3"]);

        let mut outline = Outline::new("交接班记录", "zh-CN");
        outline
            .running_head("云湖新区")
            .meta("班次", "夜班")
            .part("未结事项")
            .paragraph(Text::from("共 ").then_bold("3").then(" 件"))
            .dots(["甲", "乙"])
            .numbers(["一"])
            .table(table.clone())
            .done("关阀", "03:12 张伟")
            .to_do("通知水务", "")
            .page_break();

        assert_eq!(outline.meta.len(), 1);
        assert_eq!(
            outline.blocks[0],
            Block::Heading {
                level: HeadingLevel::Part,
                text: "未结事项".into()
            }
        );
        let Block::Paragraph(text) = &outline.blocks[1] else {
            panic!("a paragraph follows the heading");
        };
        assert_eq!(text.plain(), "共 3 件");
        assert_eq!(text.runs[1].weight, Weight::Bold);
        assert_eq!(outline.blocks[4], Block::Table(table));
        assert_eq!(outline.blocks.last(), Some(&Block::PageBreak));
    }

    #[test]
    fn headings_go_down_from_part_to_point() {
        let mut outline = Outline::new("预案", "zh-CN");
        outline.part("一").section("二").point("三");

        let depths: Vec<u8> = outline
            .blocks
            .iter()
            .filter_map(|block| match block {
                Block::Heading { level, .. } => Some(level.depth()),
                _ => None,
            })
            .collect();
        assert_eq!(depths, [1, 2, 3]);
    }

    #[test]
    fn text_without_letters_is_empty() {
        assert!(Text::from("").is_empty());
        assert!(Text::default().then_bold("").is_empty());
        assert!(!Text::bold("急").is_empty());
    }

    #[test]
    fn signatures_and_pictures_keep_what_they_were_given() {
        let signature = Signature {
            role: "交班人".into(),
            statement: String::new(),
            time_label: "日期".into(),
            signed: Some(Signed {
                name: "李娜".into(),
                at: "2026-03-01 08:00".into(),
                proof: "sha256:00".into(),
            }),
        };
        let picture = Picture {
            png: vec![137],
            width_percent: 50,
            caption: "现场".into(),
        };
        let mut outline = Outline::new("记录", "zh-CN");
        outline
            .signature(signature.clone())
            .picture(picture.clone());

        assert_eq!(
            outline.blocks,
            [Block::Signature(signature), Block::Picture(picture)]
        );
    }
}
