// The official Java SDK, asked by lines of JSON; README.md of the differential test describes the protocol.

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.optimizely.ab.Optimizely;
import com.optimizely.ab.OptimizelyDecisionContext;
import com.optimizely.ab.OptimizelyForcedDecision;
import com.optimizely.ab.OptimizelyUserContext;
import com.optimizely.ab.bucketing.UserProfileService;
import com.optimizely.ab.config.Variation;
import com.optimizely.ab.event.ForwardingEventProcessor;
import com.optimizely.ab.notification.NotificationCenter;
import com.optimizely.ab.optimizelydecision.OptimizelyDecideOption;
import com.optimizely.ab.optimizelydecision.OptimizelyDecision;
import com.optimizely.ab.optimizelyjson.OptimizelyJSON;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One client of the SDK and the calls made on it. */
public final class Worker implements AutoCloseable {
  private static final Gson GSON = new GsonBuilder().serializeNulls().serializeSpecialFloatingPointValues().create();

  private final List<JsonElement> payloads = new ArrayList<>();
  private final Profiles profiles;
  private final Optimizely sdk;

  private Worker(JsonObject question) throws IOException {
    var center = new NotificationCenter();
    var builder = Optimizely.builder()
        .withDatafile(Files.readString(Path.of(question.get("datafile").getAsString())))
        .withNotificationCenter(center)
        .withEventProcessor(new ForwardingEventProcessor(event -> payloads.add(payload(event.getEndpointUrl(), event.getBody())), center));
    profiles = question.has("profile") ? new Profiles(question) : null;
    if (profiles != null) builder.withUserProfileService(profiles);
    sdk = builder.build();
  }

  @Override
  public void close() {
    sdk.close();
  }

  private static JsonObject payload(String url, String body) {
    var payload = new JsonObject();
    payload.addProperty("url", url);
    payload.add("body", JsonParser.parseString(body));
    return payload;
  }

  /** A user profile service that knows the profile of one user, and remembers what was last saved for that user. */
  private static final class Profiles implements UserProfileService {
    private final String user;
    private final Map<String, Object> known;
    private JsonElement saved;

    @SuppressWarnings("unchecked")
    Profiles(JsonObject question) {
      user = question.get("profile_user").getAsString();
      known = GSON.fromJson(question.get("profile"), Map.class);
    }

    @Override
    public Map<String, Object> lookup(String asked) {
      return asked.equals(user) ? known : null;
    }

    @Override
    public void save(Map<String, Object> profile) {
      if (user.equals(profile.get(userIdKey))) saved = GSON.toJsonTree(profile);
    }
  }

  /** A value of the protocol as Java has it: whole numbers are long, other numbers double. */
  private static Object value(JsonElement value) {
    if (value.isJsonNull()) return null;
    if (value.isJsonObject()) {
      return Double.valueOf(value.getAsJsonObject().get("$double").getAsString());
    }
    var primitive = value.getAsJsonPrimitive();
    if (primitive.isBoolean()) return primitive.getAsBoolean();
    if (primitive.isString()) return primitive.getAsString();
    try {
      return Long.parseLong(primitive.getAsString());
    } catch (NumberFormatException none) {
      return primitive.getAsDouble();
    }
  }

  private static Map<String, Object> values(JsonObject call, String name) {
    var values = new HashMap<String, Object>();
    if (call.has(name)) call.getAsJsonObject(name).entrySet().forEach(entry -> values.put(entry.getKey(), value(entry.getValue())));
    return values;
  }

  private static List<String> texts(JsonObject call, String name) {
    var texts = new ArrayList<String>();
    if (call.has(name)) call.getAsJsonArray(name).forEach(text -> texts.add(text.getAsString()));
    return texts;
  }

  private static List<OptimizelyDecideOption> options(JsonObject call) {
    var options = new ArrayList<OptimizelyDecideOption>();
    for (var name : texts(call, "options")) {
      // Those for bandits came with a later release.
      if (!name.contains("CMAB")) options.add(OptimizelyDecideOption.valueOf(name));
    }
    return options;
  }

  private OptimizelyUserContext context(JsonObject call) {
    var context = sdk.createUserContext(text(call, "user"), values(call, "attrs"));
    if (call.has("segments")) context.setQualifiedSegments(texts(call, "segments"));
    if (call.has("forced_decisions")) {
      for (var forced : call.getAsJsonArray("forced_decisions")) {
        var parts = forced.getAsJsonArray();
        var rule = parts.get(1).isJsonNull() ? null : parts.get(1).getAsString();
        context.setForcedDecision(
            new OptimizelyDecisionContext(parts.get(0).getAsString(), rule),
            new OptimizelyForcedDecision(parts.get(2).getAsString()));
      }
    }
    return context;
  }

  private static String text(JsonObject call, String name) {
    return call.get(name).getAsString();
  }

  private static JsonElement key(Variation variation) {
    return GSON.toJsonTree(variation == null ? null : variation.getKey());
  }

  private static JsonElement tree(OptimizelyJSON json) {
    return json == null ? GSON.toJsonTree(null) : marked(GSON.toJsonTree(json.toMap()));
  }

  /** The same with doubles that JSON lacks marked. */
  private static JsonElement marked(JsonElement value) {
    if (value.isJsonObject()) {
      value.getAsJsonObject().entrySet().forEach(entry -> entry.setValue(marked(entry.getValue())));
    } else if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber() && !Double.isFinite(value.getAsDouble())) {
      var mark = new JsonObject();
      mark.addProperty("$double", Double.toString(value.getAsDouble()));
      return mark;
    }
    return value;
  }

  private static JsonObject decision(OptimizelyDecision made) {
    var decision = new JsonObject();
    decision.addProperty("flag", made.getFlagKey());
    decision.addProperty("rule", made.getRuleKey());
    decision.addProperty("variation", made.getVariationKey());
    decision.addProperty("enabled", made.getEnabled());
    decision.add("variables", tree(made.getVariables()));
    decision.add("reasons", GSON.toJsonTree(made.getReasons()));
    return decision;
  }

  private static JsonObject decisions(Map<String, OptimizelyDecision> made) {
    var decisions = new JsonObject();
    made.forEach((key, one) -> decisions.add(key, decision(one)));
    return decisions;
  }

  private JsonElement call(JsonObject call) throws Exception {
    var attributes = values(call, "attrs");
    switch (text(call, "op")) {
      case "decide": return decision(context(call).decide(text(call, "flag"), options(call)));
      case "decide_for_keys": return decisions(context(call).decideForKeys(texts(call, "flags"), options(call)));
      case "decide_all": return decisions(context(call).decideAll(options(call)));
      case "track_event":
        if (call.has("tags")) context(call).trackEvent(text(call, "event"), values(call, "tags"));
        else context(call).trackEvent(text(call, "event"));
        return null;
      case "track":
        if (call.has("tags")) sdk.track(text(call, "event"), text(call, "user"), attributes, values(call, "tags"));
        else sdk.track(text(call, "event"), text(call, "user"), attributes);
        return null;
      case "activate": return key(sdk.activate(text(call, "experiment"), text(call, "user"), attributes));
      case "get_variation": return key(sdk.getVariation(text(call, "experiment"), text(call, "user"), attributes));
      case "get_forced_variation": return key(sdk.getForcedVariation(text(call, "experiment"), text(call, "user")));
      case "is_feature_enabled": return GSON.toJsonTree(sdk.isFeatureEnabled(text(call, "flag"), text(call, "user"), attributes));
      case "get_enabled_features": return GSON.toJsonTree(sdk.getEnabledFeatures(text(call, "user"), attributes));
      case "all_variables": return tree(sdk.getAllFeatureVariables(text(call, "flag"), text(call, "user"), attributes));
      default: return variable(call, attributes);
    }
  }

  /** This SDK has no untyped getter: where any type is asked for, all variables are, and the one is taken from them. */
  private JsonElement variable(JsonObject call, Map<String, Object> attributes) {
    String flag = text(call, "flag"), key = text(call, "variable"), user = text(call, "user");
    switch (text(call, "type")) {
      case "boolean": return GSON.toJsonTree(sdk.getFeatureVariableBoolean(flag, key, user, attributes));
      case "integer": return GSON.toJsonTree(sdk.getFeatureVariableInteger(flag, key, user, attributes));
      case "double": return marked(GSON.toJsonTree(sdk.getFeatureVariableDouble(flag, key, user, attributes)));
      case "string": return GSON.toJsonTree(sdk.getFeatureVariableString(flag, key, user, attributes));
      case "json": return tree(sdk.getFeatureVariableJSON(flag, key, user, attributes));
      default:
        var all = tree(sdk.getAllFeatureVariables(flag, user, attributes));
        return all.isJsonObject() ? all.getAsJsonObject().get(key) : all;
    }
  }

  /** What the call answers and sends; an exception is an answer too. */
  private JsonObject answer(JsonObject call) {
    payloads.clear();
    var answer = new JsonObject();
    try {
      answer.add("result", call(call));
      answer.addProperty("status", "OK");
    } catch (Exception error) {
      answer.addProperty("status", "ERROR");
      answer.addProperty("message", error.toString());
    }
    answer.add("events", GSON.toJsonTree(payloads));
    return answer;
  }

  private boolean force(JsonArray forced) {
    var variation = forced.get(2).isJsonNull() ? null : forced.get(2).getAsString();
    return sdk.setForcedVariation(forced.get(0).getAsString(), forced.get(1).getAsString(), variation);
  }

  private static JsonObject refusal(String status, String message) {
    var refused = new JsonObject();
    refused.addProperty("status", status);
    refused.addProperty("message", message);
    var answer = new JsonObject();
    answer.add("refused", refused);
    return answer;
  }

  private static JsonObject ask(JsonObject question) throws IOException {
    try (var worker = new Worker(question)) {
      if (!worker.sdk.isValid()) return refusal("INVALID_DATAFILE", "no usable datafile");
      var answer = new JsonObject();
      var set = new JsonArray();
      if (question.has("forced_variations")) {
        question.getAsJsonArray("forced_variations").forEach(forced -> set.add(worker.force(forced.getAsJsonArray())));
      }
      answer.add("set", set);
      var answers = new JsonArray();
      question.getAsJsonArray("calls").forEach(call -> answers.add(worker.answer(call.getAsJsonObject())));
      answer.add("answers", answers);
      if (worker.profiles != null && worker.profiles.saved != null) answer.add("saved", worker.profiles.saved);
      return answer;
    }
  }

  public static void main(String[] arguments) throws IOException {
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var output = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (var line = input.readLine(); line != null; line = input.readLine()) {
      JsonObject answer;
      try {
        answer = ask(JsonParser.parseString(line).getAsJsonObject());
      } catch (Exception error) {
        answer = refusal("ERROR", error.toString());
      }
      output.println(GSON.toJson(answer));
      output.flush();
    }
  }
}
