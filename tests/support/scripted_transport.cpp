#include "tests/support/scripted_transport.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <stdexcept>

namespace postrider::testing {

Task<std::vector<Outcome>> ScriptedTransport::send(std::vector<PreparedRequest> requests,
                                                   const Permit& permit) {
    struct Call {
        explicit Call(std::size_t& all) : calls(all) { ++calls; }
        ~Call() { --calls; }
        std::size_t& calls;
    };
    const Call counted(in_flight_);
    calls_in_flight_max = std::max(calls_in_flight_max, in_flight_);
    co_await boost::asio::post(executor_, boost::asio::use_awaitable);
    if (throws) throw std::runtime_error("the transport has a bug");
    co_await connecting.pass();
    if (before_permit) before_permit();
    std::vector<Outcome> outcomes;
    if (!permit.granted()) {
        refused_by_permit += requests.size();
        outcomes.assign(requests.size(), Outcome::failed(Verdict::deferred, "the lease is over"));
        co_return outcomes;
    }
    call_sizes.push_back(requests.size());
    for (const PreparedRequest& request : requests) {
        left.push_back(request);
        outcomes.push_back(next_outcome());
    }
    co_await gate.pass();
    if (answers_one_too_few) outcomes.pop_back();
    co_return outcomes;
}

Task<std::vector<ProviderRecord>> ScriptedTransport::records(RecordQuery query) {
    asked_about.push_back(query);
    co_await boost::asio::post(executor_, boost::asio::use_awaitable);
    co_await records_gate.pass();
    if (records_throw) throw std::runtime_error("the provider does not list");
    co_return known;
}

std::vector<std::string> ScriptedTransport::texts() const {
    std::vector<std::string> texts;
    for (const PreparedRequest& request : left) texts.push_back(request.text.reveal());
    return texts;
}

Outcome ScriptedTransport::next_outcome() {
    if (outcomes_.empty()) {
        return otherwise == Verdict::sent ? Outcome::sent("P" + std::to_string(left.size()), {})
                                          : Outcome::failed(otherwise, std::string(to_string(otherwise)));
    }
    Outcome outcome = std::move(outcomes_.front());
    outcomes_.pop_front();
    return outcome;
}

}  // namespace postrider::testing
