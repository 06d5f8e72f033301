#pragma once

#include <compare>
#include <string>
#include <utility>

namespace postrider {

/// Overwrites the bytes of `text`, also where an optimiser would leave them.
void wipe(std::string& text);

/// Content that belongs to a person or opens a door. It has no formatter, no `<<` and no
/// conversion: whoever wants the bytes must write `reveal()`, and a reviewer sees it. Each copy is
/// wiped when it ends.
template <class Tag>
class Private {
public:
    Private() = default;
    explicit Private(std::string value) : value_(std::move(value)) {}
    Private(const Private&) = default;
    Private(Private&& other) noexcept : value_(std::move(other.value_)) { wipe(other.value_); }
    Private& operator=(const Private&) = default;
    Private& operator=(Private&& other) noexcept {
        wipe(value_);
        value_ = std::move(other.value_);
        wipe(other.value_);
        return *this;
    }
    ~Private() { wipe(value_); }

    const std::string& reveal() const { return value_; }
    bool empty() const { return value_.empty(); }

    auto operator<=>(const Private&) const = default;
    bool operator==(const Private&) const = default;

private:
    std::string value_;
};

/// Where a message goes to or comes from: a phone number, an e-mail address.
using Address = Private<struct AddressTag>;
/// What a message says.
using Text = Private<struct TextTag>;
/// A password, token or key.
using Secret = Private<struct SecretTag>;

}  // namespace postrider
