//! From bytes to text: by byte order mark, by declaration, and for senders who declare one thing and send another, by content.

use crate::Rejection;
use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// A declaration stands within so many bytes.
const DECLARATION_BYTES: usize = 256;

/// So many letters beyond ASCII tell what a text is in.
const ENOUGH_LETTERS: usize = 4096;

/// Text, and how it was come by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decoded<'b> {
    /// The text, without a byte order mark.
    pub(crate) text: Cow<'b, str>,
    /// The encoding that was used.
    pub(crate) encoding: &'static str,
    /// What was wrong with the bytes or their declaration; empty when nothing was.
    pub(crate) remark: String,
}

/// The text of an XML document (XML 1.0, 4.3.3), or why the bytes are not in the encoding that they declare.
pub(crate) fn decode_strict(bytes: &[u8]) -> Result<Cow<'_, str>, Rejection> {
    let (encoding, skip) = match marked(bytes) {
        Some(found) => found,
        None => (declared_encoding(bytes)?.unwrap_or(UTF_8), 0),
    };
    let body = bytes.get(skip..).unwrap_or_default();
    encoding
        .decode_without_bom_handling_and_without_replacement(body)
        .ok_or_else(|| {
            Rejection::new(
                "line 1, column 1",
                format!(
                    "the bytes are not in the encoding that holds: {}",
                    encoding.name()
                ),
            )
        })
}

/// The text of an XML document whose declaration may lie: devices send GB18030 as UTF-8 and the other way round.
pub(crate) fn decode_kindly(bytes: &[u8]) -> Decoded<'_> {
    if let Some((encoding, skip)) = marked(bytes) {
        return decoded_as(encoding, bytes.get(skip..).unwrap_or_default(), "");
    }
    let declared = declared_encoding(bytes);
    let remark = match &declared {
        Err(rejection) => rejection.reason.as_str(),
        Ok(_) => "",
    };
    match declared.as_ref().ok().copied().flatten() {
        Some(encoding) if encoding != UTF_8 => {
            if encoding == GB18030 || encoding == encoding_rs::GBK {
                if is_mostly_utf8(bytes) {
                    return decoded_as(UTF_8, bytes, "declared as GB, sent as UTF-8");
                }
                // GB18030 reads everything that GB2312 and GBK write.
                return decoded_as(GB18030, bytes, remark);
            }
            decoded_as(encoding, bytes, remark)
        }
        utf8 => match std::str::from_utf8(bytes) {
            Ok(text) => Decoded {
                text: Cow::Borrowed(text),
                encoding: UTF_8.name(),
                remark: remark.to_owned(),
            },
            Err(_broken) if is_mostly_utf8(bytes) => decoded_as(UTF_8, bytes, remark),
            Err(_no_utf8) if utf8.is_some() => {
                decoded_as(GB18030, bytes, "declared as UTF-8, read as GB18030")
            }
            Err(_no_utf8) => decoded_as(GB18030, bytes, remark),
        },
    }
}

fn decoded_as<'b>(encoding: &'static Encoding, bytes: &'b [u8], remark: &str) -> Decoded<'b> {
    let (text, is_damaged) = encoding.decode_without_bom_handling(bytes);
    let remark = match (remark, is_damaged) {
        (remark, false) => remark.to_owned(),
        ("", true) => format!("some bytes are not {}", encoding.name()),
        (remark, true) => format!("{remark}; some bytes are not {}", encoding.name()),
    };
    Decoded {
        text,
        encoding: encoding.name(),
        remark,
    }
}

/// The encoding that a byte order mark or the zeros of UTF-16 give away, and how long the mark is.
fn marked(bytes: &[u8]) -> Option<(&'static Encoding, usize)> {
    if let Some(found) = Encoding::for_bom(bytes) {
        return Some(found);
    }
    match bytes {
        [b'<', 0, _, ..] => Some((UTF_16LE, 0)),
        [0, b'<', ..] => Some((UTF_16BE, 0)),
        _ => None,
    }
}

/// The encoding that the XML declaration names; an error when there is no such encoding.
fn declared_encoding(bytes: &[u8]) -> Result<Option<&'static Encoding>, Rejection> {
    let Some(label) = declared_label(bytes) else {
        return Ok(None);
    };
    match Encoding::for_label(label) {
        // A declaration that reads as ASCII does not stand in UTF-16.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => Ok(Some(UTF_8)),
        Some(encoding) => Ok(Some(encoding)),
        None => Err(Rejection::new(
            "line 1, column 1",
            format!(
                "the encoding \"{}\" is not known",
                String::from_utf8_lossy(label)
            ),
        )),
    }
}

fn declared_label(bytes: &[u8]) -> Option<&[u8]> {
    let head = bytes
        .get(..bytes.len().min(DECLARATION_BYTES))?
        .trim_ascii_start();
    let inside = head.strip_prefix(b"<?xml")?;
    let inside = inside.get(..position_of(inside, b"?>")?)?;
    let after = inside.get(position_of(inside, b"encoding")? + b"encoding".len()..)?;
    let value = after.trim_ascii_start().strip_prefix(b"=")?;
    let (quote, label) = value.trim_ascii_start().split_first()?;
    let end = label.iter().position(|byte| byte == quote)?;
    label.get(..end)
}

fn position_of(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// True for UTF-8 with Chinese in it, though some letters are broken or of two bytes: devices cut names in the middle of a letter.
/// Two bytes of GB happen to be UTF-8 now and then, three after three never do for long.
pub fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut wide, mut strange) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars().filter(|letter| !letter.is_ascii()) {
            if letter >= '\u{800}' {
                wide += 1;
            } else {
                strange += 1;
            }
        }
        strange += usize::from(!chunk.invalid().is_empty());
        if wide + strange >= ENOUGH_LETTERS {
            break;
        }
    }
    wide > 2 * strange
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"<?xml version="1.0" encoding="LABEL"?><Name>上海市五角场</Name>"#;

    fn encoded(label: &str, encoding: &'static Encoding) -> Vec<u8> {
        let text = TEXT.replace("LABEL", label);
        if encoding == UTF_16LE {
            return text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        }
        encoding.encode(&text).0.into_owned()
    }

    #[track_caller]
    fn check_kind(label: &str, sent_as: &'static Encoding, read_as: &str, is_told: bool) {
        let bytes = encoded(label, sent_as);
        let decoded = decode_kindly(&bytes);
        assert!(
            decoded.text.contains("上海市五角场"),
            "{label}: {decoded:?}"
        );
        assert_eq!(decoded.encoding, read_as, "{label}");
        assert_eq!(
            !decoded.remark.is_empty(),
            is_told,
            "{label}: {}",
            decoded.remark
        );
    }

    #[test]
    fn what_a_device_sends_is_read_whatever_it_declares() {
        check_kind("utf-8", UTF_8, "UTF-8", false);
        check_kind("GB2312", GB18030, "gb18030", false);
        check_kind("GB18030", GB18030, "gb18030", false);
        check_kind("GB2312", UTF_8, "UTF-8", true);
        check_kind("UTF-8", GB18030, "gb18030", true);
        check_kind("GB9999", GB18030, "gb18030", true);
        check_kind("utf-16", UTF_16LE, "UTF-16LE", false);
    }

    #[test]
    fn without_a_declaration_utf8_is_tried_first() {
        assert_eq!(decode_kindly("<a>五角场</a>".as_bytes()).encoding, "UTF-8");
        let gb = GB18030.encode("<a>五角场</a>").0.into_owned();
        assert_eq!(decode_kindly(&gb).encoding, "gb18030");
        assert_eq!(decode_kindly(&gb).text, "<a>五角场</a>");
    }

    #[test]
    fn a_broken_letter_or_a_sign_of_two_bytes_makes_no_other_encoding() {
        for label in ["UTF-8", "GB2312", ""] {
            let text = TEXT.replace("LABEL", label).replace("encoding=\"\"", "");
            let dotted = text.replace("五角场", "五·角场");
            let mut cut = text.into_bytes();
            cut.remove(cut.len() - "</Name>".len() - 1);
            for (bytes, name) in [(dotted.as_bytes(), "上海市五·角场"), (&cut, "上海市五角")]
            {
                let decoded = decode_kindly(bytes);
                assert_eq!(decoded.encoding, "UTF-8", "{label}: {decoded:?}");
                assert!(decoded.text.contains(name), "{label}: {decoded:?}");
            }
            assert!(!decode_kindly(&cut).remark.is_empty(), "{label}");
        }
        assert!(!is_mostly_utf8(b"<Name>gate</Name>"));
        assert!(!is_mostly_utf8(&GB18030.encode("上海市五角场合生汇").0));
    }

    #[test]
    fn a_strict_reader_takes_the_declaration_at_its_word() {
        for (label, encoding) in [("GB18030", GB18030), ("UTF-8", UTF_8), ("utf-16", UTF_16LE)] {
            let bytes = encoded(label, encoding);
            let text = decode_strict(&bytes).expect("as declared");
            assert!(text.contains("上海市五角场"), "{label}");
        }
        assert!(decode_strict(&encoded("UTF-8", GB18030)).is_err());
        let rejection = decode_strict(&encoded("morse", UTF_8)).expect_err("no such encoding");
        assert!(rejection.reason.contains("morse"), "{rejection:?}");
    }
}
