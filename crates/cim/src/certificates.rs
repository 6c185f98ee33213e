//! `cim certificates`: an authority of one's own, with a certificate for a hub and one for its clients.
//!
//! For closed networks and drills, where no public authority can be asked. Whoever holds the authority's key can make more.

use crate::{
    Failure,
    host::{MachineClock, print},
};
use cim_model::TimeSource;
use clap::Args;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use serde_json::json;
use std::{
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long the certificates are valid.
const VALID: Duration = Duration::from_hours(365 * 24);

/// Make an authority, a server certificate and a client certificate, valid for a year: for closed networks and drills.
#[derive(Debug, Args)]
pub(crate) struct Certificates {
    /// Folder for the files; what is there already stays.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Name or address of the server, besides localhost, 127.0.0.1 and ::1; repeatable.
    #[arg(long = "name", value_name = "HOST")]
    names: Vec<String>,
    /// Name of the client, which the hub's file of tokens can give a role.
    #[arg(long, value_name = "NAME", default_value = "citymirror-desk")]
    client: String,
}

impl Certificates {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        std::fs::create_dir_all(&self.folder)?;
        let today = today()?;
        let authority = CertifiedIssuer::self_signed(authority(today), KeyPair::generate()?)?;
        let mut names = vec![
            "localhost".to_owned(),
            "127.0.0.1".to_owned(),
            "::1".to_owned(),
        ];
        names.extend(self.names);
        let server = params(
            names,
            "citymirror-hub",
            ExtendedKeyUsagePurpose::ServerAuth,
            today,
        )?;
        let client = params(
            Vec::new(),
            &self.client,
            ExtendedKeyUsagePurpose::ClientAuth,
            today,
        )?;
        let (server_key, client_key) = (KeyPair::generate()?, KeyPair::generate()?);
        let files = [
            ("authority.pem", authority.pem()),
            ("authority.key", authority.key().serialize_pem()),
            (
                "server.pem",
                server.signed_by(&server_key, &authority)?.pem(),
            ),
            ("server.key", server_key.serialize_pem()),
            (
                "client.pem",
                client.signed_by(&client_key, &authority)?.pem(),
            ),
            ("client.key", client_key.serialize_pem()),
        ];
        for (name, text) in &files {
            write_new(&self.folder.join(name), text)?;
        }
        let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
        let written = json!({"folder": self.folder.display().to_string(), "files": names});
        print(&written.to_string());
        Ok(true)
    }
}

type Today = (i32, u8, u8);

/// Yesterday, so that a clock that is a little behind believes the certificates as well.
fn today() -> Result<Today, Failure> {
    let now = jiff::Timestamp::from_millisecond(MachineClock.now().0)?;
    let day = now.to_zoned(jiff::tz::TimeZone::UTC).date().yesterday()?;
    Ok((
        i32::from(day.year()),
        u8::try_from(day.month())?,
        u8::try_from(day.day())?,
    ))
}

fn authority(today: Today) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = called("CityMirror authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    valid_from(&mut params, today);
    params
}

fn params(
    names: Vec<String>,
    common_name: &str,
    purpose: ExtendedKeyUsagePurpose,
    today: Today,
) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = called(common_name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    params.use_authority_key_identifier_extension = true;
    valid_from(&mut params, today);
    Ok(params)
}

fn valid_from(params: &mut CertificateParams, (year, month, day): Today) {
    params.not_before = date_time_ymd(year, month, day);
    params.not_after = params.not_before + VALID;
}

fn called(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

/// Writes a file that only its owner can read; a file that is there already is an error.
fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| format!("{error}: {}", path.display()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_the_owners_alone_and_are_never_overwritten() {
        let folder =
            std::env::temp_dir().join(format!("citymirror-certificates-{}", std::process::id()));
        let make = || {
            Certificates {
                folder: folder.clone(),
                names: vec!["hub.example.org".to_owned()],
                client: "desk-7".to_owned(),
            }
            .run()
        };
        assert!(make().expect("made"));
        for name in ["authority", "server", "client"] {
            let certificate = std::fs::read_to_string(folder.join(format!("{name}.pem")));
            assert!(certificate.expect("a file").contains("BEGIN CERTIFICATE"));
            let path = folder.join(format!("{name}.key"));
            let key = std::fs::read_to_string(&path).expect("a file");
            assert!(key.contains("PRIVATE KEY"));
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                let mode = std::fs::metadata(&path)
                    .expect("a file")
                    .permissions()
                    .mode();
                assert_eq!(mode & 0o777, 0o600, "{name}");
            }
        }
        let text = make().expect_err("they exist").to_string();
        assert!(text.contains("authority.pem"), "{text}");
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
