//! What this module promises.
