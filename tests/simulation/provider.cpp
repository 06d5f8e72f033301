#include "tests/simulation/provider.h"

#include <fmt/format.h>

namespace postrider::simulation {

Fate Provider::draw_fate() {
    if (refuses_credentials) return Fate::credentials_refused;
    if (calm || healthy_ || !world_.chance.one_in(3)) return Fate::accepted;
    constexpr Fate troubles[] = {Fate::accepted_answer_lost,
                                 Fate::accepted_answer_late,
                                 Fate::no_connection,
                                 Fate::refused_for_now,
                                 Fate::slow_down,
                                 Fate::refused_for_good,
                                 Fate::error_after_acceptance,
                                 Fate::error_without_acceptance,
                                 Fate::lost_on_the_way};
    return troubles[world_.chance.below(std::size(troubles))];
}

std::string Provider::accept(const PreparedRequest& request) {
    const std::string& key = request.attempt.idempotency_key;
    if (kind_ == Kind::recognises_keys) {
        if (const auto known = id_of_key_.find(key); known != id_of_key_.end()) return known->second;
    }
    std::string id = fmt::format("{}-{}", name_, accepted_.size() + 1);
    id_of_key_[key] = id;
    accepted_.push_back({id, world_.now(), request.destination.reveal(), request.text.reveal(), key,
                         world_.now() + world_.chance.span(list_lag_max)});
    world_.tell(fmt::format("{} accepts \"{}\" for {} as {}", name_, request.text.reveal(),
                            request.destination.reveal(), id));
    return id;
}

std::vector<ProviderRecord> Provider::list(const RecordQuery& query) const {
    std::vector<ProviderRecord> records;
    for (const Accepted& each : accepted_) {
        if (each.destination != query.destination.reveal() || each.shows > world_.now()) continue;
        if (each.at < query.from || each.at > query.to) continue;
        // Its clock shows seconds only.
        records.push_back({each.id,
                           std::chrono::floor<std::chrono::seconds>(each.at),
                           Text(each.text),
                           {{"ids", {each.id}}}});
    }
    return records;
}

}  // namespace postrider::simulation
