#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// The text of a one-dimensional SQL array, built element by element: one parameter instead of a
/// thousand, for `unnest`.
class SqlArray {
public:
    SqlArray() = default;
    /// Of elements that are nearly always `usual`, as they stand in the text. If all are, the text is of
    /// an empty array, which `unnest` fills up with nulls beside longer ones: next to nothing to send and
    /// to read. The statement says what null means.
    explicit SqlArray(std::string_view usual) : usual_(usual), all_usual_(true) {}

    void add(std::string_view value);
    void add(long long value) { add_bare(std::to_string(value)); }
    void add(int value) { add_bare(std::to_string(value)); }
    void add(bool value) { add_bare(value ? "t" : "f"); }
    void add_null() { add_bare("NULL"); }
    /// Null for nothing.
    void add_optional(const std::optional<std::string>& value);
    /// As bytea.
    void add_bytes(std::string_view raw);

    std::string text() const { return all_usual_ ? "{}" : text_ + "}"; }

private:
    void add_bare(std::string_view value);
    void begin_element();
    void end_element();

    std::string text_ = "{";
    std::string usual_;
    bool all_usual_ = false;
    std::size_t element_ = 1;  // where the last one begins
};

}  // namespace postrider
