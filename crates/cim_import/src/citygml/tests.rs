//! Small city models with everything that is read, in CityGML 2 and 3.

use super::open;
use crate::feature::{Hint, Shape, SourceFeature, Surface, SurfaceRole};
use crate::ledger::Ledger;
use crate::reader::SourceNotes;
use crate::request::{ImportError, ImportRequest};
use cim_tiles::CimLevel;

struct Outcome {
    features: Vec<SourceFeature>,
    ledger: Ledger,
    notes: SourceNotes,
}

fn read(name: &str, text: &str, lod: Option<&str>) -> Result<Outcome, ImportError> {
    let folder = std::env::temp_dir().join(format!("cim_citygml_{name}_{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a test folder can be made");
    let path = folder.join("model.gml");
    std::fs::write(&path, text).expect("written");
    std::fs::write(folder.join("wall.jpg"), b"\xff\xd8\xff").expect("written");
    let mut request = ImportRequest::new(vec![path.clone()], folder.join("out"));
    request.lod = lod.map(str::to_owned);
    let mut ledger = Ledger::default();
    let mut features = Vec::new();
    let outcome = open(&path, &request).and_then(|mut reader| {
        reader.read(&mut ledger, &mut |feature| {
            features.push(feature);
            Ok(())
        })
    });
    std::fs::remove_dir_all(folder).ok();
    Ok(Outcome {
        notes: outcome?,
        features,
        ledger,
    })
}

fn polygon(id: &str, list: &str) -> String {
    format!(
        "<gml:Polygon gml:id='{id}'><gml:exterior><gml:LinearRing gml:id='{id}_r'>\
         <gml:posList srsDimension='3'>{list}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
    )
}

fn surface(id: &str, list: &str) -> String {
    format!(
        "<gml:MultiSurface><gml:surfaceMember>{}</gml:surfaceMember></gml:MultiSurface>",
        polygon(id, list)
    )
}

const FLOOR: &str =
    "500000 3792000 30 500000 3792010 30 500010 3792010 30 500010 3792000 30 500000 3792000 30";
const ROOF: &str =
    "500000 3792000 40 500010 3792000 40 500010 3792010 40 500000 3792010 40 500000 3792000 40";
const WALL: &str =
    "500000 3792000 30 500010 3792000 30 500010 3792000 40 500000 3792000 40 500000 3792000 30";

fn version_2() -> String {
    format!(
        r##"<?xml version="1.0" encoding="UTF-8"?>
<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0" xmlns:gml="http://www.opengis.net/gml"
  xmlns:bldg="http://www.opengis.net/citygml/building/2.0" xmlns:xlink="http://www.w3.org/1999/xlink">
<gml:boundedBy><gml:Envelope srsName="urn:ogc:def:crs,crs:EPSG::4548,crs:EPSG::5737" srsDimension="3">
  <gml:lowerCorner>500000 3792000 30</gml:lowerCorner><gml:upperCorner>500100 3792100 40</gml:upperCorner></gml:Envelope></gml:boundedBy>
<core:cityObjectMember><bldg:Building gml:id="b1"><gml:name>Hall</gml:name>
  <gen:stringAttribute name="owner"><gen:value>City</gen:value></gen:stringAttribute>
  <gen:measureAttribute name="area"><gen:value uom="m2">100.5</gen:value></gen:measureAttribute>
  <bldg:class>1000</bldg:class><bldg:function>1010</bldg:function><bldg:function>1020</bldg:function>
  <bldg:measuredHeight uom="m">10.0</bldg:measuredHeight><bldg:storeysAboveGround>3</bldg:storeysAboveGround>
  <bldg:lod0FootPrint>{footprint}</bldg:lod0FootPrint>
  <bldg:lod2Solid><gml:Solid><gml:exterior><gml:CompositeSurface>
     <gml:surfaceMember xlink:href="#roof"/><gml:surfaceMember xlink:href="#wall"/></gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod2Solid>
  <bldg:boundedBy><bldg:RoofSurface><bldg:lod2MultiSurface>{roof}</bldg:lod2MultiSurface></bldg:RoofSurface></bldg:boundedBy>
  <bldg:boundedBy><bldg:WallSurface><bldg:lod2MultiSurface>{wall}</bldg:lod2MultiSurface>
     <bldg:opening><bldg:Window><bldg:lod3MultiSurface>{window}</bldg:lod3MultiSurface></bldg:Window></bldg:opening></bldg:WallSurface></bldg:boundedBy>
  <bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id="b1p"><bldg:lod1Solid><gml:Solid><gml:exterior><gml:CompositeSurface>
     <gml:surfaceMember>{part}</gml:surfaceMember></gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid></bldg:BuildingPart></bldg:consistsOfBuildingPart>
  <bldg:address><core:Address><core:xalAddress><xAL:AddressDetails><xAL:Country><xAL:CountryName>China</xAL:CountryName>
     <xAL:Locality><xAL:LocalityName>Xuzhou</xAL:LocalityName></xAL:Locality></xAL:Country></xAL:AddressDetails></core:xalAddress></core:Address></bldg:address>
</bldg:Building></core:cityObjectMember>
<core:cityObjectMember><dem:ReliefFeature gml:id="r"><dem:lod>1</dem:lod><dem:reliefComponent><dem:TINRelief gml:id="tin"><dem:lod>1</dem:lod><dem:tin>
  <gml:TriangulatedSurface><gml:trianglePatches><gml:Triangle><gml:exterior><gml:LinearRing><gml:posList>500000 3792000 30 500010 3792000 30 500000 3792010 31 500000 3792000 30</gml:posList></gml:LinearRing></gml:exterior></gml:Triangle></gml:trianglePatches></gml:TriangulatedSurface>
  </dem:tin></dem:TINRelief></dem:reliefComponent></dem:ReliefFeature></core:cityObjectMember>
<core:cityObjectMember><veg:SolitaryVegetationObject gml:id="t1"><veg:lod2ImplicitRepresentation><core:ImplicitGeometry>
  <core:transformationMatrix>2 0 0 0 0 2 0 0 0 0 2 0 0 0 0 1</core:transformationMatrix>
  <core:referencePoint><gml:Point><gml:pos>500050 3792050 30</gml:pos></gml:Point></core:referencePoint>
  <core:relativeGMLGeometry>{tree}</core:relativeGMLGeometry></core:ImplicitGeometry></veg:lod2ImplicitRepresentation></veg:SolitaryVegetationObject></core:cityObjectMember>
<core:cityObjectMember><tran:Road gml:id="way"><tran:trafficArea><tran:TrafficArea><tran:lod2MultiSurface>{road}</tran:lod2MultiSurface></tran:TrafficArea></tran:trafficArea></tran:Road></core:cityObjectMember>
<core:cityObjectMember><wtr:WaterBody gml:id="bad"><wtr:lod1MultiSurface><gml:MultiSurface><gml:surfaceMember xlink:href="#nowhere"/></gml:MultiSurface></wtr:lod1MultiSurface></wtr:WaterBody></core:cityObjectMember>
<core:cityObjectMember><luse:LandUse gml:id="empty"/></core:cityObjectMember>
<app:appearanceMember><app:Appearance><app:theme>rgb</app:theme>
  <app:surfaceDataMember><app:X3DMaterial><app:diffuseColor>1 0 0</app:diffuseColor><app:target>#roof</app:target></app:X3DMaterial></app:surfaceDataMember>
  <app:surfaceDataMember><app:ParameterizedTexture><app:imageURI>wall.jpg</app:imageURI><app:target uri="#wall"><app:TexCoordList>
    <app:textureCoordinates ring="#wall_r">0 0 1 0 1 1 0 1 0 0</app:textureCoordinates></app:TexCoordList></app:target></app:ParameterizedTexture></app:surfaceDataMember>
</app:Appearance></app:appearanceMember>
</core:CityModel>"##,
        footprint = surface("foot", FLOOR),
        roof = surface("roof", ROOF),
        wall = surface("wall", WALL),
        window = surface("win", WALL),
        part = polygon("part", FLOOR),
        tree = surface("tree", "0 0 0 1 0 0 0 0 3 0 0 0"),
        road = surface("road", FLOOR),
    )
}

#[track_caller]
fn surfaces(feature: &SourceFeature) -> &[Surface] {
    match &feature.shape {
        Shape::Surfaces(surfaces) => surfaces,
        other => panic!("{}: {other:?}", feature.id),
    }
}

fn by_id<'a>(outcome: &'a Outcome, id: &str) -> &'a SourceFeature {
    let found = outcome.features.iter().find(|feature| feature.id == id);
    found.expect("the feature")
}

#[test]
fn a_building_of_citygml_2_keeps_its_surfaces_looks_and_words() {
    let city = read("two", &version_2(), Some("2")).expect("a model");
    assert_eq!(
        (city.notes.crs.as_str(), city.notes.vertical.as_str()),
        ("EPSG:4548", "EPSG:5737")
    );
    let hall = by_id(&city, "b1");
    let faces = surfaces(hall);
    assert_eq!(faces.len(), 2);
    let roof = faces.iter().find(|face| face.role == SurfaceRole::Roof);
    assert_eq!(roof.expect("a roof").colour, Some([255, 0, 0, 255]));
    let wall = faces.iter().find(|face| face.role == SurfaceRole::Wall);
    let texture = wall
        .and_then(|face| face.texture.as_ref())
        .expect("a picture");
    assert!(texture.image.ends_with("wall.jpg"));
    assert_eq!(texture.coordinates[0].len(), 5);
    // 0 m east of the meridian of 117° E.
    let corner = faces[0].rings[0][0];
    assert!(
        (corner[0] - 117.0).abs() < 1e-6 && (corner[1] - 34.26).abs() < 0.01,
        "{corner:?}"
    );
    assert_eq!(hall.level, Some(CimLevel::Cim3));
    for (key, value) in [
        ("name", "Hall"),
        ("owner", "City"),
        ("area", "100.5"),
        ("function", "1010; 1020"),
        ("measuredHeight", "10.0"),
        ("building:levels", "3"),
        ("citymodel:class", "1000"),
        ("addr:country", "China"),
        ("addr:city", "Xuzhou"),
    ] {
        assert_eq!(hall.tags.get(key), Some(value), "{key}");
    }
    assert_eq!(by_id(&city, "b1p").parent.as_deref(), Some("b1"));
}

#[test]
fn every_other_object_of_citygml_2_is_told_apart() {
    let city = read("others", &version_2(), None).expect("a model");
    // A window alone makes no building of level 3.
    assert_eq!(by_id(&city, "b1").level, Some(CimLevel::Cim3));
    let tin = by_id(&city, "tin");
    assert_eq!((tin.hint, surfaces(tin).len()), (Hint::Ground, 1));
    assert!(matches!(by_id(&city, "r").shape, Shape::Points(_)));
    let tree = by_id(&city, "t1");
    let ring = &surfaces(tree)[0].rings[0];
    assert!((ring[2][2] - 36.0).abs() < 1e-9, "twice 3 m above 30 m");
    assert_eq!(by_id(&city, "way").hint, Hint::Roads);
    let dropped: Vec<(String, String)> = city
        .ledger
        .dropped()
        .into_iter()
        .map(|dropped| (dropped.reason, dropped.first))
        .collect();
    assert_eq!(dropped.len(), 2, "{dropped:?}");
    assert!(
        dropped
            .iter()
            .any(|(reason, place)| reason.contains("leads nowhere") && place.contains("bad"))
    );
}

#[test]
fn a_building_of_citygml_3_is_read_with_latitude_first() {
    let list = "34.26 117.2 30 34.26 117.2001 30 34.2601 117.2001 40 34.26 117.2 30";
    let text = format!(
        r#"<CityModel xmlns="http://www.opengis.net/citygml/3.0" xmlns:gml="http://www.opengis.net/gml/3.2">
<cityObjectMember><bldg:Building gml:id="b"><gml:name>Tower</gml:name>
 <genericAttribute><gen:StringAttribute><gen:name>owner</gen:name><gen:value>Bank</gen:value></gen:StringAttribute></genericAttribute>
 <boundary><con:RoofSurface gml:id="rs"><lod2MultiSurface><gml:MultiSurface srsName="http://www.opengis.net/def/crs/EPSG/0/4979"><gml:surfaceMember>{roof}</gml:surfaceMember></gml:MultiSurface></lod2MultiSurface></con:RoofSurface></boundary>
 <con:height><con:Height><con:value uom="m">12.5</con:value></con:Height></con:height>
 <bldg:buildingRoom><bldg:BuildingRoom gml:id="room"><lod3Solid><gml:Solid><gml:exterior><gml:Shell><gml:surfaceMember>{room}</gml:surfaceMember></gml:Shell></gml:exterior></gml:Solid></lod3Solid></bldg:BuildingRoom></bldg:buildingRoom>
</bldg:Building></cityObjectMember></CityModel>"#,
        roof = polygon("p", list),
        room = polygon("q", list),
    );
    let city = read("three", &text, None).expect("a model");
    let tower = by_id(&city, "b");
    let face = &surfaces(tower)[0];
    assert_eq!(face.role, SurfaceRole::Roof);
    let corner = face.rings[0][0];
    assert!(
        (corner[0] - 117.2).abs() < 1e-9 && (corner[1] - 34.26).abs() < 1e-9,
        "{corner:?}"
    );
    assert_eq!(
        (tower.tags.get("owner"), tower.tags.get("measuredHeight")),
        (Some("Bank"), Some("12.5"))
    );
    let room = by_id(&city, "room");
    assert_eq!(
        (room.parent.as_deref(), room.level),
        (Some("b"), Some(CimLevel::Cim5))
    );
}

#[test]
fn what_is_no_city_model_is_refused() {
    for (name, text, part) in [
        ("svg", "<svg><path/></svg>", "its root is svg"),
        ("cut", "<CityModel><cityObjectMember><Building>", "byte"),
        ("text", "no XML at all", "byte"),
    ] {
        let error = read(name, text, None).err().expect(name);
        assert!(error.to_string().contains(part), "{error}");
    }
}
