#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider {

/// The text of a JSON object, read and changed in place: what is not touched stays byte for byte,
/// numbers beyond a double, duplicate keys and Python's NaN included. (Parsing and writing again
/// would change all of these.)
class JsonObjectText {
public:
    /// nullopt when `text` is not the text of one JSON object.
    static std::optional<JsonObjectText> read(std::string_view text);

    /// The raw value of a top-level key; of several, the last, as Python's reader has it.
    std::optional<std::string_view> find(std::string_view key) const;
    /// The value if it is a string, decoded.
    std::optional<std::string> find_string(std::string_view key) const;

    /// Replaces the value that `find` sees, or adds the key at the end.
    void set(std::string_view key, const boost::json::value& value);

    /// Takes the key away, all of several.
    void erase(std::string_view key);

    const std::string& text() const { return text_; }

private:
    struct Member {
        std::optional<std::string> key;  // decoded; none if it has no decoded form
        std::size_t begin;               // of the key
        std::size_t value_begin;
        std::size_t value_end;
    };

    std::optional<std::size_t> index_of(std::string_view key) const;
    void replace(std::size_t begin, std::size_t end, std::string_view by);

    std::string text_;
    std::vector<Member> members_;
    std::size_t end_ = 0;  // of the closing brace
};

/// The text under a key; empty for null, for what is no text, and where there is none.
std::string text_at(const boost::json::object& object, std::string_view key);

/// What of `text` is one JSON object; an empty one for all else.
boost::json::object parse_json_object(std::string_view text);

/// `original` with `keys` set. NULL, empty and white space become a new object; what is no JSON
/// object is kept, as a string, under the key `original_metadata`.
std::string splice_metadata(const std::optional<std::string>& original, const boost::json::object& keys);

}  // namespace postrider
