//! Runs one ignored test of this program in a process of its own, for faults that would take the process down and for
//! figures of its memory.

use std::process::Command;

/// The standard output of the test; fails if the process died or the test did.
pub fn run(test: &str) -> String {
    let program = std::env::current_exe().expect("the test program has a path");
    let output = Command::new(program)
        .args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"])
        .output()
        .expect("the test program starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{test}: {}\n{text}\n{errors}", output.status);
    assert!(text.contains("1 passed"), "{test}: no such test\n{text}");
    text
}

/// The number that a child printed behind `name=`.
pub fn figure(output: &str, name: &str) -> u64 {
    let start = output.split_once(&format!("{name}=")).unwrap_or_else(|| panic!("no {name}= in {output}")).1;
    let digits = start.split(|c: char| !c.is_ascii_digit()).next().expect("split gives one part at least");
    digits.parse().expect("digits are a number")
}

/// Most memory that this process ever had resident, in KiB.
pub fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells a process its status");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("the status has the peak");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("the peak is a number")
}
