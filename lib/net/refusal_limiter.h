#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

namespace postrider {

/// Who has been refused too often for now, by address; of IPv6 the /64, which is what one customer has. What
/// is accepted never counts. Time is given by the caller and never goes back.
class RefusalLimiter {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// Beyond so many addresses, the one that was refused least recently is forgotten.
    static constexpr std::size_t addresses_max = 10'000;

    /// How many refusals a minute an address has; 0: as many as it likes. Whoever is limited stays so.
    void set_per_minute(unsigned per_minute) { per_minute_ = per_minute; }

    /// For how long `address` is limited yet, rounded up; nothing if it is not.
    std::optional<std::chrono::seconds> limited_for(const std::string& address, TimePoint now) const;

    /// Counts a refusal. True if from now on the address is limited: until half of its minute's refusals have
    /// come back.
    bool count(const std::string& address, TimePoint now);

    /// How many are limited.
    std::size_t limited_count(TimePoint now) const;

private:
    struct Entry {
        std::string network;
        double left = 0;  ///< refusals, at `counted`
        TimePoint counted;
        TimePoint limited_until;
    };

    Entry& entry_of(const std::string& address, TimePoint now);

    unsigned per_minute_ = 0;
    std::list<Entry> entries_;  // refused most recently first
    std::unordered_map<std::string, std::list<Entry>::iterator> by_network_;
};

/// What addresses are limited by: an IPv4 address itself, of an IPv6 address the first 64 bits.
std::string network_of(const std::string& address);

}  // namespace postrider
