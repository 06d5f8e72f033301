#pragma once

#include "lib/dispatch/link_shortener.h"
#include "lib/model/private.h"
#include "lib/net/http_client.h"

#include <memory>
#include <string>

namespace postrider {

/// Bitly's interface of version 4. Asked again for the same link it gives the same answer. `http` outlives it.
std::unique_ptr<LinkShortener> make_bitly(std::string base_url, Secret token, HttpClient& http);

}  // namespace postrider
