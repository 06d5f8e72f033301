#include "lib/text/json_object.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace postrider {

namespace json = boost::json;

namespace {

constexpr std::string_view hex_digits = "0123456789abcdefABCDEF";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Finds where values begin and end. As strict as Python, which also reads and writes NaN and
/// Infinity.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    std::size_t position() const { return at_; }
    bool at_end() const { return at_ == text_.size(); }
    char peek() const { return at_end() ? '\0' : text_[at_]; }

    void skip_space() {
        while (!at_end() && is_space(text_[at_])) ++at_;
    }

    bool skip(char expected) {
        if (peek() != expected) return false;
        ++at_;
        return true;
    }

    /// Past a string.
    bool skip_string() {
        if (!skip('"')) return false;
        for (; !at_end(); ++at_) {
            if (text_[at_] == '\\') {
                if (!skip_escape()) return false;
            } else if (text_[at_] == '"') {
                ++at_;
                return true;
            } else if (static_cast<unsigned char>(text_[at_]) < 0x20) {
                return false;
            }
        }
        return false;
    }

    /// Past one value. Without recursion: depth costs no stack.
    bool skip_value() {
        std::string open;  // the closing brackets that are due
        for (;;) {
            skip_space();
            const char c = peek();
            if (c == '{' || c == '[') {
                const char close = c == '{' ? '}' : ']';
                ++at_;
                skip_space();
                if (!skip(close)) {
                    open.push_back(close);
                    if (close == '}' && !skip_key()) return false;
                    continue;
                }
            } else if (c == '"' ? !skip_string() : !skip_scalar()) {
                return false;
            }
            if (!skip_to_next(open)) return false;
            if (open.empty()) return true;
        }
    }

private:
    /// From behind a value to where the next one begins, if there is another in `open`.
    bool skip_to_next(std::string& open) {
        while (!open.empty()) {
            skip_space();
            if (skip(open.back())) {
                open.pop_back();
                continue;
            }
            return skip(',') && (open.back() != '}' || skip_key());
        }
        return true;
    }

    bool skip_key() {
        skip_space();
        if (!skip_string()) return false;
        skip_space();
        return skip(':');
    }

    /// From the backslash to the last character that belongs to it.
    bool skip_escape() {
        ++at_;
        if (at_end() || std::string_view("\"\\/bfnrtu").find(text_[at_]) == std::string_view::npos)
            return false;
        if (text_[at_] != 'u') return true;
        for (int i = 0; i < 4; ++i) {
            ++at_;
            if (at_end() || hex_digits.find(text_[at_]) == std::string_view::npos) return false;
        }
        return true;
    }

    bool skip_scalar() {
        for (const std::string_view literal : {"true", "false", "null", "NaN", "Infinity", "-Infinity"}) {
            if (!text_.substr(at_).starts_with(literal)) continue;
            at_ += literal.size();
            return true;
        }
        skip('-');
        if (!skip('0') && !skip_digits()) return false;
        if (skip('.') && !skip_digits()) return false;
        if (!skip('e') && !skip('E')) return true;
        if (!skip('+')) skip('-');
        return skip_digits();
    }

    bool skip_digits() {
        const std::size_t begin = at_;
        while (peek() >= '0' && peek() <= '9') ++at_;
        return at_ > begin;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

/// The value of a JSON string, or nullopt if it has none: half a surrogate pair.
std::optional<std::string> decode(std::string_view string) {
    const bool is_plain = std::none_of(string.begin(), string.end(), [](char c) {
        return c == '\\' || static_cast<unsigned char>(c) >= 0x80;
    });
    if (is_plain) return std::string(string.substr(1, string.size() - 2));
    boost::system::error_code error;
    const json::value value = json::parse(string, error);
    if (error || !value.is_string()) return std::nullopt;
    return std::string(value.get_string());
}

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
            const std::size_t key_begin = scan.position();
            if (!scan.skip_string()) return std::nullopt;
            auto key = decode(text.substr(key_begin, scan.position() - key_begin));
            scan.skip_space();
            if (!scan.skip(':')) return std::nullopt;
            scan.skip_space();
            const std::size_t begin = scan.position();
            if (!scan.skip_value()) return std::nullopt;
            object.members_.push_back({std::move(key), key_begin, begin, scan.position()});
            scan.skip_space();
        } while (scan.skip(','));
    }
    object.end_ = scan.position();
    if (!scan.skip('}')) return std::nullopt;
    scan.skip_space();
    if (!scan.at_end()) return std::nullopt;
    return object;
}

/// Of several, the last.
std::optional<std::size_t> JsonObjectText::index_of(std::string_view key) const {
    for (std::size_t i = members_.size(); i-- > 0;) {
        if (members_[i].key == key) return i;
    }
    return std::nullopt;
}

std::optional<std::string_view> JsonObjectText::find(std::string_view key) const {
    const auto index = index_of(key);
    if (!index) return std::nullopt;
    const Member& member = members_[*index];
    return std::string_view(text_).substr(member.value_begin, member.value_end - member.value_begin);
}

std::optional<std::string> JsonObjectText::find_string(std::string_view key) const {
    const auto raw = find(key);
    if (!raw || raw->front() != '"') return std::nullopt;
    return decode(*raw);
}

void JsonObjectText::set(std::string_view key, const json::value& value) {
    const std::string written = json::serialize(value);
    if (const auto known = index_of(key)) {
        Member& member = members_[*known];
        replace(member.value_begin, member.value_end, written);
        member.value_end = member.value_begin + written.size();
        return;
    }
    std::string before = "\n  ";
    std::string behind = "\n";
    std::size_t at = end_;
    if (!members_.empty()) {
        // Laid out as the members before: the space in front of the first key goes in front of ours.
        const std::size_t first = text_.find('{') + 1;
        const std::string gap = text_.substr(first, members_.front().begin - first);
        before = "," + (gap.empty() ? " " : gap);
        behind.clear();
        at = members_.back().value_end;
    }
    const std::string name = to_text(key);
    replace(at, at, before + name + ": " + written + behind);
    const std::size_t begin = at + before.size();
    const std::size_t value_begin = begin + name.size() + 2;
    members_.push_back({std::string(key), begin, value_begin, value_begin + written.size()});
}

/// What stands from `begin` to `end`, inside one value or between members.
void JsonObjectText::replace(std::size_t begin, std::size_t end, std::string_view by) {
    text_.replace(begin, end - begin, by);
    const auto moved = [&](std::size_t position) { return position + by.size() - (end - begin); };
    for (Member& member : members_) {
        if (member.begin < end) continue;
        member.begin = moved(member.begin);
        member.value_begin = moved(member.value_begin);
        member.value_end = moved(member.value_end);
    }
    end_ = moved(end_);
}

void JsonObjectText::erase(std::string_view key) {
    for (std::size_t i = members_.size(); i-- > 0;) {
        if (members_[i].key != key) continue;
        // With the comma behind it and what follows up to the next key; the last one with that before it.
        const bool last = i + 1 == members_.size();
        const std::size_t begin = last && i > 0 ? members_[i - 1].value_end : members_[i].begin;
        const std::size_t end = last ? members_[i].value_end : members_[i + 1].begin;
        text_.erase(begin, end - begin);
        *this = *read(std::string(text_));
    }
}

std::string text_at(const boost::json::object& object, std::string_view key) {
    const boost::json::value* const value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : "";
}

boost::json::object parse_json_object(std::string_view text) {
    boost::system::error_code failed;
    boost::json::value value = boost::json::parse({text.data(), text.size()}, failed);
    return !failed && value.is_object() ? std::move(value.get_object()) : boost::json::object();
}

std::string splice_metadata(const std::optional<std::string>& original, const json::object& keys) {
    const bool blank = !original || std::all_of(original->begin(), original->end(), is_space);
    auto object = JsonObjectText::read(blank ? "{}" : *original);
    if (!object) {
        object = JsonObjectText::read("{}");
        object->set("original_metadata", json::value(json::string(*original)));
    }
    for (const auto& [key, value] : keys) object->set(key, value);
    return object->text();
}

}  // namespace postrider
