#pragma once

#include <string>
#include <string_view>

namespace postrider {

/// The text of a one-dimensional SQL array, built element by element: one parameter instead of a
/// thousand, for `unnest`.
class SqlArray {
public:
    void add(std::string_view value);
    void add(long long value) { add_bare(std::to_string(value)); }
    void add(int value) { add_bare(std::to_string(value)); }
    void add(bool value) { add_bare(value ? "t" : "f"); }
    void add_null() { add_bare("NULL"); }
    /// As bytea.
    void add_bytes(std::string_view raw);

    std::string text() const { return text_ + "}"; }

private:
    void add_bare(std::string_view value);
    void begin_element();

    std::string text_ = "{";
};

}  // namespace postrider
