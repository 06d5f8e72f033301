#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace postrider::testing {

/// What a provider does with the next request.
enum class Manner {
    accepts,
    rejects,         ///< this message, for good
    defers,          ///< asks for it again later
    throttles,       ///< asks for fewer
    blames_channel,  ///< credentials, sender, account
    loses_answer,    ///< accepts, and closes the connection
    hangs,           ///< accepts, and never answers
    is_slow,         ///< accepts, and takes its time to say so
    is_verbose,      ///< accepts, and says so in megabytes
};

/// An imitation of a provider, for transports of one kind.
class Provider {
public:
    virtual ~Provider() = default;
    /// The settings of a channel that leads to it.
    virtual std::string settings() const = 0;
    /// The same, but with TLS where it has none; "" for a provider without a network.
    virtual std::string settings_with_broken_tls() const = 0;
    virtual void next(Manner manner) = 0;
    virtual std::size_t accepted() const = 0;
    /// Requests of which it has got something, accepted or not.
    virtual std::size_t tried() const = 0;
    /// Whether it accepts with a long answer, too: then a verbose one is `sent`, else it is `in_doubt`.
    virtual bool reads_little() const { return false; }
};

struct ProviderKind {
    std::string transport;
    std::string destination;
    std::function<std::unique_ptr<Provider>()> make;
};

/// One for each transport that has a network.
const std::vector<ProviderKind>& provider_kinds();

}  // namespace postrider::testing
