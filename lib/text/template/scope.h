#pragma once

#include "lib/text/template/template.h"
#include "lib/text/template/value.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::templates {

/// What rendering goes by while it goes: the variables, what was written, and how much may still be done.
/// Throws Broken where a limit is reached.
class Scope {
public:
    /// Both must outlive the scope.
    Scope(const boost::json::object& context, const RenderOptions& options);

    const RenderOptions& options() const { return options_; }
    bool escapes() const { return escapes_; }
    void set_escapes(bool escapes) { escapes_ = escapes; }

    std::optional<Value> find(std::string_view name);
    /// Variables set from here on are forgotten at `pop`.
    void push() { frames_.emplace_back(); }
    void pop() { frames_.pop_back(); }
    void set(const std::string& name, Value value) {
        frames_.back().insert_or_assign(name, std::move(value));
    }

    /// The innermost loop, or null.
    const Loop* loop() const { return loop_; }
    void set_loop(const Loop* loop) { loop_ = loop; }

    /// Pays for one step, and for what it reads or makes.
    void pay(std::size_t bytes = 0);
    /// Before a text of so many bytes is made.
    void check_length(std::size_t bytes) const;
    void write(std::string_view text);
    std::string take_output() { return std::move(output_); }

private:
    using Frame = std::map<std::string, Value, std::less<>>;

    const boost::json::object& context_;
    const RenderOptions& options_;
    bool escapes_;
    std::vector<Frame> frames_;
    const Loop* loop_ = nullptr;
    std::size_t steps_ = 0;
    std::string output_;
};

/// `< > & " '` as HTML has them.
std::string escape_html(std::string_view text);

}  // namespace postrider::templates
