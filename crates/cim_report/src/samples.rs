//! What the tests print: the product's fonts, a handover with every kind of block, a picture.

use crate::{Fonts, Imprint};
use cim_model::{Outline, Picture, Signature, Signed, Table, Text, UtcMillis};
use image::{ImageFormat, Rgba, RgbaImage};
use std::io::Cursor;

const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC-Bold.ttf");

/// The product's fonts.
pub(crate) fn fonts() -> Fonts {
    Fonts::new(REGULAR, BOLD).expect("the product's fonts")
}

/// A printing in the morning of 1 March 2026.
pub(crate) fn imprint() -> Imprint {
    Imprint {
        created_at: UtcMillis(1_772_323_200_000),
        author: "云湖新区城市运行管理中心".into(),
        made_with: "CityMirror 0.1.0".into(),
        page_label: "第 %{page} 页，共 %{pages} 页".into(),
    }
}

/// A handover with every kind of block.
pub(crate) fn handover() -> Outline {
    let mut outline = Outline::new("交接班记录", "zh-CN");
    outline
        .running_head("演练")
        .meta("班次", "夜班 20:00–08:00")
        .meta("单位", "城市运行管理中心")
        .part("未结事项")
        .paragraph(
            Text::from("人民路供水主管爆裂，")
                .then_bold("40")
                .then(" 条告警归并为一条。"),
        )
        .section("处置卡")
        .done("关闭 3 号阀门", "03:12 张伟")
        .to_do("通知水务局 <值班室> & 交通", "")
        .numbers(["疏散", "抢修"])
        .numbers(["复核"])
        .dots(["保持联络"])
        .point("告警")
        .table(alarms(2))
        .picture(picture(png(4, 2)))
        .page_break()
        .part("签字")
        .signature(Signature {
            role: "交班人".into(),
            statement: "以上记录属实。".into(),
            time_label: "时间".into(),
            signed: Some(Signed {
                name: "李娜".into(),
                at: "2026-03-01 08:00".into(),
                proof: "sha256:4f1c".into(),
            }),
        })
        .signature(Signature {
            role: "接班人".into(),
            statement: String::new(),
            time_label: "时间".into(),
            signed: None,
        });
    outline
}

/// A table of so many alarms.
pub(crate) fn alarms(rows: usize) -> Table {
    let mut table = Table::default()
        .with_column("时刻", 2)
        .with_column("内容", 5)
        .with_number_column("数值", 2);
    for row in 1..=rows {
        table.row([
            format!("03:{:02}", row % 60),
            format!("{row} 号测点压力低"),
            format!("0.{row}"),
        ]);
    }
    table
}

/// A picture over half of the width.
pub(crate) fn picture(png: Vec<u8>) -> Picture {
    Picture {
        png,
        width_percent: 50,
        caption: "现场照片".into(),
    }
}

/// A PNG file of so many pixels.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let image = RgbaImage::from_fn(width, height, |x, y| {
        Rgba([x as u8, y as u8, (x * y) as u8, u8::MAX])
    });
    let mut file = Cursor::new(Vec::new());
    image
        .write_to(&mut file, ImageFormat::Png)
        .expect("a PNG file");
    file.into_inner()
}
