//! The private PostgreSQL: what it acknowledged lasts, and it comes back whatever becomes of it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tempfile::TempDir;

use super::WHO;
use super::process::{Program, ended, signal, until};
use crate::change::change;
use crate::kit::Asker;
use crate::kit::database::connect;

/// A folder for data that the account of the server may enter.
fn folder() -> TempDir {
    let folder = tempfile::tempdir_in(std::env::temp_dir()).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

async fn started(folder: &Path) -> Program {
    let program = Program::start(&[("WELL_DATA_DIR", folder.to_str().unwrap()), ("WELL_AUTH_CACHE_TTL_MS", "0")]).await;
    program.ready().await;
    program
}

/// The data of the server below this folder.
fn data(folder: &Path) -> PathBuf {
    let mut found = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    found.find(|path| path.join("PG_VERSION").exists()).unwrap()
}

/// The process of the server, while it says which.
fn postgres(data: &Path) -> Option<u32> {
    fs::read_to_string(data.join("postmaster.pid")).ok()?.lines().next()?.parse().ok()
}

/// Writers of documents, and the names of those that the server said it had created.
struct Writers {
    acknowledged: Arc<Mutex<BTreeSet<String>>>,
    done: Arc<AtomicBool>,
    tasks: tokio::task::JoinSet<()>,
}

impl Writers {
    fn of(owner: &Asker) -> Self {
        let mut writers =
            Self { acknowledged: Arc::default(), done: Arc::default(), tasks: tokio::task::JoinSet::new() };
        for writer in 0..4 {
            let (owner, acknowledged, done) = (owner.clone(), writers.acknowledged.clone(), writers.done.clone());
            writers.tasks.spawn(async move {
                for number in 0.. {
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                    let name = format!("{writer}-{number}.pdf");
                    let answer = change(&owner, "createDocument", "document { id }", json!({ "filename": name })).await;
                    if answer.json.pointer("/data/done/document/id").is_some_and(serde_json::Value::is_string) {
                        acknowledged.lock().unwrap().insert(name);
                    }
                }
            });
        }
        writers
    }

    fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    async fn more(&self) {
        let before = self.count();
        until("more is written", async || self.count() >= before + 40).await;
    }

    async fn end(self) -> BTreeSet<String> {
        self.done.store(true, Ordering::Relaxed);
        self.tasks.join_all().await;
        self.acknowledged.lock().unwrap().clone()
    }
}

/// The names of all documents.
async fn documents(owner: &Asker) -> BTreeSet<String> {
    let (mut names, mut after) = (BTreeSet::new(), json!(null));
    loop {
        let query = "query ($after: String) { documents(first: 100, after: $after) {
            nodes { filename } pageInfo { hasNextPage endCursor } } }";
        let page = owner.ask(query, json!({ "after": after })).await;
        names.extend(page.each("/documents/nodes", "filename"));
        if page.at("/documents/pageInfo/hasNextPage") == &json!(false) {
            return names;
        }
        after = page.at("/documents/pageInfo/endCursor").clone();
    }
}

async fn answers(owner: &Asker) {
    until("it answers again", async || owner.say(WHO).await.errors().is_empty()).await;
}

#[tokio::test]
async fn what_was_acknowledged_is_there_and_it_is_started_again_when_it_was_killed() {
    let folder = folder();
    let program = started(folder.path()).await;
    let (owner, data) = (program.owner(), data(folder.path()));
    let writers = Writers::of(&owner);
    for _ in 0..3 {
        writers.more().await;
        let killed = postgres(&data).unwrap();
        signal(killed, "KILL").await;
        until("another one runs", async || postgres(&data).is_some_and(|process| process != killed)).await;
        answers(&owner).await;
    }
    writers.more().await;
    let acknowledged = writers.end().await;
    let found = documents(&owner).await;
    let lost: Vec<_> = acknowledged.difference(&found).collect();
    assert!(lost.is_empty(), "of {} are lost: {lost:?}", acknowledged.len());
    program.ready().await;
    assert!(program.log().contains("was started again"), "{}", program.log());
}

#[tokio::test]
async fn a_process_of_it_that_is_killed_loses_nothing() {
    let folder = folder();
    let program = started(folder.path()).await;
    let owner = program.owner();
    let url = fs::read_to_string(folder.path().join("database-url")).unwrap();
    let writers = Writers::of(&owner);
    for _ in 0..3 {
        writers.more().await;
        let backend = "SELECT pid FROM pg_stat_activity WHERE application_name = 'well-ingestion' LIMIT 1";
        let backend: i32 = connect(&url).await.query_one(backend, &[]).await.unwrap().get(0);
        signal(backend.try_into().unwrap(), "KILL").await;
        answers(&owner).await;
    }
    let acknowledged = writers.end().await;
    answers(&owner).await;
    let found = documents(&owner).await;
    let lost: Vec<_> = acknowledged.difference(&found).collect();
    assert!(lost.is_empty(), "of {} are lost: {lost:?}", acknowledged.len());
}

#[tokio::test]
async fn the_program_ends_when_it_cannot_be_started_again() {
    let folder = folder();
    let mut program = started(folder.path()).await;
    let data = data(folder.path());
    fs::rename(data.join("global/pg_control"), data.join("global/pg_control.away")).unwrap();
    signal(postgres(&data).unwrap(), "KILL").await;
    assert_eq!(program.ended().await.code(), Some(1), "{}", program.log());
    let log = program.log();
    assert!(log.contains("cannot be started again yet") && log.contains("error: PostgreSQL did not start"), "{log}");
    // What was done about it helps.
    fs::rename(data.join("global/pg_control.away"), data.join("global/pg_control")).unwrap();
    let program = started(folder.path()).await;
    assert_eq!(program.owner().say(WHO).await.str("/viewer/role"), "OWNER");
}

#[tokio::test]
async fn data_of_another_major_version_are_left_alone_and_it_is_said_what_to_do() {
    let folder = folder();
    // Root's server runs as somebody else.
    let own = fs::metadata(folder.path()).unwrap().uid();
    let uid = if own == 0 { 65_534 } else { own };
    let old = folder.path().join(format!("pg14-u{uid}"));
    fs::create_dir(&old).unwrap();
    fs::write(old.join("PG_VERSION"), "14\n").unwrap();
    let settings = [("WELL_DATA_DIR", folder.path().to_str().unwrap())];
    let (code, said) = ended(&["--listen", "127.0.0.1:0"], &settings).await;
    assert_eq!(code, Some(1), "{said}");
    for part in [old.to_str().unwrap(), "belong to PostgreSQL 14", "postgresql-14", "pg_dump"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let clusters = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(clusters.filter(|path| path.join("PG_VERSION").exists()).collect::<Vec<_>>(), [old]);
}

/// A small file system in memory, while the test runs.
struct Mounted(PathBuf);

impl Mounted {
    /// Nothing where this is not allowed.
    fn at(folder: &Path, size: &str) -> Option<Self> {
        let options = format!("size={size},mode=0755");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder).output();
        mount.is_ok_and(|output| output.status.success()).then(|| Self(folder.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_what_was_acknowledged_survives_it() {
    let folder = folder();
    let Some(_mounted) = Mounted::at(folder.path(), "160m") else {
        eprintln!("a full disk is left out: it needs to mount a file system");
        return;
    };
    let program = started(folder.path()).await;
    let owner = program.owner();
    let write =
        async |name: String| change(&owner, "createDocument", "document { id }", json!({ "filename": name })).await;
    assert!(write("before.pdf".to_owned()).await.errors().is_empty());
    // All that there is, to the last byte.
    let filler = folder.path().join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    while std::io::Write::write_all(&mut file, &[1; 4096]).is_ok() {}
    let (mut acknowledged, mut refused) = (BTreeSet::from(["before.pdf".to_owned()]), false);
    for number in 0..20_000 {
        let name = format!("{number}-{}.pdf", "x".repeat(900));
        let answer = write(name.clone()).await;
        if !answer.errors().is_empty() {
            assert!(matches!(answer.codes()[..], ["SERVICE_UNAVAILABLE" | "REQUEST_TIMEOUT"]), "{}", answer.text);
            refused = true;
            break;
        }
        acknowledged.insert(name);
    }
    assert!(refused, "the disk did not become full");
    fs::remove_file(filler).unwrap();
    answers(&owner).await;
    until("it is written again", async || write("after.pdf".to_owned()).await.errors().is_empty()).await;
    let found = documents(&owner).await;
    assert!(acknowledged.is_subset(&found), "of {} are {} left", acknowledged.len(), found.len());
}
