//! A small building, written by hand.

use super::open;
use crate::feature::{Shape, SourceFeature, SurfaceRole};
use crate::ledger::Ledger;
use crate::reader::SourceNotes;
use crate::request::{ImportError, ImportRequest};
use cim_tiles::CimLevel;

/// Millimetres; a wall of 5 m × 0.2 m × 3 m at 1 m east in a storey 3 m up; a window that is mapped; an opening; a broken
/// element.
const MODEL: &str = "ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'2;1');
FILE_NAME('house.ifc','',(''),(''),'','','');
FILE_SCHEMA(('IFC4'));
ENDSEC;
DATA;
#1=IFCPROJECT('0000000000000000000001',$,'House',$,$,$,$,(#10),#2);
#2=IFCUNITASSIGNMENT((#4,#3));
#3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);
#4=IFCSIUNIT(*,.AREAUNIT.,$,.SQUARE_METRE.);
#10=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#11,$);
#11=IFCAXIS2PLACEMENT3D(#12,$,$);
#12=IFCCARTESIANPOINT((0.,0.,0.));
CONVERSION
#30=IFCSITE('0000000000000000000002',$,'Site',$,$,#31,$,$,.ELEMENT.,(34,15,36),(117,12,0),30000.,$,$);
#31=IFCLOCALPLACEMENT($,#11);
#32=IFCBUILDING('0000000000000000000003',$,'House',$,$,#33,$,$,.ELEMENT.,$,$,$);
#33=IFCLOCALPLACEMENT(#31,#11);
#34=IFCBUILDINGSTOREY('0000000000000000000004',$,'First',$,$,#35,$,$,.ELEMENT.,3000.);
#35=IFCLOCALPLACEMENT(#33,#36);
#36=IFCAXIS2PLACEMENT3D(#37,$,$);
#37=IFCCARTESIANPOINT((0.,0.,3000.));
#40=IFCWALL('0000000000000000000005',$,'North wall',$,$,#41,#50,$,$);
#41=IFCLOCALPLACEMENT(#35,#42);
#42=IFCAXIS2PLACEMENT3D(#43,$,$);
#43=IFCCARTESIANPOINT((1000.,0.,0.));
#50=IFCPRODUCTDEFINITIONSHAPE($,$,(#51));
#51=IFCSHAPEREPRESENTATION(#10,'Body','Clipping',(#49));
#49=IFCBOOLEANCLIPPINGRESULT(.DIFFERENCE.,#52,#52);
#52=IFCEXTRUDEDAREASOLID(#53,#11,#56,3000.);
#53=IFCRECTANGLEPROFILEDEF(.AREA.,$,#54,5000.,200.);
#54=IFCAXIS2PLACEMENT2D(#55,$);
#55=IFCCARTESIANPOINT((2500.,100.));
#56=IFCDIRECTION((0.,0.,1.));
#60=IFCWINDOW('0000000000000000000006',$,'Window',$,$,#41,#61,$,1000.,1000.);
#61=IFCPRODUCTDEFINITIONSHAPE($,$,(#62));
#62=IFCSHAPEREPRESENTATION(#10,'Body','MappedRepresentation',(#63));
#63=IFCMAPPEDITEM(#64,#67);
#64=IFCREPRESENTATIONMAP(#11,#65);
#65=IFCSHAPEREPRESENTATION(#10,'Body','Tessellation',(#66));
#66=IFCTRIANGULATEDFACESET(#68,$,.F.,((1,2,3),(1,3,4)),$);
#67=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#37,$,$);
#68=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(1000.,0.,0.),(1000.,0.,1000.),(0.,0.,1000.)));
#70=IFCOPENINGELEMENT('0000000000000000000007',$,'Opening',$,$,#41,#50,$,$);
#71=IFCBEAM('0000000000000000000008',$,'Lost',$,$,#41,#72,$,$);
#72=IFCPRODUCTDEFINITIONSHAPE($,$,(#73));
#73=IFCSHAPEREPRESENTATION(#10,'Body','Brep',(#999));
#80=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000009',$,$,$,(#40,#60,#71),#34);
#81=IFCRELAGGREGATES('0000000000000000000010',$,$,$,#32,(#34));
#82=IFCRELDEFINESBYPROPERTIES('0000000000000000000011',$,$,$,(#40),#83);
#83=IFCPROPERTYSET('0000000000000000000012',$,'Pset_WallCommon',$,(#84));
#84=IFCPROPERTYSINGLEVALUE('IsExternal',$,IFCBOOLEAN(.T.),$);
#90=IFCSTYLEDITEM(#52,(#91),$);
#91=IFCSURFACESTYLE($,.BOTH.,(#92));
#92=IFCSURFACESTYLERENDERING(#93,0.,$,$,$,$,$,$,.FLAT.);
#93=IFCCOLOURRGB($,1.,0.5,0.);
ENDSEC;
END-ISO-10303-21;
";

struct Outcome {
    features: Vec<SourceFeature>,
    ledger: Ledger,
    notes: SourceNotes,
}

fn read(name: &str, text: &str) -> Result<Outcome, ImportError> {
    let path = std::env::temp_dir().join(format!("cim_ifc_{name}_{}.ifc", std::process::id()));
    std::fs::write(&path, text).expect("written");
    let request = ImportRequest::new(vec![path.clone()], "out".into());
    let mut ledger = Ledger::default();
    let mut features = Vec::new();
    let outcome = open(&path, &request).and_then(|mut reader| {
        reader.read(&mut ledger, &mut |feature| {
            features.push(feature);
            Ok(())
        })
    });
    std::fs::remove_file(path).ok();
    Ok(Outcome {
        notes: outcome?,
        features,
        ledger,
    })
}

fn by_id<'a>(outcome: &'a Outcome, ending: &str) -> &'a SourceFeature {
    let found = outcome
        .features
        .iter()
        .find(|feature| feature.id.ends_with(ending));
    found.expect("the feature")
}

#[track_caller]
fn box_of(feature: &SourceFeature) -> [[f64; 3]; 2] {
    let mut ends = [[f64::INFINITY; 3], [f64::NEG_INFINITY; 3]];
    feature.shape.each_raised(&mut |at| {
        for axis in 0..3 {
            ends[0][axis] = ends[0][axis].min(at[axis]);
            ends[1][axis] = ends[1][axis].max(at[axis]);
        }
    });
    ends
}

#[test]
fn a_wall_stands_where_its_site_is() {
    let house = read("site", &MODEL.replace("CONVERSION\n", "")).expect("a model");
    assert_eq!(house.notes.crs, "EPSG:4326");
    let wall = by_id(&house, "5");
    let Shape::Surfaces(surfaces) = &wall.shape else {
        panic!("{:?}", wall.shape);
    };
    assert_eq!(surfaces.len(), 6);
    assert!(
        surfaces
            .iter()
            .all(|surface| surface.role == SurfaceRole::Wall
                && surface.colour == Some([255, 128, 0, 255]))
    );
    let [low, high] = box_of(wall);
    let metres_per_degree = 111_320.0 * 34.26_f64.to_radians().cos();
    assert!(
        (low[2] - 33.0).abs() < 1e-6 && (high[2] - 36.0).abs() < 1e-6,
        "{low:?} {high:?}"
    );
    assert!(((low[0] - 117.2) * metres_per_degree - 1.0).abs() < 0.01);
    assert!(((high[0] - low[0]) * metres_per_degree - 5.0).abs() < 0.02);
    assert_eq!(
        (wall.level, wall.parent.as_deref()),
        (Some(CimLevel::Cim6), Some("0000000000000000000004"))
    );
    assert_eq!(
        (
            wall.tags.get("kind"),
            wall.tags.get("Pset_WallCommon.IsExternal")
        ),
        (Some("IfcWall"), Some("true"))
    );
}

#[test]
fn mapped_bodies_are_moved_and_broken_ones_counted() {
    let house = read("parts", &MODEL.replace("CONVERSION\n", "")).expect("a model");
    let [low, high] = box_of(by_id(&house, "6"));
    assert!(
        (low[2] - 36.0).abs() < 1e-6 && (high[2] - 37.0).abs() < 1e-6,
        "{low:?}"
    );
    assert!(matches!(by_id(&house, "4").shape, Shape::Points(_)));
    assert_eq!(
        by_id(&house, "4").parent.as_deref(),
        Some("0000000000000000000003")
    );
    // The opening is passed over, the beam refused.
    assert_eq!((house.features.len(), house.ledger.features()), (4, 2));
    assert_eq!(house.ledger.dropped().len(), 1);
    assert_eq!(house.ledger.repaired().len(), 1);
}

#[test]
fn a_map_conversion_is_stronger_than_the_site() {
    let conversion = "#20=IFCMAPCONVERSION(#10,#21,518420.4867,3792519.9724,25.,0.,1.,0.001);
#21=IFCPROJECTEDCRS('EPSG:4548',$,$,$,$,$,#22);
#22=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);
";
    let house = read("map", &MODEL.replace("CONVERSION\n", conversion)).expect("a model");
    assert_eq!(house.notes.crs, "EPSG:4548");
    let [low, high] = box_of(by_id(&house, "5"));
    // The model's first axis points north.
    assert!(((low[1] - 34.26) * 110_930.0 - 1.0).abs() < 0.02, "{low:?}");
    assert!(
        ((high[1] - low[1]) * 110_930.0 - 5.0).abs() < 0.02,
        "{high:?}"
    );
    assert!((low[2] - 28.0).abs() < 1e-6);
}

#[test]
fn a_file_that_is_no_model_is_refused() {
    for text in [
        "",
        "ISO-10303-21;\nDATA;\n#1=IFCWALL($);\nENDSEC;",
        "plain text",
    ] {
        let error = read("none", text).err().expect("no project");
        assert!(error.to_string().contains("no IfcProject"), "{error}");
    }
}
