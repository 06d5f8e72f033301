#include "lib/health/metrics.h"

#include "lib/health/check_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <sstream>

namespace postrider {

namespace {

using prometheus::BuildCounter;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;

/// From what an idle daemon does to what an outage does.
const Histogram::BucketBoundaries lags{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                       1,     2.5,    5,     10,   30,    60,   300, 900,  3600};
const Histogram::BucketBoundaries runs{0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600};
const Histogram::BucketBoundaries calls{0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                        0.05,   0.1,    0.25,  0.5,    1,     5,    10};

double seconds(std::chrono::nanoseconds duration) {
    return std::max(0.0, std::chrono::duration<double>(duration).count());
}

}  // namespace

struct Metrics::Families {
    prometheus::Registry registry;
    Family<Histogram>& due_to_claim =
        histogram("postrider_due_to_claim_seconds", "From send_date to the claim, of first tries");
    Family<Histogram>& claim_to_answer =
        histogram("postrider_claim_to_answer_seconds", "From the claim to the provider's answer");
    Family<Histogram>& due_to_accepted = histogram(
        "postrider_due_to_accepted_seconds", "From send_date to the provider's acceptance, at the first try");
    Family<Histogram>& accepted_to_delivered =
        histogram("postrider_accepted_to_delivered_seconds",
                  "From the provider's acceptance to its report that the request was delivered");
    Family<Counter>& webhooks =
        counter("postrider_webhooks_total", "What webhooks brought, by what became of it");
    Family<Counter>& requests =
        counter("postrider_requests_total", "Requests to providers, by what came of them");
    Family<Counter>& messages = counter("postrider_messages_total", "Messages that came to their end");
    Family<Counter>& retries =
        counter("postrider_retries_total", "Times that a message was put off for another try");
    Family<Counter>& job_runs = counter("postrider_job_runs_total", "Runs of jobs, by how they ended");
    Family<Histogram>& job_took = histogram("postrider_job_run_seconds", "How long a run of a job took");
    Histogram& database_wait =
        histogram("postrider_database_wait_seconds", "How long a call of the database waited for a thread")
            .Add({}, calls);
    Histogram& database_took =
        histogram("postrider_database_call_seconds", "How long a call of the database took").Add({}, calls);
    Histogram& loop_late =
        histogram("postrider_loop_late_seconds", "How late the event loop came to a timer").Add({}, calls);

    Families() {
        prometheus::BuildGauge()
            .Name("postrider_build_info")
            .Help("1, and which version this is")
            .Register(registry)
            .Add({{"version", POSTRIDER_VERSION}})
            .Set(1);
    }

private:
    Family<Histogram>& histogram(const char* name, const char* help) {
        return BuildHistogram().Name(name).Help(help).Register(registry);
    }
    Family<Counter>& counter(const char* name, const char* help) {
        return BuildCounter().Name(name).Help(help).Register(registry);
    }
};

namespace {

template <class Families>
class RegisteredMeter final : public ChannelMeter {
public:
    RegisteredMeter(Families& families, std::string name)
        : name_(std::move(name)),
          due_to_claim_(families.due_to_claim.Add({{"channel", name_}}, lags)),
          claim_to_answer_(families.claim_to_answer.Add({{"channel", name_}}, lags)),
          due_to_accepted_(families.due_to_accepted.Add({{"channel", name_}}, lags)),
          accepted_to_delivered_(families.accepted_to_delivered.Add({{"channel", name_}}, lags)),
          sent_(families.messages.Add({{"channel", name_}, {"end", "sent"}})),
          given_up_(families.messages.Add({{"channel", name_}, {"end", "given_up"}})),
          retries_(families.retries.Add({{"channel", name_}})) {
        // All from the start: an alert on an increase needs what it increased from.
        for (const Verdict outcome : {Verdict::sent, Verdict::rejected, Verdict::deferred, Verdict::throttled,
                                      Verdict::misconfigured, Verdict::in_doubt}) {
            const std::string label(to_string(outcome));
            requests_.emplace(outcome, &families.requests.Add({{"channel", name_}, {"outcome", label}}));
        }
    }

    void claimed(std::chrono::microseconds after_due) override { due_to_claim_.Observe(seconds(after_due)); }
    void requested(Verdict outcome, std::chrono::microseconds after_claim) override {
        requests_.at(outcome)->Increment();
        claim_to_answer_.Observe(seconds(after_claim));
    }
    void accepted(std::chrono::microseconds after_due) override {
        due_to_accepted_.Observe(seconds(after_due));
    }
    void sent() override { sent_.Increment(); }
    void given_up() override { given_up_.Increment(); }
    void waits_again() override { retries_.Increment(); }
    void delivered(std::chrono::microseconds after_acceptance) override {
        accepted_to_delivered_.Observe(seconds(after_acceptance));
    }

private:
    const std::string name_;
    Histogram& due_to_claim_;
    Histogram& claim_to_answer_;
    Histogram& due_to_accepted_;
    Histogram& accepted_to_delivered_;
    std::map<Verdict, Counter*> requests_;
    Counter& sent_;
    Counter& given_up_;
    Counter& retries_;
};

}  // namespace

Metrics::Metrics() : families_(std::make_unique<Families>()) {}
Metrics::~Metrics() = default;

ChannelMeter& Metrics::channel(const std::string& name) {
    auto& meter = channels_[name];
    if (!meter) meter = std::make_unique<RegisteredMeter<Families>>(*families_, name);
    return *meter;
}

void Metrics::webhooks(const std::string& channel, std::string_view kind, std::string_view result,
                       std::size_t count) {
    families_->webhooks
        .Add({{"channel", channel}, {"kind", std::string(kind)}, {"result", std::string(result)}})
        .Increment(static_cast<double>(count));
}

void Metrics::job_ran(const std::string& job, std::string_view status, std::chrono::nanoseconds took) {
    families_->job_runs.Add({{"job", job}, {"status", std::string(status)}}).Increment();
    families_->job_took.Add({{"job", job}}, runs).Observe(seconds(took));
}

void Metrics::database_call(std::chrono::nanoseconds waited, std::chrono::nanoseconds took) {
    families_->database_wait.Observe(seconds(waited));
    families_->database_took.Observe(seconds(took));
}

void Metrics::loop_was_late(std::chrono::nanoseconds by) { families_->loop_late.Observe(seconds(by)); }

std::string Metrics::text(const Report& report) const {
    auto all = families_->registry.Collect();
    for (auto& family : metrics_of(report)) all.push_back(std::move(family));
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, all);
    return out.str();
}

}  // namespace postrider
