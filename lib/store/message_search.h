#pragma once

#include "lib/dispatch/privacy.h"
#include "lib/model/message.h"
#include "lib/store/database.h"
#include "lib/store/installation.h"

#include <boost/json/array.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// Which outgoing messages are wanted; what is empty does not matter, all else must hold.
struct MessageFilter {
    std::optional<Address> destination{};  ///< however the number is spelled
    std::string channel{};                 ///< as column `channel` of view postrider.messages has it
    std::string state{};                   ///< the same
    /// The provider's, of the last attempt, or of a delivery report.
    std::string error_code{};
    std::string since{};  ///< due since; anything PostgreSQL reads as a timestamptz
    std::string until{};  ///< due before
    /// First and last; one of them.
    struct Ids {
        MessageId first = 0;
        MessageId last = 0;
    };
    std::vector<Ids> ids{};
    std::size_t limit = 20;
};

/// Finds messages for people and their scripts: one connection, blocking. Nothing that it returns has an address
/// or a text.
class MessageSearch {
public:
    /// Throws DatabaseSetupError where a daemon could not work. `phone_region`: is_phone_region.
    MessageSearch(const DatabaseSettings& settings, const EncryptionSettings& encryption,
                  std::string phone_region);
    ~MessageSearch();

    /// Rows of view postrider.messages, the latest id first, each column under its name, as text. A destination
    /// that rows have encrypted is found by opening them one after the other, a few thousand in memory at a time.
    /// Throws DatabaseSetupError for a time that is none.
    boost::json::array find(const MessageFilter& filter);

private:
    std::unique_ptr<pqxx::connection> connection_;
    Installation installation_;
    Privacy privacy_;
    std::string phone_region_;
};

}  // namespace postrider
