//! How much a city model says: the levels of CIM.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The CIM level of a model (CJJ/T 315-2022, classes of models by refinement).
///
/// The import states the level of the best content of a city by this rule:
///
/// | level | the standard's name | content that earns it here |
/// |---|---|---|
/// | CIM1 | surface model, 地表模型 | relief, water, green and lines without buildings |
/// | CIM2 | frame model, 框架模型 | buildings as raised footprints (CityGML LoD0, LoD1) |
/// | CIM3 | standard model, 标准模型 | buildings with true roofs (LoD2), textured or not |
/// | CIM4 | fine model, 精细模型 | façades with openings (LoD3) |
/// | CIM5 | functional model, 功能级模型 | rooms and storeys (LoD4, `IfcSpace`) |
/// | CIM6 | component model, 构件级模型 | construction elements (`IfcWall`, `IfcBeam` …) |
/// | CIM7 | part model, 零件级模型 | parts of elements (`IfcElementAssembly` taken apart) |
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum CimLevel {
    /// Surface model, 地表模型.
    #[serde(rename = "CIM1")]
    Cim1,
    /// Frame model, 框架模型. What cities of older imports are.
    #[default]
    #[serde(rename = "CIM2")]
    Cim2,
    /// Standard model, 标准模型.
    #[serde(rename = "CIM3")]
    Cim3,
    /// Fine model, 精细模型.
    #[serde(rename = "CIM4")]
    Cim4,
    /// Functional model, 功能级模型.
    #[serde(rename = "CIM5")]
    Cim5,
    /// Component model, 构件级模型.
    #[serde(rename = "CIM6")]
    Cim6,
    /// Part model, 零件级模型.
    #[serde(rename = "CIM7")]
    Cim7,
}

impl CimLevel {
    /// Every level, lowest first.
    pub const ALL: [Self; 7] = [
        Self::Cim1,
        Self::Cim2,
        Self::Cim3,
        Self::Cim4,
        Self::Cim5,
        Self::Cim6,
        Self::Cim7,
    ];

    /// The word used in files: `CIM1` to `CIM7`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cim1 => "CIM1",
            Self::Cim2 => "CIM2",
            Self::Cim3 => "CIM3",
            Self::Cim4 => "CIM4",
            Self::Cim5 => "CIM5",
            Self::Cim6 => "CIM6",
            Self::Cim7 => "CIM7",
        }
    }
}

impl fmt::Display for CimLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_written_as_the_standard_calls_them() {
        for level in CimLevel::ALL {
            let text = serde_json::to_string(&level).expect("JSON");
            assert_eq!(text, format!("\"{level}\""));
            assert_eq!(
                serde_json::from_str::<CimLevel>(&text).expect("the same"),
                level
            );
        }
        assert!(CimLevel::Cim3 > CimLevel::Cim2);
    }
}
