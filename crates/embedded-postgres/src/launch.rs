//! From the options to a running server.

use std::{
    fs::{self, File, TryLockError},
    io::{Read as _, Write as _},
    path::Path,
    process,
    time::Instant,
};

use super::{
    DATABASE, Embedded, EmbeddedError, Mode, Options, ROLE, Result,
    account::{self, Account},
    cluster, install,
    keeper::Keeper,
    place, processes,
    server::Plan,
};

/// A log beyond this many bytes starts anew.
const MAX_LOG: u64 = 10 * 1024 * 1024;

pub(super) fn start(options: &Options) -> Result<Embedded> {
    let began = Instant::now();
    let own_uid = account::own_uid()?;
    let embedded = match &options.mode {
        Mode::Persistent(base) => persistent(options, base, own_uid),
        Mode::Throwaway => throwaway(options, own_uid),
    }?;
    tracing::info!(
        version = embedded.major,
        data = %embedded.data_dir.display(),
        milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "started a private PostgreSQL server"
    );
    Ok(embedded)
}

fn persistent(options: &Options, base: &Path, own_uid: u32) -> Result<Embedded> {
    let (account, base) = place::account_and_base(base, own_uid)?;
    let install = install::choose(options, &account, Some(&base))?;
    let name = cluster::name(install.major, account.uid);
    let data = base.join(&name);
    let lock = take_lock(&base.join(format!("{name}.lock")), &data, &account)?;
    let log = base.join(format!("{name}.log"));
    if fs::metadata(&log).is_ok_and(|found| found.len() > MAX_LOG) {
        let _ = fs::remove_file(&log);
    }
    cluster::tidy(&data, &account);
    if cluster::is_initialised(&data) {
        processes::clear(&data, &account)?;
    } else {
        cluster::initialise(&data, &install, &account, true)?;
    }
    let plan = Plan {
        install,
        socket_dir: place::socket_dir(&data, &account)?,
        account,
        data,
        settings: settings(cluster::PERSISTENT, options),
        log,
        rubbish: None,
    };
    run(options, plan, lock)
}

fn throwaway(options: &Options, own_uid: u32) -> Result<Embedded> {
    let account = Account::choose(own_uid, None)?;
    let install = install::choose(options, &account, None)?;
    let folder = place::throwaway_dir(&account)?;
    let data = place::throwaway_data(&folder);
    let prepared = take_lock(&place::throwaway_lock(&folder), &data, &account)
        .and_then(|lock| cluster::initialise(&data, &install, &account, false).map(|()| lock));
    let lock = prepared.inspect_err(|_| {
        let _ = fs::remove_dir_all(&folder);
    })?;
    let plan = Plan {
        install,
        socket_dir: folder.clone(),
        account,
        data,
        settings: settings(cluster::THROWAWAY, options),
        log: folder.join("log"),
        rubbish: Some(folder.clone()),
    };
    run(options, plan, lock).inspect_err(|_| {
        let _ = fs::remove_dir_all(&folder);
    })
}

/// The last one of a name holds.
fn settings(usual: &[&str], options: &Options) -> Vec<String> {
    usual.iter().map(|&setting| setting.to_owned()).chain(options.settings.iter().cloned()).collect()
}

fn run(options: &Options, plan: Plan, lock: File) -> Result<Embedded> {
    let (socket_dir, data_dir, major) = (plan.socket_dir.clone(), plan.data.clone(), plan.install.major);
    let server = Keeper::start(options, plan, lock)?;
    Ok(Embedded { url: super::url(ROLE, DATABASE, &socket_dir), socket_dir, data_dir, major, server })
}

/// Takes the lock on a data folder, or tells who has it.
fn take_lock(path: &Path, data: &Path, account: &Account) -> Result<File> {
    let failed = || EmbeddedError::io(format!("lock {}", path.display()));
    let mut file = File::options().create(true).truncate(false).read(true).write(true).open(path).map_err(failed())?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            return Err(EmbeddedError::InUse { data_dir: data.to_owned(), process: holder.trim().parse().ok() });
        }
        Err(TryLockError::Error(error)) => return Err(failed()(error)),
    }
    file.set_len(0)
        .and_then(|()| writeln!(file, "{}", process::id()))
        .and_then(|()| account.give_open(&file))
        .map_err(failed())?;
    Ok(file)
}
