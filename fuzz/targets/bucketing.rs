//! Ids and ranges: the hash beside one written apart, and the variation that an experiment's traffic gives.
#![no_main]

use libfuzzer_sys::fuzz_target;
use opttrack::fuzzing::{Decider, Inputs, Scratch, Source as From, bucket, experiment, find, parse};
use opttrack::user::{BUCKETING_ID, User};
use opttrack::value::Value;
use opttrack_fuzz::{Silent, Source};

/// The hash as its definition has it: four bytes at a time, then what is left.
fn murmur3(bytes: &[u8]) -> u32 {
    let mix = |block: u32| block.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let mut hash = 1_u32;
    let whole = bytes.len() / 4 * 4;
    for at in (0..whole).step_by(4) {
        let block = (0..4).map(|byte| u32::from(bytes[at + byte]) << (8 * byte)).sum::<u32>();
        hash = (hash ^ mix(block)).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    if whole < bytes.len() {
        let tail = bytes[whole..].iter().enumerate().map(|(at, byte)| u32::from(*byte) << (8 * at)).sum();
        hash ^= mix(tail);
    }
    hash ^= bytes.len() as u32;
    for (shift, factor) in [(16, 0x85eb_ca6b), (13, 0xc2b2_ae35)] {
        hash = (hash ^ (hash >> shift)).wrapping_mul(factor);
    }
    hash ^ (hash >> 16)
}

fuzz_target!(|data: &[u8]| {
    let mut source = Source::new(data);
    let (id, parent, count) = (source.text(), source.text(), source.below(8));
    let ranges: Vec<(i64, u8)> = (0..count).map(|_| (source.i64(), source.byte() % 6)).collect();

    let whole = [id.as_bytes(), parent.as_bytes()].concat();
    let expected = (f64::from(murmur3(&whole)) / 4_294_967_296.0 * 10_000.0).floor() as u32;
    let found = bucket(id, parent);
    assert_eq!(found, expected, "{id:?} under {parent:?}");
    assert!(found < 10_000);
    // Where the two texts meet makes no difference.
    for cut in (0..whole.len()).filter(|cut| *cut < 9) {
        let text = format!("{id}{parent}");
        if let Some((left, right)) = text.split_at_checked(cut) {
            assert_eq!(bucket(left, right), expected);
        }
    }

    let mut chosen = None;
    for (end, entity) in &ranges {
        if i128::from(*end) > i128::from(found) {
            chosen = Some(*entity);
            break;
        }
    }
    assert_eq!(find(ranges.iter().copied(), found), chosen);

    // Of six entities four are variations, one is none, and one is empty.
    let entity = |number: u8| if number == 5 { String::new() } else { format!("v{number}") };
    let traffic: Vec<String> = (ranges.iter())
        .map(|(end, number)| format!(r#"{{"entityId":"{}","endOfRange":{end}}}"#, entity(*number)))
        .collect();
    let text = format!(
        r#"{{"version":"4","experiments":[{{"id":"77","key":"e","status":"Running","trafficAllocation":[{}],"variations":[
        {{"id":"v0","key":"a"}},{{"id":"v1","key":"b"}},{{"id":"v2","key":"c"}},{{"id":"v3","key":"d"}}]}}]}}"#,
        traffic.join(",")
    );
    let project = parse(text, 1).expect("a datafile").project;
    let mut user = User::new("somebody");
    user.set_attribute(BUCKETING_ID, Value::Str(id));
    let mut decider = Decider {
        project: &project,
        user: &user,
        inputs: Inputs { forced: None, reads_forced_decisions: false, profile: None, predictions: &[] },
        scratch: &mut Scratch::default(),
        trace: &mut Silent,
    };
    let rule = project.experiment("e").expect("an experiment");
    let decision = experiment(&mut decider, rule, From::Experiment).expect("no bandit");
    let variation =
        decision.and_then(|decision| decision.variation).map(|variation| variation.id.to_string());
    let bucket = bucket(id, "77");
    let expected = find(ranges.iter().copied(), bucket).filter(|number| *number < 4).map(entity);
    assert_eq!(variation, expected, "bucket {bucket} of {ranges:?}");
});
