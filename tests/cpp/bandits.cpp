/// Bandits: predictions from callables and from an endpoint, the cache, and what a failed prediction comes to.
#include <stdexcept>

#include "check.hpp"
#include "flags.hpp"

using opt::DecideOptions;
using opt::Status;

namespace {

void a_callable(const Collector &collector) {
  int calls = 0;
  std::string asked;
  const char *variation = "6006";
  const auto client =
      opt::Client::create(flags_options(collector).cmab_predictor([&](std::string_view rule, std::string_view user,
                                                                      std::string_view body) {
        calls++;
        asked = body;
        CHECK_EQ(rule, "4003");
        CHECK_EQ(user, "visitor");
        return std::string(variation);
      })).value();
  const opt::User gold = gold_user();
  const opt::Decision decision = client.decide(gold, "bandit").value();
  CHECK_EQ(decision.variation_key(), "b");
  CHECK_EQ(parsed(asked).text("instances[0].cmabUUID"), decision.cmab_uuid().value_or("?"));
  CHECK_EQ(parsed(asked).text("instances[0].attributes[0].value"), "gold");
  variation = "6005";
  CHECK_EQ(client.decide(gold, "bandit").value().variation_key(), "b");
  CHECK_EQ(calls, 1);
  CHECK_EQ(client.decide(gold, "bandit", DecideOptions::ignore_cmab_cache).value().variation_key(), "a");
  CHECK_EQ(client.decide(gold, "bandit", DecideOptions::invalidate_user_cmab_cache).value().variation_key(), "a");
  variation = "6006";
  CHECK_EQ(client.decide(gold, "bandit", DecideOptions::reset_cmab_cache).value().variation_key(), "b");
  CHECK_EQ(calls, 4);
  const auto impatient = DecideOptions::no_wait | DecideOptions::ignore_cmab_cache;
  CHECK_EQ(client.decide(gold, "bandit", impatient).value().variation_key(), std::nullopt);
  CHECK_EQ(calls, 4);
}

template <class Predict>
void check_failure(const Collector &collector, Predict predict) {
  const auto client = opt::Client::create(flags_options(collector).cmab_predictor(std::move(predict))).value();
  opt::Decision failed;
  const auto decision = client.decide(gold_user(), "bandit", DecideOptions::none, &failed);
  CHECK_FAILS(decision, Status::prediction_failed);
  CHECK(decision.error().is_retriable());
  CHECK_EQ(failed.status(), Status::prediction_failed);
  CHECK_EQ(failed.reasons()[0], "Failed to fetch CMAB data for experiment bandit_test.");
  CHECK(!failed.is_enabled());
  // Among others it is an error decision.
  const auto many = client.decide_for_keys(gold_user(), {"checkout", "bandit"});
  CHECK_OK(many);
  CHECK_EQ(many.value()[0].status(), Status::ok);
  CHECK_EQ(many.value()[1].status(), Status::prediction_failed);
}

void failures(const Collector &collector) {
  using Texts = std::string_view;
  check_failure(collector, [](Texts, Texts, Texts) { return std::nullopt; });
  check_failure(collector, [](Texts, Texts, Texts) -> opt::Result<std::string> {
    return opt::Error(Status::timeout, "the model is away");
  });
#ifdef __cpp_exceptions
  check_failure(collector, [](Texts, Texts, Texts) -> std::string { throw std::runtime_error("the model is away"); });
  check_failure(collector, [](Texts, Texts, Texts) -> std::string { throw 7; });
#endif
}

void an_endpoint(const Collector &collector) {
  Predictor predictor;
  predictor.answer(200, "6005");
  const auto client = opt::Client::create(flags_options(collector)
                                              .cmab_endpoint(predictor.url_template())
                                              .cmab_timeout(std::chrono::seconds(10))
                                              .cmab_cache(100, std::chrono::minutes(1)))
                          .value();
  const opt::Decision decision = client.decide(gold_user(), "bandit").value();
  CHECK_EQ(decision.variation_key(), "a");
  std::string path;
  const Document body = predictor.last(path);
  CHECK_EQ(path, "/predict/4003");
  CHECK_EQ(body.text("instances[0].visitorId"), "visitor");
  CHECK_EQ(body.text("instances[0].cmabUUID"), decision.cmab_uuid().value_or("?"));
  CHECK_OK(client.decide(gold_user(), "bandit"));
  CHECK_EQ(predictor.requests(), 1);
  predictor.answer(500, "");
  CHECK_FAILS(client.decide(gold_user("other"), "bandit"), Status::prediction_failed);
  CHECK_EQ(predictor.requests(), 3);

  CHECK_OK(client.flush(patience));
  CHECK_EQ(collector.batches().text("[0].body.visitors[0].snapshots[0].decisions[0].metadata.cmab_uuid"),
           decision.cmab_uuid().value_or("?"));
}

void refusals(const Collector &collector) {
  CHECK_FAILS(opt::Client::create(flags_options(collector).cmab_endpoint("http://127.0.0.1:1/predict")),
              Status::invalid_argument);
  CHECK_FAILS(opt::Client::create(flags_options(collector).cmab_endpoint("http://127.0.0.1:1/%s/%s")),
              Status::invalid_argument);
  CHECK_FAILS(opt::Client::create(flags_options(collector).cmab_timeout(opt::Milliseconds(0))),
              Status::invalid_argument);
}

} // namespace

int main() {
  const Collector collector;
  an_endpoint(collector);
  a_callable(collector);
  failures(collector);
  refusals(collector);
  return check::done("bandits");
}
