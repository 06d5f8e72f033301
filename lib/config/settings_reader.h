#pragma once

#include "lib/config/config.h"
#include "lib/config/secret_source.h"
#include "lib/config/web_address.h"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace postrider {

class SettingsMapping;

/// Reads the settings of one mapping of a configuration file: each key once, by the method that says
/// what it must be. What is not so becomes a problem with its place and the key's full path, and the
/// method answers with its fallback (or an empty value): the caller goes on, so that all problems of a
/// file show at once. Nothing throws, and no problem repeats the value of a secret.
///
/// A key with nothing after it is a problem too, `optional_text` excepted. Keys that nobody has asked
/// for when `finish` comes are reported as unknown. A cheap handle; copies read the same mapping.
class SettingsReader {
public:
    using Milliseconds = std::chrono::milliseconds;
    using Seconds = std::chrono::seconds;

    /// No setting of ours means more, and arithmetic on it cannot overflow.
    static constexpr Seconds duration_max = std::chrono::hours{24 * 3650};

    explicit SettingsReader(std::shared_ptr<SettingsMapping> mapping);

    /// Whether the file has the key at all; does not count as asking for it.
    bool has(std::string_view key) const;
    /// All keys of the mapping, in its order, for one whose keys are the operator's own; does not count as
    /// asking for them.
    std::vector<std::string> keys() const;

    /// Text; numbers and booleans are text as written.
    std::string text(std::string_view key, std::string_view fallback);
    /// Text that must be there and not be empty.
    std::string required_text(std::string_view key);
    std::optional<std::string> optional_text(std::string_view key);

    /// A secret in any of its forms (see read_secret).
    std::optional<Secret> secret(std::string_view key);
    Secret required_secret(std::string_view key);
    /// A list of secrets, or one.
    std::vector<Secret> secrets(std::string_view key);
    /// Text in any of a secret's forms, for what may be empty.
    std::string sourced_text(std::string_view key, std::string_view fallback);

    bool flag(std::string_view key, bool fallback);
    /// A whole number of the fallback's type.
    template <std::integral T>
    T number(std::string_view key, T fallback, std::type_identity_t<T> min = 0,
             std::type_identity_t<T> max = std::numeric_limits<T>::max()) {
        static_assert(sizeof(T) < 8 || std::is_signed_v<T>, "must fit an int64_t");
        const auto value = integer(key, min, max);
        return value ? static_cast<T>(*value) : fallback;
    }

    /// `250ms`, `2s`, `10m`, `24h`, `5d`
    Milliseconds duration(std::string_view key, Milliseconds fallback, Milliseconds min = Milliseconds{0},
                          Milliseconds max = duration_max);
    /// A duration of whole seconds.
    Seconds seconds(std::string_view key, Seconds fallback, Seconds min = Seconds{0},
                    Seconds max = duration_max);
    /// `10/s`, `600/min`, `100/h`; nothing for `none`, or when absent.
    std::optional<Rate> rate(std::string_view key);

    /// A list of texts, or one text; may be empty.
    std::vector<std::string> texts(std::string_view key, std::vector<std::string> fallback);

    /// `reader.one_of("ordering", Ordering::none, {{"conversation", Ordering::conversation}, …})`
    template <class Value>
    Value one_of(std::string_view key, std::type_identity_t<Value> fallback,
                 std::initializer_list<std::pair<std::string_view, Value>> choices) {
        std::vector<std::string> names;
        for (const auto& choice : choices) names.emplace_back(choice.first);
        const auto chosen = choice_of(key, names);
        return chosen ? (choices.begin() + *chosen)->second : fallback;
    }

    /// The address of a web service, as written; over plain http only where `plain_http` lets it.
    std::string url(std::string_view key, std::string_view fallback,
                    PlainHttp plain_http = PlainHttp::loopback_only);
    std::string required_url(std::string_view key, PlainHttp plain_http = PlainHttp::loopback_only);

    /// The mapping below `key`; when absent, an empty one, whose required keys are missing.
    SettingsReader child(std::string_view key);
    /// The mappings of the list below `key`.
    std::vector<SettingsReader> children(std::string_view key);

    /// Reports what is wrong with a value by its meaning, at its place; `what` follows the key's path
    /// and must not repeat a secret: `reader.problem("from", "is not a telephone number")`.
    void problem(std::string_view key, const std::string& what);
    /// The same for what is only worth knowing.
    void warning(std::string_view key, const std::string& what);
    /// How many problems the whole file has so far: equal before and after, what lies between was sound.
    std::size_t problem_count() const;

    /// Takes whatever has not been asked for as known: for a mapping whose keys cannot be judged.
    void accept_rest();
    /// Reports the keys nobody asked for, here and in every mapping below; to be called once, on the top.
    void finish();

private:
    std::optional<std::string> scalar(std::string_view key);
    std::optional<std::int64_t> integer(std::string_view key, std::int64_t min, std::int64_t max);
    std::optional<std::size_t> choice_of(std::string_view key, const std::vector<std::string>& names);
    void require(std::string_view key);

    std::shared_ptr<SettingsMapping> mapping_;
};

/// A text in YAML, as a mapping of settings, and what has been found wrong with it so far.
class SettingsDocument {
public:
    explicit SettingsDocument(const std::string& yaml, Environment environment = process_environment());

    /// The outermost mapping; an empty one if the text is no mapping, which `problems` then tells.
    SettingsReader reader() const { return SettingsReader(mapping_); }
    /// Whether it is a mapping at all.
    bool readable() const;
    /// In order of line and column.
    std::vector<Problem> problems() const;
    std::vector<Problem> warnings() const;

private:
    std::shared_ptr<SettingsMapping> mapping_;
};

}  // namespace postrider
