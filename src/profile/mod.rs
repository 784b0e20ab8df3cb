//! Profiles of users, so that a user keeps a variation: the service that a host gives, and one that keeps them in files.

mod directory;
mod file;

pub use directory::ProfileDirectory;

/// Where profiles are kept. A profile is a JSON text, which the service neither reads nor changes:
/// `{"user_id":…,"experiment_bucket_map":{"<experiment id>":{"variation_id":"<variation id>"}}}`.
pub trait ProfileService: Send + Sync {
    /// The profile last saved for a user; none if there is none. Any number of threads may call at once. The error is
    /// for the log, and does not name the user.
    fn lookup(&self, user_id: &str) -> Result<Option<String>, LookupError>;

    /// Keeps a profile in place of the user's former one. Threads and error as for `lookup`.
    fn save(&self, user_id: &str, profile: &str) -> Result<(), String>;
}

/// Why there is no profile although there may be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookupError {
    /// The service failed. What it keeps may still be good, so nothing must be saved over it.
    Failed(String),
    /// What it keeps can't be used by anybody any more, and may be replaced.
    Damaged(String),
}
