#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace postrider {

/// Where files of incoming messages are kept: `incoming_message_media` in the media root, as the Django package
/// has it.
class IncomingFiles {
public:
    explicit IncomingFiles(std::filesystem::path root) : root_(std::move(root)) {}

    /// Keeps a file, and comes back once it is safe on the disk; blocks. The same of the same message is one
    /// file, and no other is ever written over. `message`: the name that the message is known by. `name`: what
    /// its sender called it; nothing but a plain extension is taken of that. The result is relative to the
    /// media root, 100 characters at most. Throws std::system_error where it cannot be kept.
    std::string keep(const std::string& message, const std::string& name, std::string_view bytes) const;

private:
    std::filesystem::path root_;
};

}  // namespace postrider
