#pragma once

#include <optional>
#include <set>
#include <string>

// What the metadata of an incoming message say of its files that could not be had: `media_errors`, a list of objects
// with `index` and `error`. All else of them stays byte for byte.
namespace postrider {

std::string with_media_error(const std::optional<std::string>& metadata, int index,
                             const std::string& reason);

/// Without what is said of the files with these indices.
std::string without_media_errors(const std::string& metadata, const std::set<int>& indices);

}  // namespace postrider
