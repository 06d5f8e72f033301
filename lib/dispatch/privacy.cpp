#include "lib/dispatch/privacy.h"

#include "lib/text/trim.h"

namespace postrider {

Privacy::Privacy(const std::optional<Secret>& secret_key, const Secret& salt)
    : box_(secret_key ? std::optional<SecretBox>(*secret_key) : std::nullopt),
      hash_(secret_key ? *secret_key : salt) {}

Privacy::Opened Privacy::open(const std::string& stored) {
    if (!SecretBox::is_sealed(stored)) return {stored, Opened::Failure::none};
    if (!box_) return {std::nullopt, Opened::Failure::no_key};
    auto plain = box_->open(stored);
    if (!plain) return {std::nullopt, Opened::Failure::damaged};
    key_proved_ = true;
    return {std::move(plain), Opened::Failure::none};
}

Hash Privacy::content(const Address& destination, const Text& text) const {
    const std::string_view trimmed = without_outer_space(text.reveal());
    std::string both;
    both.reserve(destination.reveal().size() + 1 + trimmed.size());
    both += destination.reveal();
    both += '\0';
    both += trimmed;
    const Hash hash = hash_("content", both);
    wipe(both);
    return hash;
}

std::string Privacy::seal(const std::string& stored, const Address& clear) const {
    if (!box_ || SecretBox::is_sealed(stored)) return stored;
    return box_->seal(clear.reveal());
}

}  // namespace postrider
