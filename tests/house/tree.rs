//! The files a rule looks at, real or planted, and what a rule has found in them.

use std::fs;
use std::path::Path;

/// A file of the repository: where it lies, with `/` between the parts, and its text.
#[derive(Clone)]
pub struct File {
    pub path: String,
    pub text: String,
}

/// Some files, by path.
#[derive(Clone, Default)]
pub struct Tree(Vec<File>);

impl Tree {
    /// All files below the named folders whose names end in one of `endings`.
    pub fn read(folders: &[&str], endings: &[&str]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut tree = Self::default();
        for folder in folders {
            tree.add_folder(root, &root.join(folder), endings);
        }
        tree.0.sort_by(|left, right| left.path.cmp(&right.path));
        tree
    }

    fn add_folder(&mut self, root: &Path, folder: &Path, endings: &[&str]) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries {
            let path = entry.expect("a readable folder").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                let is_built = ["target", "node_modules", ".build"].contains(&name.as_str());
                if !is_built {
                    self.add_folder(root, &path, endings);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let below = path.strip_prefix(root).expect("a file of the repository");
                let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
                self.add(&below.to_string_lossy(), &text);
            }
        }
    }

    /// Planted files.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.add(path, text);
        }
        tree
    }

    pub fn add(&mut self, path: &str, text: &str) {
        self.0.push(File { path: path.to_owned(), text: text.to_owned() });
    }

    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.0.iter()
    }
}

/// What a rule saw, and what broke it.
#[derive(Default)]
pub struct Findings {
    seen: usize,
    broken: Vec<String>,
}

impl Findings {
    /// One thing was looked at.
    pub fn saw(&mut self) {
        self.seen += 1;
    }

    pub fn broken(&mut self, place: &str, line: usize, what: &str) {
        let broken = format!("{place}:{line}: {what}");
        if self.broken.last() != Some(&broken) {
            self.broken.push(broken);
        }
    }

    /// Fails if the rule saw fewer than `at_least` things, for then it guards nothing, or if something broke it.
    pub fn assert_kept(&self, rule: &str, at_least: usize) {
        assert!(self.seen >= at_least, "{rule}: saw {}, expected at least {at_least}", self.seen);
        assert!(self.broken.is_empty(), "{rule}:\n  {}", self.broken.join("\n  "));
    }

    /// Fails unless a planted file broke the rule, with words that name what is wrong.
    pub fn assert_broken(&self, words: &str) {
        assert!(
            self.broken.iter().any(|line| line.contains(words)),
            "nothing said `{words}`; found: {:?}",
            self.broken
        );
    }
}
