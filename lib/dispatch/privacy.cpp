#include "lib/dispatch/privacy.h"

#include "lib/crypto/bytes.h"
#include "lib/crypto/lookup_key.h"
#include "lib/text/json_object.h"
#include "lib/text/trim.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace postrider {

namespace {

/// What a channel's configuration in the site's switchboard holds: the Django package copies into a
/// message's metadata what its transport does not take out.
constexpr std::array<const char*, 3> secret_keys{"root_auth_token", "auth_token", "connection_string"};
/// The address that a channel with a prefix made of the destination.
constexpr const char* address_key = "destination";

/// Address and text as one, so that no two pairs are the same.
std::string joined(const Address& destination, const Text& text) {
    const std::string_view trimmed = without_outer_space(text.reveal());
    std::string both;
    both.reserve(destination.reveal().size() + 1 + trimmed.size());
    both += destination.reveal();
    both += '\0';
    both += trimmed;
    return both;
}

std::string digits_of(const Hash& hash) { return hexadecimal(hash.data(), hash.size()); }

}  // namespace

Privacy::Privacy(EncryptionSettings settings, const Secret& salt) : settings_(std::move(settings)) {
    std::vector<Secret> keys = std::exchange(settings_.old_keys, {});
    if (settings_.secret_key) {
        keys.insert(keys.begin(), *std::exchange(settings_.secret_key, std::nullopt));
        for (const Secret& key : keys) boxes_.emplace_back(key);
    } else {
        keys.clear();
    }
    keys.push_back(salt);  // of the time before there was a key, too
    for (const Secret& key : keys) hashes_.emplace_back(key);
}

Privacy::Privacy(const std::optional<Secret>& secret_key, const Secret& salt)
    : Privacy(EncryptionSettings{.secret_key = secret_key, .old_keys = {}, .lookup_hash_prefix = ""}, salt) {}

std::string Privacy::token(const MessageKey& message, int part) const {
    return digits_of(hashes_.back()(
        "request", fmt::format("{} {} {}", message.id, message.send_date.time_since_epoch().count(), part)));
}

Privacy::Opened Privacy::open(const std::string& stored) {
    if (!SecretBox::is_sealed(stored)) return {stored, Opened::Failure::none};
    if (boxes_.empty()) return {std::nullopt, Opened::Failure::no_key};
    for (const SecretBox& box : boxes_) {
        auto plain = box.open(stored);
        if (!plain) continue;
        key_proved_ = true;
        return {std::move(plain), Opened::Failure::none, &box != &boxes_.front()};
    }
    return {std::nullopt, Opened::Failure::damaged};
}

std::string Privacy::seal(const std::string& clear) const {
    return boxes_.empty() ? clear : boxes_.front().seal(clear);
}

std::string Privacy::lookup_key_of(const Address& destination) const {
    return lookup_key(settings_.lookup_hash_prefix, destination.reveal());
}

std::vector<std::string> Privacy::leaks_in(const std::string& metadata) const {
    // Few have one of them, so the text is looked through before it is read.
    std::vector<std::string> keys;
    for (const char* key : secret_keys) {
        if (metadata.find(key) != std::string::npos) keys.emplace_back(key);
    }
    if (has_key() && metadata.find(address_key) != std::string::npos) keys.emplace_back(address_key);
    if (keys.empty()) return keys;
    const auto object = JsonObjectText::read(metadata);
    std::erase_if(keys, [&](const std::string& key) { return !object || !object->find(key); });
    return keys;
}

Hash Privacy::content(const Address& destination, const Text& text) const {
    std::string both = joined(destination, text);
    const Hash hash = hashes_.front()("content", both);
    wipe(both);
    return hash;
}

std::vector<Hash> Privacy::contents(const Address& destination, const Text& text) const {
    std::string both = joined(destination, text);
    std::vector<Hash> all;
    for (const KeyedHash& hash : hashes_) all.push_back(hash("content", both));
    wipe(both);
    return all;
}

std::string Privacy::mark(const Text& rendered) const {
    return digits_of(hashes_.front()("rendered", rendered.reveal()));
}

bool Privacy::is_marked(const Text& text, const std::string& mark) const {
    return std::any_of(hashes_.begin(), hashes_.end(), [&](const KeyedHash& hash) {
        return digits_of(hash("rendered", text.reveal())) == mark;
    });
}

}  // namespace postrider
