#pragma once

#include "lib/crypto/keyed_hash.h"
#include "lib/crypto/secret_box.h"
#include "lib/model/private.h"

#include <optional>
#include <string>

namespace postrider {

/// Opens what rows hold sealed, seals what the journal keeps, and hashes what must be compared.
class Privacy {
public:
    /// Without a key, values are stored and read as they are. `salt` keys the hashes then; with a
    /// key the key does, so that the database alone cannot reverse them.
    Privacy(const std::optional<Secret>& secret_key, const Secret& salt);

    /// What a stored value says, or why it cannot be read.
    struct Opened {
        std::optional<std::string> value;
        enum class Failure { none, no_key, damaged } failure = Failure::none;
    };
    Opened open(const std::string& stored);

    /// As the journal may keep an address: sealed when there is a key.
    std::string seal(const std::string& stored, const Address& clear) const;

    const KeyedHash& hash() const { return hash_; }

    /// Of what is said to whom: equal for requests that a recipient could not tell apart. White space
    /// at either end of the text does not count, since providers may cut it.
    Hash content(const Address& destination, const Text& text) const;

    /// Whether any value has been opened with the key: until then the key itself is in question.
    bool key_proved() const { return key_proved_; }

private:
    std::optional<SecretBox> box_;
    KeyedHash hash_;
    bool key_proved_ = false;
};

}  // namespace postrider
