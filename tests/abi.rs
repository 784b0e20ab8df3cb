//! What ships is what was promised: the shared library and the archive in `target/dist`, read by binutils.
//!
//! `OPT_DIST` names the prefix. Without it nothing is looked at, and the tests say so; with `OPT_REQUIRE_ALL=1` that
//! fails.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The version node of every symbol.
const NODE: &str = "OPTTRACK_0.1";
const SONAME: &str = "libopttrack.so.0";

/// The libraries that the shared one may need: the C library with its loader and mathematics, and the unwinder.
const MAY_NEED: &[&str] =
    &["libc.so.6", "libm.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"];

/// Most bytes of the shared library with TLS, stripped: 2.875 MiB. Its goal is 2.75, which it kept before it polled, knew the
/// Data Platform and took certificates and proxies.
const LARGEST: u64 = 3_014_656;

fn dist() -> Option<PathBuf> {
    let dist = env::var_os("OPT_DIST").map(PathBuf::from);
    let is_required = env::var("OPT_REQUIRE_ALL").is_ok_and(|value| value == "1");
    assert!(dist.is_some() || !is_required, "OPT_REQUIRE_ALL=1, and OPT_DIST names no prefix");
    if dist.is_none() {
        println!("skipped: OPT_DIST names no prefix; scripts/test.sh makes one");
    }
    dist
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn committed() -> BTreeSet<String> {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/abi/symbols.txt"))
        .lines()
        .map(str::to_owned)
        .collect()
}

/// The functions that the header declares: names before a parenthesis, in lines that begin a declaration.
fn declared(header: &str) -> BTreeSet<String> {
    let is_declaration = |line: &&str| {
        line.starts_with(|first: char| first.is_ascii_alphabetic())
            && !line.starts_with("typedef")
            && !line.starts_with("static")
    };
    header
        .lines()
        .filter(is_declaration)
        .filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("opt_"))
        .map(str::to_owned)
        .collect()
}

/// What `readelf` says of a file, with `LANG` out of the way.
fn readelf(options: &[&str], file: &Path) -> String {
    let output =
        Command::new("readelf").args(options).arg(file).env("LC_ALL", "C").output().expect("readelf runs");
    assert!(
        output.status.success(),
        "readelf {}: {}",
        file.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("readelf writes UTF-8")
}

/// The symbols that others see, from `readelf -W --syms`: defined here, global or weak, of default visibility. The
/// version node itself appears among them without a section.
fn visible(symbols: &str) -> BTreeSet<String> {
    symbols
        .lines()
        .filter_map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
            [_, _, _, _, "GLOBAL" | "WEAK", "DEFAULT", section, name, ..]
                if !["UND", "ABS"].contains(&section) =>
            {
                Some(name.to_owned())
            }
            _ => None,
        })
        .collect()
}

/// Compares what a library shows with what it should show, each with its version.
fn compare_exports(symbols: &str, expected: &BTreeSet<String>) -> Result<(), String> {
    let versioned: BTreeSet<_> = expected.iter().map(|name| format!("{name}@@{NODE}")).collect();
    compare(&visible(symbols), &versioned)
}

fn compare(found: &BTreeSet<String>, expected: &BTreeSet<String>) -> Result<(), String> {
    let missing: Vec<_> = expected.difference(found).collect();
    let beside: Vec<_> = found.difference(expected).collect();
    match (found.is_empty(), missing.is_empty() && beside.is_empty()) {
        (true, _) => Err("nothing is exported".to_owned()),
        (false, true) => Ok(()),
        (false, false) => Err(format!("missing: {missing:?}; beside them: {beside:?}")),
    }
}

/// What is wrong with a library's dynamic section, as `readelf -W -d` shows it.
fn faults_of_dynamic(section: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut must = |is_true: bool, what: &str| {
        if !is_true {
            faults.push(what.to_owned());
        }
    };
    must(section.contains(&format!("Library soname: [{SONAME}]")), "its SONAME is another");
    must(section.contains("NODELETE"), "it may be unloaded under its worker thread");
    must(section.contains("BIND_NOW") || section.contains("Flags: NOW"), "it binds late");
    must(!section.contains("TEXTREL"), "it has relocations in its text");
    must(!section.contains("RUNPATH") && !section.contains("RPATH"), "it searches a path of its own");
    let needed: Vec<_> = section.lines().filter_map(|line| line.split("Shared library: [").nth(1)).collect();
    must(!needed.is_empty(), "it needs nothing, not even the C library");
    for library in needed {
        must(MAY_NEED.contains(&library.trim_end_matches(']')), &format!("it needs {library}"));
    }
    faults
}

#[test]
fn the_committed_list_is_the_headers() {
    let header = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("include/opttrack.h"));
    let declared = declared(&header);
    assert!(declared.len() > 30, "the header declares {} functions", declared.len());
    compare(&declared, &committed()).expect("tests/abi/symbols.txt lists the header's functions");
}

#[test]
fn the_shared_library_exports_the_headers_functions_each_with_its_version() {
    let Some(dist) = dist() else { return };
    let symbols = readelf(&["-W", "--dyn-syms"], &dist.join("lib/libopttrack.so"));
    compare_exports(&symbols, &committed()).expect("the header's functions, and nothing else");
}

#[test]
fn an_export_too_many_too_few_or_without_version_is_found() {
    let line = |bind: &str, section: &str, name: &str| {
        format!(" 1: 0000000000001000 9 FUNC {bind} DEFAULT {section} {name}\n")
    };
    let good =
        line("GLOBAL", "12", "opt_track@@OPTTRACK_0.1") + &line("GLOBAL", "UND", "malloc@GLIBC_2.2.5 (2)");
    let node = line("GLOBAL", "ABS", "OPTTRACK_0.1@@OPTTRACK_0.1");
    let expected = BTreeSet::from(["opt_track".to_owned()]);
    let fails = |symbols: &str| compare_exports(symbols, &expected).expect_err("a fault");

    compare_exports(&(good.clone() + &node), &expected).expect("as it should be");
    assert!(fails("").contains("nothing is exported"));
    assert!(fails(&line("GLOBAL", "12", "opt_track")).contains("missing"), "without its version");
    assert!(
        fails(&(good.clone() + &line("WEAK", "12", "rust_eh_personality"))).contains("rust_eh_personality")
    );
    assert!(fails(&line("GLOBAL", "12", "opt_decide@@OPTTRACK_0.1")).contains("missing: [\"opt_track"));
}

#[test]
fn the_shared_library_is_linked_as_promised() {
    let Some(dist) = dist() else { return };
    let library = dist.join("lib/libopttrack.so");
    let faults = faults_of_dynamic(&readelf(&["-W", "-d"], &library));
    assert!(faults.is_empty(), "{faults:?}");
    let segments = readelf(&["-W", "-l"], &library);
    assert!(segments.contains("GNU_RELRO"), "its tables stay writable");
    let stack = segments.lines().find(|line| line.contains("GNU_STACK")).expect("a word on the stack");
    assert!(stack.contains("RW ") && !stack.contains("RWE"), "its stack is executable");
}

#[test]
fn a_library_linked_otherwise_is_found() {
    let good = "(NEEDED) Shared library: [libc.so.6]\n(SONAME) Library soname: [libopttrack.so.0]\n\
                (FLAGS) BIND_NOW\n(FLAGS_1) Flags: NOW NODELETE\n";
    assert_eq!(faults_of_dynamic(good), Vec::<String>::new());
    for (find, replacement) in [
        ("libopttrack.so.0", "libopttrack.so"),
        ("NODELETE", ""),
        ("BIND_NOW\n(FLAGS_1) Flags: NOW", ""),
        ("(FLAGS)", "(TEXTREL) 0x0\n(FLAGS)"),
        ("(FLAGS)", "(RUNPATH) Library runpath: [/opt]\n(FLAGS)"),
        ("(NEEDED) Shared library: [libc.so.6]\n", ""),
        ("libc.so.6", "libssl.so.3"),
    ] {
        assert!(good.contains(find));
        assert_eq!(
            faults_of_dynamic(&good.replacen(find, replacement, 1)).len(),
            1,
            "{find} -> {replacement}"
        );
    }
}

#[test]
fn the_shared_librarys_names_lead_to_it_and_its_debug_symbols_lie_beside_it() {
    let Some(dist) = dist() else { return };
    let real = dist.join(format!("lib/libopttrack.so.{}", env!("CARGO_PKG_VERSION")));
    for name in [SONAME, "libopttrack.so"] {
        let resolved = dist.join("lib").join(name).canonicalize().expect("a link that leads somewhere");
        assert_eq!(resolved, real.canonicalize().expect("the library"), "{name}");
    }
    let sections = readelf(&["-W", "-S"], &real);
    assert!(sections.contains(".gnu_debuglink") && !sections.contains(".debug_info"), "it is not stripped");
    let debug = readelf(&["-W", "-S"], &PathBuf::from(format!("{}.debug", real.display())));
    assert!(debug.contains(".debug_line"), "the debug symbols are not there");
    let size = fs::metadata(&real).expect("the library").len();
    assert!(size <= LARGEST, "{size} bytes, {LARGEST} at most");
}

#[test]
fn the_archive_shows_the_headers_functions_alone() {
    let Some(dist) = dist() else { return };
    // Not nm: with a plug-in of another LLVM than rustc's it may see no symbol, and say that all is well.
    let symbols = readelf(&["-W", "--syms"], &dist.join("lib/libopttrack.a"));
    compare(&visible(&symbols), &committed()).expect("the header's functions, and nothing else");
}

#[test]
fn the_prefix_holds_the_headers_and_says_the_version() {
    let Some(dist) = dist() else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for header in ["opttrack.h", "opttrack.hpp"] {
        assert_eq!(
            read(&dist.join("include").join(header)),
            read(&root.join("include").join(header)),
            "{header}"
        );
    }
    let version = env!("CARGO_PKG_VERSION");
    let says =
        |path: &str, what: String| assert!(read(&dist.join(path)).contains(&what), "{path} lacks {what}");
    says("lib/pkgconfig/opttrack.pc", format!("Version: {version}\n"));
    says("lib/cmake/opttrack/opttrackConfigVersion.cmake", format!("set(PACKAGE_VERSION \"{version}\")"));
    says("lib/cmake/opttrack/opttrackConfig.cmake", format!("libopttrack.so.{version}\""));
}
