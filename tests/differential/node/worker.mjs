// The official JavaScript SDK, asked by lines of JSON; README.md beside this folder describes the protocol.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import * as sdk from '@optimizely/optimizely-sdk';

const specialDoubles = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity };

// A value of the protocol as JavaScript has it.
function valueOf(value) {
  return value !== null && typeof value === 'object' && '$double' in value ? specialDoubles[value.$double] : value;
}

function valuesOf(members) {
  return members && Object.fromEntries(Object.entries(members).map(([name, value]) => [name, valueOf(value)]));
}

// Writes JSON with doubles that it lacks marked.
function encode(answer) {
  return JSON.stringify(answer, (name, value) =>
    typeof value === 'number' && !Number.isFinite(value) ? { $double: String(value) } : value,
  );
}

// What the SDK lets fall outside its promises, which it then never settles: the call that is under way fails with it.
let fail = () => {};
process.on('uncaughtException', (error) => fail(error));
process.on('unhandledRejection', (error) => fail(error));

function settled(promise) {
  return Promise.race([promise, new Promise((_, reject) => (fail = reject))]);
}

// Keeps payloads instead of sending them.
class Dispatcher {
  payloads = [];

  dispatchEvent(event) {
    this.payloads.push({ url: event.url, body: JSON.parse(encode(event.params)) });
    return Promise.resolve({ statusCode: 204 });
  }
}

// A user profile service that knows the profile of one user, and remembers what was last saved for that user.
class Profiles {
  constructor(user, profile) {
    this.user = user;
    this.profile = profile;
  }

  lookup(user) {
    return user === this.user ? this.profile : null;
  }

  save(profile) {
    if (profile.user_id === this.user) this.saved = JSON.parse(JSON.stringify(profile));
  }
}

function decision(answer) {
  return {
    flag: answer.flagKey,
    rule: answer.ruleKey,
    variation: answer.variationKey,
    enabled: answer.enabled,
    variables: answer.variables,
    reasons: answer.reasons,
  };
}

function decisions(answers) {
  return Object.fromEntries(Object.entries(answers).map(([key, answer]) => [key, decision(answer)]));
}

// One client of the SDK and the calls made on it. Where bandits are asked, decisions are made the asynchronous way, for
// the synchronous one passes them over.
class Client {
  constructor(question) {
    this.dispatcher = new Dispatcher();
    if ('profile' in question) this.profiles = new Profiles(question.profile_user, question.profile);
    this.waits = 'cmab_endpoint' in question;
    this.sdk = sdk.createInstance({
      projectConfigManager: sdk.createStaticProjectConfigManager({ datafile: readFileSync(question.datafile, 'utf8') }),
      eventProcessor: sdk.createForwardingEventProcessor(this.dispatcher),
      userProfileService: this.profiles,
      cmab: this.waits ? { predictionEndpointTemplate: question.cmab_endpoint } : undefined,
      disposable: true,
    });
  }

  context(call) {
    const user = this.sdk.createUserContext(call.user, valuesOf(call.attrs));
    if ('segments' in call) user.qualifiedSegments = call.segments;
    for (const [flagKey, ruleKey, variationKey] of call.forced_decisions ?? []) {
      user.setForcedDecision(ruleKey === null ? { flagKey } : { flagKey, ruleKey }, { variationKey });
    }
    return user;
  }

  async decide(call) {
    const user = this.context(call);
    return decision(
      this.waits ? await user.decideAsync(call.flag, call.options) : user.decide(call.flag, call.options),
    );
  }

  async decide_for_keys(call) {
    const user = this.context(call);
    return decisions(
      this.waits ? await user.decideForKeysAsync(call.flags, call.options) : user.decideForKeys(call.flags, call.options),
    );
  }

  async decide_all(call) {
    const user = this.context(call);
    return decisions(this.waits ? await user.decideAllAsync(call.options) : user.decideAll(call.options));
  }

  track_event(call) {
    this.context(call).trackEvent(call.event, valuesOf(call.tags));
  }

  track(call) {
    this.sdk.track(call.event, call.user, valuesOf(call.attrs), valuesOf(call.tags));
  }

  activate(call) {
    return this.sdk.activate(call.experiment, call.user, valuesOf(call.attrs));
  }

  get_variation(call) {
    return this.sdk.getVariation(call.experiment, call.user, valuesOf(call.attrs));
  }

  get_forced_variation(call) {
    return this.sdk.getForcedVariation(call.experiment, call.user);
  }

  is_feature_enabled(call) {
    return this.sdk.isFeatureEnabled(call.flag, call.user, valuesOf(call.attrs));
  }

  get_enabled_features(call) {
    return this.sdk.getEnabledFeatures(call.user, valuesOf(call.attrs));
  }

  all_variables(call) {
    return this.sdk.getAllFeatureVariables(call.flag, call.user, valuesOf(call.attrs));
  }

  variable(call) {
    const getter = {
      any: 'getFeatureVariable',
      boolean: 'getFeatureVariableBoolean',
      integer: 'getFeatureVariableInteger',
      double: 'getFeatureVariableDouble',
      string: 'getFeatureVariableString',
      json: 'getFeatureVariableJSON',
    }[call.type];
    return this.sdk[getter](call.flag, call.variable, call.user, valuesOf(call.attrs));
  }

  // What the call answers and sends; an exception is an answer too.
  async answer(call) {
    this.dispatcher.payloads = [];
    let answer;
    try {
      answer = { status: 'OK', result: (await settled(this[call.op](call))) ?? null };
    } catch (error) {
      answer = { status: 'ERROR', message: String(error), result: null };
    }
    return { ...answer, events: this.dispatcher.payloads };
  }

  setForcedVariation([experiment, user, variation]) {
    try {
      return this.sdk.setForcedVariation(experiment, user, variation);
    } catch {
      return null;
    }
  }
}

async function ask(question) {
  const client = new Client(question);
  try {
    await client.sdk.onReady();
  } catch (error) {
    return { refused: { status: 'INVALID_DATAFILE', message: String(error) } };
  }
  const answer = { set: (question.forced_variations ?? []).map((forced) => client.setForcedVariation(forced)), answers: [] };
  for (const call of question.calls) answer.answers.push(await client.answer(call));
  if (client.profiles?.saved !== undefined) answer.saved = client.profiles.saved;
  await client.sdk.close();
  return answer;
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = await ask(JSON.parse(line));
  } catch (error) {
    answer = { refused: { status: 'ERROR', message: String(error) } };
  }
  process.stdout.write(`${encode(answer)}\n`);
}
