#pragma once

#include "lib/async/clock.h"

#include <cassert>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace postrider {

/// Things that wait for their moment, the earliest first; equal moments by `Rank`, then by key.
/// Each key stands in it once and can be moved or taken out. All in logarithmic time.
template <class Key, class Rank, class KeyHash = std::hash<Key>>
class DueQueue {
public:
    struct Entry {
        TimePoint at;
        Rank rank;
        Key key;
        auto operator<=>(const Entry&) const = default;
    };

    bool empty() const { return order_.empty(); }
    std::size_t size() const { return order_.size(); }
    bool contains(const Key& key) const { return entries_.contains(key); }

    /// Puts `key` in, or moves it.
    void put(const Key& key, TimePoint at, Rank rank) {
        erase(key);
        const auto [it, inserted] = order_.insert(Entry{at, std::move(rank), key});
        assert(inserted);
        entries_.emplace(key, it);
    }

    void erase(const Key& key) {
        const auto found = entries_.find(key);
        if (found == entries_.end()) return;
        order_.erase(found->second);
        entries_.erase(found);
    }

    /// The earliest entry's moment.
    std::optional<TimePoint> next_at() const {
        if (order_.empty()) return std::nullopt;
        return order_.begin()->at;
    }

    /// Takes the first entry out if its moment has come.
    std::optional<Entry> take(TimePoint now) {
        if (order_.empty() || order_.begin()->at > now) return std::nullopt;
        Entry first = *order_.begin();
        erase(first.key);
        return first;
    }

private:
    std::set<Entry> order_;
    std::unordered_map<Key, typename std::set<Entry>::iterator, KeyHash> entries_;
};

}  // namespace postrider
