//! A user's attributes as an event carries them. Rule: SPEC, section 6.5.

use super::record::{Body, Reader};
use super::{Part, Trace};
use crate::datafile::Project;
use crate::user::{EncodedAttributes, User};
use crate::value::Value;

const RESERVED_PREFIX: &str = "$opt_";
const BOT_FILTERING: &str = "$opt_bot_filtering";

/// Writes the attribute block of a record; answers how many attributes were left out.
pub(super) fn write(body: &mut Body, project: &Project, user: &User, trace: &mut impl Trace) -> u32 {
    if let Some(encoded) = user.encoded(project.generation) {
        body.put(&encoded.block);
        return encoded.ignored;
    }
    let start = body.open_block();
    let ignored = encode(body, project, user, trace);
    body.close_block(start);
    if let Some(block) = body.block(start).filter(|_| user.should_keep_encoded()) {
        let block = block.into();
        user.keep_encoded(EncodedAttributes { generation: project.generation, block, ignored });
    }
    ignored
}

fn encode(block: &mut Body, project: &Project, user: &User, trace: &mut impl Trace) -> u32 {
    let mut ignored = 0;
    for (key, value) in user.attributes() {
        if !value.is_event_attribute() {
            if value != Value::Null {
                ignored += 1;
                trace.ignored(Part::Attribute, key);
            }
            continue;
        }
        let bot_filtering = key == BOT_FILTERING && project.bot_filtering.is_some();
        let entity_id = match project.attribute_id(key) {
            Some(id) => id,
            None if key.starts_with(RESERVED_PREFIX) => key,
            None => continue,
        };
        if !bot_filtering {
            entry(block, entity_id, key, value);
        }
    }
    if let Some(is_filtering) = project.bot_filtering {
        entry(block, BOT_FILTERING, BOT_FILTERING, Value::Bool(is_filtering));
    }
    ignored
}

fn entry(block: &mut Body, entity_id: &str, key: &str, value: Value<'_>) {
    block.text(entity_id);
    block.text(key);
    block.value(value);
}

/// The next entry of a block: entity id, key, value.
pub(super) fn next<'a>(block: &mut Reader<'a>) -> Option<(&'a str, &'a str, Value<'a>)> {
    Some((block.text()?, block.text()?, block.value()?))
}
