#pragma once

#include "lib/net/http_client.h"

#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// Host and port of a web address, in small letters; empty for what is none.
std::string authority_of(std::string_view link);

/// The short link under `key` of a service's answer in JSON; nullopt where there is none that could be sent.
std::optional<std::string> read_short_link(const HttpResult& result, std::string_view key);

}  // namespace postrider
