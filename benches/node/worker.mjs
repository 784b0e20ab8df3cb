// The official JavaScript SDK as a contestant: answers the line protocol of benches/README.md.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import * as sdk from '@optimizely/optimizely-sdk';

const parsers = { string: String, int: Number, double: Number, bool: (text) => text === 'true' };

const [, , datafilePath, endpoint] = process.argv;
// The version installed, from its own manifest, which the package does not export.
const installed = JSON.parse(
  readFileSync(new URL('node_modules/@optimizely/optimizely-sdk/package.json', import.meta.url), 'utf8'),
);
const attributes = {};
const tags = {};
let names = { event: '', experiment: '' };

// The SDK's own dispatcher, sent to the collector instead of Optimizely.
const redirect = {
  dispatchEvent: (event) => sdk.eventDispatcher.dispatchEvent({ ...event, url: endpoint }),
};

// A client with the SDK's default batch processor; only the endpoint is ours.
function create(datafile) {
  return sdk.createInstance({
    projectConfigManager: sdk.createStaticProjectConfigManager({ datafile }),
    eventProcessor: sdk.createBatchEventProcessor({ eventDispatcher: redirect }),
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
    names = { event: fields[0], experiment: fields[1] };
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
