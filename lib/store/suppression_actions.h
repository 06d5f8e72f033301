#pragma once

#include "lib/async/clock.h"
#include "lib/dispatch/privacy.h"
#include "lib/model/encryption.h"
#include "lib/model/private.h"
#include "lib/store/database.h"
#include "lib/store/installation.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// Somebody who is written to no more, for an operator's eyes.
struct SuppressedPerson {
    std::optional<Address> address;  ///< nothing: it cannot be read with our keys
    std::string channel;             ///< "": all
    std::string cause;
    std::string since;  ///< as PostgreSQL writes it
    std::string note;
};

/// A sender whose messages are not wanted.
struct BlockedSender {
    std::optional<Address> sender;  ///< nothing: it cannot be read with our keys
    std::string since;
    std::string notes;
};

/// What operators do about who is written to and who may write, in the database, so that every daemon abides
/// by it. One connection, blocking.
class SuppressionActions {
public:
    /// Throws DatabaseSetupError where a daemon could not work. `phone_region`: is_phone_region.
    SuppressionActions(const DatabaseSettings& settings, const EncryptionSettings& encryption,
                       std::string phone_region);
    ~SuppressionActions();

    /// In the order in which they came.
    std::vector<SuppressedPerson> list();
    /// False: he was already; the note is the new one, and no START undoes it any more.
    bool add(const Address& address, const std::string& channel, const std::string& note);
    /// Whatever the cause. Without a channel: on all of them. How many entries there were.
    std::size_t remove(const Address& address, const std::optional<std::string>& channel);

    std::vector<BlockedSender> blocked();
    /// False: he was already.
    bool block(const Address& sender, const std::string& notes);
    /// However it is spelled. How many rows there were.
    std::size_t unblock(const Address& sender);

private:
    std::vector<long long> rows_blocking(const Address& sender);

    std::unique_ptr<pqxx::connection> connection_;
    Installation installation_;
    Privacy privacy_;
    std::string phone_region_;
};

}  // namespace postrider
