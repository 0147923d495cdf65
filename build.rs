//! Builds GraphiQL and the reference of REST from `web/`, and the dashboard from `dashboard/` with npm, and writes the
//! tables of their files that the server embeds.
//!
//! What npm made is kept in the target folder under a hash of what it was made from, so that it runs once for all
//! profiles. Without npm, or when it fails, there is a warning and a page that tells what to do.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fmt::Write};

/// A page that npm builds.
struct Page {
    name: &'static str,
    /// Where the server has it.
    address: &'static str,
    /// Its npm project; also what its files and their table are called where they are built.
    folder: &'static str,
    /// What it is built from, in that folder.
    sources: &'static [&'static str],
    /// What it is built from beside that folder.
    beside: &'static [&'static str],
    /// The documents of it, each with what stands in for it when it was not built. The first is that at its address.
    documents: &'static [(&'static str, &'static str)],
}

const PAGES: [Page; 2] = [
    Page {
        name: "GraphiQL",
        address: "/graphiql",
        folder: "web",
        sources: &["package.json", "package-lock.json", "vite.config.js", "index.html", "reference.html", "src"],
        beside: &[],
        documents: &[
            ("index.html", "src/server/playground/missing.html"),
            ("reference.html", "src/server/rest/missing.html"),
        ],
    },
    Page {
        name: "The dashboard",
        address: "/",
        folder: "dashboard",
        sources: &[
            "package.json",
            "package-lock.json",
            "vite.config.ts",
            "tsconfig.json",
            "relay.config.json",
            "index.html",
            "src",
        ],
        beside: &["schema.graphql"],
        documents: &[("index.html", "src/server/dashboard/missing.html")],
    },
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=WELL_SKIP_WEB");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    for page in PAGES {
        embed(&page, &out)?;
    }
    Ok(())
}

/// Builds a page, or takes what stands in for it, and writes its table.
fn embed(page: &Page, out: &Path) -> Result<(), Box<dyn Error>> {
    let Page { name, address, folder, documents, .. } = page;
    for (_, missing) in *documents {
        println!("cargo::rerun-if-changed={missing}");
    }
    for source in page.sources {
        println!("cargo::rerun-if-changed={folder}/{source}");
    }
    for file in page.beside {
        println!("cargo::rerun-if-changed={file}");
    }
    let embedded = out.join(folder);
    remove(&embedded)?;
    fs::create_dir_all(embedded.join("assets"))?;
    for (document, missing) in *documents {
        fs::copy(missing, embedded.join(document))?;
    }
    // The documents that the page asks.
    fs::write(embedded.join("documents.json"), "{}")?;
    if env::var_os("WELL_SKIP_WEB").is_none_or(|skip| skip != "1") {
        match build(page, &target(out).join(folder)) {
            Ok(built) => {
                copy(&built, &embedded)?;
                copy(&built.join("assets"), &embedded.join("assets"))?;
            }
            Err(error) => println!("cargo::warning={name} is left out, {address} tells how to get it: {error}"),
        }
    }
    for (document, _) in *documents {
        let name = document.trim_end_matches(".html");
        fs::write(out.join(format!("{folder}_{name}.rs")), table(&embedded, document)?)?;
    }
    Ok(())
}

/// The folder with the built page: built before from the same sources, or now.
fn build(page: &Page, cache: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let folder = Path::new(page.folder);
    let mut sources = BTreeMap::new();
    for source in page.sources {
        read(folder, Path::new(source), &mut sources)?;
    }
    for file in page.beside {
        // Above the project, as in the repository.
        sources.insert(Path::new("..").join(file), fs::read(file)?);
    }
    let mut hasher = DefaultHasher::new();
    sources.hash(&mut hasher);
    let built = cache.join(format!("{:016x}", hasher.finish()));

    fs::create_dir_all(cache)?;
    // Builds that run at the same time wait for each other; the lock ends with the file's life.
    let lock = File::create(cache.join("lock"))?;
    lock.lock()?;
    if !built.exists() {
        let work = cache.join("work");
        remove(&work.join("src"))?;
        for (path, content) in &sources {
            let path = work.join(path);
            fs::create_dir_all(path.parent().unwrap_or(&work))?;
            fs::write(path, content)?;
        }
        install(&work)?;
        npm(&work, &["run", "build"])?;
        fs::rename(work.join("dist"), &built)?;
    }
    Ok(built)
}

/// Installs the packages of `package-lock.json`, unless they are there.
fn install(work: &Path) -> Result<(), Box<dyn Error>> {
    let wanted = work.join("package-lock.json");
    let installed = work.join("node_modules/.installed.json");
    if fs::read(&installed).ok() != Some(fs::read(&wanted)?) {
        let packages = ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
        let patience = ["--prefer-offline", "--fetch-retries=1", "--fetch-timeout=30000"];
        npm(work, &[&packages[..], &patience[..]].concat())?;
        fs::copy(wanted, installed)?;
    }
    Ok(())
}

fn npm(work: &Path, args: &[&str]) -> Result<(), Box<dyn Error>> {
    let what = args.split(|arg| arg.starts_with("--")).next().unwrap_or_default().join(" ");
    let log = work.join("npm.log");
    let output = File::create(&log)?;
    let mut command = Command::new("npm");
    command.args(args).current_dir(work).stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("`npm {what}` failed, see {}", log.display()).into()),
        Err(error) if error.kind() == ErrorKind::NotFound => Err("npm is not installed".into()),
        Err(error) => Err(error.into()),
    }
}

/// The table as Rust: a document, and the files by name.
fn table(embedded: &Path, document: &str) -> Result<String, Box<dyn Error>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(embedded.join("assets"))? {
        names.push(entry?.file_name().into_string().map_err(|name| format!("{} is no name", name.display()))?);
    }
    names.sort();
    let path = |file: &str| embedded.join(file).display().to_string();
    let mut table = format!("Page {{ html: include_str!({:?}), assets: &[\n", path(document));
    for file in names {
        let name = file.trim_end_matches(".gz");
        writeln!(table, "    ({name:?}, include_bytes!({:?})),", path(&format!("assets/{file}")))?;
    }
    table.push_str("] }\n");
    Ok(table)
}

/// The target folder, which is above `<profile>/build/<package>/out`.
fn target(out: &Path) -> &Path {
    out.ancestors().find(|folder| folder.ends_with("build")).and_then(|folder| folder.ancestors().nth(2)).unwrap_or(out)
}

/// Reads a file of a project, or all files of a folder in it.
fn read(project: &Path, path: &Path, into: &mut BTreeMap<PathBuf, Vec<u8>>) -> io::Result<()> {
    let source = project.join(path);
    if source.is_dir() {
        for entry in fs::read_dir(source)? {
            read(project, &path.join(entry?.file_name()), into)?;
        }
    } else {
        into.insert(path.to_owned(), fs::read(source)?);
    }
    Ok(())
}

/// Copies the files of a folder, without those of the folders in it.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Removes a folder, if it is there.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
