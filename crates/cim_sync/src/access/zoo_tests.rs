//! A zoo of certificates that must not be believed, each shown by a real server on loopback; the good ones are.

use super::{
    Access,
    drill::{Authority, Identity, client, folder, server},
};
use crate::{SyncError, door::Door};
use rcgen::{ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd};
use reqwest::Url;
use rustls::{
    RootCertStore, ServerConfig, crypto::ring, pki_types::CertificateDer,
    server::WebPkiClientVerifier,
};
use std::{path::Path, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// A server that shows `chain` and answers "yes"; gives its port.
async fn show(
    chain: Vec<CertificateDer<'static>>,
    identity: &Identity,
    clients: Option<&Authority>,
) -> u16 {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("TLS");
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der()).expect("an authority");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
        }
    };
    let config = builder
        .with_single_cert(chain, identity.private_key())
        .expect("a certificate");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that does not believe the certificate hangs up here.
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                let mut asked = [0; 4096];
                if stream.read(&mut asked).await.is_ok_and(|count| count > 0) {
                    let answer =
                        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nyes";
                    stream.write_all(answer).await.unwrap_or_default();
                    stream.shutdown().await.unwrap_or_default();
                }
            });
        }
    });
    port
}

async fn ask(access: &Access, host: &str, port: u16) -> Result<Vec<u8>, SyncError> {
    let address = Url::parse(&format!("https://{host}:{port}/")).expect("an address");
    Door::with_access(access)?.get(&address, 100).await
}

fn believing(authority: &Authority, folder: &Path) -> Access {
    Access {
        authority: Some(authority.write(folder, "authority")),
        ..Access::default()
    }
}

#[tokio::test]
async fn a_good_certificate_is_believed_under_each_of_its_names() {
    let folder = folder("zoo-good");
    let authority = Authority::new("city");
    let access = believing(&authority, &folder);
    let good = authority.issue(&server(&["localhost", "127.0.0.1"]));
    let port = show(good.chain(), &good, None).await;
    for host in ["localhost", "127.0.0.1"] {
        let answer = ask(&access, host, port).await.expect("believed");
        assert_eq!(answer, b"yes", "{host}");
    }
    let district = authority.below("district");
    let below = district.issue(&server(&["localhost"]));
    let mut chain = below.chain();
    chain.push(district.der());
    let port = show(chain, &below, None).await;
    assert_eq!(
        ask(&access, "localhost", port).await.expect("believed"),
        b"yes"
    );
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test]
async fn certificates_that_are_not_to_be_believed_are_refused_with_the_reason() {
    let folder = folder("zoo-bad");
    let authority = Authority::new("city");
    let access = believing(&authority, &folder);
    let mut expired = server(&["localhost"]);
    expired.not_before = date_time_ymd(2000, 1, 1);
    expired.not_after = date_time_ymd(2001, 1, 1);
    let mut early = server(&["localhost"]);
    early.not_before = date_time_ymd(4000, 1, 1);
    let mut for_clients = server(&["localhost"]);
    for_clients.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let mut for_mail = server(&["localhost"]);
    for_mail.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
    let mut as_authority = server(&["localhost"]);
    as_authority.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let plain = server(&["localhost"]);
    let own_key = KeyPair::generate().expect("a key");
    let own = Identity {
        certificate: plain.self_signed(&own_key).expect("a certificate"),
        key: own_key,
    };
    let cases = [
        ("expired", authority.issue(&expired), "has expired"),
        ("not valid yet", authority.issue(&early), "is not valid yet"),
        (
            "another host",
            authority.issue(&server(&["hub.example.org"])),
            "another name",
        ),
        (
            "an address for a name",
            authority.issue(&server(&["127.0.0.1"])),
            "another name",
        ),
        (
            "no name at all",
            authority.issue(&server(&[])),
            "another name",
        ),
        (
            "for clients",
            authority.issue(&for_clients),
            "not meant for servers",
        ),
        (
            "for mail",
            authority.issue(&for_mail),
            "not meant for servers",
        ),
        (
            "an authority's own",
            authority.issue(&as_authority),
            "the server's certificate",
        ),
        (
            "another authority",
            Authority::new("other").issue(&plain),
            "does not believe",
        ),
        // The same name, but not the same key.
        (
            "a forged authority",
            Authority::new("city").issue(&plain),
            "the server's certificate",
        ),
        ("self-signed", own, "the server's certificate"),
        (
            "a missing link",
            authority.below("district").issue(&plain),
            "does not believe",
        ),
    ];
    for (case, identity, reason) in &cases {
        let port = show(identity.chain(), identity, None).await;
        let error = ask(&access, "localhost", port).await.expect_err(case);
        assert!(error.to_string().contains(reason), "{case}: {error}");
    }
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test]
async fn a_server_is_no_authority_and_a_name_is_no_address() {
    let folder = folder("zoo-chain");
    let authority = Authority::new("city");
    let access = believing(&authority, &folder);
    // A server that issues certificates with its own key, as if it were an authority.
    let key = KeyPair::generate().expect("a key");
    let issuer = rcgen::CertifiedIssuer::signed_by(server(&["shop"]), key, &authority.0);
    let shop = Authority(issuer.expect("a certificate"));
    let stolen = shop.issue(&server(&["localhost"]));
    let mut chain = stolen.chain();
    chain.push(shop.der());
    let port = show(chain, &stolen, None).await;
    let error = ask(&access, "localhost", port)
        .await
        .expect_err("no authority");
    assert!(
        error.to_string().contains("the server's certificate"),
        "{error}"
    );

    let named = authority.issue(&server(&["localhost"]));
    let port = show(named.chain(), &named, None).await;
    let error = ask(&access, "127.0.0.1", port).await.expect_err("a name");
    assert!(error.to_string().contains("another name"), "{error}");
    // The operating system does not know the test's authority.
    let error = ask(&Access::default(), "localhost", port)
        .await
        .expect_err("not pinned");
    assert!(
        error.to_string().contains("the server's certificate"),
        "{error}"
    );
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test]
async fn a_server_that_wants_a_client_certificate_takes_the_right_one_only() {
    let folder = folder("zoo-client");
    let (authority, other) = (Authority::new("city"), Authority::new("other"));
    let host = authority.issue(&server(&["localhost"]));
    let port = show(host.chain(), &host, Some(&authority)).await;
    let nobody = believing(&authority, &folder);
    let somebody = |identity: &Identity, name: &str| {
        let (certificate, key) = identity.write(&folder, name);
        Access {
            certificate: Some(certificate),
            key: Some(key),
            ..nobody.clone()
        }
    };
    let desk = somebody(&authority.issue(&client("desk")), "desk");
    assert_eq!(ask(&desk, "localhost", port).await.expect("let in"), b"yes");

    let mut expired = client("desk");
    expired.not_before = date_time_ymd(2000, 1, 1);
    expired.not_after = date_time_ymd(2001, 1, 1);
    let strangers = [
        ("nobody", nobody.clone()),
        (
            "a stranger",
            somebody(&other.issue(&client("desk")), "stranger"),
        ),
        (
            "an expired desk",
            somebody(&authority.issue(&expired), "expired"),
        ),
        (
            "a server",
            somebody(&authority.issue(&server(&["desk"])), "server"),
        ),
    ];
    for (who, access) in &strangers {
        assert!(ask(access, "localhost", port).await.is_err(), "{who}");
    }
    std::fs::remove_dir_all(&folder).expect("removed");
}
