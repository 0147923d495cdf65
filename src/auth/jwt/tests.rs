use super::*;
use jsonwebtoken::jwk::Jwk;

const SECRET: &str = "a secret of at least thirty-two bytes";
const RSA: &str = "-----BEGIN PRIVATE KEY-----\nMIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCS+HWovs46eFg4se3r6Kh4GB9QmiZ++XsoviccOWd4Bdcypj26gBjTSC1A+xhQGvjQSl5oC74SGVpd7fkiZBxbsKDM4TAEszbSIe2vYm+Mh+jAUZwjEJJU7sF5IThOU9FP2lqjs53F5l3JhauxD1LMubcXr7MdEYbmyYXxEmTuL9KoxYoUplUAMrMFGaBvBXqgqb4Tcz41od9SA5HOOsKp651eXbVPMfA0kCEcF243jQE6HJP+dxpH2uwYhheq+CfhtuuocFHeK3LdhJZcQtO699trAevlKC5mmD1Ua1HD9Qh2A6wEGqUWyRlIGW/L/Tkt7chjas4ARFnIGgCVAzE5AgMBAAECggEAN3v4Q1/hUF6dg63ckeqwK0KEE/RWIyqBTeTXtAaR4tRlpTfwZue0N5Nwji8dQySjmVLyKBqCw6dxn7NXEh40PINGeYJsE+IqiJMJfeROE4I9otlMdkprzAek39tkO+HVy+01ucZ2Aj/RWWKO6lXMHwDft9/7YTZ8NMWQvO2CUA8IF10v0wXB/wByAOpUlD7r25HOhwx8NnCzjDme3flIcnxxlQJOTB4H4kWqYQCpqWWu3TMN9QYiOxyb3OFN+T1KqhjNCZXQKmDHBbru/MozVxHfzywfz1Zz7/tYhNF08VnGE++H1TQ61r4j4pJC/qa14WIGjo0JusXj+7w3ocRwRwKBgQDO7zeTeViL06DNPH88D22BEiqxw8F2UI/mAyRLhj96mctFe8xKaItoXxHyjoUhef8pgKnmbXIKsLSoYtG2P2rKgsZ2i1zn2oud6xkB1eCXXaF9jAdijkrNWd4YQLExD/w8Zp+pQEW9JOeK5v25CoQVVQMISVPZiU8eK2M7nY/JEwKBgQC10XlRsbbuhiec/8kJTwx/Ea8dMFEsaVDiODSRqHM9eFZP/vYZ1+2zzOOMusRGJhdfRBfgWpan6TvZO/XRAGgJ+ax1+o3+Bp1+k00DTs2NrHFrje5vlLS7uJZxSpD8RKGAFHxFjrmgMaZYHhbcR66OV72x76PiGHZ8Gof/SZ2SAwKBgGmuphV8/Ym7tP3cDabgwi4O1xsePGluT29K33hqwXSdosCDrxu5NKlDFGlp+/fS1Euf2CVEc9+dy0XL4gpPbPyruSvFlNccN/2YmZbkYeUr/lOd9g+RWAZ0BQch0tyZq1o1lwjbOEKW3GGGAsJD6pzyY7ARsu8APxXLVsyVdV9dAoGAU31DJl5i0BjOa+uQ1zNzW441SUP8olYiDB8fFJuzf1CY4dcED032GxBElUTWCBhJtzc/d4hhke0pzFEaScTUAXCi3vIU7cb/3zWosZIoFZxP4MGl8ZrpeyICAzfoZ87kEjpV7mLhnkvuRJxchv5ri3WC6AhQyuvMzKQqOvIE5x0CgYAxkmH0TDqg1iX0Ea729SvM6EpHuU/oW3mlFBOx/iE/oUawLbOrqePSYTFj8X0VZmw0cNVUS2vK4elFVmmymnbyCEKuYXq+77LH60TLqZl1qmVDuI6zHdjNNM+CZZde2DEaFxpzW7Lra0W/4gzT4/c5QYCTsC3jLgEyc9xD5nQ91A==\n-----END PRIVATE KEY-----";
const RSA_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAkvh1qL7OOnhYOLHt6+ioeBgfUJomfvl7KL4nHDlneAXXMqY9uoAY00gtQPsYUBr40EpeaAu+EhlaXe35ImQcW7CgzOEwBLM20iHtr2JvjIfowFGcIxCSVO7BeSE4TlPRT9pao7OdxeZdyYWrsQ9SzLm3F6+zHRGG5smF8RJk7i/SqMWKFKZVADKzBRmgbwV6oKm+E3M+NaHfUgORzjrCqeudXl21TzHwNJAhHBduN40BOhyT/ncaR9rsGIYXqvgn4bbrqHBR3ity3YSWXELTuvfbawHr5SguZpg9VGtRw/UIdgOsBBqlFskZSBlvy/05Le3IY2rOAERZyBoAlQMxOQIDAQAB\n-----END PUBLIC KEY-----";
const WEAK_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCkPId9u9MAaxrJdBipGVPCbYSjkIVrA4BBIwRFOvrEuJuBwOpfmXi7kMIF8nYVb4Md0cl13Ti8NV35jQpIhfaG54VB41yi/BkLC98sGqBF2RqtHRaspU4e+0WaVSmuK6imW+5dYkvzEU6rvBCUS8J3NCSkzbwAfdQzkHXDXJ3ELQIDAQAB\n-----END PUBLIC KEY-----";
const EC: &str = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgiX1vHYXXjzWuuZiJULzk3o0m9gV1HSlX1DayuhGwbuChRANCAARR1CVakWFJm30II9jLnCx5jML5K6CZplGl1suexBmIpl1QqirE/ofMNB0peCUSOgLC6d/RXbzPHq4bqQlJ8JP1\n-----END PRIVATE KEY-----";
const EC_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEUdQlWpFhSZt9CCPYy5wseYzC+SugmaZRpdbLnsQZiKZdUKoqxP6HzDQdKXglEjoCwunf0V28zx6uG6kJSfCT9Q==\n-----END PUBLIC KEY-----";
const ED: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIM7hMDL50sdckaFUoYNhAlceY4UtJE69yaaVvn3Z4X8u\n-----END PRIVATE KEY-----";
const ED_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAutJoX6mAvWWzWa6UX4dbrvrHrK6cDNhzedpg3EbNsg8=\n-----END PUBLIC KEY-----";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn settings() -> Settings {
    Settings { issuer: Some("us".into()), audience: Some("api".into()), ..Settings::default() }
}

async fn by_secret() -> Verifier {
    Verifier::new(Settings { secret: Some(SECRET.into()), ..settings() }).await.unwrap()
}

async fn by_pem(pem: &str) -> Verifier {
    Verifier::new(Settings { public_key_pem: Some(pem.into()), ..settings() }).await.unwrap()
}

/// Claims that hold at 1,000, with `changes`.
fn claims(changes: Value) -> Value {
    let mut claims = json!({ "sub": "ann", "exp": 2000, "iss": "us", "aud": "api" });
    let Value::Object(changes) = changes else { panic!("not an object") };
    claims.as_object_mut().unwrap().extend(changes);
    claims
}

/// A token that says `alg` and is signed by `key`.
fn token(alg: &str, algorithm: Algorithm, key: &EncodingKey, changes: Value) -> String {
    sign(&json!({ "alg": alg, "kid": "k" }), &claims(changes), algorithm, key).unwrap()
}

fn by(algorithm: Algorithm) -> (&'static str, EncodingKey, &'static str) {
    match algorithm {
        Algorithm::RS256 => ("RS256", EncodingKey::from_rsa_pem(RSA.as_bytes()).unwrap(), RSA_PUBLIC),
        Algorithm::ES256 => ("ES256", EncodingKey::from_ec_pem(EC.as_bytes()).unwrap(), EC_PUBLIC),
        Algorithm::EdDSA => ("EdDSA", EncodingKey::from_ed_pem(ED.as_bytes()).unwrap(), ED_PUBLIC),
        _ => ("HS256", EncodingKey::from_secret(SECRET.as_bytes()), ""),
    }
}

fn secret_token(changes: Value) -> String {
    token("HS256", Algorithm::HS256, &by(Algorithm::HS256).1, changes)
}

#[tokio::test]
async fn a_key_verifies_its_own_algorithm_and_no_other() {
    let all = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
    for own in all {
        let (name, key, pem) = by(own);
        let verifier = by_pem(pem).await;
        assert!(verifier.verify(&token(name, own, &key, json!({})), at(1000)).await.is_ok(), "{name}");
        // The public key as a shared secret, under its own name and under that of the algorithm it is for.
        for (said, secret) in [("HS256", pem), ("HS256", pem.trim()), (name, pem), ("none", pem)] {
            let forged = token(said, Algorithm::HS256, &EncodingKey::from_secret(secret.as_bytes()), json!({}));
            assert!(verifier.verify(&forged, at(1000)).await.is_err(), "{name} {said}");
        }
        for other in all.into_iter().filter(|other| *other != own) {
            let (other_name, other_key, _) = by(other);
            for said in [name, other_name] {
                let forged = token(said, other, &other_key, json!({}));
                assert!(verifier.verify(&forged, at(1000)).await.is_err(), "{name} {said}");
            }
        }
        let wrong_hash = token("RS384", Algorithm::RS384, &by(Algorithm::RS256).1, json!({}));
        assert!(verifier.verify(&wrong_hash, at(1000)).await.is_err());
    }
}

#[tokio::test]
async fn what_is_not_a_token_of_ours_is_rejected() {
    let (verifier, good, key) = (by_secret().await, secret_token(json!({})), by(Algorithm::HS256).1);
    let (head, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = head.split_once('.').unwrap();
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let other = URL_SAFE_NO_PAD.encode(claims(json!({ "sub": "eve" })).to_string());
    let cut = signature.get(..42).unwrap();
    for bad in [
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        "é.è.ê".into(),
        head.into(),
        format!("{head}."),
        format!("{none}.{payload}."),
        format!("{none}.{payload}.{signature}"),
        format!("{header}.{other}.{signature}"),
        format!("{good}="),
        format!("{good}.x"),
        format!(" {good}"),
        format!("{head}.{cut}"),
        "A".repeat(MAX_TOKEN),
        token("hs256", Algorithm::HS256, &key, json!({})),
        token("HS512", Algorithm::HS512, &key, json!({})),
        sign(&json!({}), &claims(json!({})), Algorithm::HS256, &key).unwrap(),
        sign(&json!({ "alg": "HS256", "crit": null }), &claims(json!({})), Algorithm::HS256, &key).unwrap(),
        sign(&json!({ "alg": "HS256" }), &json!([]), Algorithm::HS256, &key).unwrap(),
    ] {
        assert!(matches!(verifier.verify(&bad, at(1000)).await, Err(Invalid(_))), "{bad}");
    }
}

#[tokio::test]
async fn the_claims_are_checked() {
    let verifier = by_secret().await;
    let long = "é".repeat(256);
    for (changes, now, reason) in [
        (json!({}), 2004, ""),
        (json!({}), 2005, "expired"),
        (json!({ "exp": 0 }), 1000, "expired"),
        (json!({ "exp": 995.5 }), 1000, ""),
        (json!({ "exp": -1 }), 0, "not a time"),
        (json!({ "exp": 1e300 }), 0, "not a time"),
        (json!({ "exp": 1_700_000_000_000_i64 }), 0, "not a time"),
        (json!({ "exp": "2000" }), 0, "not a time"),
        (json!({ "exp": null }), 0, "no expiry"),
        (json!({ "nbf": null }), 1000, ""),
        (json!({ "nbf": 1005 }), 1000, ""),
        (json!({ "nbf": 1006 }), 1000, "not yet valid"),
        (json!({ "nbf": "0" }), 1000, "not a time"),
        (json!({ "iss": "them" }), 1000, "another issuer"),
        (json!({ "iss": ["us"] }), 1000, "another issuer"),
        (json!({ "iss": null }), 1000, "another issuer"),
        (json!({ "aud": "web" }), 1000, "another audience"),
        (json!({ "aud": ["web", "api"] }), 1000, ""),
        (json!({ "aud": [] }), 1000, "another audience"),
        (json!({ "aud": null }), 1000, "another audience"),
        (json!({ "sub": "" }), 1000, "no usable subject"),
        (json!({ "sub": null }), 1000, "no usable subject"),
        (json!({ "sub": "a\u{0}" }), 1000, "no usable subject"),
        (json!({ "sub": "a\u{85}" }), 1000, "no usable subject"),
        (json!({ "sub": long }), 1000, "no usable subject"),
        (json!({ "sub": long.get(2..) }), 1000, ""),
        (json!({ "sub": 7 }), 1000, "a member of another type"),
        (json!({ "workspace_id": true }), 1000, "a member of another type"),
        (json!({ "workspace_id": ["w"] }), 1000, "a member of another type"),
    ] {
        let found = verifier.verify(&secret_token(changes.clone()), at(now)).await;
        let expected = if reason.is_empty() { Ok(()) } else { Err(Invalid(reason)) };
        assert_eq!(found.map(drop), expected, "{changes} at {now}");
    }
    for missing in ["sub", "exp", "iss", "aud"] {
        let mut claims = claims(json!({}));
        claims.as_object_mut().unwrap().remove(missing);
        let token = sign(&json!({ "alg": "HS256" }), &claims, Algorithm::HS256, &by(Algorithm::HS256).1).unwrap();
        assert!(verifier.verify(&token, at(1000)).await.is_err(), "{missing}");
    }
}

#[tokio::test]
async fn the_workspace_is_ours_else_that_of_hasura() {
    let hasura = "https://hasura.io/jwt/claims";
    for (changes, workspace) in [
        (json!({ "workspace_id": "w", hasura: { "x-hasura-workspace-id": "h" } }), Some("w")),
        (json!({ "workspace_id": null, hasura: { "x-hasura-workspace-id": "h" } }), Some("h")),
        (json!({ hasura: "{\"x-hasura-workspace-id\":\"h\"}" }), Some("h")),
        (json!({ hasura: { "x-hasura-default-role": "user" } }), None),
        (json!({ hasura: { "X-Hasura-Workspace-Id": "h" } }), Some("h")),
        (json!({ hasura: "{\"X-HASURA-WORKSPACE-ID\":\"h\"}" }), Some("h")),
        (json!({ hasura: { "X-Hasura-Workspace-Id": "h", "x-hasura-workspace-id": "h" } }), Some("h")),
        (json!({ hasura: { "X-Hasura-Workspace-Id": "h", "x-hasura-workspace-id": "" } }), Some("h")),
        (json!({ hasura: { "x-hasura-workspace-id": 42 } }), Some("42")),
        (json!({ "workspace_id": 42 }), Some("42")),
        (json!({ "workspace_id": "", hasura: { "x-hasura-workspace-id": null } }), None),
    ] {
        let claims = by_secret().await.verify(&secret_token(changes.clone()), at(1000)).await.unwrap();
        assert_eq!((claims.workspace.as_deref(), claims.expires_at), (workspace, at(2005)), "{changes}");
    }
    for hasura_claims in [
        json!({ "X-Hasura-Workspace-Id": "h", "x-hasura-workspace-id": "other" }),
        json!({ "x-hasura-workspace-id": ["h"] }),
        json!({ "x-hasura-workspace-id": { "id": "h" } }),
        json!("not JSON"),
        json!(["h"]),
    ] {
        let token = secret_token(json!({ hasura: hasura_claims }));
        assert!(matches!(by_secret().await.verify(&token, at(1000)).await, Err(Invalid(_))), "{hasura_claims}");
    }
    let minted = mint(SECRET, "ann", Some("w"), Some("us"), Some("api"), at(5), Duration::from_secs(9)).unwrap();
    let expected = Claims { subject: "ann".into(), expires_at: at(19), workspace: Some("w".into()) };
    assert_eq!(by_secret().await.verify(&minted, at(5)).await, Ok(expected));
}

/// A token with these claims, as they are written.
fn written(claims: &str) -> String {
    let claims = format!(r#"{{"sub":"ann","exp":2000,"iss":"us","aud":"api"{claims}}}"#);
    let message = [r#"{"alg":"HS256"}"#, &claims].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    let signer = (DEFAULT_PROVIDER.signer_factory)(&Algorithm::HS256, &by(Algorithm::HS256).1).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signer.try_sign(message.as_bytes()).unwrap()))
}

#[tokio::test]
async fn a_number_that_names_the_workspace_keeps_its_digits() {
    let verifier = by_secret().await;
    for number in ["12345678901234567890123", "18446744073709551616", "1.10", "1e3", "42.0", "-0"] {
        for claims in [
            format!(r#","workspace_id":{number}"#),
            format!(r#","https://hasura.io/jwt/claims":{{"x-hasura-workspace-id":{number}}}"#),
            format!(r#","https://hasura.io/jwt/claims":"{{\"x-hasura-workspace-id\":{number}}}""#),
            format!(
                r#","https://hasura.io/jwt/claims":{{"x-hasura-workspace-id":{number},"X-Hasura-Workspace-Id":"{number}"}}"#
            ),
        ] {
            let found = verifier.verify(&written(&claims), at(1000)).await;
            assert_eq!(found.unwrap().workspace.as_deref(), Some(number), "{claims}");
        }
    }
}

#[tokio::test]
async fn a_claim_that_is_there_twice_is_refused_unless_it_says_the_same() {
    let verifier = by_secret().await;
    for (claims, is_valid) in [
        (r#","workspace_id":"acme","workspace_id":"globex""#, false),
        (r#","workspace_id":"acme","workspace_id":"acme""#, true),
        (r#","https://hasura.io/jwt/claims":{"x-hasura-workspace-id":"acme","x-hasura-workspace-id":"globex"}"#, false),
        (r#","https://hasura.io/jwt/claims":{"x-hasura-workspace-id":"acme","x-hasura-workspace-id":"acme"}"#, true),
        (
            r#","https://hasura.io/jwt/claims":"{\"x-hasura-workspace-id\":\"a\",\"x-hasura-workspace-id\":\"b\"}""#,
            false,
        ),
        (r#","sub":"eve""#, false),
        (r#","s\u0075b":"eve""#, false),
        (r#","exp":3000"#, false),
        (r#","exp":2000,"other":1,"other":2"#, true),
        (r#","aud":"web""#, false),
        (r#","iss":"them""#, false),
    ] {
        assert_eq!(verifier.verify(&written(claims), at(1000)).await.is_ok(), is_valid, "{claims}");
    }
}

#[tokio::test]
async fn ed25519_goes_by_both_of_its_names() {
    let (_, key, pem) = by(Algorithm::EdDSA);
    for name in ["EdDSA", "Ed25519"] {
        let token = token(name, Algorithm::EdDSA, &key, json!({}));
        assert!(by_pem(pem).await.verify(&token, at(1000)).await.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn a_token_may_be_16_kib_long_and_no_longer() {
    let padded = |bytes| secret_token(json!({ "pad": "x".repeat(bytes) }));
    // Three bytes are four letters.
    let room = (MAX_TOKEN - padded(0).len()) / 4 * 3;
    let longest = (0..8).map(|more| padded(room + more)).take_while(|token| token.len() <= MAX_TOKEN).last().unwrap();
    assert!(longest.len() > MAX_TOKEN - 4);
    assert!(by_secret().await.verify(&longest, at(1000)).await.is_ok());
    for long in [padded(room + 8), "A".repeat(MAX_TOKEN + 1), "é".repeat(MAX_TOKEN / 2 + 1)] {
        assert_eq!(by_secret().await.verify(&long, at(1000)).await, Err(Rejected::TooLong));
    }
}

#[tokio::test]
async fn while_no_key_set_was_read_tokens_are_neither_valid_nor_refused() {
    // Nobody listens there.
    let url = Some("http://127.0.0.1:9/keys".to_owned());
    let verifier = Verifier::new(Settings { jwks_url: url, ..settings() }).await.unwrap();
    assert!(!verifier.is_ready());
    assert!(verifier.describe().contains("127.0.0.1 (not read yet)"), "{}", verifier.describe());
    let (name, key, _) = by(Algorithm::ES256);
    let signed = |changes| token(name, Algorithm::ES256, &key, changes);
    assert_eq!(verifier.verify(&signed(json!({})), at(1000)).await, Err(Rejected::KeysUnavailable));
    for refused in [signed(json!({ "exp": 0 })), signed(json!({ "iss": "them" })), secret_token(json!({}))] {
        assert!(matches!(verifier.verify(&refused, at(1000)).await, Err(Invalid(_))), "{refused}");
    }
    assert!(by_secret().await.is_ready());
}

#[tokio::test]
async fn a_key_set_without_a_usable_key_ends_the_start() {
    let path = std::env::temp_dir().join(uuid::Uuid::new_v4().to_string());
    for (keys, says) in [
        (json!([]), "it is empty"),
        (json!([{ "kty": "oct", "kid": "s" }]), "\"s\" is of a kind that is not used here"),
        (json!([{ "kty": "RSA", "use": "enc" }]), "number 1 is not for signatures"),
    ] {
        std::fs::write(&path, json!({ "keys": keys }).to_string()).unwrap();
        let error = Verifier::new(Settings { jwks_file: Some(path.clone()), ..settings() }).await.err().unwrap();
        assert!(error.to_string().contains(says), "{error}");
    }
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn a_key_that_a_file_gains_is_found() {
    let path = std::env::temp_dir().join(uuid::Uuid::new_v4().to_string());
    let write = |algorithm| {
        let mut jwk = Jwk::from_encoding_key(&by(algorithm).1, algorithm).unwrap();
        jwk.common.key_id = Some("k".into());
        std::fs::write(&path, json!({ "keys": [jwk] }).to_string()).unwrap();
    };
    write(Algorithm::EdDSA);
    let verifier = Verifier::new(Settings { jwks_file: Some(path.clone()), ..settings() }).await.unwrap();
    for algorithm in [Algorithm::EdDSA, Algorithm::ES256] {
        let (name, key, _) = by(algorithm);
        write(algorithm);
        assert!(verifier.verify(&token(name, algorithm, &key, json!({})), at(1000)).await.is_ok(), "{name}");
    }
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn unusable_settings_are_named() {
    let (base, pem) = (settings(), |text: &str| Settings { public_key_pem: Some(text.into()), ..settings() });
    for (settings, says) in [
        (Settings { secret: Some("x".repeat(31)), ..base.clone() }, "the JWT secret must be at least 32 bytes"),
        (pem(WEAK_PUBLIC), "1024 bits"),
        (pem(RSA), "PUBLIC KEY"),
        (pem(&format!("{EC_PUBLIC}\n{ED_PUBLIC}")), "exactly one"),
        (Settings { jwks_file: Some("/nowhere".into()), ..base.clone() }, "the JWKS file"),
        (Settings { jwks_url: Some("http://idp.example/".into()), ..base.clone() }, "only https"),
        (Settings { jwks_refresh: Duration::ZERO, ..base.clone() }, "one second"),
        (Settings { leeway: Duration::MAX, ..base.clone() }, "leeway"),
    ] {
        let error = Verifier::new(settings).await.err().unwrap().to_string();
        assert!(error.contains(says), "{error}");
    }
}
