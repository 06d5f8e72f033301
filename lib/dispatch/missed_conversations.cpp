#include "lib/dispatch/missed_conversations.h"

#include <cstring>
#include <utility>

namespace postrider {

namespace {

constexpr std::uint64_t bits_max = std::uint64_t{1} << 25;
constexpr int probes = 4;

struct Probe {
    std::size_t word;
    std::uint64_t bit;
};

/// The id is a keyed hash: its halves serve as hashes of their own.
Probe probe(const ConversationId& id, int number) {
    std::uint64_t start = 0;
    std::uint64_t step = 0;
    std::memcpy(&start, id.data(), sizeof start);
    std::memcpy(&step, id.data() + sizeof start, sizeof step);
    const std::uint64_t at = (start + static_cast<std::uint64_t>(number) * (step | 1)) % bits_max;
    return {static_cast<std::size_t>(at / 64), std::uint64_t{1} << (at % 64)};
}

}  // namespace

void MissedConversations::add(const ConversationId& id) {
    if (known_) all_.add(id);
    if (reading_) read_.add(id);
}

void MissedConversations::forget() {
    known_ = false;
    reading_ = false;
    all_.clear();
    read_.clear();
}

void MissedConversations::begin_reading() {
    reading_ = true;
    read_.clear();
}

void MissedConversations::end_reading() {
    if (!reading_) return;
    reading_ = false;
    known_ = true;
    all_ = std::exchange(read_, {});
}

void MissedConversations::Filter::add(const ConversationId& id) {
    if (bits_.empty()) bits_.resize(bits_max / 64);
    for (int i = 0; i < probes; ++i) {
        const Probe at = probe(id, i);
        bits_[at.word] |= at.bit;
    }
}

bool MissedConversations::Filter::has(const ConversationId& id) const {
    if (bits_.empty()) return false;
    for (int i = 0; i < probes; ++i) {
        const Probe at = probe(id, i);
        if ((bits_[at.word] & at.bit) == 0) return false;
    }
    return true;
}

}  // namespace postrider
