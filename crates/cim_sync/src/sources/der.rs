//! Who signed a certificate, and until when it holds: as much of X.509 (RFC 5280) as a person wants to read of it.
//!
//! Says nothing of whether it can be believed; that is checked by the connection itself.

use cim_model::UtcMillis;
use jiff::civil::DateTime;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The explicit tag of the version, which stands first when it is there.
const VERSION: u8 = 0xa0;
/// id-at-commonName (2.5.4.3) and id-at-organizationName (2.5.4.10).
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CertificateFacts {
    /// Common name, else organisation, of who signed it.
    pub(crate) issuer: String,
    /// The last moment at which it holds.
    pub(crate) until: UtcMillis,
}

/// Reads the certificate `der`; `None` when it is none.
pub(crate) fn certificate_facts(der: &[u8]) -> Option<CertificateFacts> {
    let (_, outer, _) = element(der)?;
    let (tag, mut fields, _) = element(outer)?;
    if tag != SEQUENCE {
        return None;
    }
    if fields.first() == Some(&VERSION) {
        fields = element(fields)?.2;
    }
    // Serial number, algorithm.
    for _ in 0..2 {
        fields = element(fields)?.2;
    }
    let (_, issuer, fields) = element(fields)?;
    let (_, validity, _) = element(fields)?;
    let (_, _, rest) = element(validity)?;
    let (tag, until, _) = element(rest)?;
    Some(CertificateFacts {
        issuer: name_in(issuer, COMMON_NAME)
            .or_else(|| name_in(issuer, ORGANIZATION))
            .unwrap_or_default(),
        until: moment(tag, std::str::from_utf8(until).ok()?)?,
    })
}

/// Tag and content of the first element of `bytes`, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if count > 4 {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(count)?;
        let length = digits
            .iter()
            .fold(0_usize, |length, digit| (length << 8) | usize::from(*digit));
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// The attribute `wanted` of a distinguished name.
fn name_in(mut name: &[u8], wanted: &[u8]) -> Option<String> {
    while !name.is_empty() {
        let (tag, set, rest) = element(name)?;
        name = rest;
        if tag != SET {
            continue;
        }
        let (_, pair, _) = element(set)?;
        let (tag, oid, value) = element(pair)?;
        if tag == OID && oid == wanted {
            let (_, text, _) = element(value)?;
            return Some(String::from_utf8_lossy(text).into_owned());
        }
    }
    None
}

/// `YYMMDDHHMMSSZ`, years before 50 in this century (RFC 5280, 4.1.2.5.1), or `YYYYMMDDHHMMSSZ`.
fn moment(tag: u8, text: &str) -> Option<UtcMillis> {
    let whole = match tag {
        UTC_TIME => {
            let year: u32 = text.get(..2)?.parse().ok()?;
            format!("{}{text}", if year < 50 { "20" } else { "19" })
        }
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let number = |from: usize, to: usize| whole.get(from..to)?.parse::<i8>().ok();
    let year: i16 = whole.get(..4)?.parse().ok()?;
    let civil = DateTime::new(
        year,
        number(4, 6)?,
        number(6, 8)?,
        number(8, 10)?,
        number(10, 12)?,
        number(12, 14)?,
        0,
    )
    .ok()?;
    let stamp = jiff::tz::TimeZone::UTC.to_zoned(civil).ok()?.timestamp();
    Some(UtcMillis(stamp.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_and_end_are_read() {
        let mut parameters = rcgen::CertificateParams::new(vec!["hub".to_owned()]).expect("a name");
        parameters.not_after = rcgen::date_time_ymd(2031, 5, 17);
        parameters
            .distinguished_name
            .push(rcgen::DnType::CommonName, "城市根证书");
        let key = rcgen::KeyPair::generate().expect("a key");
        let certificate = parameters.self_signed(&key).expect("a certificate");
        let facts = certificate_facts(certificate.der()).expect("a certificate");
        assert_eq!(facts.issuer, "城市根证书");
        assert_eq!(crate::iso::text_of(facts.until), "2031-05-17T00:00:00Z");
    }

    #[test]
    fn what_is_no_certificate_is_none_and_never_a_panic() {
        for length in 0..64 {
            let bytes: Vec<u8> = (0..length).map(|n| (n * 37 + 0x30) as u8).collect();
            assert_eq!(certificate_facts(&bytes), None);
        }
        assert_eq!(
            certificate_facts(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
            None
        );
    }
}
