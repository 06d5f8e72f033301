#include "lib/text/template/parser.h"

#include "lib/text/template/broken.h"
#include "lib/text/template/expression.h"
#include "lib/text/template/template.h"
#include "lib/text/template/words.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace postrider::templates {

namespace {

constexpr std::array<std::pair<std::string_view, TagReader>, 7> tags{{
    {"if", read_if},
    {"for", read_for},
    {"with", read_with},
    {"now", read_now},
    {"comment", read_comment},
    {"verbatim", read_verbatim},
    {"autoescape", read_autoescape},
}};

class TextNode : public Node {
public:
    explicit TextNode(const Token& token) : Node(token.line), text_(token.content) {}

private:
    void write(Scope& scope) const override { scope.write(text_); }

    std::string text_;
};

class VariableNode : public Node {
public:
    explicit VariableNode(const Token& token) : Node(token.line), expression_(token.content) {}

private:
    void write(Scope& scope) const override {
        const Value value = expression_.evaluate(scope);
        if (!value.as_text()) scope.pay(value.deep_weight());
        const bool safe = value.as_text() && value.as_text()->safe;
        scope.write(scope.escapes() && !safe ? escape_html(value.shown()) : value.shown());
    }

    Expression expression_;
};

/// Whether it is only good inside or at the end of a block.
bool belongs_to_block(std::string_view name) {
    return name == "else" || name == "elif" || name == "empty" ||
           (name.starts_with("end") && find_tag(name.substr(3)));
}

Broken not_closed(const Token& opening) {
    Broken broken("tag" + quoted_name(tag_name(opening)) + " is not closed");
    broken.fault.line = opening.line;
    return broken;
}

}  // namespace

std::string_view tag_name(const Token& token) {
    const std::vector<std::string_view> words = split_at_space(token.content);
    return words.empty() ? std::string_view() : words.front();
}

TagReader find_tag(std::string_view name) {
    for (const auto& [tag, reader] : tags) {
        if (tag == name) return reader;
    }
    return nullptr;
}

Nodes Parser::parse_all() {
    Nodes nodes;
    while (at_ < tokens_.size()) {
        const Token& token = next();
        if (auto node = read(token)) nodes.push_back(std::move(node));
    }
    return nodes;
}

Nodes Parser::parse_block(const Token& opening, std::initializer_list<std::string_view> ends) {
    if (++depth_ > Template::nesting_max) throw Broken("tags are nested too deeply");
    Nodes nodes;
    for (;;) {
        if (at_ == tokens_.size()) throw not_closed(opening);
        const Token& token = tokens_[at_];
        if (token.kind == Token::Kind::tag &&
            std::find(ends.begin(), ends.end(), tag_name(token)) != ends.end()) {
            break;
        }
        ++at_;
        if (auto node = read(token)) nodes.push_back(std::move(node));
    }
    --depth_;
    return nodes;
}

void Parser::skip_past(const Token& opening, std::string_view end) {
    while (at_ < tokens_.size()) {
        const Token& token = next();
        if (token.kind == Token::Kind::tag && token.content == end) return;
    }
    throw not_closed(opening);
}

std::unique_ptr<Node> Parser::read(const Token& token) {
    try {
        if (token.kind == Token::Kind::text) return std::make_unique<TextNode>(token);
        if (token.content.empty()) throw Broken("nothing between the braces");
        if (token.kind == Token::Kind::variable) return std::make_unique<VariableNode>(token);
        const std::string_view name = tag_name(token);
        if (const TagReader reader = find_tag(name)) return reader(*this, token);
        if (belongs_to_block(name)) throw Broken("tag" + quoted_name(name) + " belongs to no block");
        throw Broken("unknown tag" + quoted_name(name));
    } catch (Broken& broken) {
        if (broken.fault.line == 0) broken.fault.line = token.line;
        throw;
    }
}

}  // namespace postrider::templates
