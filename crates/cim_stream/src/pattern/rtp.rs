//! Test streams as RTP (RFC 3550, RFC 6184) in an RTSP connection (RFC 2326), as far as a server of pictures needs it.

use crate::boxes::ntp_time;
use cim_model::UtcMillis;

/// Ticks a second of H.264's times (RFC 6184, 8.2.1).
pub const CLOCK: u32 = 90_000;
const VERSION: u8 = 0x80;
const MARKER: u8 = 0x80;
const FU_A: u8 = 28;
const FU_START: u8 = 0x80;
const FU_END: u8 = 0x40;
const SENDER_REPORT: u8 = 200;

/// Cuts pictures into packets.
#[derive(Clone, Debug)]
pub struct Packetiser {
    ssrc: u32,
    payload_type: u8,
    sequence: u16,
}

impl Packetiser {
    /// Packets of the source `ssrc` with `payload_type` (96 to 127).
    #[must_use]
    pub fn new(ssrc: u32, payload_type: u8) -> Self {
        Self {
            ssrc,
            payload_type: payload_type & 0x7f,
            sequence: 0,
        }
    }

    /// The number of the next packet.
    pub fn sequence(&self) -> u16 {
        self.sequence
    }

    /// The packets of one picture's units (RFC 6184, 5.6 and 5.8); payloads of at most `max_payload` bytes.
    pub fn packets(&mut self, nals: &[Vec<u8>], rtp_time: u32, max_payload: usize) -> Vec<Vec<u8>> {
        let most = max_payload.max(16);
        let mut payloads = Vec::new();
        for nal in nals {
            let Some((head, rest)) = nal.split_first() else {
                continue;
            };
            if nal.len() <= most {
                payloads.push(nal.clone());
                continue;
            }
            let pieces: Vec<&[u8]> = rest.chunks(most - 2).collect();
            for (place, piece) in pieces.iter().enumerate() {
                let start = if place == 0 { FU_START } else { 0 };
                let end = if place + 1 == pieces.len() { FU_END } else { 0 };
                let mut payload = vec![head & 0xe0 | FU_A, start | end | head & 0x1f];
                payload.extend_from_slice(piece);
                payloads.push(payload);
            }
        }
        let count = payloads.len();
        let packet = |(place, payload): (usize, Vec<u8>)| {
            let marker = if place + 1 == count { MARKER } else { 0 };
            let mut packet = vec![VERSION, marker | self.payload_type];
            packet.extend(self.sequence.to_be_bytes());
            packet.extend(rtp_time.to_be_bytes());
            packet.extend(self.ssrc.to_be_bytes());
            packet.extend(payload);
            self.sequence = self.sequence.wrapping_add(1);
            packet
        };
        payloads.into_iter().enumerate().map(packet).collect()
    }
}

/// A sender report (RFC 3550, 6.4.1): at `wall`, the stream's clock says `rtp_time`.
pub fn sender_report(
    ssrc: u32,
    wall: UtcMillis,
    rtp_time: u32,
    packets: u32,
    octets: u32,
) -> Vec<u8> {
    let mut report = vec![VERSION, SENDER_REPORT, 0, 6];
    report.extend(ssrc.to_be_bytes());
    report.extend(ntp_time(wall).to_be_bytes());
    for number in [rtp_time, packets, octets] {
        report.extend(number.to_be_bytes());
    }
    report
}

/// `packet` as it goes through an RTSP connection (RFC 2326, 10.12).
pub fn interleaved(channel: u8, packet: &[u8]) -> Vec<u8> {
    let length = (packet.len() as u16).to_be_bytes();
    [&[b'$', channel][..], &length, packet].concat()
}

/// What a presentation says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Presentation<'a> {
    /// Its name.
    pub name: &'a str,
    /// The encoding's name: `H264`; another one for tests of what cannot be shown.
    pub encoding: &'a str,
    /// The payload type of its packets.
    pub payload_type: u8,
    /// The parameter sets (SPS, PPS) in base64, when they are known.
    pub sets: Option<(&'a str, &'a str)>,
}

/// A session description (RFC 8866) of one video.
pub fn sdp(presentation: &Presentation<'_>) -> String {
    let Presentation {
        name,
        encoding,
        payload_type,
        sets,
    } = presentation;
    let parameters = sets.map_or_else(String::new, |(sps, pps)| {
        format!("a=fmtp:{payload_type} packetization-mode=1;sprop-parameter-sets={sps},{pps}\r\n")
    });
    format!(
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns={name}\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n\
         m=video 0 RTP/AVP {payload_type}\r\na=rtpmap:{payload_type} {encoding}/{CLOCK}\r\n\
         {parameters}a=control:trackID=0\r\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_units_are_cut_and_put_together_again() {
        let mut packetiser = Packetiser::new(7, 96);
        let large: Vec<u8> = (0..=255).cycle().skip(0x65).take(3000).collect();
        let nals = [vec![0x06, 1, 2], large.clone()];
        let packets = packetiser.packets(&nals, 90_000, 1000);
        assert_eq!(packets.len(), 1 + 4);
        assert_eq!(packets[0][12..], nals[0]);
        let mut rebuilt = vec![packets[1][12] & 0xe0 | packets[1][13] & 0x1f];
        for packet in &packets[1..] {
            assert!(packet.len() <= 12 + 1000);
            rebuilt.extend_from_slice(&packet[14..]);
        }
        assert_eq!(rebuilt, large);
        let marked: Vec<bool> = packets
            .iter()
            .map(|packet| packet[1] & MARKER != 0)
            .collect();
        assert_eq!(marked, [false, false, false, false, true]);
        assert_eq!(packetiser.sequence(), 5);
    }

    #[test]
    fn a_report_is_as_long_as_it_says() {
        let report = sender_report(7, UtcMillis(1_777_593_600_000), 90_000, 3, 4);
        assert_eq!(report.len(), 4 * (usize::from(report[3]) + 1));
        assert_eq!(interleaved(1, &[9, 8]), [b'$', 1, 0, 2, 9, 8]);
    }

    #[test]
    fn a_description_names_its_encoding() {
        let text = sdp(&Presentation {
            name: "camera 1",
            encoding: "H264",
            payload_type: 96,
            sets: Some(("Z0", "aM")),
        });
        assert!(text.contains("a=rtpmap:96 H264/90000\r\n"));
        assert!(text.contains("sprop-parameter-sets=Z0,aM\r\n"));
    }
}
