#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace postrider::templates {

/// Where a `for` loop is: what `forloop` stands for inside of it.
struct Loop {
    std::size_t index = 0;
    std::size_t count = 0;
    const Loop* parent = nullptr;
};

/// What a variable or an expression comes to. Arrays and objects of the context are referred to, so it must
/// outlive the values.
class Value {
public:
    struct Text {
        std::string text;
        bool safe = false;  ///< not to be escaped (again)
    };
    using List = std::vector<Value>;

    Value() = default;  ///< Python's None
    Value(bool value) : data_(value) {}
    Value(std::int64_t value) : data_(value) {}
    Value(double value) : data_(value) {}
    Value(std::string text, bool safe = false) : data_(Text{std::move(text), safe}) {}
    Value(const char* text) : Value(std::string(text)) {}
    Value(List items) : data_(std::make_shared<const List>(std::move(items))) {}
    Value(const Loop* loop) : data_(loop) {}
    static Value from(const boost::json::value& value);

    bool is_none() const { return std::holds_alternative<std::monostate>(data_); }
    const Text* as_text() const { return std::get_if<Text>(&data_); }
    const boost::json::object* as_object() const;
    template <class T>
    const T* as() const {
        return std::get_if<T>(&data_);
    }
    bool is_list() const;

    /// As Python sees it in a condition.
    bool is_true() const;
    /// Python's `str`: `None`, `True`, `1.5`, `['a', 1]`.
    std::string text() const;
    /// What a template shows: as `text`, but numbers have no exponent.
    std::string shown() const;
    /// What Python's `int` and `float` make of it; nullopt where they refuse.
    std::optional<std::int64_t> to_int() const;
    std::optional<double> to_float() const;

    /// Of texts (in code points), lists and objects.
    std::optional<std::size_t> length() const;
    /// What a loop goes over: characters, items, keys.
    std::optional<List> items() const;
    /// `value.name` of a template: a key, an index, or one of the methods that need no argument.
    std::optional<Value> member(std::string_view name) const;

    /// About how many bytes there are to read in it: by itself, and with all that a list or an object holds.
    std::size_t weight() const;
    std::size_t deep_weight() const;

private:
    using Data = std::variant<std::monostate, bool, std::int64_t, double, Text, const boost::json::array*,
                              const boost::json::object*, std::shared_ptr<const List>, const Loop*>;

    std::optional<Value> at_index(std::size_t index) const;

    Data data_;
};

}  // namespace postrider::templates
