#pragma once

#include "lib/dispatch/transport.h"
#include "tests/simulation/world.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace postrider::simulation {

/// What a provider offers against doubt.
enum class Kind {
    keeps_records,    ///< lists what it has accepted, as Twilio does
    recognises_keys,  ///< accepts a request that comes again under its key once, as Azure does
    tells_nothing,
};

/// What the provider, or the way there, does with a request.
enum class Fate {
    accepted,
    accepted_answer_lost,
    accepted_answer_late,  ///< after the client has given up
    no_connection,
    refused_for_now,
    slow_down,
    refused_for_good,
    error_after_acceptance,  ///< 500, though it was accepted
    error_without_acceptance,
    lost_on_the_way,
    credentials_refused,
};

/// A provider, as the world sees it: lives whatever happens to the daemons.
class Provider {
public:
    Provider(World& world, std::string name, Kind kind, bool healthy)
        : world_(world), name_(std::move(name)), kind_(kind), healthy_(healthy) {}

    struct Accepted {
        std::string id;
        TimePoint at;
        std::string destination;
        std::string text;
        std::string key;
        TimePoint shows;  ///< in the list from then on
    };

    Fate draw_fate();
    /// The bytes have arrived. Returns the id: the known one, for a key that comes again.
    std::string accept(const PreparedRequest& request);
    void refuse_for_good(const PreparedRequest& request) { refused_.insert(request.text.reveal()); }
    std::vector<ProviderRecord> list(const RecordQuery& query) const;

    const std::string& name() const { return name_; }
    Kind kind() const { return kind_; }
    const std::vector<Accepted>& accepted() const { return accepted_; }
    /// Whether it refused this text once: the message may end errored.
    bool has_refused(const std::string& text) const { return refused_.contains(text); }

    /// How long a message takes at most to show in the list.
    std::chrono::seconds list_lag_max{20};
    bool refuses_credentials = false;
    bool lists = true;
    /// After that nothing goes wrong any more.
    bool calm = false;

private:
    World& world_;
    std::string name_;
    Kind kind_;
    bool healthy_;
    std::vector<Accepted> accepted_;
    std::map<std::string, std::string> id_of_key_;
    std::set<std::string> refused_;
};

}  // namespace postrider::simulation
