#include "lib/text/template/broken.h"
#include "lib/text/template/expression.h"
#include "lib/text/template/parser.h"
#include "lib/text/template/time_format.h"
#include "lib/text/template/words.h"

#include <string>
#include <utility>

// The tags that need no file of their own.
namespace postrider::templates {

namespace {

using Assignments = std::vector<std::pair<std::string, Expression>>;

class WithNode : public Node {
public:
    WithNode(std::size_t line, Assignments assignments, Nodes nodes)
        : Node(line), assignments_(std::move(assignments)), nodes_(std::move(nodes)) {}

private:
    void write(Scope& scope) const override {
        std::vector<Value> values;  // none sees what another sets
        for (const auto& assignment : assignments_) values.push_back(assignment.second.evaluate(scope));
        const ScopeFrame frame(scope);
        for (std::size_t i = 0; i < values.size(); ++i)
            scope.set(assignments_[i].first, std::move(values[i]));
        render_all(nodes_, scope);
    }

    Assignments assignments_;
    Nodes nodes_;
};

class NowNode : public Node {
public:
    NowNode(std::size_t line, std::string format) : Node(line), format_(std::move(format)) {}

private:
    void write(Scope& scope) const override {
        if (!scope.options().now) throw Broken("tag 'now' cannot be used here");
        scope.write(format_time(*scope.options().now, named_format(format_)));
    }

    std::string format_;
};

class AutoescapeNode : public Node {
public:
    AutoescapeNode(std::size_t line, bool on, Nodes nodes) : Node(line), on_(on), nodes_(std::move(nodes)) {}

private:
    void write(Scope& scope) const override {
        const bool before = scope.escapes();
        scope.set_escapes(on_);
        render_all(nodes_, scope);
        scope.set_escapes(before);
    }

    bool on_;
    Nodes nodes_;
};

class BlockNode : public Node {
public:
    BlockNode(std::size_t line, Nodes nodes) : Node(line), nodes_(std::move(nodes)) {}

private:
    void write(Scope& scope) const override { render_all(nodes_, scope); }

    Nodes nodes_;
};

/// Of `name=value`: the length of the name, or 0.
std::size_t leading_name(std::string_view word) {
    const std::size_t name = leading_word(word);
    return word.size() > name + 1 && word[name] == '=' ? name : 0;
}

/// `a=x b=y`, and the older `x as a and y as b`.
Assignments read_assignments(const std::vector<std::string_view>& words) {
    Assignments assignments;
    const auto assign = [&](std::string_view name, std::string_view value) {
        assignments.emplace_back(name, Expression(value));
    };
    const bool old = words.size() > 1 && leading_name(words[1]) == 0;
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (const std::size_t name = old ? 0 : leading_name(words[i])) {
            assign(words[i].substr(0, name), words[i].substr(name + 1));
        } else if (old && i + 2 < words.size() && words[i + 1] == "as" &&
                   (i + 3 == words.size() || (words[i + 3] == "and" && i + 4 < words.size()))) {
            assign(words[i + 2], words[i]);
            i += 3;
        } else {
            throw Broken("tag 'with' is not of the form 'with name=value'");
        }
    }
    if (assignments.empty()) throw Broken("tag 'with' is not of the form 'with name=value'");
    return assignments;
}

}  // namespace

std::unique_ptr<Node> read_with(Parser& parser, const Token& token) {
    Assignments assignments = read_assignments(split_words(token.content));
    Nodes nodes = parser.parse_block(token, {"endwith"});
    parser.next();
    return std::make_unique<WithNode>(token.line, std::move(assignments), std::move(nodes));
}

std::unique_ptr<Node> read_now(Parser& /*parser*/, const Token& token) {
    const std::vector<std::string_view> words = split_words(token.content);
    if (words.size() != 2 || words[1].size() < 2) throw Broken("tag 'now' needs a format");
    return std::make_unique<NowNode>(token.line, std::string(words[1].substr(1, words[1].size() - 2)));
}

std::unique_ptr<Node> read_comment(Parser& parser, const Token& token) {
    parser.skip_past(token, "endcomment");
    return nullptr;
}

std::unique_ptr<Node> read_verbatim(Parser& parser, const Token& token) {
    Nodes nodes = parser.parse_block(token, {"endverbatim"});
    parser.next();
    return std::make_unique<BlockNode>(token.line, std::move(nodes));
}

std::unique_ptr<Node> read_autoescape(Parser& parser, const Token& token) {
    const std::vector<std::string_view> words = split_words(token.content);
    if (words.size() != 2 || (words[1] != "on" && words[1] != "off")) {
        throw Broken("tag 'autoescape' takes 'on' or 'off'");
    }
    Nodes nodes = parser.parse_block(token, {"endautoescape"});
    parser.next();
    return std::make_unique<AutoescapeNode>(token.line, words[1] == "on", std::move(nodes));
}

}  // namespace postrider::templates
