#include "lib/net/refusal_limiter.h"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace postrider {

namespace {

using namespace std::chrono_literals;
using Seconds = std::chrono::duration<double>;

constexpr double minute_s = 60;

}  // namespace

std::string network_of(const std::string& address) {
    boost::system::error_code failed;
    const auto parsed = boost::asio::ip::make_address_v6(address, failed);
    if (failed) return address;
    auto bytes = parsed.to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    return boost::asio::ip::address_v6(bytes).to_string();
}

std::optional<std::chrono::seconds> RefusalLimiter::limited_for(const std::string& address,
                                                                TimePoint now) const {
    if (entries_.empty() || per_minute_ == 0) return std::nullopt;
    const auto found = by_network_.find(network_of(address));
    if (found == by_network_.end() || found->second->limited_until <= now) return std::nullopt;
    return std::chrono::ceil<std::chrono::seconds>(found->second->limited_until - now);
}

RefusalLimiter::Entry& RefusalLimiter::entry_of(const std::string& address, TimePoint now) {
    std::string network = network_of(address);
    const auto found = by_network_.find(network);
    if (found != by_network_.end()) {
        entries_.splice(entries_.begin(), entries_, found->second);
    } else {
        if (entries_.size() == addresses_max) {
            by_network_.erase(entries_.back().network);
            entries_.pop_back();
        }
        entries_.push_front({network, static_cast<double>(per_minute_), now, {}});
        by_network_.emplace(std::move(network), entries_.begin());
    }
    return entries_.front();
}

bool RefusalLimiter::count(const std::string& address, TimePoint now) {
    if (per_minute_ == 0) return false;
    Entry& entry = entry_of(address, now);
    const double per_second = per_minute_ / minute_s;
    const double come_back = Seconds(now - entry.counted).count() * per_second;
    entry.left = std::min(entry.left + come_back, static_cast<double>(per_minute_)) - 1;
    entry.counted = now;
    if (entry.left >= 0 || entry.limited_until > now) return false;
    const Seconds until_half((per_minute_ / 2.0 - entry.left) / per_second);
    entry.limited_until = now + std::chrono::ceil<std::chrono::steady_clock::duration>(until_half);
    return true;
}

std::size_t RefusalLimiter::limited_count(TimePoint now) const {
    return static_cast<std::size_t>(std::count_if(
        entries_.begin(), entries_.end(), [now](const Entry& entry) { return entry.limited_until > now; }));
}

}  // namespace postrider
