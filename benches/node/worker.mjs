// The official JavaScript SDK as a contestant: answers the line protocol of benches/README.md.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import * as sdk from '@optimizely/optimizely-sdk';

const parsers = { string: String, int: Number, double: Number, bool: (text) => text === 'true' };

const [, , datafilePath, endpoint, ...settings] = process.argv;
// The version installed, from its own manifest, which the package does not export.
const installed = JSON.parse(
  readFileSync(new URL('node_modules/@optimizely/optimizely-sdk/package.json', import.meta.url), 'utf8'),
);
const attributes = {};
const tags = {};
let names = {};

// The SDK's own dispatcher, sent to the collector instead of Optimizely.
const redirect = {
  dispatchEvent: (event) => sdk.eventDispatcher.dispatchEvent({ ...event, url: endpoint }),
};

// `batch=EVENTS`; the queue of this SDK has no limit to set.
const batch = settings.find((setting) => setting.startsWith('batch='));
const batchOption = batch === undefined ? {} : { batchSize: Number(batch.split('=')[1]) };

// A client with the SDK's default batch processor; only the endpoint is ours, and what the settings say.
function create(datafile) {
  return sdk.createInstance({
    projectConfigManager: sdk.createStaticProjectConfigManager({ datafile }),
    eventProcessor: sdk.createBatchEventProcessor({ eventDispatcher: redirect, ...batchOption }),
  });
}

function users(first, count) {
  return Array.from({ length: count }, (_, place) => `user-${first + place}`);
}

// Node 20 tells the processor time of a process only, not of a thread.
function answer(count, start, more) {
  return { count, wall_ns: Number(process.hrtime.bigint() - start), cpu_ns: null, ...more };
}

const client = create(readFileSync(datafilePath, 'utf8'));
await client.onReady();

// What every contestant counts of a decision: the bytes of its variation key, and one if the flag is on.
function counted(decision) {
  return (decision.variationKey ?? '').length + (decision.enabled ? 1 : 0);
}

function quiet() {
  return [sdk.OptimizelyDecideOption.DISABLE_DECISION_EVENT];
}

// Decides one flag for each user; `look` sees each decision.
function decide(flag, first, count, look = () => {}) {
  const list = users(+first, +count);
  let checksum = 0;
  const start = process.hrtime.bigint();
  for (const user of list) {
    const decision = client.createUserContext(user, { ...attributes }).decide(flag, quiet());
    checksum += counted(decision);
    look(decision);
  }
  return answer(list.length, start, { events: 0, checksum });
}

function needVariables(decision) {
  if (Object.keys(decision.variables).length === 0) {
    throw new Error('the decision has no variables');
  }
}

// Attributes and tags are built inside the timed loops, as a caller would.
const commands = {
  hello: () => ({ version: installed.version, runtime: `Node ${process.versions.node}` }),

  variations: (first, count) => ({
    variations: users(+first, +count).map((user) => client.getVariation(names.experiment, user, { ...attributes })),
  }),

  track(first, count) {
    const list = users(+first, +count);
    let calls = 0;
    const start = process.hrtime.bigint();
    for (const user of list) {
      client.track(names.event, user, { ...attributes }, { ...tags });
      calls += 1;
    }
    return answer(list.length, start, { events: calls, checksum: calls });
  },

  activate(first, count) {
    const list = users(+first, +count);
    let events = 0;
    let checksum = 0;
    const start = process.hrtime.bigint();
    for (const user of list) {
      const variation = client.activate(names.experiment, user, { ...attributes });
      if (variation !== null) {
        events += 1;
        checksum += variation.length;
      }
    }
    return answer(list.length, start, { events, checksum });
  },

  decide: (first, count) => decide(names.flag, first, count),

  decide_audience: (first, count) => decide(names.audienceFlag, first, count),

  decide_variables: (first, count) => decide(names.flag, first, count, needVariables),

  decide_all(first, count) {
    const list = users(+first, +count);
    let checksum = 0;
    const start = process.hrtime.bigint();
    for (const user of list) {
      const decisions = client.createUserContext(user, { ...attributes }).decideAll(quiet());
      for (const key in decisions) {
        checksum += counted(decisions[key]);
      }
    }
    return answer(list.length, start, { events: 0, checksum });
  },

  // One impression each: an experiment decides for every user, which the runner has checked.
  is_feature_enabled(first, count) {
    const list = users(+first, +count);
    let checksum = 0;
    const start = process.hrtime.bigint();
    for (const user of list) {
      checksum += client.isFeatureEnabled(names.audienceFlag, user, { ...attributes }) ? 1 : 0;
    }
    return answer(list.length, start, { events: list.length, checksum });
  },

  decisions: (first, count) => ({
    decisions: users(+first, +count).map((user) => {
      const decisions = client.createUserContext(user, { ...attributes }).decideAll(quiet());
      const parts = ({ ruleKey, variationKey, enabled, variables }) => [ruleKey, variationKey, enabled, variables];
      return Object.fromEntries(Object.entries(decisions).map(([key, decision]) => [key, parts(decision)]));
    }),
  }),

  async load(path, count) {
    const datafile = readFileSync(path, 'utf8');
    let wall = 0;
    let ready = 0;
    for (let turn = 0; turn < +count; turn += 1) {
      const start = process.hrtime.bigint();
      const loaded = create(datafile);
      await loaded.onReady();
      wall += answer(1, start).wall_ns;
      ready += loaded.getOptimizelyConfig() === null ? 0 : 1;
      await loaded.close();
    }
    return { count: +count, wall_ns: wall, cpu_ns: null, events: 0, checksum: ready };
  },

  // The SDK has no public flush: full batches leave by themselves, the rest at close.
  flush: () => ({}),

  async close() {
    await client.close();
    return {};
  },
};

function setup(kind, fields) {
  if (kind === 'names') {
    const [event, experiment, flag, audienceFlag] = fields;
    names = { event, experiment, flag, audienceFlag };
    return;
  }
  const [key, type, text] = fields;
  (kind === 'attribute' ? attributes : tags)[key] = parsers[type](text);
}

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...fields] = line.split('\t');
  if (['attribute', 'tag', 'names'].includes(command)) {
    setup(command, fields);
  } else {
    const result = await commands[command](...fields);
    process.stdout.write(`${JSON.stringify({ op: command, ...result })}\n`);
  }
}
