#include "lib/text/template/filter.h"
#include "lib/text/template/words.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

// Filters that leave out what is too much.
namespace postrider::templates {

namespace {

using Argument = Filter::Argument;
using Safety = Filter::Safety;

/// Letters and their accents as one character, where there is one.
std::u32string composed(const std::string& text) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* const normalizer = icu::Normalizer2::getNFCInstance(status);
    if (U_FAILURE(status)) return to_code_points(text);
    const icu::UnicodeString result = normalizer->normalize(icu::UnicodeString::fromUTF8(text), status);
    std::string utf8;
    return to_code_points(U_FAILURE(status) ? text : result.toUTF8String(utf8));
}

/// To so many characters, an ellipsis among them; combining marks are not counted.
Value truncatechars(const FilterInput& input) {
    const auto argument = input.argument_number();
    if (!argument) return input.text();
    const std::int64_t length = std::max<std::int64_t>(*argument, 0);
    const std::u32string text = composed(input.text());
    std::int64_t count = 0;
    std::size_t end = std::u32string::npos;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (u_getCombiningClass(static_cast<UChar32>(text[i])) != 0) continue;
        ++count;
        if (end == std::u32string::npos && count >= length) end = i;
        if (count > length) return to_utf8(std::u32string_view(text).substr(0, end)) + "…";
    }
    return to_utf8(text);
}

/// To so many words. Between words is one space each, also where nothing is left out.
Value truncatewords(const FilterInput& input) {
    const std::string text = input.text();
    const auto length = input.argument_number();
    if (!length) return text;
    std::vector<std::string_view> words = split_at_space(text);
    const auto count = static_cast<std::int64_t>(words.size());
    if (count > *length) {
        const std::int64_t kept = *length < 0 ? std::max<std::int64_t>(0, count + *length) : *length;
        words.resize(static_cast<std::size_t>(kept));
    }
    std::string result;
    for (const std::string_view word : words) result += (result.empty() ? "" : " ") + std::string(word);
    return count > *length && !result.ends_with(" …") ? result + " …" : result;
}

/// `begin:end:step`
struct Slice {
    std::optional<std::int64_t> begin;
    std::optional<std::int64_t> end;
    std::int64_t step = 1;
};

std::optional<Slice> read_slice(const std::string& text) {
    std::vector<std::optional<std::int64_t>> numbers;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t colon = std::min(text.find(':', at), text.size());
        const std::string part = text.substr(at, colon - at);
        numbers.emplace_back();
        if (!part.empty()) {
            numbers.back() = Value(part).to_int();
            if (!numbers.back()) return std::nullopt;
        }
        at = colon + 1;
    }
    if (numbers.size() == 1) return Slice{std::nullopt, numbers[0], 1};
    if (numbers.size() > 3) return std::nullopt;
    const std::int64_t step = numbers.size() == 3 ? numbers[2].value_or(1) : 1;
    if (step == 0) return std::nullopt;
    return Slice{numbers[0], numbers[1], step};
}

/// Which of `count` items a slice takes, in its order: Python's rules.
std::vector<std::size_t> indexes(const Slice& slice, std::int64_t count) {
    const bool forward = slice.step > 0;
    const std::int64_t lowest = forward ? 0 : -1;
    const std::int64_t highest = forward ? count : count - 1;
    const auto placed = [&](std::optional<std::int64_t> index, std::int64_t otherwise) {
        if (!index) return otherwise;
        return std::clamp(*index < 0 ? *index + count : *index, lowest, highest);
    };
    std::int64_t at = placed(slice.begin, forward ? lowest : highest);
    const std::int64_t end = placed(slice.end, forward ? highest : lowest);
    // Of a step that leads out anyway, only that matters.
    const std::int64_t step = std::clamp(slice.step, -count - 1, count + 1);
    std::vector<std::size_t> taken;
    for (; forward ? at < end : at > end; at += step) taken.push_back(static_cast<std::size_t>(at));
    return taken;
}

Value slice(const FilterInput& input) {
    const auto slice = read_slice(input.argument_text());
    const Value& value = input.value();
    if (!slice || (!value.as_text() && !value.is_list())) return value;
    input.scope().pay(value.deep_weight());
    if (value.as_text()) {
        const std::u32string characters = to_code_points(value.as_text()->text);
        std::u32string taken;
        for (const std::size_t i : indexes(*slice, static_cast<std::int64_t>(characters.size()))) {
            taken += characters[i];
        }
        return to_utf8(taken);
    }
    const auto items = value.items();
    Value::List taken;
    for (const std::size_t i : indexes(*slice, static_cast<std::int64_t>(items->size()))) {
        taken.push_back((*items)[i]);
    }
    return taken;
}

constexpr std::array filters{
    Filter{"truncatechars", Argument::required, Safety::kept, truncatechars},
    Filter{"truncatewords", Argument::required, Safety::kept, truncatewords},
    Filter{"slice", Argument::required, Safety::kept, slice},
};

}  // namespace

std::span<const Filter> shortening_filters() { return filters; }

}  // namespace postrider::templates
