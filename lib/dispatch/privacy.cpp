#include "lib/dispatch/privacy.h"

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

std::string Privacy::seal(const std::string& stored, const Address& clear) const {
    if (!box_ || SecretBox::is_sealed(stored)) return stored;
    return box_->seal(clear.reveal());
}

}  // namespace postrider
