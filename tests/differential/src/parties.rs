//! Who is asked: libopttrack's worker and those of the official SDKs, each one process.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use crate::case::{Addresses, Case};
use crate::compare::Sdk;
use crate::normal::{self, Answer};
use crate::service::Service;
use crate::worker::Worker;

/// The commands of the workers.
#[derive(Clone)]
pub struct Commands {
    ours: String,
    official: Vec<(Sdk, String)>,
}

impl Commands {
    /// As the environment names them: `OPT_WORKER`, and `OPT_SDK_PYTHON` and so on for those that are to be asked.
    pub fn from_environment() -> Result<Self, String> {
        let ours = env::var("OPT_WORKER").map_err(|_| "OPT_WORKER does not name libopttrack's worker")?;
        let sdks = [
            (Sdk::Python, "OPT_SDK_PYTHON"),
            (Sdk::JavaScript, "OPT_SDK_JAVASCRIPT"),
            (Sdk::Go, "OPT_SDK_GO"),
            (Sdk::Java, "OPT_SDK_JAVA"),
        ];
        let official: Vec<_> =
            sdks.into_iter().filter_map(|(sdk, name)| Some((sdk, env::var(name).ok()?))).collect();
        if official.is_empty() {
            return Err("no OPT_SDK_… names the worker of an official SDK".to_owned());
        }
        Ok(Self { ours, official })
    }
}

/// The workers, and the service that they send to.
pub struct Parties {
    ours: Worker,
    official: Vec<(Sdk, Worker)>,
    service: Arc<Service>,
    folder: PathBuf,
    asked: u64,
}

/// A question that was put and is not answered yet.
pub struct Asked {
    name: String,
    file: PathBuf,
}

/// What all parties answered to a case.
#[derive(Clone)]
pub struct Answers {
    /// Ours.
    pub ours: Answer,
    /// Those of the official SDKs.
    pub official: BTreeMap<Sdk, Answer>,
    /// Ours as the worker wrote it, reasons included.
    pub raw: crate::json::Json,
}

impl Parties {
    /// Starts the workers. Datafiles are written into the folder.
    pub fn start(commands: &Commands, service: &Arc<Service>, folder: PathBuf) -> Result<Self, String> {
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let official = commands
            .official
            .iter()
            .map(|(sdk, command)| Ok((*sdk, Worker::start(command)?)))
            .collect::<Result<_, String>>()?;
        let ours = Worker::start(&commands.ours)?;
        Ok(Self { ours, official, service: Arc::clone(service), folder, asked: 0 })
    }

    /// Puts a case to all.
    pub fn ask(&mut self, case: &Case) -> Result<Asked, String> {
        self.asked += 1;
        let folder =
            self.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = format!("{folder}{}", self.asked);
        let file = self.folder.join(format!("{name}.json"));
        fs::write(&file, case.datafile.to_string())
            .map_err(|error| format!("{}: {error}", file.display()))?;
        let predictions = case.predictions.clone().map(Arc::new);
        let workers = self.official.iter().map(|(sdk, worker)| (sdk.name(), worker));
        for (party, worker) in workers.chain([("ours", &self.ours)]) {
            let name = format!("{name}-{party}");
            self.service.open(&name, predictions.as_ref());
            worker.ask(case.question(&Addresses {
                datafile: &file.to_string_lossy(),
                events: &self.service.events(&name),
                predictions: &self.service.predictions(&name),
            }))?;
        }
        Ok(Asked { name, file })
    }

    /// The answers to the question that was put first of those still open.
    pub fn answers(&self, case: &Case, asked: &Asked) -> Result<Answers, String> {
        let mut official = BTreeMap::new();
        for (sdk, worker) in &self.official {
            let raw = worker.answer()?;
            let received = self.service.close(&format!("{}-{}", asked.name, sdk.name()));
            official.insert(*sdk, normal::answer(case, &raw, &[], received.predictions));
        }
        let raw = self.ours.answer()?;
        let received = self.service.close(&format!("{}-ours", asked.name));
        let ours = normal::answer(case, &raw, &received.events, received.predictions);
        let _ = fs::remove_file(&asked.file);
        Ok(Answers { ours, official, raw })
    }
}
