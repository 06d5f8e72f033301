#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <filesystem>
#include <string>

namespace postrider {

/// Why a file was not read, for an operator: `/path: No such file or directory`. Never its content.
struct FileFault {
    std::string what;
};

/// The content of a file of at most `size_max` bytes. Blocks: for the time of starting and reloading.
boost::system::result<std::string, FileFault> read_small_file(const std::filesystem::path& file,
                                                              std::size_t size_max);

}  // namespace postrider
