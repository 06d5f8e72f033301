#include "lib/text/template/scope.h"

#include "lib/text/template/broken.h"

#include <boost/json/object.hpp>

namespace postrider::templates {

namespace {

constexpr std::size_t bytes_of_a_step = 64;

}  // namespace

Scope::Scope(const boost::json::object& context, const RenderOptions& options)
    : context_(context), options_(options), escapes_(options.escape_html) {}

std::optional<Value> Scope::find(std::string_view name) {
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
        const auto found = frame->find(name);
        if (found == frame->end()) continue;
        pay(found->second.weight());
        return found->second;
    }
    if (name == "forloop" && loop_) return Value(loop_);
    if (const auto* const found = context_.if_contains({name.data(), name.size()})) {
        Value value = Value::from(*found);
        pay(value.weight());
        return value;
    }
    if (name == "None") return Value();
    if (name == "True" || name == "False") return Value(name == "True");
    return std::nullopt;
}

void Scope::pay(std::size_t bytes) {
    steps_ += 1 + bytes / bytes_of_a_step;
    if (steps_ > options_.limits.steps_max) {
        throw Broken("the template takes too many steps", Broken::Kind::limit);
    }
}

void Scope::check_length(std::size_t bytes) const {
    if (bytes > options_.limits.output_bytes_max) {
        throw Broken("the template makes too long a text", Broken::Kind::limit);
    }
}

void Scope::write(std::string_view text) {
    check_length(output_.size() + text.size());
    output_ += text;
}

std::string escape_html(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        switch (c) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            case '\'': escaped += "&#x27;"; break;
            default: escaped += c;
        }
    }
    return escaped;
}

}  // namespace postrider::templates
