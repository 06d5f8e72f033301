#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postrider {

/// Of what a program writes, however much it is, the beginning and the end.
class OutputWindow {
public:
    explicit OutputWindow(std::size_t head_max = 32768, std::size_t tail_max = 32768)
        : head_max_(head_max), tail_max_(tail_max) {}

    void add(std::string_view piece);
    std::uint64_t total() const { return total_; }
    /// With a line between the two that says how much is missing.
    std::string text() const;

private:
    std::size_t head_max_;
    std::size_t tail_max_;
    std::string head_;
    std::string tail_;  ///< up to twice `tail_max_`
    std::uint64_t total_ = 0;
};

}  // namespace postrider
