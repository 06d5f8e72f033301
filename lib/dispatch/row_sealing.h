#pragma once

#include "lib/dispatch/privacy.h"

#include <optional>
#include <string>

namespace postrider {

/// What a row of messages, outgoing or incoming, holds of a person: as stored.
struct PersonalValues {
    std::string address;  ///< destination or sender
    std::string text;
    std::optional<std::string> metadata;
    std::optional<std::string> lookup_key;
    /// It is still to be sent: its metadata may be what a template is filled with, and stays.
    bool waits = false;
};

/// What is to be written in their place.
struct SealedRow {
    PersonalValues values;
    bool changed = false;
    bool unreadable = false;  ///< something is encrypted, but under none of our keys: it stays as it is
    bool too_long = false;    ///< the address has no room encrypted: it stays as it is
};

/// Encrypts what is in the clear, or under an old key, under the newest key: the address, the text where
/// texts are encrypted or this one was, and the address wherever it is a value in the metadata; fills the
/// lookup key, and takes secrets out of the metadata. There must be a key.
SealedRow seal_row(Privacy& privacy, PersonalValues values);

}  // namespace postrider
