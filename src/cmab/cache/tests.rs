//! What the cache promises: by its limits, by age and by use, and with many threads in it.

use std::thread;

use super::*;

const TTL: Duration = Duration::from_secs(100);

fn cache(entries: u32) -> Cache {
    Cache::new(CacheLimits { entries, ttl: TTL })
}

fn question(rule_id: &str) -> Question<'_> {
    Question { rule_id, attributes: "[]" }
}

fn answer(text: &str) -> Answer {
    Answer { variation_id: text.into(), cmab_uuid: format!("uuid of {text}").into() }
}

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn kept(cache: &Cache, users: &[&str], now: Duration) -> Vec<bool> {
    users.iter().map(|user| matches!(cache.find(user, &question("r"), now), Found::Answer(_))).collect()
}

#[test]
fn an_answer_is_found_for_its_user_rule_and_attributes() {
    let cache = cache(100);
    cache.store("ab", &question("c"), answer("1"), at(0));
    assert_eq!(cache.find("ab", &question("c"), at(1)), Found::Answer(answer("1")));
    for (user, rule) in [("a", "bc"), ("abc", ""), ("", "abc"), ("AB", "c"), ("ab", "C")] {
        assert_eq!(cache.find(user, &question(rule), at(1)), Found::Nothing, "{user} {rule}");
    }
    cache.store("ab", &question("c"), answer("2"), at(2));
    assert_eq!(cache.find("ab", &question("c"), at(2)), Found::Answer(answer("2")));
}

#[test]
fn an_answer_for_other_attributes_is_said_once_and_then_gone() {
    let cache = cache(100);
    cache.store("u", &question("r"), answer("1"), at(0));
    let other = Question { rule_id: "r", attributes: "[{}]" };
    assert_eq!(cache.find("u", &other, at(1)), Found::OtherAttributes);
    assert_eq!(cache.find("u", &other, at(1)), Found::Nothing);
    assert_eq!(cache.find("u", &question("r"), at(1)), Found::Nothing);
}

#[test]
fn an_answer_ends_its_time_after_it_was_saved_however_often_it_is_used() {
    let cache = cache(100);
    cache.store("u", &question("r"), answer("1"), at(10));
    assert_eq!(kept(&cache, &["u"], at(60)), [true]);
    assert_eq!(kept(&cache, &["u"], at(109)), [true]);
    assert_eq!(kept(&cache, &["u"], at(110)), [false]);
    cache.store("u", &question("r"), answer("1"), at(120));
    cache.store("u", &question("r"), answer("1"), at(200));
    assert_eq!(kept(&cache, &["u"], at(299)), [true], "a later save counts");
}

#[test]
fn in_a_full_set_the_least_recently_used_gives_way() {
    let cache = cache(3);
    for (second, user) in ["a", "b", "c"].into_iter().enumerate() {
        cache.store(user, &question("r"), answer(user), at(second as u64));
    }
    assert_eq!(kept(&cache, &["a"], at(3)), [true]);
    cache.store("d", &question("r"), answer("d"), at(4));
    assert_eq!(kept(&cache, &["a", "b", "c", "d"], at(5)), [true, false, true, true]);
}

#[test]
fn what_is_over_gives_way_before_what_is_used() {
    let cache = cache(2);
    cache.store("old", &question("r"), answer("1"), at(0));
    cache.store("young", &question("r"), answer("2"), at(50));
    assert_eq!(kept(&cache, &["young", "old"], at(99)), [true, true]);
    cache.store("new", &question("r"), answer("3"), at(101));
    assert_eq!(kept(&cache, &["young", "old", "new"], at(102)), [true, false, true]);
}

#[test]
fn no_size_keeps_more_than_its_entries_and_each_keeps_most() {
    for entries in [0, 1, 2, 7, 8, 9, 17, 100, 1000] {
        let cache = cache(entries);
        for number in 0..20 * entries + 20 {
            cache.store(&number.to_string(), &question("r"), answer("1"), at(1));
        }
        let kept = (0..20 * entries + 20)
            .filter(|number| cache.find(&number.to_string(), &question("r"), at(2)) != Found::Nothing)
            .count() as u32;
        assert!(kept <= entries && kept >= entries - entries / 8, "{kept} of {entries}");
    }
}

#[test]
fn nothing_is_taken_before_the_first_store() {
    let cache = cache(u32::MAX);
    assert_eq!(cache.find("u", &question("r"), at(0)), Found::Nothing);
    cache.remove("u", "r");
    cache.clear();
    assert!(cache.slots.get().is_none());
}

#[test]
fn one_is_removed_or_all_are() {
    let cache = cache(1000);
    for user in ["a", "b", "c"] {
        cache.store(user, &question("r"), answer(user), at(0));
    }
    cache.remove("b", "r");
    cache.remove("a", "other");
    assert_eq!(kept(&cache, &["a", "b", "c"], at(1)), [true, false, true]);
    cache.clear();
    assert_eq!(kept(&cache, &["a", "b", "c"], at(1)), [false; 3]);
}

#[test]
fn threads_that_store_at_once_leave_whole_answers_and_one_a_key() {
    let cache = cache(8);
    let users = ["a", "b", "c", "d"];
    thread::scope(|scope| {
        for thread in 0..4_usize {
            let (cache, users) = (&cache, &users);
            scope.spawn(move || {
                for round in 0..2000 {
                    let user = users[(round + thread) % users.len()];
                    cache.store(user, &question("r"), answer(user), at(0));
                    let found = cache.find(user, &question("r"), at(0));
                    assert!(found == Found::Answer(answer(user)) || found == Found::Nothing, "{found:?}");
                    if round % 7 == thread {
                        cache.remove(user, "r");
                    }
                }
            });
        }
    });
    for user in users {
        cache.store(user, &question("r"), answer("last"), at(0));
        assert_eq!(cache.find(user, &question("r"), at(0)), Found::Answer(answer("last")));
        cache.remove(user, "r");
        assert_eq!(cache.find(user, &question("r"), at(0)), Found::Nothing);
    }
}
