#pragma once

#include "lib/store/database.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// What `postrider send` hands over. All of it is checked by postrider.enqueue.
struct NewMessage {
    Address destination;
    Text text;
    std::string send_date;  ///< anything PostgreSQL reads as a timestamptz; empty: now
    std::string channel;    ///< empty: none named
    std::string idempotency_key;
};

/// For people and their scripts: one connection, one question, blocking. None returns a destination
/// or a text.
class MessageQueries {
public:
    explicit MessageQueries(const DatabaseSettings& settings);
    ~MessageQueries();

    /// The new message's id, or that of the first with the same key. Throws DatabaseSetupError with
    /// PostgreSQL's words for what it refuses.
    long long enqueue(const NewMessage& message);

    /// Its row of view postrider.messages, each column under its name, as text; nullopt if there is none.
    std::optional<boost::json::object> find(long long id);

    /// What the journal says of each channel since `hours` ago: attempts by verdict.
    boost::json::array channel_activity(int hours);

private:
    std::unique_ptr<pqxx::connection> connection_;
};

}  // namespace postrider
