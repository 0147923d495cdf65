//! Where the folders lie: the data, the socket, the throwaway server.

use std::{
    collections::hash_map::RandomState,
    env,
    fs::{self, DirBuilder, File, Permissions},
    hash::{BuildHasher as _, Hasher as _},
    io,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf, absolute},
    process::{self, Command},
    time::Duration,
};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::{EmbeddedError, Result, account::Account, cluster, processes};

/// Root's place for what its own folders hide from the account of the server.
const SHARED: &str = "/var/lib/well-ingestion";
/// A socket's path holds 107 bytes on Linux and 103 on macOS; the file's name in the folder takes 15.
const MAX_SOCKET_DIR: usize = 88;
/// Room that a throwaway server wants in memory.
const ROOM_IN_MEMORY_KIB: u64 = 1024 * 1024;

/// The account of the server and the folder for its data, which is created.
pub(super) fn account_and_base(wanted: &Path, own_uid: u32) -> Result<(Account, PathBuf)> {
    let wanted = resolved(wanted)?;
    let choose = |base: &Path| Account::choose(own_uid, cluster::last_used(base).map(|cluster| cluster.uid));
    let account = choose(&wanted)?;
    if let Some(base) = create_reachable(&wanted, &account)? {
        return Ok((account, base));
    }
    let base = Path::new(SHARED).join(hash(&wanted));
    let account = choose(&base)?;
    tracing::info!(base = %base.display(), wanted = %wanted.display(), "the server's account cannot reach the wanted data folder");
    match create_reachable(&base, &account)? {
        Some(base) => Ok((account, base)),
        None => Err(unreachable(&base)),
    }
}

/// This folder, or, where the account cannot reach it, one of the same name for everybody. It is created.
pub(super) fn reachable_or_shared(wanted: &Path, account: &Account) -> Result<PathBuf> {
    if let Some(folder) = create_reachable(&resolved(wanted)?, account)? {
        return Ok(folder);
    }
    let folder = Path::new(SHARED).join(wanted.file_name().unwrap_or_default());
    create_reachable(&folder, account)?.ok_or_else(|| unreachable(&folder))
}

fn unreachable(folder: &Path) -> EmbeddedError {
    EmbeddedError::io(format!("reach {} as the server's account", folder.display()))(
        io::ErrorKind::PermissionDenied.into(),
    )
}

/// Creates the folder unless the account could not walk to it.
fn create_reachable(folder: &Path, account: &Account) -> Result<Option<PathBuf>> {
    let existing = folder.ancestors().find(|ancestor| ancestor.is_dir());
    if account.is_foreign() && !existing.is_some_and(|ancestor| account.reaches(ancestor)) {
        return Ok(None);
    }
    let missing: Vec<_> = folder.ancestors().take_while(|ancestor| !ancestor.exists()).collect();
    fs::create_dir_all(folder).map_err(EmbeddedError::io(format!("create the folder {}", folder.display())))?;
    if account.is_foreign() {
        for created in missing {
            open_to_all(created)?;
        }
    }
    Ok(Some(folder.to_owned()))
}

/// Lets everybody read a folder, whatever the process's file mode mask.
pub(super) fn open_to_all(path: &Path) -> Result<()> {
    fs::set_permissions(path, Permissions::from_mode(0o755))
        .map_err(EmbeddedError::io(format!("set the permissions of {}", path.display())))
}

/// The absolute path without symbolic links, as far as it exists.
fn resolved(path: &Path) -> Result<PathBuf> {
    let failed = || EmbeddedError::io(format!("resolve the path {}", path.display()));
    let path = absolute(path).map_err(failed())?;
    for ancestor in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (ancestor.canonicalize(), path.strip_prefix(ancestor)) {
            return Ok(if rest.as_os_str().is_empty() { real } else { real.join(rest) });
        }
    }
    Ok(path)
}

/// A short name for a path.
pub(super) fn hash(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    HEXLOWER.encode(digest.get(..8).unwrap_or(&digest))
}

/// The folder for the socket of the server on this data: private to the account, and short enough.
pub(super) fn socket_dir(data: &Path, account: &Account) -> Result<PathBuf> {
    let name = format!("well-ingestion-{}-{}", account.uid, hash(data));
    let folder = short_temp_dir(account, &name).join(name);
    match private_dir(&folder, account) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let of_account = fs::symlink_metadata(&folder)
                .is_ok_and(|found| found.is_dir() && found.uid() == account.uid && found.mode() & 0o777 == 0o700);
            if of_account { Ok(()) } else { Err(error) }
        }
        other => other,
    }
    .map_err(EmbeddedError::io(format!("create the private folder {}", folder.display())))?;
    Ok(folder)
}

/// A new private folder for a throwaway server.
pub(super) fn throwaway_dir(account: &Account) -> Result<PathBuf> {
    let prefix = format!("well-ingestion-throwaway-{}-", account.uid);
    let random = RandomState::new().build_hasher().finish();
    let name = format!("{prefix}{}-{random:016x}", process::id());
    let memory = Path::new("/dev/shm");
    let parent = if free_kib(memory) >= ROOM_IN_MEMORY_KIB && account.reaches(memory) {
        memory.to_owned()
    } else {
        short_temp_dir(account, &name)
    };
    sweep(&parent, &prefix, account);
    let folder = parent.join(name);
    private_dir(&folder, account)
        .map_err(EmbeddedError::io(format!("create the private folder {}", folder.display())))?;
    Ok(folder)
}

/// The lock that the owner of a throwaway server holds on its folder.
pub(super) fn throwaway_lock(folder: &Path) -> PathBuf {
    folder.join("lock")
}

/// The data in the folder of a throwaway server.
pub(super) fn throwaway_data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// Deletes throwaway servers whose program and supervisor were both killed.
fn sweep(parent: &Path, prefix: &str, account: &Account) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let folder = entry.path();
        let of_account = entry.file_name().to_string_lossy().starts_with(prefix)
            && entry.metadata().is_ok_and(|found| {
                let age = found.modified().ok().and_then(|time| time.elapsed().ok());
                // A younger one may not have taken its lock yet.
                found.is_dir() && found.uid() == account.uid && age > Some(Duration::from_secs(60))
            });
        if !of_account {
            continue;
        }
        let lock = File::open(throwaway_lock(&folder));
        let abandoned = match &lock {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        let data = throwaway_data(&folder);
        if abandoned && processes::clear(&data, account).is_ok() {
            tracing::debug!(folder = %folder.display(), "deleting an abandoned throwaway server");
            cluster::tidy(&data, account);
            let _ = fs::remove_dir_all(&folder);
        }
    }
}

fn private_dir(folder: &Path, account: &Account) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(folder)?;
    account.give(folder)
}

/// The folder for temporary files in which a folder of this name can hold a socket that the account reaches.
fn short_temp_dir(account: &Account, name: &str) -> PathBuf {
    let own = env::temp_dir();
    let short = own.as_os_str().len() + 1 + name.len() <= MAX_SOCKET_DIR;
    if own.is_absolute() && short && account.reaches(&own) { own } else { PathBuf::from("/tmp") }
}

/// The free room of the file system, as far as `df` tells.
fn free_kib(folder: &Path) -> u64 {
    let output = Command::new("df").arg("-Pk").arg(folder).output();
    output.ok().and_then(|output| parse_df(&String::from_utf8_lossy(&output.stdout))).unwrap_or(0)
}

fn parse_df(output: &str) -> Option<u64> {
    output.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_path_is_short_and_stable() {
        assert_eq!(hash(Path::new("/data")), hash(Path::new("/data")));
        assert_ne!(hash(Path::new("/data")), hash(Path::new("/data2")));
        assert_eq!(hash(Path::new("/data")).len(), 16);
    }

    #[test]
    fn df_says_the_free_room_in_its_fourth_column() {
        let output = "Filesystem 1024-blocks Used Available Capacity Mounted on\ntmpfs 65536 0 65000 0% /dev/shm\n";
        assert_eq!(parse_df(output), Some(65000));
        assert_eq!(parse_df(""), None);
    }
}
