#include "lib/media/conversion_cache.h"

#include <iterator>

namespace postrider {

namespace {

constexpr std::size_t entry_bytes = 1000;  // what one takes beside its bytes, roughly

}  // namespace

std::optional<Conversion> ConversionCache::find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return std::nullopt;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->conversion;
}

void ConversionCache::keep(const std::string& key, const Conversion& conversion) {
    if (!conversion && conversion.error().passing) return;
    const std::size_t bytes = entry_bytes + (conversion ? (*conversion)->size() : 0);
    if (bytes > bytes_max_) return;
    const std::lock_guard lock(mutex_);
    if (const auto known = by_key_.find(key); known != by_key_.end()) drop(known->second);
    while (bytes_ + bytes > bytes_max_) drop(std::prev(entries_.end()));
    entries_.push_front({key, conversion, bytes});
    by_key_.emplace(key, entries_.begin());
    bytes_ += bytes;
}

void ConversionCache::drop(Entries::iterator entry) {
    bytes_ -= entry->bytes;
    by_key_.erase(entry->key);
    entries_.erase(entry);
}

}  // namespace postrider
