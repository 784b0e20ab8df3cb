//! Bucketing: ids and ranges in, entity out. Rule: SPEC, section 3.

mod murmur3;

use murmur3::Murmur3;

/// The seed every Optimizely SDK hashes with.
const SEED: u32 = 1;

/// Number of buckets; traffic ranges are hundredths of a percent.
const BUCKETS: u64 = 10_000;

/// The bucket of an id under a parent (experiment, group, holdout), from 0 to 9,999. The texts are hashed one after
/// the other without a separator.
#[must_use]
pub fn bucket(bucketing_id: &str, parent_id: &str) -> u32 {
    let mut hasher = Murmur3::new(SEED);
    hasher.write(bucketing_id.as_bytes());
    hasher.write(parent_id.as_bytes());
    // Equals floor(hash / 2^32 * 10000) in doubles for all 2^32 hashes.
    ((u64::from(hasher.finish()) * BUCKETS) >> 32) as u32
}

/// The entity of the first range that ends past `bucket`; ranges are half-open, cumulative, and walked in order.
pub fn find<T>(ranges: impl IntoIterator<Item = (i64, T)>, bucket: u32) -> Option<T> {
    ranges.into_iter().find(|(end, _)| i64::from(bucket) < *end).map(|(_, entity)| entity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_buckets() {
        // SPEC, section 3.5.
        for (id, parent, expected) in [
            ("ppid1", "1886780721", 5254),
            ("ppid2", "1886780721", 4299),
            ("ppid2", "1886780722", 2434),
            ("ppid3", "1886780721", 5439),
            ("", "", 3175),
            ("", "1886780721", 7140),
            ("a", "", 3458),
            ("a", "b", 7188),
            ("ab", "c", 6658),
            ("abc", "d", 6092),
            ("测试", "42", 547),
            ("𝄞user", "1", 3075),
            ("15580846", "default-rollout-386456-20914452332", 9999),
        ] {
            assert_eq!(bucket(id, parent), expected, "{id} {parent}");
        }
    }

    #[test]
    fn the_first_range_past_the_bucket_counts() {
        let ranges = [(5000, 'a'), (4000, 'b'), (10_000, 'c')];
        assert_eq!(find(ranges, 0), Some('a'));
        assert_eq!(find(ranges, 4999), Some('a'));
        assert_eq!(find(ranges, 5000), Some('c'));
        assert_eq!(find([(-1, 'a'), (0, 'b')], 0), None);
        assert_eq!(find([(i64::MAX, 'a')], 9999), Some('a'));
    }
}
