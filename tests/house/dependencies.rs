//! Rule: every dependency has its line of reason, and their number is decided here.

use std::collections::BTreeSet;
use std::process::Command;

use super::tree::Findings;

/// The packages that a build of the library takes in, with default features and without any. Raising a number is a
/// decision: it belongs into the commit that brings the package.
const BUDGETS: &[(&[&str], usize)] = &[(&[], 33), (&["--no-default-features"], 14)];

#[derive(Debug, PartialEq)]
pub struct Budget {
    pub features: &'static [&'static str],
    pub packages: BTreeSet<String>,
    pub most: usize,
}

/// What cargo says a build of the library takes in, per set of features.
pub fn budgets() -> Vec<Budget> {
    let packages = |features: &[&str]| {
        let output = Command::new(env!("CARGO"))
            .args(["tree", "--offline", "--package", "opttrack", "--edges", "normal", "--prefix", "none"])
            .args(features)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
        names(&String::from_utf8_lossy(&output.stdout))
    };
    BUDGETS
        .iter()
        .map(|(features, most)| Budget { features, packages: packages(features), most: *most })
        .collect()
}

/// The packages that `cargo tree` lists, one a line, the first of them ours.
fn names(tree: &str) -> BTreeSet<String> {
    let ours = tree.lines().next().unwrap_or_default();
    tree.lines()
        .filter(|line| *line != ours)
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}

pub fn check_budgets(budgets: &[Budget]) -> Findings {
    let mut findings = Findings::default();
    for budget in budgets {
        let count = budget.packages.len();
        (0..count).for_each(|_| findings.saw());
        if count > budget.most {
            let what = format!("{count} packages, {} allowed: {:?}", budget.most, budget.packages);
            findings.broken("Cargo.toml", 1, &format!("{:?}: {what}", budget.features));
        }
    }
    findings
}

/// Each dependency of the manifest says why it is there, on its own line.
pub fn check_reasons(manifest: &str) -> Findings {
    let mut findings = Findings::default();
    let mut is_list = false;
    for (at, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            is_list = line.trim_end().ends_with("dependencies]");
            if line.contains("dependencies.") {
                findings.broken("Cargo.toml", at + 1, "a dependency takes one line, with its reason");
            }
        } else if is_list && !line.trim().is_empty() && !line.starts_with('#') {
            findings.saw();
            let has_reason = line.split_once(" # ").is_some_and(|(_, reason)| !reason.trim().is_empty());
            if !has_reason {
                findings.broken("Cargo.toml", at + 1, &format!("no reason beside `{line}`"));
            }
        }
    }
    findings
}

#[test]
fn one_package_too_many_is_found() {
    let budget = |most| Budget {
        features: &[],
        packages: names("opttrack v0.1.0\nitoa v1\nryu v1 (*)\nitoa v1\n"),
        most,
    };
    check_budgets(&[budget(2)]).assert_kept("budget", 2);
    check_budgets(&[budget(1)]).assert_broken("2 packages, 1 allowed: {\"itoa\", \"ryu\"}");
}

#[test]
fn a_dependency_without_its_reason_is_found() {
    let manifest = |line: &str| {
        format!("[package]\nname = \"x\"\n[dependencies]\nitoa = \"1\" # numbers\n{line}\n[lib]\nx = 1\n")
    };
    check_reasons(&manifest("")).assert_kept("reasons", 1);
    check_reasons(&manifest("ryu = \"1\"")).assert_broken("Cargo.toml:5: no reason beside `ryu = \"1\"`");
    check_reasons(&manifest("ryu = \"1\" # ")).assert_broken("no reason beside");
    check_reasons(&manifest("[dev-dependencies]\nryu = \"1\"")).assert_broken("no reason beside");
    check_reasons(&manifest("[target.'cfg(unix)'.dependencies]\nryu = \"1\""))
        .assert_broken("no reason beside");
    check_reasons(&manifest("[dependencies.ryu]\nversion = \"1\"")).assert_broken("takes one line");
}
