#include "tests/simulation/links.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <stdexcept>

namespace postrider::simulation {

namespace {

constexpr std::chrono::milliseconds usual_way{20};
constexpr std::chrono::seconds slow_way{12};  // longer than a lease
constexpr std::chrono::seconds lease{10};

}  // namespace

void Line::check_alive() const {
    if (dead) throw std::runtime_error("this daemon is dead");
}

Task<> Line::travel(bool slowly) {
    slowly = slowly || world.chance.one_in(200);
    const auto way = slowly ? world.chance.evenly(slow_way) : world.chance.span(usual_way);
    co_await clock.sleep_until(clock.now() + way);
    check_alive();
    if (cut || world.database_away) throw std::runtime_error("the database is away");
}

Task<std::vector<OutgoingMessage>> SimulatedOutbox::read_due(MessageKey after, TimePoint until,
                                                             std::size_t limit) {
    co_await line_.travel();
    auto rows = co_await inner_.read_due(after, until, limit);
    const bool from_the_midst = after.send_date > TimePoint::min();
    co_await line_.travel(from_the_midst && line_.on_moment(Moment::read));
    co_return rows;
}

Task<std::vector<OutgoingMessage>> SimulatedOutbox::read(std::vector<MessageId> ids) {
    co_await line_.travel();
    auto rows = co_await inner_.read(std::move(ids));
    co_await line_.travel();
    co_return rows;
}

Task<std::map<MessageId, std::vector<Media>>> SimulatedOutbox::read_media(std::vector<MessageId> ids) {
    co_await line_.travel();
    auto media = co_await inner_.read_media(std::move(ids));
    co_await line_.travel();
    co_return media;
}

Task<std::vector<Claim>> SimulatedOutbox::claim(std::vector<ClaimRequest> requests, ClaimTimes times) {
    const DaemonId daemon = daemon_();
    co_await line_.travel();
    asking_ = daemon;
    auto claims = co_await inner_.claim(std::move(requests), times);
    for (const Claim& claim : claims)
        line_.world.rights.grant(claim.attempt.id, daemon,
                                 line_.world.database.rows.at(claim.message_id).text);
    if (!claims.empty()) line_.on_moment(Moment::claimed);
    co_await line_.travel();
    co_return claims;
}

Task<> SimulatedOutbox::withdraw(std::vector<std::string> idempotency_keys) {
    const DaemonId daemon = daemon_();
    co_await line_.travel();
    asking_ = daemon;
    co_await inner_.withdraw(std::move(idempotency_keys));
    co_await line_.travel();
}

Task<> SimulatedOutbox::record(std::vector<AttemptResult> results) {
    co_await line_.travel();
    std::vector<MessageId> sent;
    for (const AttemptResult& result : results) {
        if (result.disposition == Disposition::sent) sent.push_back(result.message_id);
    }
    co_await inner_.record(std::move(results));
    line_.world.told_sent.insert(sent.begin(), sent.end());
    co_await line_.travel();
}

Task<std::vector<Doubt>> SimulatedOutbox::read_doubts(std::vector<MessageId> in_hand) {
    const DaemonId daemon = daemon_();
    co_await line_.travel();
    asking_ = daemon;
    auto doubts = co_await inner_.read_doubts(std::move(in_hand));
    co_await line_.travel();
    co_return doubts;
}

Task<Evidence> SimulatedOutbox::read_evidence(std::vector<std::string> provider_ids, TimePoint since) {
    co_await line_.travel();
    auto evidence = co_await inner_.read_evidence(std::move(provider_ids), since);
    co_await line_.travel();
    co_return evidence;
}

Task<std::map<AttemptId, Outcome>> SimulatedOutbox::read_reported(std::vector<AttemptId> attempts) {
    co_await line_.travel();
    auto reported = co_await inner_.read_reported(std::move(attempts));
    co_await line_.travel();
    co_return reported;
}

Task<std::vector<Suspension>> SimulatedOutbox::read_suspensions() {
    co_await line_.travel();
    auto suspensions = co_await inner_.read_suspensions();
    co_await line_.travel();
    co_return suspensions;
}

Task<DaemonId> SimulatedMembership::join() {
    co_await line_.travel();
    const DaemonId id = co_await inner_.join();
    co_await line_.travel();
    co_return id;
}

Task<Beat> SimulatedMembership::beat() {
    co_await line_.travel();
    Beat beat = co_await inner_.beat();
    // The daemon counts from before the heartbeat left, so its lease is over sooner than this.
    if (beat.alive) line_.world.rights.extend_lease(daemon(), line_.world.now() + lease);
    co_await line_.travel();
    co_return beat;
}

Task<> SimulatedMembership::give_back(std::set<int> shards) {
    co_await line_.travel();
    co_await inner_.give_back(std::move(shards));
    co_await line_.travel();
}

Task<> SimulatedMembership::leave() {
    co_await line_.travel();
    co_await inner_.leave();
    co_await line_.travel();
}

void SimulatedMembership::end_session() {
    if (daemon() != 0) line_.world.database.end_session(daemon());
}

Task<> SimulatedSpool::turn() {
    co_await boost::asio::post(executor_, boost::asio::use_awaitable);
    line_.check_alive();
}

Task<> SimulatedSpool::keep(std::vector<AttemptResult> results) {
    co_await turn();
    for (AttemptResult& result : results) {
        result.row_version.clear();
        result.transmission_metadata.reset();
        std::erase_if(disk_, [&](const AttemptResult& each) { return each.attempt_id == result.attempt_id; });
        disk_.push_back(std::move(result));
    }
    co_await turn();
}

Task<> SimulatedSpool::forget(std::vector<AttemptId> attempts) {
    co_await turn();
    std::erase_if(disk_, [&](const AttemptResult& each) {
        return std::find(attempts.begin(), attempts.end(), each.attempt_id) != attempts.end();
    });
    co_await turn();
}

Task<std::vector<AttemptResult>> SimulatedSpool::read() {
    co_await turn();
    co_return disk_;
}

}  // namespace postrider::simulation
