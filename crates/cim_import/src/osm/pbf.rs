//! OpenStreetMap extracts in the PBF format. A block that cannot be read is counted and the next one is tried.

use super::Intake;
use super::extract::Element;
use crate::feature::Tags;
use crate::request::ImportError;
use osmpbf::{BlobDecode, BlobReader, Element as PbfElement, PrimitiveBlock, RelMemberType};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Reads every block of the file.
pub(super) fn read_blocks(path: &Path, intake: &mut Intake<'_>) -> Result<(), ImportError> {
    let broken = |place: String, reason: String| ImportError::BrokenSource {
        path: path.to_path_buf(),
        place,
        reason,
    };
    let reader = BlobReader::from_path(path)
        .map_err(|err| broken("its start".to_owned(), err.to_string()))?;
    let mut good_blocks = 0_u64;
    for (index, blob) in reader.enumerate() {
        let place = format!("{}, block {index}", intake.file);
        let blob = match blob {
            Ok(blob) => blob,
            // The frame around the block is broken: there is no telling where the next one starts.
            Err(err) if good_blocks == 0 => {
                return Err(broken(format!("block {index}"), err.to_string()));
            }
            Err(_) => {
                intake
                    .ledger
                    .refuse("the rest of the extract cannot be read", &place);
                return Ok(());
            }
        };
        match blob.decode() {
            Ok(BlobDecode::OsmData(block)) => {
                // The decoder adds up the file's differences unchecked; a damaged block may overflow them.
                let outcome = catch_unwind(AssertUnwindSafe(|| take_block(&block, intake)));
                if outcome.is_err() {
                    intake
                        .ledger
                        .refuse("a block of the extract cannot be read", &place);
                }
                intake.checked()?;
                good_blocks += 1;
            }
            Ok(BlobDecode::OsmHeader(_) | BlobDecode::Unknown(_)) => {}
            Err(_) => intake
                .ledger
                .refuse("a block of the extract cannot be read", &place),
        }
    }
    if good_blocks == 0 {
        return Err(broken(
            "its end".to_owned(),
            "no block of it can be read".to_owned(),
        ));
    }
    Ok(())
}

fn take_block(block: &PrimitiveBlock, intake: &mut Intake<'_>) {
    block.for_each_element(|element| match element {
        PbfElement::Node(node) => intake.node(
            node.id(),
            [node.decimicro_lon(), node.decimicro_lat()],
            tags_of(node.tags()),
        ),
        PbfElement::DenseNode(node) => intake.node(
            node.id(),
            [node.decimicro_lon(), node.decimicro_lat()],
            tags_of(node.tags()),
        ),
        PbfElement::Way(way) => intake.way(&Element {
            id: way.id(),
            tags: tags_of(way.tags()),
            members: way.refs().map(|node| (node, false)).collect(),
        }),
        PbfElement::Relation(relation) => {
            let members = relation
                .members()
                .filter(|member| member.member_type == RelMemberType::Way)
                .map(|member| {
                    (
                        member.member_id,
                        member.role().is_ok_and(|role| role == "inner"),
                    )
                })
                .collect();
            intake.relation(&Element {
                id: relation.id(),
                tags: tags_of(relation.tags()),
                members,
            });
        }
    });
}

/// Tags, less those that only say how a feature came into the database.
fn tags_of<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Tags {
    Tags(
        pairs
            .filter(|(key, _)| !super::is_provenance(key))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
    )
}
