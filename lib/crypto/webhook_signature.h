#pragma once

#include "lib/model/private.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Standard Webhooks 1.0, https://github.com/standard-webhooks/standard-webhooks
namespace postrider {

/// The key in a secret (`whsec_` and the base64 of 24 to 64 bytes; the prefix may be missing); nullopt for
/// what is none.
std::optional<Secret> webhook_key_of(const Secret& secret);

/// The value of header `webhook-signature`: of each key one, so that a receiver who knows the new secret or
/// the old one finds his.
std::string webhook_signature(const std::vector<Secret>& keys, std::string_view id,
                              std::string_view timestamp, std::string_view body);

}  // namespace postrider
