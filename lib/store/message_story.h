#pragma once

#include "lib/dispatch/waiting_reasons.h"
#include "lib/model/message.h"
#include "lib/model/suspension.h"
#include "lib/store/database.h"
#include "lib/store/installation.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace postrider {

/// What the database has of one message. In the objects each column is under its name, as text or null; none has
/// an address or a text.
struct MessageStory {
    boost::json::object row;  ///< of view postrider.messages
    boost::json::object
        intake;  ///< `declared`: when somebody said that it was complete; `media`: how many files
    boost::json::array attempts;
    boost::json::array reports;   ///< what its provider reported, the furthest of each request
    boost::json::array forwards;  ///< what applications are still to be told of that
    Address destination;          ///< as stored
    Text text;                    ///< as stored
    /// As daemons read it; nothing: it has ended.
    std::optional<OutgoingMessage> waiting;
    // Of a message that waits:
    TimePoint now;
    std::optional<WaitFacts::OpenAttempt> attempt;
    std::optional<WaitFacts::Hold> hold;
    bool late = false;  ///< lateness_max holds it
};

/// Reads stories, and what a message may wait for besides. One connection, blocking.
class MessageStories {
public:
    /// Throws DatabaseSetupError where a daemon could not work.
    explicit MessageStories(const DatabaseSettings& settings);
    ~MessageStories();

    const Installation& installation() const { return installation_; }

    /// nullopt if there is no such message. `lateness_max` says what is held for it.
    std::optional<MessageStory> read(MessageId id, std::chrono::milliseconds lateness_max);
    std::vector<Suspension> suspensions();
    /// The oldest open attempt of another message of the conversation.
    std::optional<WaitFacts::Before> open_before(const ConversationId& conversation, MessageId id);
    /// Whether anything is sent to a recipient, as suppressions name him, on a channel.
    std::optional<WaitFacts::Suppressed> suppression(const Hash& recipient, const std::string& channel);

private:
    std::unique_ptr<pqxx::connection> connection_;
    Installation installation_;
};

}  // namespace postrider
