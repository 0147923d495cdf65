//! The account that the server runs as: the program's own, or another one when that is root.

use std::{
    env,
    ffi::OsStr,
    fs::{self, File},
    io,
    os::unix::{ffi::OsStrExt as _, fs as unix, process::CommandExt as _},
    path::Path,
    process::{Command, Stdio},
};

use super::{EmbeddedError, Result};

/// Who runs the server and owns its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) uid: u32,
    /// Set when the program is root and its children have to change to the account.
    switch_to_group: Option<u32>,
}

impl Account {
    /// The program's own account, or, for root, the first that exists of the `preferred` one, `postgres` and `nobody`.
    pub(super) fn choose(own_uid: u32, preferred: Option<u32>) -> Result<Self> {
        if own_uid != 0 {
            return Ok(Self { uid: own_uid, switch_to_group: None });
        }
        let passwd = fs::read_to_string("/etc/passwd").map_err(EmbeddedError::io("read /etc/passwd"))?;
        let by_name = |wanted: &str| entries(&passwd).find(|(name, ..)| *name == wanted);
        let by_uid = |wanted: u32| entries(&passwd).find(|(_, uid, _)| *uid == wanted);
        preferred
            .and_then(by_uid)
            .or_else(|| by_name("postgres"))
            .or_else(|| by_name("nobody"))
            .map(|(_, uid, gid)| Self { uid, switch_to_group: Some(gid) })
            .ok_or(EmbeddedError::NoAccount)
    }

    /// A command that runs as this account, with nothing in its environment that would steer `PostgreSQL`.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        for (name, _) in env::vars_os() {
            if name.as_bytes().starts_with(b"PG") {
                command.env_remove(name);
            }
        }
        // The account may not be allowed to read the program's own working directory.
        command.current_dir("/").env("LC_ALL", "C").env_remove("LANGUAGE").env("TZ", "UTC").stdin(Stdio::null());
        if let Some(gid) = self.switch_to_group {
            command.uid(self.uid).gid(gid);
        }
        command
    }

    /// Whether the account is other than the program's own.
    pub(super) fn is_foreign(&self) -> bool {
        self.switch_to_group.is_some()
    }

    /// Whether the account may walk to this folder.
    pub(super) fn reaches(&self, folder: &Path) -> bool {
        self.command("/bin/sh")
            .args(["-c", r#"cd -- "$1""#, "sh"])
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Makes the account the owner of a file or folder that the program created.
    pub(super) fn give(&self, path: &Path) -> io::Result<()> {
        match self.switch_to_group {
            Some(gid) => unix::lchown(path, Some(self.uid), Some(gid)),
            None => Ok(()),
        }
    }

    /// Makes the account the owner of an open file.
    pub(super) fn give_open(&self, file: &File) -> io::Result<()> {
        match self.switch_to_group {
            Some(gid) => unix::fchown(file, Some(self.uid), Some(gid)),
            None => Ok(()),
        }
    }
}

/// The user that the program runs as.
pub(super) fn own_uid() -> Result<u32> {
    let what = "ask 'id -u' for the own account";
    let output = Command::new("id").arg("-u").output().map_err(EmbeddedError::io(what))?;
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .map_err(|_| EmbeddedError::io(what)(io::ErrorKind::InvalidData.into()))
}

/// Name, user and group of each line that has them and is not root's.
fn entries(passwd: &str) -> impl Iterator<Item = (&str, u32, u32)> {
    passwd.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (uid != 0).then_some((name, uid, gid))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwd_lines_without_numbers_are_skipped() {
        let passwd = "root:x:0:0::/root:/bin/sh\n# comment\npostgres:x:105:109::/:/bin/sh\nnobody:*:-2:-2::/:\n";
        assert_eq!(entries(passwd).collect::<Vec<_>>(), [("postgres", 105, 109)]);
    }

    #[test]
    fn programs_speak_english_whatever_the_caller_speaks() {
        let Ok(account) = Account::choose(1000, None) else { panic!("an ordinary user can run it") };
        let command = account.command("true");
        let set: Vec<_> = command.get_envs().filter(|(name, _)| *name == "LC_ALL" || *name == "LANGUAGE").collect();
        assert_eq!(set, [("LANGUAGE".as_ref(), None), ("LC_ALL".as_ref(), Some("C".as_ref()))]);
    }

    #[test]
    fn an_ordinary_user_runs_the_server_itself() {
        let account = Account::choose(1000, Some(7)).ok();
        assert_eq!(account.map(|account| (account.uid, account.is_foreign())), Some((1000, false)));
    }
}
