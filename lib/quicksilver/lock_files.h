#pragma once

#include <string>
#include <vector>

namespace postrider {

/// The lock files that commands of a site keep while they run: `<folder>/<slug>__<command>.lock`. One that was killed
/// leaves its own behind, and whoever finds one there returns at once. Blocks.
class LockFiles {
public:
    /// Without a slug, those of any site in that folder.
    LockFiles(std::string folder, std::string slug) : folder_(std::move(folder)), slug_(std::move(slug)) {}

    /// Those of a command that are there, each as a text that no other lock ever has.
    std::vector<std::string> present(const std::string& command) const;
    /// Removes those that are not among `before`; but none as long as a process of that command is on this host.
    /// Whether none is left.
    bool clear(const std::string& command, const std::vector<std::string>& before) const;

private:
    struct Lock {
        std::string path;
        std::string identity;
    };
    std::vector<Lock> look(const std::string& command) const;

    std::string folder_;
    std::string slug_;
};

}  // namespace postrider
