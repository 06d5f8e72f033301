#pragma once

#include "lib/crypto/keyed_hash.h"
#include "lib/crypto/secret_box.h"
#include "lib/model/encryption.h"
#include "lib/model/message.h"
#include "lib/model/private.h"

#include <optional>
#include <string>
#include <vector>

namespace postrider {

/// The longest address, in bytes, that fits encrypted into the site's columns of 256 characters.
inline constexpr std::size_t sealed_address_max = 146;

/// Opens what rows hold sealed, seals what rows and the journal keep, and hashes what must be compared.
class Privacy {
public:
    /// Without a key, values are stored and read as they are. `salt` keys the hashes then; with a
    /// key the key does, so that the database alone cannot reverse them.
    Privacy(EncryptionSettings settings, const Secret& salt);
    Privacy(const std::optional<Secret>& secret_key, const Secret& salt);

    /// What a stored value says, or why it cannot be read.
    struct Opened {
        std::optional<std::string> value;
        enum class Failure { none, no_key, damaged } failure = Failure::none;
        bool old_key = false;  ///< it was sealed under one of those
    };
    Opened open(const std::string& stored);

    bool has_key() const { return !boxes_.empty(); }
    bool seals_texts() const { return has_key() && settings_.encrypt_text; }

    /// With a fresh nonce, under the newest key; as it is when there is none.
    std::string seal(const std::string& clear) const;

    /// As the site's `lookup_key` column has it.
    std::string lookup_key_of(const Address& destination) const;

    /// The keys of a row's metadata under which a site may have left what must not stay there: secrets of its
    /// channels, and where there is a key the address in the clear.
    std::vector<std::string> leaks_in(const std::string& metadata) const;

    const KeyedHash& hash() const { return hashes_.front(); }

    /// Of what is said to whom: equal for requests that a recipient could not tell apart. White space
    /// at either end of the text does not count, since providers may cut it.
    Hash content(const Address& destination, const Text& text) const;
    /// The same, and what it was under older keys and without one: the journal outlives a key.
    std::vector<Hash> contents(const Address& destination, const Text& text) const;

    /// By which a rendered text is known again, to be rendered no second time: hexadecimal.
    std::string mark(const Text& rendered) const;
    bool is_marked(const Text& text, const std::string& mark) const;

    /// A name for the request of a message's part, to be seen by others: hexadecimal, 32 digits. Of the salt
    /// only: a new key is no new name.
    std::string token(const MessageKey& message, int part) const;

    /// Whether any value has been opened with the key: until then the key itself is in question.
    bool key_proved() const { return key_proved_; }

private:
    EncryptionSettings settings_;    // without its keys
    std::vector<SecretBox> boxes_;   // the newest key first
    std::vector<KeyedHash> hashes_;  // the same, and the salt last
    bool key_proved_ = false;
};

}  // namespace postrider
