//! The flat form of the calls: a request in one buffer, an answer in another. The header documents both.

mod answer;
mod request;
mod track;

use std::sync::Arc;

use super::calls::distinct;
use super::current::Active;
use super::decision::{Decision, EventStatus, Held, Parts, Pinned};
use super::lifecycle::Client;
use super::made::Made;
use super::predict::Needs;
use super::session::{Given, Session, Style};
use super::tell::{self, Call as Told};
use super::variables;
use crate::datafile::VariableKind;
use crate::error::{Error, Result, Status};
use answer::{Body, Head, Room, encode};
use request::{Decoder, Request};

pub use request::{NOTIFY, PREDICTS, PROFILE};
pub use track::track_at;

/// First byte of a request and of an answer.
pub const VERSION: u8 = 1;

/// What a request asks for, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Count a conversion.
    Track = 1,
    /// Decide an experiment.
    Activate = 2,
    /// The same without an impression.
    GetVariation = 3,
    /// Decide a flag, for its being on.
    IsFeatureEnabled = 4,
    /// Decide all flags, for their being on.
    GetEnabledFeatures = 5,
    /// Decide a flag.
    Decide = 6,
    /// Decide several flags.
    DecideForKeys = 7,
    /// Decide all flags.
    DecideAll = 8,
    /// The value of one variable.
    GetFeatureVariable = 9,
    /// The values of all variables of a flag.
    GetAllFeatureVariables = 10,
}

impl Call {
    const ALL: [Self; 10] = [
        Self::Track,
        Self::Activate,
        Self::GetVariation,
        Self::IsFeatureEnabled,
        Self::GetEnabledFeatures,
        Self::Decide,
        Self::DecideForKeys,
        Self::DecideAll,
        Self::GetFeatureVariable,
        Self::GetAllFeatureVariables,
    ];

    /// What the plain call names its key.
    fn key_argument(self) -> &'static str {
        match self {
            Self::Track => "event_key",
            Self::Activate | Self::GetVariation => "experiment_key",
            _ => "flag_key",
        }
    }

    /// Do options and forced decisions count?
    fn is_on_context(self) -> bool {
        matches!(self, Self::Decide | Self::DecideForKeys | Self::DecideAll)
    }
}

/// The answer to a request, and what the call itself came to.
pub struct Answer {
    /// What to hand over; at most as much as the caller has room for.
    pub bytes: Vec<u8>,
    /// The status of the call.
    pub result: Result<()>,
}

/// The number of a variable's type in the header, and the type of a number.
const KINDS: [(u32, VariableKind); 5] = [
    (1, VariableKind::Boolean),
    (2, VariableKind::Integer),
    (3, VariableKind::Double),
    (4, VariableKind::Text),
    (5, VariableKind::Json),
];

/// The number by which the header knows a type.
#[must_use]
pub fn number_of(kind: VariableKind) -> u32 {
    KINDS.into_iter().find(|(_, known)| *known == kind).map_or(0, |(number, _)| number)
}

/// The type that the header knows by a number.
fn kind_of(number: u32) -> Result<VariableKind> {
    let known = KINDS.into_iter().find(|(known, _)| *known == number);
    known.map(|(_, kind)| kind).ok_or_else(|| {
        Error::argument("type", &format!("is {number}; a variable's type is 1 to 5, or 0 for any"))
    })
}

/// Makes the call that a request asks for. `size` gets the size of the answer. An answer that does not fit `capacity`
/// is an error, and then nothing is recorded.
pub fn call(client: &Client, request: &[u8], capacity: usize, size: &mut usize) -> Result<Answer> {
    let mut request = Decoder::new(request).request()?;
    let mut room = Room { capacity, size };
    if request.call == Call::Track {
        return track::track(client, &request, None, &mut room);
    }
    let kind = match request.variable_type {
        0 => None,
        number => Some(kind_of(number)?),
    };
    let active: Pinned = Arc::new(client.active.load());
    let given = Given {
        profile: request.profile,
        predictions: std::mem::take(&mut request.predictions),
        caller_predicts: request.has(PREDICTS),
    };
    let style = if request.call.is_on_context() {
        Style::Context(request.options.or(client.default_decide_options))
    } else {
        Style::Key
    };
    let unknown = unknown_key(client, &active, &request);
    if let Err(error) = unknown {
        if request.call != Call::Decide {
            return Err(error);
        }
        let decision =
            Decision::new(Held::Shared(Arc::clone(&active)), Parts::of_no_flag(request.key, error.status()));
        let bytes = encode(&Head::default(), &Body::Decision(&decision)).bytes;
        room.check(bytes.len())?;
        return Ok(Answer { bytes, result: Err(error) });
    }
    let mut session = Session::begin(client, &active, &request.user, style, given);
    match decide(&mut session, &request) {
        Ok(made) => {
            Work { client, active: &active, request: &request, kind }.finish(session, made, &mut room)
        }
        Err(needs) => {
            let head = Head { needs, ..Head::default() };
            let bytes = encode(&head, &Body::None).bytes;
            room.check(bytes.len())?;
            let what = "predictions are needed; call again with them";
            Ok(Answer { bytes, result: Err(Error::new(Status::NeedsPrediction, what)) })
        }
    }
}

/// Does the datafile have what the request names?
fn unknown_key(client: &Client, active: &Active, request: &Request<'_>) -> Result<()> {
    match request.call {
        Call::Activate | Call::GetVariation => client.known_experiment(active, request.key).map(drop),
        Call::IsFeatureEnabled | Call::Decide | Call::GetAllFeatureVariables => {
            client.known_flag(active, request.key).map(drop)
        }
        Call::GetFeatureVariable => client
            .known_flag(active, request.key)
            .and_then(|flag| client.known_variable(flag, request.variable_key)),
        Call::DecideForKeys if request.keys.is_empty() => Ok(()),
        Call::GetEnabledFeatures | Call::DecideForKeys | Call::DecideAll => client.need_datafile(active),
        Call::Track => Ok(()),
    }
}

/// Decides what the request names, in its order; what the datafile does not have is left out.
fn decide<'c>(session: &mut Session<'c>, request: &Request<'_>) -> std::result::Result<Vec<Made<'c>>, Needs> {
    let project = &session.active.project;
    match request.call {
        Call::Activate | Call::GetVariation => {
            let rule = project.experiment(request.key).into_iter();
            rule.map(|rule| session.experiment(rule)).collect()
        }
        Call::GetEnabledFeatures | Call::DecideAll => {
            let flags: Vec<_> = project.flags().iter().collect();
            session.flags(&flags)
        }
        Call::DecideForKeys => {
            let flags: Vec<_> = distinct(&request.keys).filter_map(|key| project.flag(key)).collect();
            session.flags(&flags)
        }
        _ => {
            let flag = project.flag(request.key).into_iter();
            flag.map(|flag| session.flag(flag)).collect()
        }
    }
}

/// The end of a call: its answer is measured, what is due is recorded, and the answer is written.
struct Work<'w> {
    client: &'w Client,
    active: &'w Pinned,
    request: &'w Request<'w>,
    kind: Option<VariableKind>,
}

impl Work<'_> {
    fn finish(
        &self,
        mut session: Session<'_>,
        mut made: Vec<Made<'_>>,
        room: &mut Room<'_>,
    ) -> Result<Answer> {
        let user_id = self.request.user.id();
        let is_for_variables =
            matches!(self.request.call, Call::GetFeatureVariable | Call::GetAllFeatureVariables);
        let mut decided: Vec<Decision> = made
            .iter_mut()
            .map(|made| {
                let parts = made.parts(user_id, &session.predictions, EventStatus::Suppressed);
                let has_variables = parts.has_variables || is_for_variables;
                let status = if is_for_variables { Status::Ok } else { parts.status };
                Decision::new(Held::Shared(Arc::clone(self.active)), Parts { status, has_variables, ..parts })
            })
            .collect();
        // Saved before the answer is known to fit: a second time it would be the same profile.
        let mut head = Head { profile: session.save_profile(), ..Head::default() };
        self.notify(&mut head, &decided);
        let result = self.result(&made, &decided);
        let is_answered = result.is_ok() || self.is_answered_with(&result);
        if !is_answered {
            return Err(result.err().unwrap_or_else(|| Error::new(Status::Internal, "no answer")));
        }
        let mut answer = encode(&head, &self.body(&self.ordered(&decided), 0)?);
        room.check(answer.bytes.len())?;
        session.keep_predictions();
        let mut refused = 0;
        if !matches!(
            self.request.call,
            Call::GetVariation | Call::GetFeatureVariable | Call::GetAllFeatureVariables
        ) {
            for (made, decision) in made.iter().zip(&mut decided) {
                decision.settle(session.record(made));
                refused += u64::from(decision.event_status().is_refused());
            }
        }
        if head.notifications.is_empty() {
            let listed = self.ordered(&decided);
            answer.settle(listed.iter().map(|listed| listed.get().event_status()), refused);
        } else {
            // A notification that says "dispatched" is no longer than one that does not.
            self.notify(&mut head, &decided);
            answer = encode(&head, &self.body(&self.ordered(&decided), refused)?);
        }
        *room.size = answer.bytes.len();
        for decision in &decided {
            self.client.tell_decision(&self.request.user, decision, self.told());
        }
        Ok(Answer { bytes: answer.bytes, result })
    }

    fn told(&self) -> Told<'_> {
        match self.request.call {
            Call::Activate | Call::GetVariation => Told::Experiment(self.request.key),
            Call::IsFeatureEnabled | Call::GetEnabledFeatures => Told::Feature,
            Call::GetFeatureVariable => Told::Variable(self.request.variable_key),
            Call::GetAllFeatureVariables => Told::AllVariables,
            _ => Told::Decide,
        }
    }

    fn notify(&self, head: &mut Head, decided: &[Decision]) {
        if self.request.has(NOTIFY) {
            let told = decided.iter().filter(|decision| tell::is_told(decision, self.told()));
            head.notifications =
                told.map(|decision| tell::decision_made(&self.request.user, decision, self.told())).collect();
        }
    }

    /// What the call comes to.
    fn result(&self, made: &[Made<'_>], decided: &[Decision]) -> Result<()> {
        // Where a variable is asked for, a prediction that can't be had is no variation: the default counts.
        let fails = matches!(
            self.request.call,
            Call::Activate | Call::GetVariation | Call::IsFeatureEnabled | Call::Decide
        );
        if let Some(error) = made.iter().find_map(Made::error).filter(|_| fails) {
            return Err(error);
        }
        match (self.request.call, decided.first()) {
            (Call::GetFeatureVariable, Some(decision)) => {
                decision.variable(self.request.variable_key, self.kind).map(drop)
            }
            (Call::GetAllFeatureVariables, Some(decision)) => self.client.all_read(decision),
            _ => Ok(()),
        }
    }

    /// Does a call with this error have a body all the same?
    fn is_answered_with(&self, result: &Result<()>) -> bool {
        let status = result.as_ref().map_or_else(Error::status, |()| Status::Ok);
        matches!(
            (self.request.call, status),
            (Call::Decide | Call::IsFeatureEnabled, Status::PredictionFailed)
                | (Call::GetAllFeatureVariables, Status::Partial)
        )
    }

    /// The decisions in the order of the answer, with those of unknown flags, and without what options leave out.
    fn ordered<'d>(&self, decided: &'d [Decision]) -> Vec<Listed<'d>> {
        let mut all: Vec<Listed<'d>> = Vec::new();
        if self.request.call == Call::DecideForKeys {
            let mut known = decided.iter();
            for key in distinct(&self.request.keys) {
                if self.active.project.flag(key).is_some() {
                    all.extend(known.next().map(Listed::Known));
                } else {
                    let held = Held::Shared(Arc::clone(self.active));
                    all.push(Listed::Unknown(Decision::new(
                        held,
                        Parts::of_no_flag(key, Status::UnknownFlag),
                    )));
                }
            }
        } else {
            all.extend(decided.iter().map(Listed::Known));
        }
        if self.request.call.is_on_context() && self.request.call != Call::Decide {
            let options = self.request.options.or(self.client.default_decide_options);
            all.retain(|listed| super::calls::is_reported(listed.get(), options));
        }
        all
    }

    fn body<'d>(&self, decided: &'d [Listed<'d>], refused: u64) -> Result<Body<'d>> {
        let first = || {
            let first = decided.first().map(Listed::get);
            first.ok_or_else(|| Error::new(Status::Internal, "a call without its decision"))
        };
        Ok(match self.request.call {
            Call::Track => Body::None,
            Call::Activate | Call::GetVariation | Call::IsFeatureEnabled | Call::Decide => {
                Body::Decision(first()?)
            }
            Call::DecideForKeys | Call::DecideAll => {
                Body::Decisions(decided.iter().map(Listed::get).collect())
            }
            Call::GetEnabledFeatures => {
                let enabled = decided.iter().map(Listed::get).filter(|decision| decision.enabled());
                Body::Keys(enabled.filter_map(Decision::flag_key).collect(), refused)
            }
            Call::GetFeatureVariable => {
                let value = first()?.variable(self.request.variable_key, self.kind)?;
                let kind = number_of(variables::kind_of(&value));
                Body::Variable(kind, crate::json::to_string(|out| variables::write(out, Some(value))))
            }
            Call::GetAllFeatureVariables => Body::Variables(first()?.variables_json()),
        })
    }
}

/// A decision in an answer.
enum Listed<'d> {
    Known(&'d Decision),
    Unknown(Decision),
}

impl Listed<'_> {
    fn get(&self) -> &Decision {
        match self {
            Self::Known(decision) => decision,
            Self::Unknown(decision) => decision,
        }
    }
}

fn fault(at: usize, what: &str) -> Error {
    Error::argument("request", &format!("byte {at}: {what}"))
}
