#include "tests/simulation/links.h"

#include <fmt/format.h>

#include <algorithm>

namespace postrider::simulation {

namespace {

constexpr std::chrono::milliseconds connect_max{300};
constexpr std::chrono::milliseconds way_max{500};
constexpr std::chrono::seconds slow_connect_max{13};  // within the request's time-out, and beyond a lease
constexpr std::chrono::seconds slow_way_max{8};
constexpr std::chrono::seconds request_max{15};

}  // namespace

std::chrono::seconds SimulatedTransport::idempotency_window() const {
    return provider_.kind() == Kind::recognises_keys ? std::chrono::minutes{5} : std::chrono::seconds{0};
}

Task<std::vector<Outcome>> SimulatedTransport::send(std::vector<PreparedRequest> requests,
                                                    const Permit& permit) {
    std::vector<Outcome> outcomes;
    for (PreparedRequest& request : requests) {
        Outcome outcome = co_await send_one(std::move(request), permit);
        outcomes.push_back(std::move(outcome));
    }
    co_return outcomes;
}

Task<Outcome> SimulatedTransport::send_one(PreparedRequest request, const Permit& permit) {
    World& world = line_.world;
    const Fate fate = provider_.draw_fate();
    const TimePoint gives_up = line_.clock.now() + request_max;
    // Connecting, TLS and headers: nothing of this commits the send.
    const bool slow = line_.on_moment(Moment::connecting) || world.chance.one_in(20);
    const auto connecting = slow ? world.chance.evenly(slow_connect_max) : world.chance.span(connect_max);
    co_await line_.clock.sleep_until(line_.clock.now() + connecting);
    line_.check_alive();
    if (fate == Fate::no_connection) co_return Outcome::failed(Verdict::deferred, "no connection");
    if (!permit.granted()) co_return Outcome::failed(Verdict::deferred, "the lease is over");
    check_right(request);
    const bool goes_slowly = line_.on_moment(Moment::left) || world.chance.one_in(20);
    // The bytes have left: the rest happens whatever becomes of us. What has not arrived when the
    // request times out, and its connection is closed, never does.
    const auto rest = std::max<std::chrono::microseconds>(gives_up - line_.clock.now(), {});
    const auto way =
        std::min(rest, goes_slowly ? world.chance.evenly(slow_way_max) : world.chance.span(way_max));
    world.tell(fmt::format("\"{}\" leaves for {}, fate {}", request.text.reveal(), provider_.name(),
                           static_cast<int>(fate)));
    struct Answer {
        std::optional<Outcome> outcome;
    };
    const auto answer = std::make_shared<Answer>();
    Provider& provider = provider_;
    world.in(way, [&provider, answer, request, fate] {
        const auto accept = [&] {
            const std::string id = provider.accept(request);
            return Outcome::sent(id, {{"ids", {id}}});
        };
        switch (fate) {
            case Fate::accepted: answer->outcome = accept(); return;
            case Fate::accepted_answer_lost:
            case Fate::accepted_answer_late:
            case Fate::error_after_acceptance: accept(); break;
            case Fate::refused_for_now: answer->outcome = Outcome::failed(Verdict::deferred, "later"); return;
            case Fate::slow_down: {
                Outcome outcome = Outcome::failed(Verdict::throttled, "slow down");
                outcome.retry_after = std::chrono::seconds{2};
                answer->outcome = std::move(outcome);
                return;
            }
            case Fate::refused_for_good:
                provider.refuse_for_good(request);
                answer->outcome = Outcome::failed(Verdict::rejected, "never");
                return;
            case Fate::credentials_refused:
                answer->outcome = Outcome::failed(Verdict::misconfigured, "wrong credentials");
                return;
            case Fate::error_without_acceptance:
            case Fate::lost_on_the_way:
            case Fate::no_connection: break;
        }
        if (fate == Fate::error_after_acceptance || fate == Fate::error_without_acceptance)
            answer->outcome = Outcome::failed(Verdict::in_doubt, "server error");
    });
    const auto back = world.chance.span(way_max);
    const bool answers = way + back < rest && fate != Fate::accepted_answer_lost &&
                         fate != Fate::accepted_answer_late && fate != Fate::lost_on_the_way;
    co_await line_.clock.sleep_until(answers ? line_.clock.now() + way + back : gives_up);
    line_.check_alive();
    line_.on_moment(Moment::answered);
    if (answers && answer->outcome) co_return *answer->outcome;
    co_return Outcome::failed(Verdict::in_doubt, "no answer");
}

void SimulatedTransport::check_right(const PreparedRequest& request) const {
    World& world = line_.world;
    if (auto objection = world.rights.objection(request, units_max_, world.now()))
        return world.violation(std::move(*objection));
    // Where nobody can tell what came of it, a peer may have ended it: by a guess, or to repeat its key.
    if (provider_.kind() != Kind::keeps_records) return;
    const auto& open = world.database.open;
    const bool journaled = std::any_of(
        open.begin(), open.end(), [&](const auto& each) { return each.second.id == request.attempt.id; });
    if (!journaled)
        world.violation(
            fmt::format("attempt {} leaves, and is not in the journal any more", request.attempt.id));
}

Task<std::vector<ProviderRecord>> SimulatedTransport::records(RecordQuery query) {
    co_await line_.clock.sleep_until(line_.clock.now() + line_.world.chance.span(way_max));
    line_.check_alive();
    if (!provider_.lists) throw std::runtime_error("the provider does not list");
    auto records = provider_.list(query);
    co_await line_.clock.sleep_until(line_.clock.now() + line_.world.chance.span(way_max));
    line_.check_alive();
    co_return records;
}

}  // namespace postrider::simulation
