//! What a catalogue tells of an entry: the fields of GB/T 28181-2016, annex A.2.1.2, and of GB/T 28181-2022.

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// A field of a catalogue entry.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Field {
            $($(#[$doc])* $variant,)+
            /// A field that the standard does not know; kept with its name.
            Other,
        }

        impl Field {
            /// Every field of the standard.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name of the XML element; empty for [`Field::Other`].
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::Other => "",
                }
            }
        }
    };
}

fields! {
    /// 设备/区域/系统编码.
    DeviceId = "DeviceID",
    /// 名称.
    Name = "Name",
    /// 设备厂商.
    Manufacturer = "Manufacturer",
    /// 设备型号.
    Model = "Model",
    /// 设备归属; not in the 2022 edition.
    Owner = "Owner",
    /// 行政区域.
    CivilCode = "CivilCode",
    /// 警区.
    Block = "Block",
    /// 安装地址.
    Address = "Address",
    /// 是否有子设备: 1 yes, 0 no.
    Parental = "Parental",
    /// 父设备/区域/系统 ID; several with `/` between.
    ParentId = "ParentID",
    /// 虚拟组织所属的业务分组.
    BusinessGroupId = "BusinessGroupID",
    /// 信令安全模式.
    SafetyWay = "SafetyWay",
    /// 注册方式.
    RegisterWay = "RegisterWay",
    /// 证书序列号.
    CertNum = "CertNum",
    /// 证书有效标识.
    Certifiable = "Certifiable",
    /// 证书无效原因码.
    ErrCode = "ErrCode",
    /// 证书终止有效期.
    EndTime = "EndTime",
    /// 保密属性.
    Secrecy = "Secrecy",
    /// IP 地址.
    IpAddress = "IPAddress",
    /// 端口.
    Port = "Port",
    /// 设备状态: ON or OFF.
    Status = "Status",
    /// 经度, degrees of WGS 84.
    Longitude = "Longitude",
    /// 纬度, degrees of WGS 84.
    Latitude = "Latitude",
    /// 摄像机类型: 1 dome, 2 half dome, 3 fixed, 4 remote controlled.
    PtzType = "PTZType",
    /// 摄像机位置类型.
    PositionType = "PositionType",
    /// 室外、室内: 1 outside, 2 inside.
    RoomType = "RoomType",
    /// 用途: 1 public order, 2 traffic, 3 key places.
    UseType = "UseType",
    /// 补光: 1 none, 2 infrared, 3 white light.
    SupplyLightType = "SupplyLightType",
    /// 监视方位: 1 east, 2 west, 3 south, 4 north, 5 south-east, 6 north-east, 7 south-west, 8 north-west.
    DirectionType = "DirectionType",
    /// 支持的分辨率.
    Resolution = "Resolution",
    /// 下载倍速.
    DownloadSpeed = "DownloadSpeed",
    /// 空域编码能力.
    SvcSpaceSupportMode = "SVCSpaceSupportMode",
    /// 时域编码能力.
    SvcTimeSupportMode = "SVCTimeSupportMode",
    /// 安全能力等级代码 (2022).
    SecurityLevelCode = "SecurityLevelCode",
    /// 码流编号列表 (2022).
    StreamNumberList = "StreamNumberList",
    /// 光电成像类型 (2022).
    PhotoelectricImagingType = "PhotoelectricImagingType",
    /// 采集部位类型 (2022).
    CapturePositionType = "CapturePositionType",
    /// SSVC 增强层与基本层比例 (2022).
    SsvcRatioSupportList = "SSVCRatioSupportList",
    /// 移动采集设备类型 (2022).
    MobileDeviceType = "MobileDeviceType",
    /// 水平视场角, degrees (2022).
    HorizontalFieldAngle = "HorizontalFieldAngle",
    /// 竖直视场角, degrees (2022).
    VerticalFieldAngle = "VerticalFieldAngle",
    /// 可视距离, metres (2022).
    MaxViewDistance = "MaxViewDistance",
    /// 基层组织编码 (2022).
    GrassrootsCode = "GrassrootsCode",
    /// 监控点位类型: 1, 2 and 3 as the classes of video points, 9 other (2022).
    PointType = "PointType",
    /// 点位俗称 (2022).
    PointCommonName = "PointCommonName",
    /// MAC 地址 (2022).
    Mac = "MAC",
    /// 功能类型 (2022).
    FunctionType = "FunctionType",
    /// 编码格式 (2022).
    EncodeType = "EncodeType",
    /// 安装时间 (2022).
    InstallTime = "InstallTime",
    /// 管理单位 (2022).
    ManagementUnit = "ManagementUnit",
    /// 联系方式 (2022).
    ContactInfo = "ContactInfo",
    /// 录像保存天数 (2022).
    RecordSaveDays = "RecordSaveDays",
    /// 行业分类代码 (2022).
    IndustrialClassification = "IndustrialClassification",
    /// What happened to the entry, in a notification of changes.
    Event = "Event",
}

impl Field {
    /// The field called `name`, whatever its capital letters; [`Field::Other`] when the standard has none.
    pub fn from_name(name: &str) -> Self {
        let exact = Self::ALL.iter().find(|field| field.as_str() == name);
        exact
            .or_else(|| {
                Self::ALL
                    .iter()
                    .find(|field| field.as_str().eq_ignore_ascii_case(name))
            })
            .copied()
            .unwrap_or(Self::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_known_by_their_names() {
        for field in Field::ALL {
            assert_eq!(Field::from_name(field.as_str()), *field);
        }
        assert_eq!(Field::from_name("ptztype"), Field::PtzType);
        assert_eq!(Field::from_name("Password"), Field::Other);
    }
}
