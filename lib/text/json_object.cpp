#include "lib/text/json_object.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace postrider {

namespace json = boost::json;

namespace {

constexpr std::string_view white_space = " \t\r\n";

/// Finds where values begin and end. Strict about structure; lenient about what a scalar may be,
/// since Python writes NaN and Infinity.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    std::size_t position() const { return at_; }
    bool at_end() const { return at_ == text_.size(); }
    char peek() const { return at_end() ? '\0' : text_[at_]; }

    void skip_space() {
        while (!at_end() && white_space.find(text_[at_]) != std::string_view::npos) ++at_;
    }

    bool skip(char expected) {
        if (peek() != expected) return false;
        ++at_;
        return true;
    }

    /// Past a string; its decoded value, or nullopt if it is none.
    std::optional<std::string> string() {
        const std::size_t begin = at_;
        if (!skip_string()) return std::nullopt;
        boost::system::error_code error;
        const json::value value = json::parse(text_.substr(begin, at_ - begin), error);
        if (error || !value.is_string()) return std::nullopt;
        return std::string(value.get_string());
    }

    /// Past one value. Nested ones are checked for balance, without recursion: depth costs no stack.
    bool skip_value() {
        std::string open;  // the closing brackets that are due
        do {
            skip_space();
            const char c = peek();
            if (c == '{' || c == '[') {
                open.push_back(c == '{' ? '}' : ']');
                ++at_;
            } else if (!open.empty() && c == open.back()) {
                open.pop_back();
                ++at_;
            } else if (!open.empty() && (c == ',' || c == ':')) {
                ++at_;
            } else if (c == '"' ? !skip_string() : !skip_scalar()) {
                return false;
            }
        } while (!open.empty());
        return true;
    }

private:
    bool skip_string() {
        if (!skip('"')) return false;
        for (; !at_end(); ++at_) {
            if (text_[at_] == '\\') {
                if (++at_ == text_.size()) return false;
            } else if (text_[at_] == '"') {
                ++at_;
                return true;
            } else if (static_cast<unsigned char>(text_[at_]) < 0x20) {
                return false;
            }
        }
        return false;
    }

    bool skip_scalar() {
        const std::size_t begin = at_;
        const auto belongs = [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
                   c == '-' || c == '.';
        };
        while (!at_end() && belongs(text_[at_])) ++at_;
        return at_ > begin;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

std::string to_text(std::string_view key) { return json::serialize(json::value(json::string(key))); }

}  // namespace

std::optional<JsonObjectText> JsonObjectText::read(std::string_view text) {
    JsonObjectText object;
    object.text_ = text;
    Scanner scan(text);
    scan.skip_space();
    if (!scan.skip('{')) return std::nullopt;
    scan.skip_space();
    if (scan.peek() != '}') {
        do {
            scan.skip_space();
            auto key = scan.string();
            scan.skip_space();
            if (!key || !scan.skip(':')) return std::nullopt;
            scan.skip_space();
            const std::size_t begin = scan.position();
            if (!scan.skip_value()) return std::nullopt;
            object.members_.push_back({std::move(*key), begin, scan.position()});
            scan.skip_space();
        } while (scan.skip(','));
    }
    object.end_ = scan.position();
    if (!scan.skip('}')) return std::nullopt;
    scan.skip_space();
    if (!scan.at_end()) return std::nullopt;
    return object;
}

std::optional<std::string_view> JsonObjectText::find(std::string_view key) const {
    const auto last =
        std::find_if(members_.rbegin(), members_.rend(), [&](const Member& m) { return m.key == key; });
    if (last == members_.rend()) return std::nullopt;
    return std::string_view(text_).substr(last->value_begin, last->value_end - last->value_begin);
}

std::optional<std::string> JsonObjectText::find_string(std::string_view key) const {
    const auto raw = find(key);
    if (!raw || raw->front() != '"') return std::nullopt;
    return Scanner(*raw).string();
}

void JsonObjectText::set(std::string_view key, const json::value& value) {
    const std::string written = json::serialize(value);
    if (const auto old = find(key)) {
        text_.replace(static_cast<std::size_t>(old->data() - text_.data()), old->size(), written);
    } else if (members_.empty()) {
        text_.replace(end_, 0, "\n  " + to_text(key) + ": " + written + "\n");
    } else {
        // Laid out as the members before: the space in front of the first key goes in front of ours.
        const std::size_t first = text_.find('{') + 1;
        const std::string gap = text_.substr(first, text_.find('"', first) - first);
        text_.insert(members_.back().value_end,
                     "," + (gap.empty() ? " " : gap) + to_text(key) + ": " + written);
    }
    *this = *read(text_);
}

std::string splice_metadata(const std::optional<std::string>& original, const json::object& keys) {
    const bool blank = !original || original->find_first_not_of(white_space) == std::string::npos;
    auto object = JsonObjectText::read(blank ? "{}" : *original);
    if (!object) {
        object = JsonObjectText::read("{}");
        object->set("original_metadata", json::value(json::string(*original)));
    }
    for (const auto& [key, value] : keys) object->set(key, value);
    return object->text();
}

}  // namespace postrider
