#pragma once

#include <string_view>
#include <vector>

namespace postrider {

/// A file of lib/store/migrations/, built into the binary.
struct EmbeddedFile {
    std::string_view name;
    std::string_view text;
};

/// In the order in which they are applied.
const std::vector<EmbeddedFile>& embedded_migrations();

}  // namespace postrider
