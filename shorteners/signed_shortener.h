#pragma once

#include "lib/dispatch/link_shortener.h"
#include "lib/model/private.h"
#include "lib/net/http_client.h"

#include <memory>
#include <string>

namespace postrider {

/// The Django package's own shortener: a form with the link and its Ed25519 signature is posted to
/// `create_url`. `signing_key`: 32 raw bytes. `http` outlives it.
std::unique_ptr<LinkShortener> make_signed_shortener(std::string create_url, Secret signing_key,
                                                     HttpClient& http);

}  // namespace postrider
