#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// As `bzip2` writes it.
std::string bzip2_compressed(std::string_view plain);

/// nullopt for what is not that, and for what comes to more than `size_max`.
std::optional<std::string> bzip2_expanded(std::string_view compressed, std::size_t size_max);

}  // namespace postrider
