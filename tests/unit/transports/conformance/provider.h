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
    virtual void next(Manner manner) = 0;
    /// Whether a request has come that hangs.
    virtual bool hangs() const = 0;
};

/// One that is reached over a network.
class NetworkProvider : public Provider {
public:
    /// As `settings`, but with TLS where it has none.
    virtual std::string settings_with_broken_tls() const = 0;
    /// Requests that it has accepted.
    virtual std::size_t accepted() const = 0;
    bool hangs() const final { return accepted() > 0; }
    /// Whether it accepts with a long answer, too: then a verbose one is `sent`, else it is `in_doubt`.
    virtual bool reads_little() const { return false; }
};

/// Transports of one kind, and who they lead to.
template <class Kind>
struct ProviderKind {
    std::string transport;
    std::string destination;
    std::function<std::unique_ptr<Kind>()> make;
};

/// One for each transport.
std::vector<ProviderKind<Provider>> provider_kinds();
/// Those that have a network.
std::vector<ProviderKind<NetworkProvider>> network_provider_kinds();

}  // namespace postrider::testing
