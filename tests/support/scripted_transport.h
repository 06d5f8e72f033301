#pragma once

#include "lib/dispatch/transport.h"
#include "tests/support/gate.h"

#include <deque>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace postrider::testing {

/// A provider that does as it is told: accepts, unless the script says otherwise, and remembers.
class ScriptedTransport final : public Transport {
public:
    explicit ScriptedTransport(Executor executor)
        : gate(executor), connecting(executor), records_gate(executor), executor_(std::move(executor)) {}

    std::size_t batch_max() const override { return batch; }
    Task<std::vector<Outcome>> send(std::vector<PreparedRequest> requests, const Permit& permit) override;
    std::chrono::seconds idempotency_window() const override { return window; }
    std::size_t text_units_max() const override { return units_max; }
    bool is_medium(std::string_view text) const override {
        return !medium_mark.empty() && text.starts_with(medium_mark);
    }
    bool counts_segments() const override { return segments; }
    bool tells_of_message() const override { return tells; }
    MediaLimits media_limits() const override { return media; }
    std::optional<std::string> medium_objection(const MediaFile& medium) const override {
        if (!takes_types.empty() && !takes_types.contains(medium.content_type))
            return "is of type " + medium.content_type;
        if (objects_to.empty() || medium.path != objects_to) return std::nullopt;
        return "is not to the transport's taste";
    }
    bool keeps_records() const override { return lists_records; }
    Task<std::vector<ProviderRecord>> records(RecordQuery query) override;

    /// The next outcomes, in order of the requests.
    void script(Outcome outcome) { outcomes_.push_back(std::move(outcome)); }
    void script(Verdict verdict) { script(Outcome::failed(verdict, std::string(to_string(verdict)))); }

    void end_script() { outcomes_.clear(); }

    /// The texts of what has left, in order.
    std::vector<std::string> texts() const;
    std::size_t calls_in_flight() const { return in_flight_; }

    std::size_t batch = 1;
    Gate gate;          ///< answers wait before it; what waits there has left
    Gate connecting;    ///< where requests wait before they ask for the permit
    Gate records_gate;  ///< where requests for records wait
    bool throws = false;
    bool answers_one_too_few = false;
    std::function<void()> before_permit;
    Verdict otherwise = Verdict::sent;
    std::chrono::seconds window{0};
    std::size_t units_max = 1000000;
    MediaLimits media;
    std::string medium_mark;  ///< texts that begin with it stand for media
    bool segments = true;
    bool tells = false;
    std::set<std::string> takes_types{};  ///< of files; none: all
    std::string objects_to;               ///< the path of a file
    bool lists_records = false;
    bool records_throw = false;
    std::vector<ProviderRecord> known;  ///< the provider's records

    std::vector<PreparedRequest> left;  ///< requests whose bytes have left
    std::vector<std::size_t> call_sizes;
    std::size_t calls_in_flight_max = 0;
    std::size_t refused_by_permit = 0;
    std::vector<RecordQuery> asked_about;

private:
    Outcome next_outcome();

    Executor executor_;
    std::deque<Outcome> outcomes_;
    std::size_t in_flight_ = 0;
};

}  // namespace postrider::testing
